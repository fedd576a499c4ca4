//! A page goes bad, or the end of a file is gone.

use std::fs;
use std::path::Path;
use std::thread;

use domain::Field;
use fastrand::Rng;
use mirror::{Checkpoint, Database, Mirror, MirrorError};
use testkit::{figure, times};

use crate::ward::{self, KEY, Work};

const PAGE: usize = 8192;
/// The frame of a page in the write-ahead log.
const FRAME: usize = PAGE + 24;

/// S8: bits that flip, pages of zeros, files cut short, in the mirror, in its log and in the copy of
/// the edits: whatever goes bad alone, no unsent work is lost, nothing wrong is shown, and once the
/// office was pulled again all is as it was.
#[test]
fn s8_one_damaged_place_costs_no_unsent_work() {
    let folder = tempfile::tempdir().unwrap();
    let asha = ward::a_day(folder.path());
    // What is in the file, and what is still in its log.
    asha.checkpoint_wal().unwrap();
    for n in 30..40 {
        ward::changes(&asha, n, Field::Category, "lights".into());
    }
    let before = ward::work(&asha);
    let as_it_lies = tempfile::tempdir().unwrap();
    ward::copied(folder.path(), as_it_lies.path());

    let mut rng = Rng::with_seed(20_261_125);
    let mut tally = Tally::default();
    for _ in 0..times(100, 1400) {
        let place = Place::any(&mut rng);
        tally.damages += 1;
        let struck = tempfile::tempdir().unwrap();
        ward::copied(as_it_lies.path(), struck.path());
        place.strike(struck.path(), &mut rng);
        check(struck.path(), &before, &place, &mut tally);
    }
    figure("S8", format!("{tally:?}"));
    assert!(tally.mended > tally.damages / 2, "the damage must be where it hurts: {tally:?}");
}

/// S8: pages go bad while asha works. What she does next is done on the mended mirror; a pull that
/// was on its way begins anew, else what was lost before its page would never come.
#[test]
fn s8_damage_met_at_work_is_mended_at_once_and_everything_is_pulled_again() {
    let folder = tempfile::tempdir().unwrap();
    drop(ward::a_day(folder.path()));
    let asha = ward::opened(folder.path());
    let before = ward::work(&asha);
    asha.checkpoint_wal().unwrap();
    let mut bytes = fs::read(ward::path(folder.path())).unwrap();
    for page in 1..bytes.len() / PAGE {
        bytes[page * PAGE + 100] ^= 1;
    }
    fs::write(ward::path(folder.path()), bytes).unwrap();
    assert!(!asha.was_mended());

    // Two more at once than connections rest, so that one reads the file and not its memory.
    let shown = thread::scope(|scope| {
        let readers: Vec<_> =
            (0..5).map(|_| scope.spawn(|| asha.grievance(&ward::lamp(25)).unwrap().unwrap())).collect();
        readers.into_iter().map(|reader| reader.join().unwrap().shown).collect::<Vec<_>>()
    });
    assert!(shown.iter().all(|shown| *shown == before.shown[&ward::lamp(25)]));
    asha.examine().unwrap();
    let mended = asha.mended().expect("asha is told");
    assert_eq!(mended.unsent_edits as usize, before.unsent.len());
    assert_eq!(asha.mended(), None, "once");
    ward::changes(&asha, 26, Field::Category, "lights".into());

    let next = Checkpoint { since: "10".into(), after: Some("9".into()), ..Checkpoint::default() };
    let page = asha.apply_page(Database::Grievances, &[], &next, ward::NOW);
    assert!(matches!(page, Err(MirrorError::PageOutOfPlace)), "{page:?}");
    assert_eq!(asha.checkpoint(Database::Grievances).unwrap(), None);
    ward::pull(&asha, &ward::office());
    let mut after = ward::work(&asha);
    ward::agrees(&asha, &after);
    // What she had delivered is asked for before anything is sent; nobody says that the server was set back.
    assert!(asha.facts(ward::NOW).unwrap().set_back.contains(&Database::Grievances));
    assert!(!asha.upstream().unwrap().set_back);
    let changed = after.shown.remove(&ward::lamp(26)).unwrap();
    assert_eq!(changed.triage.category.as_deref(), Some("lights"));
    after.unsent.retain(|unsent| unsent.edit.field != Field::Category);
    assert_eq!(ward::lost(&after, &before, &"at work"), 1);
    assert_eq!(asha.owner().unwrap().unwrap().user, "asha");
    let aside: Vec<_> = fs::read_dir(folder.path().join("quarantine")).unwrap().collect();
    assert_eq!(aside.len(), 1, "the damaged file is kept");
}

#[derive(Debug, Default)]
struct Tally {
    damages: u32,
    mended: u32,
    /// Found only by looking through the whole file.
    found_late: u32,
    /// Grievances that had to be fetched again.
    fetched: usize,
}

fn check(struck: &Path, before: &Work, place: &Place, tally: &mut Tally) {
    let mirror = Mirror::open(&ward::path(struck), &KEY).unwrap_or_else(|error| panic!("{place:?}: {error}"));
    let found = ward::work(&mirror);
    tally.fetched += ward::lost(&found, before, place);
    let early = mirror.mended();
    mirror.examine().unwrap();
    let late = mirror.mended();
    assert!(ward::is_sound(struck), "{place:?} was not noticed");
    for mended in early.iter().chain(&late) {
        assert_eq!(mended.unsent_edits, before.unsent.len() as u64);
    }
    if early.is_some() || late.is_some() {
        assert_eq!(mirror.checkpoint(Database::Grievances).unwrap(), None, "{place:?}: all is pulled again");
    }
    tally.mended += u32::from(early.is_some() || late.is_some());
    tally.found_late += u32::from(late.is_some());
    ward::pull(&mirror, &ward::office());
    let after = ward::work(&mirror);
    assert_eq!(ward::lost(&after, before, place), 0, "{place:?}");
    ward::agrees(&mirror, &after);
}

#[derive(Debug)]
struct Place {
    file: &'static str,
    harm: Harm,
    /// 0 to 1: where in the file.
    at: f64,
}

#[derive(Debug, Clone, Copy)]
enum Harm {
    Bit,
    Page,
    Cut,
}

impl Place {
    /// Of seven, five are bits, one is a page, one a cut.
    fn any(rng: &mut Rng) -> Place {
        let file = ["mirror.db", "mirror.db", "mirror.db", "mirror.db-wal", "mirror.shadow"][rng.usize(..5)];
        let harm =
            [Harm::Bit, Harm::Bit, Harm::Bit, Harm::Bit, Harm::Bit, Harm::Page, Harm::Cut][rng.usize(..7)];
        Place { file, harm, at: rng.f64() }
    }

    fn strike(&self, folder: &Path, rng: &mut Rng) {
        let path = folder.join(self.file);
        let mut bytes = fs::read(&path).unwrap();
        let at = (bytes.len() as f64 * self.at) as usize;
        match self.harm {
            Harm::Bit => bytes[at] ^= 1 << rng.u8(..8),
            Harm::Page => {
                let unit = if self.file.ends_with("-wal") { FRAME } else { PAGE };
                let end = (at / unit * unit + unit).min(bytes.len());
                bytes[at / unit * unit..end].fill(0);
            }
            Harm::Cut => bytes.truncate(at),
        }
        fs::write(path, bytes).unwrap();
    }
}
