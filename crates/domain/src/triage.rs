use serde::Serialize;
use serde_json::value::RawValue;

use crate::{Document, TriagePhoto};

/// The officers' public decision on a grievance: the member `triage` of its document.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Triage {
    /// A key of the ward's workflow; a grievance without `triage` is `new`.
    pub status: String,
    pub reason: Option<String>,
    pub duplicate_of: Option<String>,
    pub category: Option<String>,
    pub reply: Option<String>,
    pub photos: Vec<TriagePhoto>,
    /// Who decided last, and when (RFC 3339 with offset).
    pub by: Option<String>,
    pub at: Option<String>,
}

impl Triage {
    pub const NEW: &str = "new";

    /// Reads `triage` from a whole grievance. What is missing or malformed reads as undecided.
    pub fn of(grievance: &Document) -> Triage {
        let triage = grievance.object("triage");
        Triage {
            status: triage.read("status").unwrap_or_else(|| Triage::NEW.to_owned()),
            reason: triage.read("reason"),
            duplicate_of: triage.read("duplicateOf"),
            category: triage.read("category"),
            reply: triage.read("reply"),
            photos: photos(&triage),
            by: triage.read("by"),
            at: triage.read("at"),
        }
    }
}

fn photos(triage: &Document) -> Vec<TriagePhoto> {
    let all: Vec<Box<RawValue>> = triage.read("photos").unwrap_or_default();
    all.iter().filter_map(|raw| serde_json::from_str(raw.get()).ok()).collect()
}
