//! A disk that refuses: now and then, for ever, or because it is full. The tests start themselves
//! again with a bad disk underneath; the child's assertions are the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::Field;
use mirror::{Database, Mirror, MirrorError, Pulled};
use testkit::{BadDisk, asks, figure, times};

use crate::ward::{self, KEY};

/// Where a child works.
const FOLDER: &str = "WORKS_IN";
const SCRIPT: usize = 20;
const LAMPS: usize = 4;

/// S5: an input/output error at the k-th thing that is asked of the disk, once and from then on.
#[test]
fn s5_an_error_at_any_request_is_said_and_costs_nothing_acknowledged() {
    figure("S5", child("refusal::an_error_at_any_request"));
}

/// S8: the disk fails at any request of a mending, once and from then on. It is begun again, and has
/// cost nothing.
#[test]
fn s8_a_mending_cut_off_anywhere_is_begun_again() {
    child("refusal::a_mending_cut_off");
}

/// S6: the disk says once that it did not write what it had taken.
#[test]
fn s6_a_sync_that_fails_acknowledges_nothing_and_the_next_edit_works() {
    child("refusal::a_sync_that_fails");
}

/// S7: a disk that fills up during edits, pulls, checkpoints and the making of a mirror.
#[test]
fn s7_a_full_disk_refuses_and_goes_on_when_there_is_room() {
    child("refusal::a_full_disk");
}

fn child(name: &str) -> String {
    let (folder, workshop) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", name, "--ignored", "--test-threads=1", "--nocapture"]).env(FOLDER, folder.path());
    BadDisk::under(&mut child, folder.path(), workshop.path());
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    let complaint: Vec<&str> = complaint.lines().filter(|line| !line.contains("ERROR CORE")).collect();
    assert!(output.status.success(), "{said}\n{}", complaint.join("\n"));
    assert!(said.contains("1 passed"), "there is no such child: {said}");
    said.lines().find_map(|line| line.split_once("figure: ")).unwrap_or_default().1.to_owned()
}

fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

#[test]
#[ignore = "the child of the test above"]
fn an_error_at_any_request() {
    let Some(folder) = folder() else { return };
    let disk = BadDisk::here();
    // Every request, or every so manieth.
    let step = times(11, 1);
    let (mut after, mut refused, mut failed) = (0, 0, 0);
    loop {
        let mut reached = 0;
        for forever in [1, u32::MAX] {
            disk.fails(asks::ALL, after, forever);
            let account = folder.join(format!("{after}-{forever}"));
            refused += script(&account, &disk, &mut reached);
            fs::remove_dir_all(&account).unwrap();
        }
        if reached == 0 {
            break;
        }
        failed += reached;
        after += step;
    }
    println!(
        "figure: {after} requests, each {step} failing once and from then on; {failed} errors, {refused} edits refused, 0 lost"
    );
    assert!(after > 300 && refused > 100, "{after} {refused}");
}

/// Edits while the disk is bad, then with a good disk goes on in the same mirror and in one opened
/// anew. Returns how many edits were refused, and counts the errors of the disk.
fn script(account: &Path, disk: &BadDisk, failed: &mut u32) -> u32 {
    fs::create_dir(account).unwrap();
    let path = ward::path(account);
    let mut told = [None; LAMPS];
    let mut refused = 0;
    let mut mirror = None;
    for n in 0..SCRIPT {
        if mirror.is_none() {
            mirror = Mirror::open(&path, &KEY).ok();
        }
        let Some(open) = &mirror else {
            refused += 1;
            continue;
        };
        let id = ward::lamp(n % LAMPS);
        let pulled = match open.grievance(&id) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => pull(open, n % LAMPS),
            Err(error) => Err(error),
        };
        let edited =
            pulled.and_then(|()| open.change(&id, Field::Reply, format!("{n}").into(), "asha", ward::AT));
        match edited {
            Ok(()) => told[n % LAMPS] = Some(n),
            Err(error) => {
                is_storage(&error);
                refused += 1;
            }
        }
        if n % 7 == 6
            && let Err(error) = open.checkpoint_wal()
        {
            is_storage(&error);
        }
    }
    *failed += disk.failed();
    disk.is_well();
    if let Some(mirror) = &mirror {
        assert_eq!(mirror.mended(), None, "a disk that fails is no damage");
        is_as_told(mirror, &told);
        pull(mirror, LAMPS).unwrap();
        ward::changes(mirror, LAMPS, Field::Reply, "On a good disk".into());
    }
    drop(mirror);
    let mirror = Mirror::open(&path, &KEY).unwrap();
    is_as_told(&mirror, &told);
    mirror.examine().unwrap();
    assert_eq!(mirror.mended(), None);
    refused
}

