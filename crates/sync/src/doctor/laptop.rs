use jiff::Timestamp;

use super::{Check, Who};
use crate::state::{Unsent, waiting};
use crate::{Officer, SyncError};

const DISK: &str = "disk";
const UNSENT: &str = "unsent work";

/// Bytes. Below the first, photos that others took are no longer worth their room; below the
/// second, tomorrow's own may find none.
const FEW: u64 = 500 << 20;
const TOO_FEW: u64 = 64 << 20;

/// Seconds that work may be unsent before somebody should ask why: a weekend without a line.
const LONG: i64 = 3 * 24 * 3600;

pub(super) async fn examine(officer: &Officer, now: i64) -> Result<[Check; 2], SyncError> {
    let counts = officer.with_mirror(|mirror| mirror.counts()).await?;
    let edits = officer.with_mirror(|mirror| mirror.to_send()).await?;
    let times = edits.iter().filter_map(|unsent| unsent.edit.at.parse::<Timestamp>().ok());
    let oldest = times.map(Timestamp::as_second).min();
    let disk = match rustix::fs::statvfs(officer.folder()) {
        Ok(disk) => free(disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => Check::warning(DISK, Who::You, format!("The disk does not tell its room: {error}.")),
    };
    Ok([disk, unsent(Unsent::from(&counts), oldest.map(|at| now - at))])
}

fn free(bytes: u64) -> Check {
    let found = format!("{} MB are free.", bytes >> 20);
    match bytes {
        ..TOO_FEW => Check::fault(DISK, Who::You, format!("{found} Make room before you go on.")),
        TOO_FEW..FEW => Check::warning(DISK, Who::You, format!("{found} Make room soon.")),
        FEW.. => Check::ok(DISK, found),
    }
}

/// `age` is that of the oldest edit, in seconds.
fn unsent(unsent: Unsent, age: Option<i64>) -> Check {
    let waits = waiting(unsent);
    match age {
        Some(age) if age >= LONG => {
            Check::warning(UNSENT, Who::You, format!("{waits} The oldest waits for {} days.", age / 86_400))
        }
        Some(_) if unsent.clashes + unsent.refused > 0 => Check::warning(UNSENT, Who::You, waits),
        Some(_) | None => Check::ok(UNSENT, waits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn the_disk_and_old_work_are_told_in_time() {
        for (bytes, verdict) in
            [(10 << 20, Verdict::Fault), (100 << 20, Verdict::Warning), (1 << 30, Verdict::Ok)]
        {
            assert_eq!(free(bytes).verdict, verdict, "{bytes} bytes");
        }
        let edits = Unsent { edits: 1, ..Unsent::default() };
        let table = [
            (Unsent::default(), None, Verdict::Ok),
            (edits, Some(3_600), Verdict::Ok),
            (edits, Some(4 * 86_400), Verdict::Warning),
            (Unsent { refused: 1, ..edits }, Some(3_600), Verdict::Warning),
        ];
        for (work, age, verdict) in table {
            assert_eq!(unsent(work, age).verdict, verdict, "{work:?} {age:?}");
        }
    }
}
