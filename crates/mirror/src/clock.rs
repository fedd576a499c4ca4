//! The laptop's clock may have been wrong before it was set right.

use rusqlite::params;

use crate::{Mirror, MirrorError, WHEN_OPENED, selection};

/// Nothing that is right is written for a time that is farther ahead (seconds): a thumbnail that cannot be
/// shown is tried again a day later.
pub(crate) const FARTHEST: i64 = 2 * 24 * 3600;

/// Nor is an upload.
const FARTHEST_UPLOAD: i64 = 3600;

impl Mirror {
    /// No picture waits for a time that lies far ahead of `now` (unix seconds). A try too early does no harm.
    pub fn hurry_photos(&self, now: i64) -> Result<(), MirrorError> {
        self.write(|file| {
            file.execute(
                "UPDATE photo SET retry_at = 0
                 WHERE (state = 'to_upload' AND retry_at > ?1)
                    OR (state = 'missing' AND retry_at > ?2 AND retry_at < ?3)",
                params![now + FARTHEST_UPLOAD, now + FARTHEST, WHEN_OPENED],
            )?;
            Ok(())
        })
    }

    /// Times that lie ahead of `now` (unix seconds, by a clock that is right) were written by a clock that has
    /// gone back: nothing waits for them, and what a selection by days left out because of them is fetched again.
    pub fn heed_clock(&self, now: i64) -> Result<(), MirrorError> {
        let ahead = now + FARTHEST;
        self.write(|file| {
            file.execute("UPDATE comparison SET ended_at = 0 WHERE ended_at > ?1", [ahead])?;
            // Everything that was delivered is asked for, not only what was delivered since.
            file.execute("UPDATE checkpoint SET saved_at = 0 WHERE saved_at > ?1", [ahead])?;
            // Or it would be called the newest until then. Each status is one range of the index.
            file.execute(
                "UPDATE grievance SET changed_at = ?1
                 WHERE n IN (SELECT g.n FROM status_count s
                             CROSS JOIN grievance g ON g.status = s.status AND g.changed_at > ?2)",
                [now, ahead],
            )?;
            selection::heed_clock(file, now)
        })
    }
}