/// Each lamp shows the last reply that was acknowledged. A later one that was refused may stand
/// after a restart: it was on its way.
fn is_as_told(mirror: &Mirror, told: &[Option<usize>; LAMPS]) {
    for (lamp, told) in told.iter().enumerate().filter(|(_, told)| told.is_some()) {
        let shown = mirror.grievance(&ward::lamp(lamp)).unwrap().unwrap().shown.triage.reply;
        let shown = shown.as_ref().and_then(|reply| reply.parse::<usize>().ok());
        assert!(shown >= *told, "lamp {lamp} shows {shown:?}, {told:?} was acknowledged");
    }
}

fn pull(mirror: &Mirror, lamp: usize) -> Result<(), MirrorError> {
    let page: Vec<Pulled> = ward::office().into_iter().skip(lamp).take(1).collect();
    mirror.apply_page(Database::Grievances, &page, &mirror::Checkpoint::default(), ward::NOW).map(drop)
}

/// Every error says that it is the disk.
fn is_storage(error: &MirrorError) {
    assert!(
        matches!(
            error,
            MirrorError::Disk(_)
                | MirrorError::DiskFull(_)
                | MirrorError::CannotCreate { .. }
                | MirrorError::CannotMend { .. }
        ),
        "{error:?}"
    );
}

#[test]
#[ignore = "the child of the test above"]
fn a_mending_cut_off() {
    let Some(folder) = folder() else { return };
    let disk = BadDisk::here();
    let (work, day) = (folder.join("work"), folder.join("day"));
    fs::create_dir(&work).unwrap();
    fs::create_dir(&day).unwrap();
    let asha = ward::a_day(&work);
    asha.checkpoint_wal().unwrap();
    ward::changes(&asha, 25, Field::Category, "lights".into());
    let before = ward::work(&asha);
    // With its log, as a crash leaves it.
    ward::copied(&work, &day);
    // The first page of the file: nothing but the copy of the edits is left.
    let mut bytes = fs::read(ward::path(&day)).unwrap();
    bytes[100] ^= 1;
    fs::write(ward::path(&day), bytes).unwrap();

    let (mut after, mut cut) = (0, 0);
    loop {
        let mut reached = 0;
        for forever in [1, u32::MAX] {
            let account = folder.join(format!("{after}-{forever}"));
            fs::create_dir(&account).unwrap();
            ward::copied(&day, &account);
            disk.fails(asks::ALL, after, forever);
            let opened = Mirror::open(&ward::path(&account), &KEY);
            cut += u32::from(opened.as_ref().inspect_err(|error| is_storage(error)).is_err());
            let is_mended = opened.is_ok();
            drop(opened);
            reached += disk.failed();
            disk.is_well();
            let mirror = ward::opened(&account);
            let found = ward::work(&mirror);
            assert!(mirror.mended().is_none() || !is_mended, "{after}: mended, and damaged again");
            ward::lost(&found, &before, &(after, forever));
            ward::pull(&mirror, &ward::office());
            ward::agrees(&mirror, &ward::work(&mirror));
            fs::remove_dir_all(&account).unwrap();
        }
        if reached == 0 {
            break;
        }
        after += times(17, 1);
    }
    assert!(cut > 5 && after > 50, "{cut} of {after}");
}

