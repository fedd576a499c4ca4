//! The internal half: what officers note among themselves, and the histories of cases.

use domain::{Entry, Field};
use mirror::{Acknowledged, Applied, Database, Decision, EditState, Happened, HistoryLine, Pulled};
use serde_json::{Value, json};

use crate::town::*;

/// The ward has an internal database, and this laptop has read it.
fn with_internal(documents: &[Pulled]) -> Laptop {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("0f"), "1-a")]);
    reads(&asha, documents);
    asha
}

fn reads(laptop: &Laptop, documents: &[Pulled]) -> Applied {
    laptop.mirror.apply_page(Database::Internal, documents, &checkpoint("1"), NOW).unwrap()
}

fn case(priority: &str, by: &str) -> Value {
    json!({ "_id": "case:0f", "priority": priority, "by": by, "at": AT, "ward": 12.0 })
}

fn notes(laptop: &Laptop, id: &str, text: &str) {
    let note = Entry::of_note("0f", id, false, text, laptop.officer, AT).unwrap();
    laptop.changes("0f", Field::Note(id.into()), note);
}

/// The internal database takes all that leaves for it, as revision `rev`.
fn pushes(laptop: &Laptop, rev: &str) -> Vec<Value> {
    let leaving = laptop.mirror.leaving(Database::Internal, 100).unwrap();
    let accept = |outgoing: &mirror::Outgoing| Acknowledged {
        document: outgoing.document.clone(),
        rev: rev.into(),
        body: outgoing.body.clone(),
    };
    let accepted: Vec<_> = leaving.iter().map(accept).collect();
    laptop.mirror.acknowledged(Database::Internal, &accepted, NOW).unwrap();
    leaving.iter().map(|outgoing| serde_json::from_str(outgoing.body.get()).unwrap()).collect()
}

