//! Laptops whose clock was wrong for a while.

use domain::Selection;
use mirror::{Database, Show};

use crate::town::*;

const YEAR: i64 = 365 * 24 * 3600;

#[test]
fn what_left_a_selection_by_days_while_the_clock_was_ahead_comes_back() {
    let asha = Laptop::of("asha");
    let office = Office::with(&[report("0f")]);
    // Back to the spring before it was reported.
    asha.mirror.select(&Selection { days: Some(3_500), ..Selection::default() }, NOW).unwrap();
    asha.pulls(&office);
    asha.mirror.heed_clock(NOW).unwrap();
    assert!(!asha.mirror.facts(NOW).unwrap().selected_anew);

    let wrong = NOW + 2 * YEAR;
    assert_eq!(asha.mirror.sweep(wrong).unwrap().grievances, 1);
    asha.mirror.heed_clock(wrong).unwrap();
    assert!(!asha.mirror.facts(wrong).unwrap().selected_anew);

    for _ in 0..2 {
        asha.mirror.heed_clock(NOW).unwrap();
        assert!(asha.mirror.facts(NOW).unwrap().selected_anew);
    }
    asha.pulls_all(&office);
    asha.mirror.heed_clock(NOW).unwrap();
    assert!(!asha.mirror.facts(NOW).unwrap().selected_anew, "once");
    assert_eq!(asha.queue(Show::All, None).total, 1);
}

#[test]
fn what_was_too_old_for_a_clock_that_was_ahead_is_fetched() {
    let asha = Laptop::of("asha");
    let office = Office::with(&[report("0f")]);
    let wrong = NOW + 2 * YEAR;
    asha.mirror.select(&Selection { days: Some(3_500), ..Selection::default() }, NOW).unwrap();
    let selection = asha.mirror.selection().unwrap();
    let first = mirror::Checkpoint { selection, ..checkpoint("1") };
    asha.mirror.apply_page(Database::Grievances, &office.all(), &first, wrong).unwrap();
    assert_eq!(asha.queue(Show::All, None).total, 0);
    asha.mirror.heed_clock(NOW).unwrap();
    assert!(asha.mirror.facts(NOW).unwrap().selected_anew);
}

#[test]
fn nothing_waits_for_a_time_that_a_wrong_clock_told() {
    let asha = Laptop::of("asha");
    let mut office = Office::with(&[report("0f")]);
    let wrong = NOW + 2 * YEAR;
    asha.mirror.apply_page(Database::Grievances, &office.all(), &checkpoint("1"), wrong).unwrap();
    asha.attaches("0f", &photo("01A", "feed"));
    let uploads = asha.mirror.photos_to_upload(10, wrong).unwrap();
    for upload in &uploads {
        asha.mirror.photo_failed(&upload.key, "The store is full.", wrong + 60).unwrap();
    }
    asha.sets_status("0f", "acknowledged");
    asha.pushes(&mut office);
    let waits = |now| {
        let facts = asha.mirror.facts(now).unwrap();
        let witnesses = asha.mirror.witnesses(Database::Grievances, false).unwrap();
        (facts.photos_to_upload, facts.to_compare.len(), witnesses["0f"].len())
    };
    assert_eq!(waits(NOW), (0, 0, 1), "of the delivery nobody would ask");
    asha.mirror.heed_clock(NOW).unwrap();
    asha.mirror.hurry_photos(NOW).unwrap();
    assert_eq!(waits(NOW), (uploads.len() as u64, 1, 2));
}

#[test]
fn what_a_wrong_clock_saw_is_not_the_newest_for_ever() {
    let asha = Laptop::of("asha");
    let office = Office::with(&[report("0e"), report("0f")]);
    let pulls = |id: &str, now| {
        asha.mirror.apply_page(Database::Grievances, &[office.change(id)], &checkpoint("1"), now).unwrap();
        asha.mirror.newest(Database::Grievances, 1).unwrap().into_keys().next().unwrap()
    };
    assert_eq!(pulls("0e", NOW + 2 * YEAR), "0e");
    asha.mirror.heed_clock(NOW).unwrap();
    assert_eq!(pulls("0f", NOW + 60), "0f");
}
