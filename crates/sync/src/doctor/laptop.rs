use jiff::Timestamp;

use super::{Check, Who};
use crate::sentence::{counted, waiting};
use crate::state::Unsent;
use crate::{Officer, SyncError};

const DISK: &str = "disk";
const UNSENT: &str = "unsent work";
const DOCUMENTS: &str = "documents";

/// Bytes. Below the first, photos that others took are no longer worth their room; below the
/// second, tomorrow's own may find none.
const FEW: u64 = 500 << 20;
const TOO_FEW: u64 = 64 << 20;

/// Seconds that work may be unsent before somebody should ask why: a weekend without a line.
const LONG: i64 = 3 * 24 * 3600;

pub(super) async fn examine(officer: &Officer, now: i64) -> Result<[Check; 3], SyncError> {
    let counts = officer.with_mirror(|mirror| mirror.counts()).await?;
    let set_aside = officer.with_mirror(|mirror| mirror.set_aside()).await?;
    let edits = officer.with_mirror(|mirror| mirror.to_send()).await?;
    let times = edits.iter().filter_map(|unsent| unsent.edit.at.parse::<Timestamp>().ok());
    let oldest = times.map(Timestamp::as_second).min();
    let disk = match rustix::fs::statvfs(officer.folder()) {
        Ok(disk) => free(disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => Check::warning(DISK, Who::You, format!("The disk does not tell its room: {error}.")),
    };
    Ok([disk, unsent(Unsent::from(&counts), oldest.map(|at| now - at)), documents(&set_aside)])
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
        _ if unsent.clashes + unsent.refused + unsent.refused_entries > 0 => {
            Check::warning(UNSENT, Who::You, waits)
        }
        Some(_) | None => Check::ok(UNSENT, waits),
    }
}

/// `set_aside`: the `_id` of each document that cannot be read, and why.
fn documents(set_aside: &[(String, String)]) -> Check {
    let Some((id, reason)) = set_aside.first() else {
        return Check::ok(DOCUMENTS, "Every document that came from the server can be read.");
    };
    let found = format!(
        "{} on the server cannot be read, and so cannot be shown. The first is {id:?}: {reason:?}.",
        counted(set_aside.len() as u64, "document", "documents")
    );
    Check::warning(DOCUMENTS, Who::Administrator, found)
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
        assert_eq!(documents(&[]).verdict, Verdict::Ok);
        let odd = documents(&[("a\u{202e}b".to_owned(), "It has no content".to_owned())]);
        assert_eq!(odd.verdict, Verdict::Warning);
        assert!(odd.found.contains(r#"1 document on the server cannot be read"#), "{}", odd.found);
        assert!(odd.found.contains(r#"a\u{202e}b"#), "{}", odd.found);
    }
}
