use serde::Serialize;
use specta::Type;

/// The city's rules, as the administrator wrote them or the built-in ones.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Workflow {
    /// The IANA time zone of the ward; times are shown in it.
    pub zone: String,
    pub statuses: Vec<Status>,
    pub categories: Vec<Category>,
}

#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    pub key: String,
    pub label: String,
    /// Keys of the statuses that may follow.
    pub next: Vec<String>,
    /// What must be there before a grievance gets this status.
    pub needs: Vec<Need>,
    /// Whether a grievance with this status still waits for somebody.
    pub open: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Need {
    Reason,
    AfterPhoto,
}

#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Category {
    pub key: String,
    pub label: String,
}
