//! Reports that left the server or were altered there, as the mirror sees them.

use domain::Selection;
use mirror::{Answer, Database, Decision, EditState, Happened, MirrorError, Show};
use serde_json::json;

use crate::town::*;

const WEEK: i64 = 7 * 24 * 3600;

fn gone(asha: &Laptop) -> u64 {
    asha.queue(Show::All, None).rows.iter().filter(|row| row.gone).count() as u64
}

#[test]
fn deletions_that_trickle_in_are_counted_together() {
    let (asha, mut office) = ward(100);
    let mut believed = 0;
    for n in 0..40 {
        office.deletes(&id(n));
        asha.pulls(&office);
        believed = gone(&asha);
        if asha.mirror.upstream().unwrap().vanished > 0 {
            break;
        }
    }
    assert_eq!((believed, asha.mirror.upstream().unwrap().vanished), (20, 1), "a fifth of the ward");
    assert_eq!(asha.mirror.answer_vanished(Answer::Accept, NOW).unwrap(), 1);
    assert_eq!(gone(&asha), 21);
}

#[test]
fn nothing_of_a_mass_deletion_is_applied_before_its_last_page() {
    let (asha, mut office) = ward(20);
    asha.sets_status("0001", "acknowledged");
    (0..10).for_each(|n| office.deletes(&id(n)));
    let page = office.all();
    let (first, second) = page.split_at(3);
    let unfinished = mirror::Checkpoint { caught_up: false, ..checkpoint("1") };
    asha.mirror.apply_page(Database::Grievances, first, &unfinished, NOW).unwrap();
    let asha = asha.crash();
    assert_eq!(gone(&asha), 0);
    assert!(asha.mirror.leaving(Database::Grievances, 10).unwrap().is_empty(), "her lamp may be gone");
    asha.applies(second);
    assert_eq!((gone(&asha), asha.mirror.upstream().unwrap().vanished), (0, 10));
    assert_eq!(asha.states("0001"), [EditState::Saved]);
    let asha = asha.crash();
    assert_eq!(asha.mirror.vanished(99).unwrap().len(), 10);
    // Three come back of themselves: they are no question any more.
    (0..3).for_each(|n| office.writes(&id(n), |document| *document = report(&id(n))));
    asha.applies(&office.all());
    assert_eq!(asha.mirror.upstream().unwrap().vanished, 7);
    assert_eq!(asha.mirror.leaving(Database::Grievances, 10).unwrap().len(), 1);
}

#[test]
fn a_comparison_is_cut_and_goes_on_where_it_was() {
    let (asha, _) = ward(20);
    let nothing = |ids: &[String]| asha.mirror.compared(Database::Grievances, &[], ids, NOW).unwrap();
    assert!(asha.mirror.facts(NOW + WEEK - 1).unwrap().to_compare.is_empty());
    assert!(asha.mirror.facts(NOW + WEEK).unwrap().to_compare.contains(&Database::Grievances));
    let up_to = id(9);
    let listed: Vec<(String, String)> = (4..10).map(|n| (id(n), "1-abc".to_owned())).collect();
    let differing = asha.mirror.differing(Database::Grievances, None, Some(&up_to), &listed).unwrap();
    assert_eq!(differing, [id(0), id(1), id(2), id(3)]);
    nothing(&differing);
    asha.mirror.compared_up_to(Database::Grievances, Some(&up_to), NOW).unwrap();
    // A pull in between decides nothing about half a comparison.
    asha.applies(&[]);
    assert_eq!(gone(&asha), 0);
    assert_eq!(asha.mirror.comparison(Database::Grievances).unwrap().up_to.as_deref(), Some(up_to.as_str()));
    let listed: Vec<(String, String)> = (12..20).map(|n| (id(n), "1-abc".to_owned())).collect();
    let differing = asha.mirror.differing(Database::Grievances, Some(&up_to), None, &listed).unwrap();
    assert_eq!(differing, [id(10), id(11)]);
    nothing(&differing);
    asha.mirror.compared_up_to(Database::Grievances, None, NOW).unwrap();
    assert_eq!(
        (gone(&asha), asha.mirror.upstream().unwrap().vanished),
        (0, 6),
        "six of twenty are asked about"
    );
    assert!(asha.mirror.facts(NOW + WEEK - 1).unwrap().to_compare.is_empty());
}

/// Whether it was deleted or purged, and though what the server alone has is outside of what she keeps.
#[test]
fn what_is_gone_here_and_listed_again_is_asked_about() {
    let (asha, mut office) = ward(20);
    office.deletes(&id(0));
    asha.pulls(&office);
    asha.mirror.compared(Database::Grievances, &[], &[id(1)], NOW).unwrap();
    asha.mirror.compared_up_to(Database::Grievances, None, NOW).unwrap();
    assert_eq!(gone(&asha), 2);
    asha.mirror
        .select(&Selection { statuses: Some(vec!["new".into()]), ..Selection::default() }, NOW)
        .unwrap();
    let mut listed: Vec<(String, String)> = (2..21).map(|n| (id(n), "1-abc".to_owned())).collect();
    let differing = |listed: &_| asha.mirror.differing(Database::Grievances, None, None, listed).unwrap();
    assert!(differing(&listed).is_empty(), "what is gone is not expected");
    listed.extend([(id(0), "2-x".to_owned()), (id(1), "1-abc".to_owned())]);
    assert_eq!(differing(&listed), [id(0), id(1)]);
}