/// The internal database was made, or this officer may read it, since yesterday.
#[test]
fn what_arrived_before_the_internal_database_was_first_read_is_told_in_it_too() {
    let mut office = Office::with(&[report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    asha.pushes(&mut office);
    assert!(asha.mirror.due_entries(10).unwrap().is_empty(), "nobody keeps histories here");
    reads(&asha, &[]);
    let due = asha.mirror.due_entries(10).unwrap();
    assert_eq!(due.len(), 1);
    notes(&asha, "01A", "The pole leans.");
    pushes(&asha, "1-z");
    asha.mirror.entries_sent(&[due[0].edit.clone()]).unwrap();
    // A mirror that was mended reads it for the first time again.
    asha.execute("DELETE FROM checkpoint WHERE db = 1; DELETE FROM document WHERE db = 1");
    reads(&asha, &[]);
    assert!(asha.mirror.due_entries(10).unwrap().is_empty(), "once, and a note is its own line");
}

#[test]
fn a_case_begins_with_the_first_change_and_goes_to_the_internal_database_alone() {
    let asha = with_internal(&[]);
    asha.changes("0f", Field::Priority, "high".into());
    asha.changes("0f", Field::Assignee, "ravi".into());
    asha.sets_status("0f", "acknowledged");
    let seen = asha.sees("0f").case.unwrap();
    assert_eq!((seen.priority.as_deref(), seen.assignee.as_deref()), (Some("high"), Some("ravi")));

    let public = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    assert_eq!(public.len(), 1);
    assert!(!public[0].body.get().contains("ravi"), "phones read this: {}", public[0].body);
    let sent = pushes(&asha, "1-z");
    let expected =
        json!({ "_id": "case:0f", "priority": "high", "assignee": "ravi", "by": "asha", "at": AT });
    assert_eq!(sent, [expected]);
    assert_eq!(asha.states("0f"), [EditState::Leaving], "the status is still on its way");
    assert_eq!(asha.sees("0f").case, Some(seen));
}

fn clash_of(rev: &str, found: &str) -> EditState {
    EditState::Clash { rev: rev.into(), found: found.into(), by: Some("ravi".into()), at: Some(AT.into()) }
}

#[test]
fn a_case_that_somebody_else_changed_clashes_and_the_rest_of_it_is_kept() {
    let asha = with_internal(&[pulled(&case("low", "meera"), "1-a")]);
    asha.changes("0f", Field::Priority, "high".into());
    asha.changes("0f", Field::Due, "2026-12-01".into());
    let applied = reads(&asha, &[pulled(&case("urgent", "ravi"), "2-b")]);
    assert_eq!(applied.clashes, 1);
    let clash = asha.mirror.clashes().unwrap().remove(0);
    let expected = clash_of("2-b", "urgent");
    assert_eq!((clash.state, clash.edit.seen), (expected, "low".into()));
    assert_eq!(clash.description.as_deref(), Some("Street lamp out"));

    let sent = pushes(&asha, "3-c");
    assert_eq!(sent[0]["due"], "2026-12-01");
    assert_eq!((&sent[0]["priority"], &sent[0]["_rev"]), (&json!("urgent"), &json!("2-b")));
    asha.decides(&asha.mirror.clashes().unwrap()[0], Decision::Keep);
    let kept = pushes(&asha, "4-d").remove(0);
    assert_eq!((&kept["priority"], kept["ward"].to_string().as_str()), (&json!("high"), "12.0"));
    assert!(asha.sees("0f").edits.is_empty());
}

/// The server was set back to before ravi's priority, and his laptop is the first to bring it again.
#[test]
fn what_was_taken_back_of_a_case_stays_so_though_its_lost_case_returns_before_it() {
    let asha = with_internal(&[pulled(&case("high", "ravi"), "1-a")]);
    asha.changes("0f", Field::Priority, Value::Null);
    pushes(&asha, "2-b");
    let lost = [("case:0f".to_owned(), ["2-b".to_owned()].into())].into();
    asha.mirror.set_back(Database::Internal, NOW).unwrap();
    reads(&asha, &[]);
    asha.mirror.lost(Database::Internal, &lost, NOW).unwrap();
    asha.mirror.compared(Database::Internal, &[], &["case:0f".into()], NOW).unwrap();
    asha.mirror.compared_up_to(Database::Internal, None, NOW).unwrap();
    assert_eq!(asha.mirror.leaving(Database::Internal, 10).unwrap().len(), 1);
    asha.mirror.not_taken(Database::Internal, &["case:0f"]).unwrap();
    assert_eq!(asha.states("0f"), [EditState::Saved]);

    reads(&asha, &[pulled(&case("high", "ravi"), "1-a")]);
    assert_eq!(asha.states("0f"), [EditState::Saved], "she had seen it");
    assert!(pushes(&asha, "2-c")[0]["priority"].is_null());
}

/// A script wrote it as a number.
#[test]
fn a_ward_is_one_as_a_number_and_as_text_and_two_officers_wards_clash() {
    let asha = with_internal(&[pulled(&case("low", "meera"), "1-a")]);
    asha.changes("0f", Field::Ward, "13".into());
    assert_eq!(asha.sees("0f").case.unwrap().ward.as_deref(), Some("13"));
    let of_ward = |ward: Value| {
        let mut case = case("low", "ravi");
        case["ward"] = ward;
        case
    };
    assert_eq!(reads(&asha, &[pulled(&of_ward(json!(14)), "2-b")]).clashes, 1);
    let clash = asha.mirror.clashes().unwrap().remove(0);
    let expected = clash_of("2-b", "14");
    assert_eq!((clash.state, clash.edit.seen), (expected, "12.0".into()));
    assert_eq!(reads(&asha, &[pulled(&of_ward(json!(13)), "3-c")]).delivered, 1);

    asha.changes("0f", Field::Ward, Value::Null);
    assert_eq!(pushes(&asha, "4-d")[0]["ward"], Value::Null);
    assert!(asha.sees("0f").edits.is_empty());
}

#[test]
fn a_note_is_one_line_and_a_lost_answer_adds_no_second() {
    let asha = with_internal(&[]);
    notes(&asha, "01N", "Owner was not at home");
    let leaving = asha.mirror.leaving(Database::Internal, 10).unwrap();
    assert_eq!(leaving[0].document, "entry:0f:01N");
    let body: Value = serde_json::from_str(leaving[0].body.get()).unwrap();
    asha.mirror.unanswered(Database::Internal, &["entry:0f:01N"]).unwrap();
    assert_eq!(asha.states("0f"), [EditState::Saved]);

    let applied = reads(&asha, &[pulled(&body, "1-z")]);
    assert_eq!((applied.delivered, asha.sees("0f").edits.len()), (1, 0));
    let happened = asha.sees("0f").happened;
    let note = Happened::Note { visit: false, text: "Owner was not at home".into() };
    assert_eq!(happened.iter().map(|event| &event.what).collect::<Vec<_>>(), [&note]);
    assert!(asha.mirror.due_entries(10).unwrap().is_empty(), "nobody tells of a note in another note");
}

#[test]
fn a_delivered_change_owes_the_case_its_line_until_the_internal_database_has_it() {
    let asha = with_internal(&[]);
    let mut office = Office::with(&[report("0f")]);
    asha.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    asha.pushes(&mut office);
    assert_eq!(asha.mirror.counts().unwrap().entries_to_send, 1);
    let line = |asha: &Laptop| asha.mirror.deliveries(NOW).unwrap().remove(0).line;
    assert_eq!(line(&asha), Some(HistoryLine::ToSend));
    assert_eq!(asha.mirror.facts(NOW).unwrap().ready_internal, 1);
    let due = asha.mirror.due_entries(10).unwrap().remove(0);
    let entry: Value = serde_json::from_str(due.body.get()).unwrap();
    assert_eq!(due.document, format!("entry:0f:{}", due.edit));
    assert_eq!((&entry["field"], &entry["after"]["status"]), (&json!("status"), &json!("acknowledged")));
    assert_eq!((&entry["rev"], &entry["by"]), (&json!("2-abc"), &json!("asha")));

    let asha = asha.crash();
    assert_eq!(asha.mirror.counts().unwrap().entries_to_send, 1, "a line that is due stays due");
    asha.mirror.entry_refused(&due.edit, "ask the mayor").unwrap();
    assert_eq!(line(&asha), Some(HistoryLine::Refused { reason: "ask the mayor".into() }));
    let counts = asha.mirror.counts().unwrap();
    assert_eq!((counts.entries_to_send, counts.entries_refused), (0, 1), "it is on no server");
    assert_eq!(asha.mirror.facts(NOW).unwrap().ready_internal, 0);
    for days in [91, 900] {
        let later = NOW + days * 86_400;
        asha.mirror.tidy(Some(later)).unwrap();
        assert_eq!(asha.mirror.counts().unwrap().entries_refused, 1, "after {days} days");
        assert!(asha.mirror.deliveries(later).unwrap().iter().any(|it| it.line.is_some()), "it is told");
    }
    asha.mirror.refused_entries_again().unwrap();
    assert_eq!(asha.mirror.facts(NOW).unwrap().ready_internal, 1);
    asha.mirror.entries_sent(std::slice::from_ref(&due.edit)).unwrap();
    assert_eq!(asha.mirror.counts().unwrap().entries_to_send, 0);
    assert_eq!(line(&asha), Some(HistoryLine::OnServer));
    reads(&asha, &[pulled(&entry, "1-z")]);
    assert_eq!(asha.sees("0f").happened.len(), 1, "delivery and line are one thing");
}

#[test]
fn what_a_colleague_did_is_told_once_by_her_line() {
    let asha = with_internal(&[]);
    let mut office = Office::with(&[report("0f")]);
    asha.pulls(&office);
    office.sets_status("ravi", "0f", "acknowledged");
    asha.pulls(&office);
    assert_eq!(asha.sees("0f").happened.len(), 1, "seen in the grievance");
    let line = |n: u32, field: &str, after: Value| {
        json!({ "_id": format!("entry:0f:0{n}"), "kind": "change", "field": field, "before": null,
                "after": after, "rev": "2-abc", "by": "ravi", "at": AT })
    };
    let status = domain::status_value("acknowledged", None, None);
    reads(
        &asha,
        &[pulled(&line(1, "status", status), "1-z"), pulled(&line(2, "priority", "low".into()), "1-z")],
    );
    let happened = asha.sees("0f").happened;
    let fields: Vec<String> = happened
        .iter()
        .filter_map(|event| match &event.what {
            Happened::Changed { field, .. } => Some(field.name()),
            _ => None,
        })
        .collect();
    assert_eq!(fields, ["status", "priority"]);
}

#[test]
fn a_site_without_an_internal_database_owes_no_lines() {
    let asha = Laptop::of("asha");
    let mut office = Office::with(&[report("0f")]);
    asha.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    asha.pushes(&mut office);
    assert_eq!(asha.mirror.counts().unwrap().entries_to_send, 0);
    assert_eq!(asha.sees("0f").case, None);
}

#[test]
fn everything_of_a_report_waits_for_the_report() {
    let asha = with_internal(&[]);
    asha.files("0a", "aa");
    asha.changes("0a", Field::Priority, "high".into());
    assert!(asha.mirror.leaving(Database::Internal, 10).unwrap().is_empty());
}

/// The file is found to have lost something, so it is made anew from what can be read.
#[test]
fn a_mended_mirror_owes_the_same_lines_and_keeps_what_was_decided_inside_the_office() {
    let asha = with_internal(&[pulled(&json!({ "_id": "settings:replies", "replies": [] }), "1-a")]);
    let mut office = Office::with(&[report("0f")]);
    asha.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    asha.pushes(&mut office);
    asha.changes("0f", Field::Priority, "high".into());
    let due = asha.mirror.due_entries(10).unwrap().remove(0).edit;
    asha.execute("UPDATE turn SET number = 0");
    let asha = asha.crash();
    assert!(asha.mirror.mended().is_some());
    assert_eq!(asha.mirror.due_entries(10).unwrap().remove(0).edit, due);
    let seen = asha.sees("0f");
    assert_eq!(seen.edits[0].edit.field, Field::Priority);
    assert_eq!(seen.case.unwrap().priority.as_deref(), Some("high"), "before anything is pulled again");

    // The same where an older program made the file.
    let older =
        "DROP INDEX delivery_to_tell; DROP INDEX delivery_refused; ALTER TABLE delivery DROP COLUMN entry;
        ALTER TABLE delivery DROP COLUMN entry_reason; UPDATE turn SET number = 0";
    asha.execute(older);
    let asha = asha.crash();
    assert!(asha.mirror.mended().is_some());
    assert_eq!(asha.sees("0f").happened.len(), 1, "the delivery is not forgotten");
}

/// What it knew of the server is gone, which may have been set back meanwhile. Lines that are there are added once all the
/// same.
#[test]
fn a_mended_mirror_sends_its_lines_again() {
    let asha = with_internal(&[pulled(&json!({ "_id": "settings:replies", "replies": [] }), "1-a")]);
    let mut office = Office::with(&[report("0f")]);
    asha.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    asha.pushes(&mut office);
    let told = asha.mirror.due_entries(10).unwrap().remove(0).edit;
    asha.mirror.entries_sent(std::slice::from_ref(&told)).unwrap();
    assert!(asha.mirror.due_entries(10).unwrap().is_empty());
    asha.execute("UPDATE turn SET number = 0");
    let asha = asha.crash();
    assert!(asha.mirror.mended().is_some());
    assert_eq!(asha.mirror.due_entries(10).unwrap().remove(0).edit, told);
}
