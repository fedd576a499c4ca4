//! What an officer changes, changes again and takes back.

use domain::{Field, status_value};
use mirror::{Database, Decision, EditState, Mark, MirrorError, Show};
use serde_json::{Value, json};

use crate::town::*;

fn with_report() -> Laptop {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("0f"), "1-a")]);
    asha
}

#[test]
fn a_change_is_saved_and_shown_at_once() {
    let asha = with_report();
    asha.sets_status("0f", "inProgress");
    let seen = asha.sees("0f");
    assert_eq!(seen.shown.triage.status, "inProgress");
    assert_eq!(seen.shown.triage.by.as_deref(), Some("asha"));
    assert_eq!(seen.server.unwrap().triage.status, "new");
    assert_eq!(seen.edits[0].edit.seen, status_value("new", None, None));
    assert_eq!(seen.edits[0].description.as_deref(), Some("Street lamp out"));
    let row = &asha.queue(Show::Status("inProgress".into()), None).rows[0];
    assert_eq!((row.status.as_str(), row.mark), ("inProgress", Some(Mark::ToSend)));
    assert_eq!(asha.queue(Show::Status("new".into()), None).total, 0);
}

#[test]
fn changing_again_replaces_what_is_wanted_and_keeps_what_was_seen() {
    let asha = with_report();
    asha.sets_status("0f", "acknowledged");
    let first = asha.edit("0f");
    asha.changes("0f", Field::Category, "roads".into());
    asha.sets_status("0f", "inProgress");
    let edits = asha.sees("0f").edits;
    assert_eq!(edits.len(), 2);
    let status = edits.iter().find(|edit| edit.edit.field == Field::Status).unwrap();
    assert_eq!(status.edit.seen, status_value("new", None, None));
    assert_eq!(status.edit.wanted, status_value("inProgress", None, None));
    // Edits made in one second still have an order, and the last one says who decided.
    assert!(status.edit.id > first && edits.iter().all(|edit| edit.edit.id <= status.edit.id));
}

#[test]
fn wanting_what_was_seen_is_no_change() {
    let asha = with_report();
    asha.changes("0f", Field::Reply, "Crew at 14:00".into());
    asha.changes("0f", Field::Reply, Value::Null);
    assert!(asha.sees("0f").edits.is_empty());
    assert_eq!(asha.sees("0f").shown.triage.by, None);
    asha.changes("0f", Field::Reply, Value::Null);
    assert_eq!(asha.mirror.counts().unwrap().to_send, 0);
}

#[test]
fn an_unsent_change_is_taken_back() {
    let asha = with_report();
    asha.sets_status("0f", "resolved");
    asha.mirror.take_back(&asha.edit("0f"), NOW).unwrap();
    assert_eq!(asha.status("0f"), "new");
    assert_eq!(asha.mirror.counts().unwrap().statuses[0], ("new".to_owned(), 1));
    assert!(matches!(asha.mirror.take_back("01", NOW), Err(MirrorError::NoSuchEdit(_))));
}

#[test]
fn what_is_on_its_way_is_not_taken_back() {
    let asha = with_report();
    asha.sets_status("0f", "resolved");
    asha.mirror.leaving(Database::Grievances, 10).unwrap();
    let edit = asha.edit("0f");
    assert!(matches!(asha.mirror.take_back(&edit, NOW), Err(MirrorError::Leaving)));
    assert!(matches!(asha.mirror.discard(&edit, NOW), Err(MirrorError::Leaving)));
    assert!(matches!(asha.mirror.settle(&edit, "1-a", Decision::Drop, NOW), Err(MirrorError::Leaving)));
}

#[test]
fn taking_back_what_may_have_arrived_wants_the_old_value() {
    let asha = with_report();
    let mut office = Office::with(&[report("0f")]);
    asha.pulls(&office);
    asha.sets_status("0f", "resolved");
    let lost = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    office.accept(&lost[0]).unwrap();
    asha.mirror.unanswered(Database::Grievances, &["0f"]).unwrap();

    asha.mirror.take_back(&asha.edit("0f"), NOW).unwrap();
    assert_eq!(asha.status("0f"), "new");
    asha.pulls(&office);
    assert_eq!(asha.states("0f"), [EditState::Saved], "our own value is not a clash");
    asha.pushes(&mut office);
    assert_eq!(office.document("0f").unwrap()["triage"]["status"], "new");
    assert!(asha.sees("0f").edits.is_empty());
}

