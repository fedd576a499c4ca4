//! The laptop's clock may be wrong, and be set right later.

use rusqlite::{Connection, params};

use crate::{Mirror, MirrorError, WHEN_OPENED, selection};

/// Nothing is written for a time that is farther ahead (seconds).
const FARTHEST: i64 = 2 * 24 * 3600;

impl Mirror {
    /// Times that lie ahead of `now` (unix seconds) were written by a clock that has gone back: nothing waits for
    /// them, and what a selection by days left out because of them is fetched again.
    pub fn heed_clock(&self, now: i64) -> Result<(), MirrorError> {
        let ahead = now + FARTHEST;
        self.write(|file| {
            file.execute(
                "UPDATE photo SET retry_at = 0 WHERE state IN ('missing', 'to_upload') AND retry_at > ?1 AND retry_at < ?2",
                params![ahead, WHEN_OPENED],
            )?;
            file.execute("UPDATE comparison SET ended_at = 0 WHERE ended_at > ?1", [ahead])?;
            // Everything that was delivered is asked for, not only what was delivered since.
            file.execute("UPDATE checkpoint SET saved_at = 0 WHERE saved_at > ?1", [ahead])?;
            begin_selection_again(file, now)
        })
    }
}

fn begin_selection_again(file: &Connection, now: i64) -> Result<(), MirrorError> {
    let Some(begins) = selection::selected(file, now)?.begins() else { return Ok(()) };
    let sql = "UPDATE selection SET begins = ?1 WHERE begins > ?1 + ?2";
    match file.execute(sql, [begins, FARTHEST])? {
        0 => Ok(()),
        _ => selection::begin_again(file, now),
    }
}
