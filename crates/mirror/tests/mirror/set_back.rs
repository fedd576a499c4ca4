//! A server that was set back to an older copy, as the mirror sees it.

use domain::{Field, status_value};
use mirror::{Acknowledged, Answer, Database, Decision, EditState, Pulled, Revisions};
use serde_json::Value;

use crate::town::*;

fn lost(asha: &Laptop, revisions: &[(&str, &[&str])]) {
    let revisions: Revisions = revisions
        .iter()
        .map(|(id, revs)| ((*id).to_owned(), revs.iter().map(|rev| (*rev).to_owned()).collect()))
        .collect();
    asha.mirror.lost(Database::Grievances, &revisions, NOW).unwrap();
}

#[test]
fn what_the_server_lost_is_one_edit_of_each_field_and_its_history_says_so() {
    let (asha, mut office) = ward(3);
    let before = office.clone();
    for status in ["acknowledged", "inProgress"] {
        asha.sets_status("0000", status);
        asha.pushes(&mut office);
    }
    asha.mirror.set_back(Database::Grievances, NOW).unwrap();
    assert!(asha.mirror.checkpoint(Database::Grievances).unwrap().is_none());
    let asha = asha.crash();
    asha.pulls_all(&before);
    assert_eq!(asha.status("0000"), "new");
    assert!(asha.mirror.facts(NOW).unwrap().set_back.contains(&Database::Grievances));
    assert_eq!(asha.sees("0000").happened.len(), 2, "nobody moved it back to new");

    // The program dies after the answer was written, and asks again.
    for _ in 0..2 {
        lost(&asha, &[("0000", &["2-abc", "3-abc"])]);
    }
    let seen = asha.sees("0000");
    assert_eq!(seen.edits.len(), 1);
    let edit = &seen.edits[0].edit;
    assert_eq!(edit.seen, status_value("new", None, None));
    assert_eq!(edit.wanted, status_value("inProgress", None, None));
    assert!(seen.happened.is_empty(), "none of it is on the server");
    assert!(asha.mirror.upstream().unwrap().set_back);

    asha.mirror.compared_up_to(Database::Grievances, None, NOW).unwrap();
    assert!(asha.mirror.upstream().unwrap().set_back, "as long as it has not left again");
    let mut office = before;
    asha.pushes(&mut office);
    assert_eq!(office.document("0000").unwrap()["triage"]["status"], "inProgress");
    assert!(!asha.mirror.upstream().unwrap().set_back);
    assert_eq!(asha.sees("0000").happened.len(), 1);
}

#[test]
fn a_server_that_is_set_back_twice_loses_two_decisions_of_one_field() {
    let (asha, mut office) = ward(3);
    let before = office.clone();
    asha.sets_status("0000", "acknowledged");
    asha.pushes(&mut office);
    let between = office.clone();
    asha.sets_status("0000", "inProgress");
    asha.pushes(&mut office);
    asha.mirror.set_back(Database::Grievances, NOW).unwrap();
    asha.pulls_all(&between);
    lost(&asha, &[("0000", &["3-abc"])]);
    assert_eq!(asha.sees("0000").happened.len(), 1, "the first one stands");
    let asked = asha.mirror.delivered(Database::Grievances).unwrap().remove("0000").unwrap();
    assert!(asked.iter().map(String::as_str).eq(["2-abc", "3-abc"]), "{asked:?}");

    asha.mirror.set_back(Database::Grievances, NOW).unwrap();
    asha.pulls_all(&before);
    lost(&asha, &[("0000", &["2-abc", "3-abc"])]);
    let seen = asha.sees("0000");
    assert!(seen.happened.is_empty(), "{:?}", seen.happened);
    let edit = &seen.edits[0].edit;
    assert_eq!((&edit.seen, edit.sent.len()), (&status_value("new", None, None), 1));

    let mut office = before;
    asha.pushes(&mut office);
    assert_eq!(office.document("0000").unwrap()["triage"]["status"], "inProgress");
}