#[test]
fn another_revision_an_unknown_report_and_one_of_ours_are_told_apart() {
    let (asha, _) = ward(2);
    asha.files("00ff", "feed");
    let listed = [(id(0), "2-x".to_owned()), (id(1), "1-abc".to_owned()), (id(7), "1-y".to_owned())];
    let differing = asha.mirror.differing(Database::Grievances, None, None, &listed).unwrap();
    assert_eq!(differing, [id(0), id(7)], "asha's report never was there");
    let design = [
        ("_design/phones".to_owned(), "1-z".to_owned()),
        (id(0), "1-abc".to_owned()),
        (id(1), "1-abc".to_owned()),
    ];
    assert!(asha.mirror.differing(Database::Grievances, None, None, &design).unwrap().is_empty());
}

#[test]
fn a_purged_report_is_filed_again_and_taken_back_without_losing_what_it_said() {
    let (asha, mut office) = ward(3);
    (0..4).for_each(|_| office.sets_status("ravi", "0000", "acknowledged"));
    asha.pulls(&office);
    asha.mirror.compared(Database::Grievances, &[], &[id(0)], NOW).unwrap();
    asha.mirror.compared_up_to(Database::Grievances, None, NOW).unwrap();
    assert!(asha.sees("0000").gone);
    let last = asha.sees("0000").shown;

    asha.mirror.restore("0000", "asha", AT).unwrap();
    assert_eq!(asha.sees("0000").edits.len(), 1);
    asha.mirror.restore("0000", "asha", AT).unwrap();
    asha.mirror.take_back(&asha.edit("0000"), NOW).unwrap();
    assert_eq!((asha.sees("0000").shown, asha.sees("0000").gone), (last, true));

    // Filed again its first revision is lower than the one that was lost.
    asha.mirror.restore("0000", "asha", AT).unwrap();
    asha.sets_status("0000", "resolved");
    let mut office = Office::default();
    assert_eq!(asha.pushes(&mut office).delivered, 2);
    let seen = asha.sees("0000");
    assert_eq!((seen.rev.as_deref(), seen.gone, seen.edits.len()), (Some("1-abc"), false, 0));
    assert_eq!(office.document("0000").unwrap()["triage"]["status"], "resolved");
    assert!(seen.happened.iter().any(|event| event.what == Happened::Returned));
}

#[test]
fn a_report_filed_again_that_was_received_and_deleted_is_not_filed_a_third_time() {
    let (asha, mut office) = ward(3);
    office.deletes("0000");
    asha.pulls(&office);
    asha.mirror.restore("0000", "asha", AT).unwrap();
    let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    office.accept(&leaving[0]).unwrap();
    asha.mirror.unanswered(Database::Grievances, &["0000"]).unwrap();
    office.deletes("0000");
    asha.pulls(&office);
    assert!(asha.mirror.leaving(Database::Grievances, 10).unwrap().is_empty());
    assert!(asha.sees("0000").gone && asha.sees("0000").edits.is_empty());
}

#[test]
fn words_altered_twice_become_what_they_were_at_first() {
    let (asha, mut office) = ward(1);
    assert!(matches!(asha.mirror.restore("0000", "asha", AT), Err(MirrorError::NothingToRestore(_))));
    for words in ["Nothing", "Less than nothing"] {
        office.writes("0000", |document| document["problemDescription"] = words.into());
        asha.pulls(&office);
    }
    let marked = || asha.queue(Show::All, None).rows[0].altered;
    assert!(marked());
    asha.mirror.restore("0000", "asha", AT).unwrap();
    assert!(!marked(), "it is about to be what it was");
    assert_eq!(asha.sees("0000").shown.description.as_deref(), Some("Street lamp out"));
    // The citizen writes once more before it leaves: that is a question.
    office.writes("0000", |document| document["address"] = json!("Temple Road"));
    assert_eq!(asha.pulls(&office).clashes, 1);
    asha.decides(&asha.only("0000"), Decision::Keep);
    asha.pushes(&mut office);
    assert_eq!(office.document("0000").unwrap()["problemDescription"], "Street lamp out");
    assert_eq!(office.document("0000").unwrap().get("triage"), None, "nobody decided anything");
}

#[test]
fn words_that_were_accepted_are_the_first_from_then_on() {
    let (asha, mut office) = ward(1);
    let alters = |office: &mut Office, words: &str| {
        office.writes("0000", |document| document["problemDescription"] = words.into());
        asha.pulls(office);
    };
    asha.accepts("0000");
    assert!(asha.sees("0000").happened.is_empty(), "nothing was altered");
    alters(&mut office, "Street lamp and signal out");
    let looked_at = asha.sees("0000").rev.unwrap();
    alters(&mut office, "Street lamp and signal out since Monday");
    let unseen = asha.mirror.accept_altered("0000", &looked_at, "asha", AT);
    assert!(matches!(unseen, Err(MirrorError::ChangedMeanwhile)), "she has not seen these words: {unseen:?}");
    assert!(asha.sees("0000").altered.is_some());
    asha.accepts("0000");
    assert!(matches!(asha.mirror.restore("0000", "asha", AT), Err(MirrorError::NothingToRestore(_))));
    alters(&mut office, "Nothing");
    assert!(asha.queue(Show::All, None).rows[0].altered);
    asha.mirror.restore("0000", "asha", AT).unwrap();
    assert_eq!(
        asha.sees("0000").shown.description.as_deref(),
        Some("Street lamp and signal out since Monday")
    );
}
