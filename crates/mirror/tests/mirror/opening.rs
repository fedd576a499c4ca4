use std::fs;
use std::thread;

use mirror::{Mirror, MirrorError, Show};
use rusqlite::Connection;

use crate::town::*;

#[test]
fn a_wrong_key_is_refused_and_the_file_stays_as_it_is() {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("0f"), "1-a")]);
    let path = asha.path();
    drop(asha.mirror);
    let before = fs::read(&path).unwrap();
    assert!(matches!(Mirror::open(&path, &[8; 32]), Err(MirrorError::WrongKey(_))));
    assert!(fs::read(&path).unwrap() == before);
    let asha = Mirror::open(&path, &KEY).unwrap();
    assert!(asha.grievance("0f").unwrap().is_some());
}

#[test]
fn nothing_in_the_folder_can_be_read_without_the_key() {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&described("0f", "CANARY in the drain"), "1-a")]);
    asha.changes("0f", domain::Field::Reply, "CANARY noted".into());
    let scan = || {
        let mut files = 0;
        for entry in fs::read_dir(asha.folder.path()).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            for plain in [&b"SQLite format 3"[..], b"CANARY", b"canary", b"CREATE TABLE", b"lamp"] {
                assert!(!bytes.windows(plain.len()).any(|window| window == plain));
            }
            files += 1;
        }
        files
    };
    assert_eq!(scan(), 3, "file, log and its index");
    asha.mirror.checkpoint_wal().unwrap();
    assert_eq!(scan(), 3);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_file_and_its_log() {
    use std::os::unix::fs::PermissionsExt;
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("0f"), "1-a")]);
    for entry in fs::read_dir(asha.folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
}

#[test]
fn a_database_in_the_clear_is_never_taken_for_a_mirror() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mirror.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(Mirror::open(&path, &KEY), Err(MirrorError::NotAMirror(_))));
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn an_encrypted_file_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mirror.db");
    keyed(&path).execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)").unwrap();
    assert!(matches!(Mirror::open(&path, &KEY), Err(MirrorError::NotAMirror(_))));
}

#[test]
fn a_mirror_of_a_newer_program_is_left_alone() {
    let asha = Laptop::of("asha");
    let path = asha.path();
    drop(asha.mirror);
    keyed(&path).execute_batch("PRAGMA user_version = 99").unwrap();
    assert!(matches!(Mirror::open(&path, &KEY), Err(MirrorError::TooNew { found: 99, .. })));
}

#[test]
fn a_damaged_page_is_reported_as_damage() {
    let asha = Laptop::of("asha");
    let page: Vec<_> = (0..200).map(|i| pulled(&report(&format!("{i:032x}")), "1-a")).collect();
    asha.applies(&page);
    let path = asha.path();
    drop(asha.mirror);
    let mut bytes = fs::read(&path).unwrap();
    for page in 5..bytes.len() / 8192 {
        bytes[page * 8192 + 100] ^= 1;
    }
    fs::write(&path, bytes).unwrap();
    let mirror = Mirror::open(&path, &KEY);
    let seen = mirror
        .and_then(|mirror| (0..200).try_for_each(|i| mirror.grievance(&format!("{i:032x}")).map(|_| ())));
    assert!(matches!(seen, Err(MirrorError::Damaged(_))), "{seen:?}");
}

#[test]
fn what_was_saved_is_there_after_a_crash() {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("0f"), "1-a")]);
    asha.sets_status("0f", "acknowledged");
    let asha = asha.crash();
    assert_eq!(asha.status("0f"), "acknowledged");
    assert_eq!(asha.mirror.counts().unwrap().to_send, 1);
}

#[test]
fn officers_read_while_a_pull_writes() {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("0f"), "1-a")]);
    thread::scope(|scope| {
        let pull = scope.spawn(|| {
            for round in 0..20 {
                let ids = (0..50).map(|i| format!("{round:02}{i:030x}"));
                let page: Vec<_> = ids.map(|id| pulled(&report(&id), "1-a")).collect();
                asha.applies(&page);
            }
        });
        for _ in 0..4 {
            let mirror = asha.mirror.clone();
            let query =
                mirror::Query { show: Show::All, search: Some("lamp".into()), order: mirror::Order::Newest };
            scope.spawn(move || {
                let mut before = 0;
                while before < 1001 {
                    let page = mirror.queue(&query, None, 10).unwrap();
                    let counts = mirror.counts().unwrap();
                    assert!(page.total % 50 == 1 && page.total >= before, "a page is there as a whole");
                    assert!(counts.all % 50 == 1);
                    before = page.total;
                }
            });
        }
        pull.join().unwrap();
    });
}