/// A server and its store were set back together.
#[test]
fn a_photo_that_the_server_lost_is_offered_to_the_store_again() {
    let (asha, mut office) = ward(3);
    asha.attaches("0000", &photo("01A", "feed"));
    let offered = || asha.mirror.photos_to_upload(9, NOW).unwrap();
    let pictures = offered();
    for picture in &pictures {
        asha.mirror.photo_stored(&picture.key, "feed", NOW).unwrap();
        assert!(!asha.mirror.photo_unreadable(&picture.key).unwrap(), "it is not offered");
    }
    asha.pushes(&mut office);
    assert!(offered().is_empty());

    asha.mirror.set_back(Database::Grievances, NOW).unwrap();
    lost(&asha, &[("0000", &["2-abc"])]);
    assert_eq!(offered(), pictures);
    assert_eq!(asha.states("0000"), [EditState::WaitsForPhoto]);
    // One has a bad sector by now.
    assert!(asha.mirror.photo_unreadable(&pictures[0].key).unwrap());
    asha.mirror.photo_stored(&pictures[1].key, "feed", NOW).unwrap();
    assert_eq!((offered(), asha.states("0000")), (vec![], vec![EditState::Saved]));
}

/// The phone sends it once more, or the server finds its newer copy.
#[test]
fn of_a_report_that_was_gone_without_a_trace_and_returns_the_losses_are_asked_about() {
    let (asha, mut office) = ward(3);
    let before = office.clone();
    asha.sets_status("0000", "acknowledged");
    asha.pushes(&mut office);
    asha.mirror.compared(Database::Grievances, &[], &["0000".into()], NOW).unwrap();
    asha.mirror.compared_up_to(Database::Grievances, None, NOW).unwrap();
    assert!(asha.sees("0000").gone);
    let asks = || asha.mirror.facts(NOW).unwrap().set_back.contains(&Database::Grievances);
    assert!(!asks());
    asha.applies(&[before.change("0000")]);
    assert!(asks());
}

#[test]
fn a_later_decision_that_the_server_still_has_is_not_undone_by_an_earlier_one_it_lost() {
    let (asha, mut office) = ward(3);
    for status in ["acknowledged", "inProgress"] {
        asha.sets_status("0000", status);
        asha.pushes(&mut office);
    }
    office.sets_status("ravi", "0000", "resolved");
    asha.pulls(&office);
    asha.changes("0000", Field::Reply, "Crew at 14:00".into());
    lost(&asha, &[("0000", &["2-abc"])]);
    let edits = asha.sees("0000").edits;
    assert_eq!(edits.len(), 1, "{edits:?}");
    assert_eq!(edits[0].edit.field, Field::Reply);
}

#[test]
fn the_order_of_decisions_is_not_that_of_a_clock_that_went_back() {
    let (asha, mut office) = ward(3);
    for (status, now) in [("acknowledged", NOW + 100), ("inProgress", NOW)] {
        asha.sets_status("0000", status);
        let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
        let accepted = office.accept(&leaving[0]).unwrap();
        asha.mirror.acknowledged(Database::Grievances, &[accepted], now).unwrap();
    }
    lost(&asha, &[("0000", &["3-abc"])]);
    let edits = asha.sees("0000").edits;
    assert_eq!(edits.len(), 1, "{edits:?}");
    assert_eq!(edits[0].edit.wanted, status_value("inProgress", None, None));
}

/// A lamp that was deleted, and that asha has filed again; with the server as it was before that.
fn filed_again() -> (Laptop, Office, Office) {
    let (asha, mut office) = ward(6);
    office.deletes("0000");
    asha.pulls(&office);
    let before = office.clone();
    asha.mirror.restore("0000", "asha", AT).unwrap();
    assert_eq!(asha.pushes(&mut office).delivered, 1);
    assert!(!asha.sees("0000").gone);
    (asha, office, before)
}

fn stays_deleted(asha: &Laptop) {
    let seen = asha.sees("0000");
    assert!(seen.gone && seen.edits.is_empty(), "{:?}", seen.edits);
    assert!(asha.mirror.leaving(Database::Grievances, 9).unwrap().is_empty());
}

#[test]
fn what_she_filed_again_stays_deleted_on_a_server_that_was_set_back_to_the_deletion() {
    let (asha, _, before) = filed_again();
    asha.mirror.set_back(Database::Grievances, NOW).unwrap();
    asha.pulls_all(&before);
    lost(&asha, &[("0000", &["3-abc"])]);
    asha.mirror.compared_up_to(Database::Grievances, None, NOW).unwrap();
    stays_deleted(&asha);
}

