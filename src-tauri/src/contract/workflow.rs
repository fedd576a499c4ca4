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
    /// Public replies that are often given.
    pub replies: Vec<ReplyTemplate>,
}

#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReplyTemplate {
    pub label: String,
    pub text: String,
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
    /// Reasons to choose from; others may be typed.
    pub reasons: Vec<String>,
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

impl Workflow {
    pub fn of(workflow: domain::Workflow, replies: domain::Replies) -> Workflow {
        let category = |category: domain::Category| Category { key: category.key, label: category.label };
        let reply = |reply: domain::ReplyTemplate| ReplyTemplate { label: reply.label, text: reply.text };
        Workflow {
            replies: replies.replies.into_iter().map(reply).collect(),
            zone: workflow.zone,
            statuses: workflow.statuses.into_iter().map(Status::from).collect(),
            categories: workflow.categories.into_iter().map(category).collect(),
        }
    }
}

impl From<domain::StatusRule> for Status {
    fn from(rule: domain::StatusRule) -> Status {
        let needs = rule.needs.into_iter().map(|need| match need {
            domain::Need::Reason => Need::Reason,
            domain::Need::AfterPhoto => Need::AfterPhoto,
        });
        Status {
            needs: needs.collect(),
            key: rule.key,
            label: rule.label,
            next: rule.next,
            reasons: rule.reasons,
            open: rule.open,
        }
    }
}
