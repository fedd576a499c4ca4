use jiff::Timestamp;
use mirror::Database;
use serde::Serialize;
use sync::{InternalTrouble, Officer, State};

use crate::error::WardctlError;
use crate::output::Output;

pub async fn status(officer: Officer, output: &Output) -> Result<(), WardctlError> {
    let now = officer.at_rest().await?;
    let grievances = officer.with_mirror(|mirror| mirror.counts()).await?.all;
    let checkpoint = officer.with_mirror(|mirror| mirror.checkpoint(Database::Grievances)).await?;
    let standing = Standing {
        grievances,
        unsent_edits: now.unsent_edits,
        unsent_photos: now.unsent_photos,
        unsent_entries: now.unsent_entries,
        clashes: now.clashes,
        refused: now.refused,
        vanished: now.vanished,
        branched: now.branched,
        lost: now.lost,
        outside: now.outside,
        internal_trouble: now.internal_trouble,
        state: now.state,
        last_sync: checkpoint
            .filter(|checkpoint| checkpoint.caught_up)
            .and_then(|checkpoint| Timestamp::from_second(checkpoint.saved_at).ok())
            .map(|at| at.to_string()),
    };
    output.say(&standing, text)
}

/// What is here and what is unsent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Grievances on this laptop.
    pub grievances: u64,
    pub unsent_edits: u64,
    pub unsent_photos: u64,
    /// Lines of cases' histories that tell of changes which have arrived.
    pub unsent_entries: u64,
    pub clashes: u64,
    pub refused: u64,
    /// Records that left the server at once and wait for an answer.
    pub vanished: u64,
    /// Grievances and cases of which servers made several versions, about which the officer has not decided.
    pub branched: u64,
    /// Changes that had arrived, and that the server lost with their reports, which are not on this laptop.
    pub lost: u64,
    /// Grievances outside of the ward since its boundary was drawn anew; they stay until `selection` is chosen again.
    pub outside: u64,
    /// Why the office's records waited when sync last tried, while any wait.
    pub internal_trouble: Option<InternalTrouble>,
    /// As sync would say it at rest; `catchingUp` until a first pull has ended, as long as nothing waits.
    pub state: State,
    /// When everything on the server was last here: RFC 3339, or null.
    pub last_sync: Option<String>,
}

fn text(standing: &Standing) -> String {
    format!(
        "{} grievances on this laptop\n{} changes, {} photos and {} history lines to send\n{} clashes, {} refused\n{} left the server at once\n{} with several versions\n{} changes lost by the server with their reports\n{} outside of the ward since it was drawn anew\n{}last sync: {}",
        standing.grievances,
        standing.unsent_edits,
        standing.unsent_photos,
        standing.unsent_entries,
        standing.clashes,
        standing.refused,
        standing.vanished,
        standing.branched,
        standing.lost,
        standing.outside,
        standing.internal_trouble.map(|why| format!("{}\n", why.sentence())).unwrap_or_default(),
        standing.last_sync.as_deref().unwrap_or("never")
    )
}
