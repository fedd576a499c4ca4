use mirror::Database;

use crate::state::{Activity, Known, Link, State, SyncState, describe};
use crate::timeline::internal_trouble;
use crate::{Officer, SyncError};

impl Officer {
    /// What is so while nobody talks to a server: as when everything that can be done has been, unless a first pull has not
    /// ended yet.
    pub async fn at_rest(&self) -> Result<SyncState, SyncError> {
        self.with_mirror(|mirror| {
            let known = Known { internal: internal_trouble(&mirror.timeline()?), ..Known::of(mirror)? };
            let caught_up = mirror.checkpoint(Database::Grievances)?.is_some_and(|last| last.caught_up);
            let state = describe(Link::Online, Activity::Resting, known);
            match state.state {
                State::AllSent if !caught_up => Ok(SyncState { state: State::CatchingUp, ..state }),
                _ => Ok(state),
            }
        })
        .await
    }
}