#[test]
fn what_she_filed_again_stays_deleted_where_she_accepts_that_many_were() {
    let (asha, mut office, _) = filed_again();
    (0..6).for_each(|n| office.deletes(&id(n)));
    asha.pulls(&office);
    assert_eq!(asha.mirror.vanished(9).unwrap().len(), 6, "she is asked");
    asha.mirror.set_back(Database::Grievances, NOW).unwrap();
    lost(&asha, &[("0000", &["3-abc"])]);
    asha.mirror.answer_vanished(Answer::Accept, NOW).unwrap();
    stays_deleted(&asha);
}

/// The restored server begins the report anew, at a lower revision than the one that was deleted.
#[test]
fn a_change_made_while_a_report_is_filed_again_goes_up_after_it() {
    let (asha, mut office) = ward(3);
    for status in ["acknowledged", "inProgress"] {
        office.sets_status("ravi", "0000", status);
    }
    office.deletes("0000");
    asha.pulls(&office);
    asha.mirror.restore("0000", "asha", AT).unwrap();
    let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    asha.changes("0000", Field::Reply, "Crew at 14:00".into());
    let filed = Acknowledged { document: "0000".into(), rev: "1-new".into(), body: leaving[0].body.clone() };
    asha.mirror.acknowledged(Database::Grievances, &[filed], NOW).unwrap();
    assert!(!asha.sees("0000").gone);
    let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    let body: Value = serde_json::from_str(leaving[0].body.get()).unwrap();
    assert_eq!(
        (body["_rev"].as_str(), body["triage"]["reply"].as_str()),
        (Some("1-new"), Some("Crew at 14:00"))
    );
}

#[test]
fn a_lost_decision_joins_the_one_that_was_made_after_it() {
    let (asha, mut office) = ward(3);
    let before = office.clone();
    asha.sets_status("0000", "acknowledged");
    asha.pushes(&mut office);
    asha.sets_status("0000", "inProgress");
    asha.mirror.set_back(Database::Grievances, NOW).unwrap();
    asha.pulls_all(&before);
    lost(&asha, &[("0000", &["2-abc"])]);
    let edit = asha.sees("0000").edits.remove(0);
    assert_eq!(edit.state, EditState::Saved, "her own first decision is no clash");
    assert_eq!(edit.edit.seen, status_value("new", None, None));
    assert_eq!(edit.edit.wanted, status_value("inProgress", None, None));
}

/// The server lost two decisions whose lines the internal database has.
fn lost_two() -> (Laptop, Office, Vec<String>) {
    let (asha, mut office) = ward(3);
    asha.mirror.apply_page(Database::Internal, &[], &checkpoint("1"), NOW).unwrap();
    let before = office.clone();
    for status in ["acknowledged", "inProgress"] {
        asha.sets_status("0000", status);
        asha.pushes(&mut office);
    }
    let told: Vec<String> = asha.mirror.due_entries(9).unwrap().into_iter().map(|due| due.document).collect();
    let edits: Vec<String> = asha.mirror.due_entries(9).unwrap().into_iter().map(|due| due.edit).collect();
    asha.mirror.entries_sent(&edits).unwrap();
    asha.mirror.set_back(Database::Grievances, NOW).unwrap();
    asha.pulls_all(&before);
    lost(&asha, &[("0000", &["2-abc", "3-abc"])]);
    (asha, before, told)
}

#[test]
fn what_is_decided_anew_after_a_loss_has_its_own_line_in_the_history() {
    let (asha, mut office, told) = lost_two();
    asha.mirror.take_back(&asha.edit("0000"), NOW).unwrap();
    asha.pushes(&mut office);
    let due = asha.mirror.due_entries(9).unwrap();
    assert_eq!(due.len(), 1);
    assert!(!told.contains(&due[0].document), "taken back");

    let (asha, mut office, told) = lost_two();
    office.sets_status("ravi", "0000", "rejected");
    assert_eq!(asha.pulls(&office).clashes, 1);
    asha.decides(&asha.only("0000"), Decision::Keep);
    asha.pushes(&mut office);
    let due = asha.mirror.due_entries(9).unwrap();
    assert_eq!(due.len(), 1);
    assert!(!told.contains(&due[0].document), "kept over what ravi decided");
}

