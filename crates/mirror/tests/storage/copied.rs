//! Files that do not belong together: a log that is gone, one of an older copy or of another
//! mirror, an index of somebody else's.

use std::fs;
use std::path::Path;

use domain::Field;
use mirror::{Acknowledged, Mirror, Pulled};
use tempfile::TempDir;
use testkit::figure;

use crate::ward::{self, KEY};

/// S9: every file of the mirror with every log and every index, those of this evening, of an older
/// copy, of another mirror, of none. Whatever lies there, asha has the work of this evening.
#[test]
fn s9_logs_that_are_gone_or_foreign_never_make_an_empty_mirror() {
    let [morning, noon, evening, foreign] = [(); 4].map(|()| tempfile::tempdir().unwrap());
    let (before, office) = a_day_copied_thrice(&morning, &noon, &evening);
    drop(foreign_mirror(&foreign));

    let (mut tried, mut mended) = (0, 0);
    for file in [&morning, &noon, &evening] {
        for log in [None, Some(&morning), Some(&noon), Some(&evening), Some(&foreign)] {
            for index in [None, Some(&noon), Some(&evening), Some(&foreign)] {
                let mixed = tempfile::tempdir().unwrap();
                put(Some(file), "mirror.db", mixed.path());
                put(log, "mirror.db-wal", mixed.path());
                put(index, "mirror.db-shm", mixed.path());
                put(Some(&evening), "mirror.shadow", mixed.path());
                let fault = [Some(file), log, index].map(|from| from.map(TempDir::path));
                let mirror = Mirror::open(&ward::path(mixed.path()), &KEY)
                    .unwrap_or_else(|error| panic!("{fault:?}: {error}"));
                mirror.examine().unwrap_or_else(|error| panic!("{fault:?}: {error}"));
                let found = ward::work(&mirror);
                assert!(!found.shown.is_empty());
                mended += u32::from(mirror.mended().is_some());
                ward::pull(&mirror, &office);
                let found = ward::work(&mirror);
                assert_eq!(ward::lost(&found, &before, &fault), 0, "{fault:?}");
                ward::agrees(&mirror, &found);
                tried += 1;
            }
        }
    }
    figure("S9", format!("{tried} combinations, {mended} mended, 0 lost an unsent edit"));
    assert!(tried >= 50 && mended > tried / 2, "{mended} of {tried}");
}

/// Copies the folder while asha works: with an empty log, with a log, and after that log went into
/// the file, some work was delivered and more was done. Returns that last state and what the office has.
fn a_day_copied_thrice(morning: &TempDir, noon: &TempDir, evening: &TempDir) -> (ward::Work, Vec<Pulled>) {
    let folder = tempfile::tempdir().unwrap();
    let asha = ward::a_day(folder.path());
    asha.checkpoint_wal().unwrap();
    ward::copied(folder.path(), morning.path());
    for n in 30..40 {
        ward::changes(&asha, n, Field::Category, "lights".into());
    }
    ward::copied(folder.path(), noon.path());
    asha.checkpoint_wal().unwrap();
    let sent: Vec<Acknowledged> = (asha.leaving(mirror::Database::Grievances, 5).unwrap().into_iter())
        .map(|sent| Acknowledged { document: sent.document, rev: "3-c".into(), body: sent.body })
        .collect();
    asha.acknowledged(mirror::Database::Grievances, &sent, ward::NOW).unwrap();
    for n in 30..60 {
        ward::changes(&asha, n, Field::Category, "roads".into());
    }
    ward::copied(folder.path(), evening.path());
    let mut office = ward::office();
    for sent in sent {
        let lamp = office.iter_mut().find(|lamp| lamp.id == sent.document).unwrap();
        (lamp.rev, lamp.body) = (sent.rev, Some(sent.body));
    }
    (ward::work(&asha), office)
}

/// Another officer's mirror, with a log.
fn foreign_mirror(folder: &TempDir) -> Mirror {
    let work = tempfile::tempdir().unwrap();
    let ravi = Mirror::open(&ward::path(work.path()), &[8; 32]).unwrap();
    ward::pull(&ravi, &ward::office());
    ward::copied(work.path(), folder.path());
    ravi
}

fn put(from: Option<&TempDir>, name: &str, to: &Path) {
    if let Some(from) = from {
        fs::copy(from.path().join(name), to.join(name)).unwrap();
    }
}
