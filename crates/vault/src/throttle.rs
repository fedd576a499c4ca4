//! A growing wait after wrong passwords.
//!
//! A courtesy to the officer whose colleague is curious: a thief copies the files and guesses elsewhere. So the
//! counter is in the clear, nothing is ever wiped for failing, and moving the clock forward is not fought.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::{VaultError, disk};

/// Seconds to wait after so many failures.
const WAITS: [u64; 10] = [0, 0, 0, 1, 2, 4, 8, 16, 32, 60];

/// The failed attempts at one account, remembered across restarts.
pub(crate) struct Throttle(PathBuf);

impl Throttle {
    pub fn of(folder: &Path) -> Self {
        Self(folder.join("throttle.json"))
    }

    /// Counts an attempt, before the password is looked at, so that ending the process does not undo it.
    /// [`VaultError::Throttled`] if it comes too early.
    pub fn attempt(&self, now: SystemTime) -> Result<(), VaultError> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        // Not synced to disk, hence perhaps torn by a power loss; a counter that cannot be read starts again.
        let bytes = disk::read(&self.0)?.unwrap_or_default();
        let before = serde_json::from_slice(&bytes).unwrap_or_default();
        match judge(&before, now) {
            Verdict::Allowed(after) => self.write(&after),
            Verdict::TooEarly(after, wait) => {
                self.write(&after)?;
                Err(VaultError::Throttled { wait })
            }
        }
    }

    /// The password was right, or the account is new.
    pub fn reset(&self) -> Result<(), VaultError> {
        self.write(&Attempts::default())
    }

    /// In place and always of one length, so that a full disk keeps nobody out.
    fn write(&self, attempts: &Attempts) -> Result<(), VaultError> {
        let text = serde_json::to_string(attempts).expect("two numbers are JSON");
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.0)
            .and_then(|mut file| file.write_all(format!("{text:<LENGTH$}").as_bytes()))
            .map_err(VaultError::at(&self.0))
    }
}

/// Bytes; more than two numbers of 64 bits need.
const LENGTH: usize = 80;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Attempts {
    failures: usize,
    /// When the latest was, in milliseconds since 1970.
    latest: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Allowed(Attempts),
    TooEarly(Attempts, Duration),
}

fn judge(before: &Attempts, now: u64) -> Verdict {
    // A clock that was set back starts the wait again: it neither ends it nor makes it last a year.
    let latest = before.latest.min(now);
    let wait = WAITS[before.failures.min(WAITS.len() - 1)] * 1000;
    let left = (latest + wait).saturating_sub(now);
    if left > 0 {
        let kept = Attempts { latest, ..before.clone() };
        return Verdict::TooEarly(kept, Duration::from_millis(left));
    }
    Verdict::Allowed(Attempts { failures: before.failures.saturating_add(1), latest: now })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_to_a_minute_and_stays() {
        let mut attempts = Attempts::default();
        let mut waited = Vec::new();
        let mut now = 1_000_000;
        for _ in 0..12 {
            if let Verdict::TooEarly(_, wait) = judge(&attempts, now) {
                waited.push(wait.as_secs());
                now += wait.as_millis() as u64 - 1;
                assert!(matches!(judge(&attempts, now), Verdict::TooEarly(..)), "a millisecond early");
                now += 1;
            } else {
                waited.push(0);
            }
            let Verdict::Allowed(after) = judge(&attempts, now) else { panic!("the wait is over") };
            attempts = after;
        }
        assert_eq!(waited, [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn a_clock_set_back_starts_the_wait_again() {
        let before = Attempts { failures: 9, latest: 10_000_000 };
        let Verdict::TooEarly(kept, wait) = judge(&before, 4_000) else { panic!("set back an hour and in") };
        assert_eq!(wait, Duration::from_secs(60));
        assert_eq!(kept, Attempts { failures: 9, latest: 4_000 });
        assert!(matches!(judge(&kept, 63_999), Verdict::TooEarly(..)));
        assert!(
            matches!(judge(&kept, 64_000), Verdict::Allowed(..)),
            "and is over after a minute, not a year"
        );
    }
}