#[test]
#[ignore = "the child of the test above"]
fn a_sync_that_fails() {
    let Some(folder) = folder() else { return };
    let disk = BadDisk::here();
    let mirror = ward::opened(&folder);
    ward::pull(&mirror, &ward::office());
    let reply = |text: &str| mirror.change(&ward::lamp(0), Field::Reply, text.into(), "asha", ward::AT);
    let shown = |mirror: &Mirror| mirror.grievance(&ward::lamp(0)).unwrap().unwrap().shown.triage.reply;
    reply("first").unwrap();
    disk.fails(asks::SYNC, 0, 1);
    let refused = reply("second");
    assert!(matches!(refused, Err(MirrorError::Disk(_))), "{refused:?}");
    assert_eq!(disk.failed(), 1);
    assert_eq!(shown(&mirror).as_deref(), Some("first"), "nobody was told that the second is saved");
    assert_eq!(mirror.counts().unwrap().to_send, 1);
    reply("third").unwrap();
    // The power fails: what lies there is all there is.
    let after = folder.join("after");
    fs::create_dir(&after).unwrap();
    ward::copied(&folder, &after);
    assert_eq!(shown(&ward::opened(&after)).as_deref(), Some("third"));
    drop(mirror);
    assert_eq!(shown(&ward::opened(&folder)).as_deref(), Some("third"));
}

#[test]
#[ignore = "the child of the test above"]
fn a_full_disk() {
    let Some(folder) = folder() else { return };
    let disk = BadDisk::here();
    let mirror = ward::opened(&folder);
    ward::pull(&mirror, &ward::office());
    mirror.checkpoint_wal().unwrap();
    let reply = |n: usize| {
        mirror.change(&ward::lamp(n % 50), Field::Reply, format!("Crew {n}").into(), "asha", ward::AT)
    };
    let shown = |mirror: &Mirror, n: usize| {
        mirror.grievance(&ward::lamp(n % 50)).unwrap().unwrap().shown.triage.reply
    };
    // Edits, until there is no room for one.
    disk.has_room(1_000_000);
    let full = (0..1000).find(|n| match reply(*n) {
        Ok(()) => false,
        Err(error) => {
            assert!(matches!(error, MirrorError::DiskFull(_)), "{error:?}");
            true
        }
    });
    let full = full.expect("a megabyte is not for ever");
    assert!(full > 10, "{full}");
    let all_there = |mirror: &Mirror| {
        (full.saturating_sub(50)..full).for_each(|n| assert_eq!(shown(mirror, n), Some(format!("Crew {n}"))));
    };
    all_there(&mirror);
    // A pull and a checkpoint of the log find no room either, and harm nothing.
    let new = ward::office().into_iter().map(|lamp| Pulled { rev: "3-a".into(), ..lamp }).collect::<Vec<_>>();
    let pulled = mirror.apply_page(Database::Grievances, &new, &mirror::Checkpoint::default(), ward::NOW);
    assert!(matches!(pulled, Err(MirrorError::DiskFull(_))), "{pulled:?}");
    match mirror.checkpoint_wal() {
        Ok(()) | Err(MirrorError::DiskFull(_)) => {}
        Err(other) => panic!("{other:?}"),
    }
    all_there(&mirror);
    // Nor is anybody kept out by a full disk, as long as the index of the log is there.
    all_there(&ward::opened(&folder));
    // A mirror is not half made, whatever of it there is room for.
    let second = folder.join("second");
    fs::create_dir(&second).unwrap();
    let refused = (1..).map_while(|step| {
        disk.has_room(step * 20_000);
        Mirror::open(&ward::path(&second), &KEY).inspect_err(is_storage).err()
    });
    assert!(refused.count() >= 5);

    disk.is_well();
    reply(full).unwrap();
    assert_eq!(shown(&mirror, full), Some(format!("Crew {full}")), "with room it works without a restart");
    ward::pull(&mirror, &new);
    drop(mirror);
    let mirror = ward::opened(&folder);
    mirror.examine().unwrap();
    assert_eq!(mirror.mended(), None);
    assert_eq!(shown(&mirror, full), Some(format!("Crew {full}")));
    let second = ward::opened(&second);
    ward::pull(&second, &ward::office());
    assert_eq!((second.mended(), second.counts().unwrap().all), (None, ward::LAMPS as u64));
}
