//! The connection doctor: everything between this laptop and the city's servers looked at once,
//! each with what was found and who must fix it. Nothing is changed anywhere, but for a note in
//! `_local` of each database and an object in the photo store that are written, read and removed.

mod laptop;
mod pins;
mod server;
mod settings;
mod store;

use serde::Serialize;

use crate::{Officer, SyncError, clock};

pub use server::officers_role;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    pub what: &'static str,
    pub verdict: Verdict,
    /// In sentences.
    pub found: String,
    /// Who can mend a warning or a fault.
    pub who: Option<Who>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    Ok,
    /// It works, and should be better.
    Warning,
    Fault,
    /// An earlier fault is in the way.
    NotChecked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Who {
    You,
    Administrator,
    /// Whoever runs the photo store.
    PhotoStore,
}

impl Officer {
    /// Looks at everything, the server first. An error means that the mirror itself cannot be read.
    pub async fn examine(&self) -> Result<Vec<Check>, SyncError> {
        let now = clock::now();
        let (mut checks, internal) = server::examine(self, now).await;
        let is_reached =
            checks.iter().any(|check| check.what == server::ADDRESS && check.verdict == Verdict::Ok);
        checks.extend(pins::examine(self, is_reached, now).await?);
        let (settings, photo_store) = settings::examine(self, internal).await?;
        checks.extend(settings);
        checks.extend(store::examine(self, photo_store, now).await?);
        checks.extend(laptop::examine(self, now).await?);
        Ok(checks)
    }
}

impl Check {
    fn ok(what: &'static str, found: impl Into<String>) -> Check {
        Check { what, verdict: Verdict::Ok, found: found.into(), who: None }
    }

    fn warning(what: &'static str, who: Who, found: impl Into<String>) -> Check {
        Check { what, verdict: Verdict::Warning, found: found.into(), who: Some(who) }
    }

    fn fault(what: &'static str, who: Who, found: impl Into<String>) -> Check {
        Check { what, verdict: Verdict::Fault, found: found.into(), who: Some(who) }
    }

    /// `earlier` is the check that failed.
    fn not_checked(what: &'static str, earlier: &'static str) -> Check {
        let found = format!("Not looked at, because of the fault in “{earlier}”.");
        Check { what, verdict: Verdict::NotChecked, found, who: None }
    }

    fn is_fault(&self) -> bool {
        self.verdict == Verdict::Fault
    }
}
