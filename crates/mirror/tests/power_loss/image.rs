//! What an officer finds when the power is back.

use std::fs;

use mirror::{Mark, Mirror, MirrorError, Order, Query, Show};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::disk::Image;
use crate::officer::{EDITS, KEY, LAMPS, lamp, status};

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub images: u32,
    /// Images in which something acknowledged is not there.
    pub lost: u32,
    /// Images that do not open or are damaged.
    pub unusable: u32,
    /// Images in which an edit and the row that shows it do not agree.
    pub disagreeing: u32,
    /// Images that the mirror took for damaged.
    pub mended: u32,
}

/// `told` is how often the officer had been told that something is saved.
pub fn check(image: &Image, told: u32, tally: &mut Tally) {
    tally.images += 1;
    let folder = laid_out(image);
    let path = folder.path().join("mirror.db");
    let found = Mirror::open(&path, &KEY).and_then(|mirror| {
        tally.mended += u32::from(mirror.mended().is_some());
        look(&mirror)
    });
    match found {
        Ok(Found { statuses, agrees }) => {
            tally.lost += u32::from(is_lost(&statuses, told));
            tally.disagreeing += u32::from(!agrees);
            tally.unusable += u32::from(!is_sound(&path));
        }
        Err(error) => {
            println!("after {told} acknowledgements: {error:?}");
            tally.unusable += 1;
        }
    }
}

/// The files of an image in a folder of their own.
pub fn laid_out(image: &Image) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in image {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

struct Found {
    /// Of each lamp, if it is there.
    statuses: Vec<Option<String>>,
    agrees: bool,
}

fn look(mirror: &Mirror) -> Result<Found, MirrorError> {
    let query = Query { show: Show::All, search: None, order: Order::Newest };
    let rows = mirror.queue(&query, None, 100)?.rows;
    let mut found = Found { statuses: Vec::new(), agrees: true };
    let mut edits = 0;
    for n in 0..LAMPS {
        let row = rows.iter().find(|row| row.id == lamp(n));
        let Some(detail) = mirror.grievance(&lamp(n))? else {
            found.agrees &= row.is_none();
            found.statuses.push(None);
            continue;
        };
        let mark = (!detail.edits.is_empty()).then_some(Mark::ToSend);
        edits += detail.edits.len() as u64;
        let status = detail.shown.triage.status;
        found.agrees &= row.is_some_and(|row| row.status == status && row.mark == mark);
        found.statuses.push(Some(status));
    }
    let counts = mirror.counts()?;
    found.agrees &= counts.all == rows.len() as u64 && counts.unsent_edits() == edits;
    Ok(found)
}

/// Each lamp must show its last acknowledged status, or the one that was being saved.
fn is_lost(statuses: &[Option<String>], told: u32) -> bool {
    // The first acknowledgement was that of the pulled page.
    let Some(acknowledged) = told.checked_sub(1) else { return false };
    (0..LAMPS).any(|n| {
        let of_lamp = |last: u32| (0..last.min(EDITS)).rfind(|edit| edit % LAMPS == n).map(status);
        let may_show =
            [of_lamp(acknowledged), of_lamp(acknowledged + 1)].map(|status| status.unwrap_or("new".into()));
        !statuses[n as usize].as_ref().is_some_and(|shown| may_show.contains(shown))
    })
}

/// Behind the mirror's back: every page authentic, every index in step with its table.
pub fn is_sound(path: &std::path::Path) -> bool {
    let connection = Connection::open(path).unwrap();
    let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\"; PRAGMA cipher_page_size = 8192")).unwrap();
    let told = |check: &str| -> Vec<String> {
        let mut statement = connection.prepare(&format!("PRAGMA {check}")).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    told("integrity_check") == ["ok"] && told("cipher_integrity_check").is_empty()
}
