//! What the engine does when there is nothing to do: it listens.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use mirror::{Database, Modes};

use crate::plan::{self, INTERNAL_AGAIN, SHORTEST_WAIT};
use crate::state::Link;
use crate::way::Way;
use crate::{Engine, Officer, SyncError, clock, upkeep};

/// The sequence behind which each database last had news.
pub(crate) type Heard = BTreeMap<Database, String>;

impl Engine {
    /// Waits for the time, for the officer, for a network, or for a change there. Upkeep is done meanwhile.
    pub(crate) async fn rest(&mut self, until: Option<i64>) -> Result<(), SyncError> {
        let seconds = until.map(|at| (at - clock::now()).max(0).unsigned_abs());
        let timer = async {
            match seconds {
                Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                None => std::future::pending().await,
            }
        };
        let listens = self.signed_in && self.server.road.is_open(clock::now());
        let (officer, heard, modes) = (self.officer.clone(), self.heard.clone(), self.modes);
        tokio::select! {
            () = timer => Ok(()),
            () = officer.edited() => {
                self.edited();
                Ok(())
            }
            () = officer.asked() => {
                self.asked();
                officer.with_mirror(|mirror| mirror.refused_entries_again()).await
            }
            () = network(&officer), if self.link == Link::Offline => {
                self.asked();
                Ok(())
            }
            failed = upkeep::when_idle(&officer, self.clock) => Err(failed),
            news = listen(&officer, &heard, modes), if listens => match news {
                Ok((database, since)) => {
                    self.heard.insert(database, since);
                    self.fall_behind(database);
                    self.reached();
                    Ok(())
                }
                Err(SyncError::Couch(error)) => self.failed(&error).await,
                Err(other) => Err(other),
            },
        }
    }

    pub(crate) fn edited(&mut self) {
        if plan::tries_after_an_edit(self.link) {
            self.try_now(Way::hurry);
        }
    }

    /// It is tried now, whatever was known.
    fn asked(&mut self) {
        self.try_now(Way::reopen);
    }

    fn try_now(&mut self, open: fn(&mut Way)) {
        for way in [&mut self.server, &mut self.internal, &mut self.store] {
            open(way);
        }
        if self.link != Link::Online {
            self.behind.extend([Database::Grievances, Database::Internal]);
        }
    }
}

/// Resolves when the laptop has a network. The server is not asked whether it has.
async fn network(officer: &Officer) {
    while !officer.site().has_route() {
        tokio::time::sleep(SHORTEST_WAIT).await;
    }
}

/// Resolves when one of the databases that are not paused has something new: which, and after which sequence. The
/// internal one may not exist.
async fn listen(officer: &Officer, heard: &Heard, modes: Modes) -> Result<(Database, String), SyncError> {
    let hears_grievances =
        modes.grievances.receives() && since(officer, Database::Grievances).await?.is_some();
    let internal = async {
        loop {
            match hear(officer, Database::Internal, heard).await {
                // Where the grievances are listened to, they tell whether it is the whole server.
                Err(SyncError::Couch(error))
                    if hears_grievances
                        || plan::is_of_the_internal_database(&error)
                        || officer.remote(Database::Grievances).info().await.is_ok() =>
                {
                    tokio::time::sleep(INTERNAL_AGAIN).await;
                }
                news => return news,
            }
        }
    };
    tokio::select! {
        news = hear(officer, Database::Grievances, heard), if modes.grievances.receives() => news,
        news = internal, if modes.internal.receives() => news,
        else => std::future::pending().await,
    }
}

/// After which sequence there may be news; `None`: nothing of it was pulled yet.
async fn since(officer: &Officer, database: Database) -> Result<Option<String>, SyncError> {
    let checkpoint = officer.with_mirror(move |mirror| mirror.checkpoint(database)).await?;
    Ok(checkpoint.map(|checkpoint| checkpoint.since).filter(|since| !since.is_empty()))
}

async fn hear(officer: &Officer, database: Database, heard: &Heard) -> Result<(Database, String), SyncError> {
    let Some(since) = since(officer, database).await? else {
        return std::future::pending().await;
    };
    if heard.get(&database) == Some(&since) {
        // There was news after this very point, and fetching it led nowhere: the feed stands still.
        tokio::time::sleep(SHORTEST_WAIT).await;
    }
    let remote = officer.remote(database);
    loop {
        let begun = Instant::now();
        if remote.wait_for_change(&since).await? {
            return Ok((database, since));
        }
        // Something on the way that does not let a question wait is not asked without end.
        tokio::time::sleep_until(begun + SHORTEST_WAIT).await;
    }
}