/// Asha keeps hers over a deletion, and it is, or becomes, what the report said last. Before that is there, a server that was
/// set back has the report again with something else: that is a question.
#[test]
fn what_was_kept_over_a_deletion_is_not_forgotten_when_the_report_is_there_again() {
    for thinks_better_of_it_first in [true, false] {
        let (asha, mut office) = ward(3);
        asha.sets_status("0000", "acknowledged");
        office.deletes("0000");
        assert_eq!(asha.pulls(&office).clashes, 1);
        if thinks_better_of_it_first {
            asha.sets_status("0000", "new");
        }
        asha.decides(&asha.only("0000"), Decision::Keep);
        asha.sets_status("0000", "new");
        office.writes("0000", |document| {
            *document = report("0000");
            document["triage"]["status"] = "resolved".into();
        });
        assert_eq!(asha.pushes(&mut office).delivered, 0);
        assert_eq!(asha.pulls(&office).clashes, 1);
    }
}

#[test]
fn what_was_dropped_is_not_sent_again_the_next_time() {
    let (asha, mut office) = ward(3);
    asha.sets_status("0000", "acknowledged");
    asha.pushes(&mut office);
    asha.mirror.set_back(Database::Grievances, NOW).unwrap();
    asha.pulls_all(&Office::with(&[report("0000")]));
    lost(&asha, &[("0000", &["2-abc"])]);
    asha.mirror.discard(&asha.edit("0000"), NOW).unwrap();
    lost(&asha, &[("0000", &["2-abc"])]);
    assert!(asha.sees("0000").edits.is_empty());
}

#[test]
fn what_she_thinks_better_of_after_the_server_lost_it_is_no_delivery_any_more() {
    for second in ["inProgress", "new"] {
        let (asha, mut office) = ward(3);
        let before = office.clone();
        asha.sets_status("0000", "acknowledged");
        asha.pushes(&mut office);
        asha.mirror.set_back(Database::Grievances, NOW).unwrap();
        asha.pulls_all(&before);
        lost(&asha, &[("0000", &["2-abc"])]);
        asha.sets_status("0000", second);
        assert!(asha.sees("0000").happened.is_empty(), "{second}");
        assert!(asha.mirror.deliveries(NOW).unwrap().is_empty(), "{second}");
    }
}

/// What the server is asked whether it still has it: nothing of which this laptop's revision is not the last word.
#[test]
fn the_newest_are_those_of_which_the_server_has_no_other_word() {
    let (asha, mut office) = ward(5);
    let asked = || asha.mirror.newest(Database::Grievances, 20).unwrap().into_keys().collect::<Vec<_>>();
    assert_eq!(asked(), ["0000", "0001", "0002", "0003", "0004"]);
    asha.sets_status("0001", "acknowledged");
    office.deletes("0002");
    asha.pulls(&office);
    let unreadable = Pulled {
        id: "0003".into(),
        rev: "2-b".into(),
        deleted: false,
        body: None,
        unreadable: Some("recursion limit exceeded".into()),
    };
    asha.applies(&[unreadable]);
    assert_eq!(asked(), ["0000", "0002", "0004"], "a deletion is a word like any other");

    // It was purged after that: no news, and no reason to compare.
    asha.mirror.not_there(Database::Grievances, &["0002".to_owned()]).unwrap();
    assert_eq!(asked(), ["0000", "0004"]);
    assert!(asha.mirror.facts(NOW).unwrap().to_compare.is_empty());
    asha.mirror.not_there(Database::Grievances, &["0004".to_owned()]).unwrap();
    assert!(asha.mirror.facts(NOW).unwrap().to_compare.contains(&Database::Grievances));
    asha.mirror.set_back(Database::Grievances, NOW).unwrap();
    assert!(asked().is_empty(), "what it lost is known");
}

/// Only a server that was set back brings her own earlier decision again; anything else that does is a question.
#[test]
fn her_own_earlier_decision_is_no_clash_on_a_server_that_was_set_back() {
    for is_set_back in [true, false] {
        let (asha, mut office) = ward(1);
        asha.sets_status("0000", "acknowledged");
        asha.pushes(&mut office);
        let hers = office.change("0000");
        office.sets_status("ravi", "0000", "inProgress");
        asha.pulls(&office);
        asha.sets_status("0000", "resolved");
        if is_set_back {
            asha.mirror.set_back(Database::Grievances, NOW).unwrap();
        }
        assert_eq!(asha.applies(&[hers]).clashes, usize::from(!is_set_back));
    }
}