#[test]
fn a_report_taken_back_leaves_nothing() {
    let asha = Laptop::of("asha");
    asha.files("0a", "feed");
    asha.sets_status("0a", "acknowledged");
    assert_eq!(asha.finds("lamp"), ["0a"]);
    let report = asha.sees("0a").edits.into_iter().find(|edit| edit.edit.field == Field::Report).unwrap();
    asha.mirror.take_back(&report.edit.id, NOW).unwrap();
    assert!(asha.mirror.grievance("0a").unwrap().is_none());
    assert!(asha.mirror.to_send().unwrap().is_empty());
    assert!(asha.finds("lamp").is_empty());
    assert!(asha.mirror.photo_files().unwrap().is_empty(), "the sealed files are debris");
    assert_eq!(asha.mirror.counts().unwrap().all, 0);
}

#[test]
fn asha_is_offline_and_ravi_resolves_the_lamp() {
    let mut office = Office::with(&[report("0f")]);
    let (asha, ravi) = (Laptop::of("asha"), Laptop::of("ravi"));
    asha.pulls(&office);
    ravi.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    ravi.sets_status("0f", "resolved");
    ravi.pushes(&mut office);

    let applied = asha.pulls(&office);
    assert_eq!((applied.clashes, applied.delivered), (1, 0));
    let clashes = asha.mirror.clashes().unwrap();
    let found = status_value("resolved", None, None);
    let (rev, by, at) = (office.change("0f").rev, Some("ravi".into()), Some(AT.into()));
    assert_eq!(clashes[0].state, EditState::Clash { rev, found, by, at });
    assert_eq!(clashes[0].edit.seen, status_value("new", None, None));
    assert!(asha.mirror.leaving(Database::Grievances, 10).unwrap().is_empty(), "a clash goes nowhere");
    assert_eq!(asha.marked(Mark::Clash), ["0f"]);

    // She keeps hers: it goes up over what the office has, seen.
    asha.decides(&clashes[0], Decision::Keep);
    assert_eq!(asha.states("0f"), [EditState::Saved]);
    asha.pushes(&mut office);
    assert_eq!(office.document("0f").unwrap()["triage"]["status"], "acknowledged");
    assert!(asha.sees("0f").edits.is_empty());
}

#[test]
fn what_the_office_did_while_asha_looked_at_a_clash_is_not_overwritten() {
    let mut office = Office::with(&[report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    let mut looked_at = String::new();
    let changes: [fn(&mut Office); 3] = [
        |office| office.sets_status("ravi", "0f", "resolved"),
        |office| office.sets_status("ravi", "0f", "rejected"),
        |office| office.deletes("0f"),
    ];
    for change in changes {
        change(&mut office);
        asha.pulls(&office);
        for decision in [Decision::Keep, Decision::Drop] {
            let decided = asha.mirror.settle(&asha.edit("0f"), &looked_at, decision, NOW);
            assert!(matches!(decided, Err(MirrorError::ChangedMeanwhile)), "{decided:?}");
        }
        let EditState::Clash { rev, .. } = asha.only("0f").state else { panic!("decided unseen") };
        looked_at = rev;
    }
    asha.decides(&asha.only("0f"), Decision::Drop);
    assert!(asha.mirror.to_send().unwrap().is_empty());
}

#[test]
fn asha_keeps_hers_when_the_office_has_just_gone_back_to_what_she_saw() {
    let mut office = Office::with(&[report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    office.sets_status("ravi", "0f", "resolved");
    asha.pulls(&office);
    let looked_at = asha.only("0f");
    office.sets_status("ravi", "0f", "new");
    asha.pulls(&office);
    asha.decides(&looked_at, Decision::Keep);
    asha.pushes(&mut office);
    assert_eq!(office.document("0f").unwrap()["triage"]["status"], "acknowledged");
}

#[test]
fn asha_lets_the_office_have_it() {
    let mut office = Office::with(&[report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    asha.changes("0f", Field::Category, "lights".into());
    office.sets_status("ravi", "0f", "resolved");
    asha.pulls(&office);
    asha.decides(&asha.mirror.clashes().unwrap()[0], Decision::Drop);
    assert_eq!(asha.status("0f"), "resolved");
    asha.pushes(&mut office);
    assert_eq!(office.document("0f").unwrap()["triage"]["status"], "resolved");
    assert_eq!(office.document("0f").unwrap()["triage"]["category"], "lights", "the other edit went up");
}

#[test]
fn both_decided_the_same() {
    let mut office = Office::with(&[report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    office.writes("0f", |document| {
        document["triage"] = status_value("acknowledged", None, None);
    });
    let applied = asha.pulls(&office);
    assert_eq!((applied.clashes, applied.delivered), (0, 1));
    assert!(asha.sees("0f").edits.is_empty());
}

#[test]
fn ravi_changes_his_mind_back_and_the_clash_is_gone() {
    let mut office = Office::with(&[report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    office.sets_status("ravi", "0f", "resolved");
    assert_eq!(asha.pulls(&office).clashes, 1);
    office.sets_status("ravi", "0f", "rejected");
    assert_eq!(asha.pulls(&office).clashes, 0, "told once");
    office.sets_status("ravi", "0f", "new");
    asha.pulls(&office);
    assert_eq!(asha.states("0f"), [EditState::Saved]);
}

#[test]
fn a_grievance_deleted_upstream_waits_for_the_officer() {
    let mut office = Office::with(&[report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    office.deletes("0f");
    assert_eq!(asha.pulls(&office).clashes, 1);
    assert_eq!(
        asha.states("0f"),
        [EditState::Clash { rev: String::new(), found: Value::Null, by: None, at: None }]
    );
    assert_eq!(asha.status("0f"), "acknowledged");

    asha.decides(&asha.only("0f"), Decision::Keep);
    let applied = asha.pushes(&mut office);
    assert_eq!(applied.delivered, 2, "filed again, with her decision");
    let document = office.document("0f").unwrap();
    assert_eq!(document["problemDescription"], json!("Street lamp out"));
    assert_eq!(document["triage"]["status"], "acknowledged");
    let seen = asha.sees("0f");
    assert!(!seen.gone && seen.edits.is_empty());
}

#[test]
fn accepting_a_deletion_drops_the_edit() {
    let mut office = Office::with(&[report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    asha.attaches("0f", &photo("01P", "feed"));
    office.deletes("0f");
    asha.pulls(&office);
    asha.decides(&asha.only("0f"), Decision::Drop);
    assert!(asha.mirror.to_send().unwrap().is_empty());
    assert!(asha.sees("0f").shown.triage.photos.is_empty());
    assert!(asha.mirror.photos_to_upload(9, NOW).unwrap().is_empty(), "nothing names the picture any more");
    assert!(office.document("0f").is_none());
}

#[test]
fn a_change_of_nothing_or_at_no_time_is_refused() {
    let asha = with_report();
    let change = |id: &str, at: &str| asha.mirror.change(id, Field::Category, "roads".into(), "asha", at);
    assert!(matches!(change("0e", AT), Err(MirrorError::NoSuchGrievance(_))));
    assert!(matches!(change("0f", "yesterday"), Err(MirrorError::NotATime(_))));
    assert!(asha.sees("0f").edits.is_empty());
}

/// Asha began a reply when there was none. What ravi replied before she saved hers is a clash, and not seen.
#[test]
fn what_was_replied_since_a_draft_was_begun_is_a_clash() {
    let asha = with_report();
    let saves = |seen: Value, wanted: &str| {
        let at = "2026-11-24T10:00:00+05:30";
        asha.mirror.change_from("0f", Field::Reply, Some(seen), wanted.into(), "asha", at).unwrap();
        asha.sees("0f").edits.into_iter().find(|edit| edit.edit.field == Field::Reply)
    };
    let saved = saves(Value::Null, "Crew at 14:00").unwrap();
    assert_eq!(saved.state, EditState::Saved, "nobody replied meanwhile");
    asha.mirror.discard(&saved.edit.id, NOW).unwrap();

    let mut replied = report("0f");
    replied["triage"] =
        json!({ "status": "new", "reply": "Done", "by": "ravi", "at": "2026-11-24T09:00:00+05:30" });
    asha.applies(&[pulled(&replied, "2-b")]);
    let edit = saves(Value::Null, "Crew at 14:00").unwrap();
    assert!(matches!(edit.state, EditState::Clash { .. }), "{edit:?}");
    assert_eq!(edit.edit.seen, Value::Null);
    assert!(asha.mirror.leaving(Database::Grievances, 10).unwrap().is_empty(), "asha decides first");
    asha.decides(&edit, Decision::Drop);
    assert_eq!(asha.sees("0f").shown.triage.reply.as_deref(), Some("Done"));

    assert!(saves(Value::Null, "Done").is_none(), "she replies as he did");
    let knowing = saves("Done".into(), "Crew at 14:00").unwrap();
    assert_eq!(knowing.state, EditState::Saved, "she has read his");
}
