use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::edit::status_value;

fn edit(field: Field, seen: Value, wanted: Value) -> Edit {
    Edit {
        id: "01".into(),
        document: "0f".into(),
        field,
        seen,
        wanted,
        sent: vec![],
        by: "asha".into(),
        at: "2026-11-23T10:41:05+05:30".into(),
    }
}

const DELETED: There = There { document: None, rev: Some("9-d"), is_back_at_her_own: false };

fn has<'a>(document: &'a Document<'a>) -> There<'a> {
    There { document: Some(document), rev: Some("9-b"), is_back_at_her_own: false }
}

/// On a server that has `document`.
fn on(edit: &Edit, document: &str) -> Rebased {
    rebase(edit, &has(&Document::parse(document).unwrap()))
}

fn status(status: &str) -> Value {
    status_value(status, None, None)
}

fn grievance_with(triage: Value) -> String {
    json!({ "_id": "0f", "_rev": "1-a", "n": 1, "triage": triage }).to_string()
}

#[test]
fn the_three_answers() {
    // (what asha saw, what she wants, what left without an answer, what the office has)
    let table = [
        ("new", "acknowledged", None, "new", Rebased::Applies),
        ("new", "acknowledged", None, "acknowledged", Rebased::AlreadyTrue),
        ("new", "acknowledged", None, "rejected", Rebased::Clashes),
        // Her first try may have arrived; she went on to change her mind.
        ("new", "inProgress", Some("acknowledged"), "acknowledged", Rebased::Applies),
        ("new", "inProgress", Some("acknowledged"), "new", Rebased::Applies),
        ("new", "inProgress", Some("acknowledged"), "rejected", Rebased::Clashes),
    ];
    for (seen, wanted, sent, found, expected) in table {
        let mut asha = edit(Field::Status, status(seen), status(wanted));
        asha.sent = sent.map(status).into_iter().collect();
        let server = grievance_with(json!({ "status": found }));
        let server = Document::parse(&server).unwrap();
        assert_eq!(rebase(&asha, &has(&server)), expected, "{seen} {wanted} {sent:?} {found}");
    }
}

#[test]
fn on_a_server_that_was_set_back_to_her_own_earlier_value_her_new_one_goes_up() {
    let asha = edit(Field::Status, status("inProgress"), status("resolved"));
    let server = grievance_with(json!({ "status": "acknowledged" }));
    let server = Document::parse(&server).unwrap();
    assert_eq!(rebase(&asha, &has(&server)), Rebased::Clashes);
    let hers = There { is_back_at_her_own: true, ..has(&server) };
    assert_eq!(rebase(&asha, &hers), Rebased::Applies);
    let gone = There { is_back_at_her_own: true, ..DELETED };
    assert_eq!(rebase(&asha, &gone), Rebased::Clashes, "the grievance itself is not there");
    let low = edit(Field::Priority, "high".into(), "low".into());
    assert_eq!(rebase(&low, &gone), Rebased::Applies, "a case begins with an edit");
}

#[test]
fn what_can_leave() {
    use Standing::{Free, Leaving, Waits};
    let of = |field: Field| edit(field, Value::Null, json!("x"));
    let (status, reply, priority) = (of(Field::Status), of(Field::Reply), of(Field::Priority));
    let (report, branch) = (of(Field::Report), of(Field::Branch("2-b".into())));
    let can = |unsent: &[(&Edit, Standing)]| can_leave(unsent, |_| false);
    let held_back =
        |what: &str| can_leave(&[(&status, Free), (&priority, Free)], |document| document == what);
    assert_eq!(can(&[(&status, Free), (&priority, Free)]), [true, true]);
    assert_eq!(can(&[(&status, Free), (&reply, Waits), (&priority, Free)]), [true, false, true]);
    // A document on its way waits as a whole; the case is another one.
    assert_eq!(can(&[(&status, Free), (&reply, Leaving), (&priority, Free)]), [false, false, true]);
    assert_eq!(held_back("0f"), [false, false]);
    assert_eq!(held_back("case:0f"), [true, false]);
    // Nothing of a report leaves before it.
    assert_eq!(can(&[(&report, Free), (&status, Free), (&priority, Free)]), [true, true, false]);
    assert_eq!(can(&[(&report, Waits), (&status, Free), (&priority, Free)]), [false, false, false]);
    // A branch is closed last.
    assert_eq!(can(&[(&status, Free), (&branch, Free)]), [true, false]);
    assert_eq!(can(&[(&status, Waits), (&branch, Free)]), [false, false]);
    assert_eq!(can(&[(&branch, Free), (&priority, Free)]), [true, true]);
}

#[test]
fn a_deleted_report_had_arrived() {
    let mut report = edit(Field::Report, Value::Null, json!({ "n": 1 }));
    assert!(arrived_before_deletion(&report, false));
    assert!(!arrived_before_deletion(&report, true), "it is filed again");
    report.sent = vec![report.wanted.clone()];
    assert!(arrived_before_deletion(&report, true));
    assert!(!arrived_before_deletion(&edit(Field::Status, Value::Null, status("resolved")), false));
}

#[test]
fn what_left_has_a_fate() {
    let refused = Fate::Refused { error: "forbidden", reason: "no" };
    // (what left before, and is on its way, what she wants by now, its fate, what may have arrived then, refused)
    let table = [
        (&["a"][..], "a", Fate::Arrived, &["a"][..], false),
        (&["a", "b"], "b", Fate::Arrived, &["b"], false),
        (&["a"], "b", Fate::Arrived, &["a"], false),
        (&["a"], "a", Fate::MayHaveArrived, &["a"], false),
        (&["a", "b", "a"], "a", Fate::MayHaveArrived, &["a", "b"], false),
        (&["a", "b"], "b", Fate::NotTaken, &["a"], false),
        (&["a", "b"], "b", refused, &["a"], true),
        (&["a"], "b", refused, &[], false),
    ];
    for (left, wanted, fate, sent, is_refused) in table {
        let mut asha = edit(Field::Category, Value::Null, wanted.into());
        asha.sent = left.iter().map(|&value| value.into()).collect();
        let words = is_refused.then_some(("forbidden", "no"));
        assert_eq!(landed(&mut asha, fate), words, "{left:?} {wanted} {fate:?}");
        assert_eq!(asha.sent, sent, "{left:?} {wanted} {fate:?}");
    }
}

#[test]
fn what_a_server_lost_is_one_edit_again() {
    let decision = |id: &str, seen: &str, wanted: &str| Edit {
        id: id.into(),
        ..edit(Field::Category, seen.into(), wanted.into())
    };
    let (first, second) = (decision("1", "a", "b"), decision("2", "b", "c"));
    let both = |lost: [bool; 2]| [(first.clone(), lost[0]), (second.clone(), lost[1])];

    assert_eq!(sent_again(&[], None), None);
    assert_eq!(sent_again(&both([false, false]), None), None, "nothing is lost");
    assert_eq!(sent_again(&both([true, false]), None), None, "what came later stands");
    assert_eq!(sent_again(&both([false, true]), None), Some(second.clone()));
    let whole = Edit { seen: "a".into(), sent: vec!["b".into()], ..second.clone() };
    assert_eq!(sent_again(&both([true, true]), None), Some(whole.clone()));
    assert_eq!(sent_again(&both([false, true]), Some(&second)), None, "it is unsent again already");
    assert_eq!(sent_again(&both([true, true]), Some(&second)), Some(whole), "the one before is lost by now");

    let since = decision("3", "c", "d");
    let wants_more = Edit { seen: "a".into(), sent: vec!["b".into(), "c".into()], ..since.clone() };
    assert_eq!(sent_again(&both([true, true]), Some(&since)), Some(wants_more));
    let back = Edit { wanted: "b".into(), ..since };
    let wants_back = Edit { seen: "b".into(), sent: vec!["c".into()], ..back.clone() };
    assert_eq!(sent_again(&both([false, true]), Some(&back)), Some(wants_back));
}

#[test]
fn what_was_emptied_goes_up_where_the_server_has_nothing() {
    let none = edit(Field::Priority, "high".into(), Value::Null);
    assert_eq!(rebase(&none, &There::default()), Rebased::Applies);
    assert_eq!(rebase(&none, &DELETED), Rebased::AlreadyTrue);
    assert_eq!(on(&none, r#"{"priority":null}"#), Rebased::AlreadyTrue);
    assert_eq!(on(&none, r#"{"priority":"high"}"#), Rebased::Applies);
}

#[test]
fn a_grievance_that_vanished_upstream_is_a_clash_and_a_report_is_not() {
    let asha = edit(Field::Status, status("new"), status("acknowledged"));
    assert_eq!(rebase(&asha, &There::default()), Rebased::Clashes);
    let photo = edit(Field::Photo("01P".into()), Value::Null, json!({ "id": "01P" }));
    assert_eq!(rebase(&photo, &There::default()), Rebased::Clashes);
    let report = edit(Field::Report, Value::Null, json!({ "_id": "0f" }));
    assert_eq!(rebase(&report, &There::default()), Rebased::Applies);
}

#[test]
fn a_case_begins_with_the_first_edit_and_then_clashes_like_any_field() {
    let high = edit(Field::Priority, Value::Null, "high".into());
    assert_eq!(rebase(&high, &There::default()), Rebased::Applies);
    let table = [
        (json!({}), Rebased::Applies),
        (json!({ "priority": "high" }), Rebased::AlreadyTrue),
        (json!({ "priority": "low" }), Rebased::Clashes),
    ];
    for (case, expected) in table {
        let case = case.to_string();
        assert_eq!(on(&high, &case), expected, "{case}");
    }
    let low = edit(Field::Priority, "high".into(), "low".into());
    assert_eq!(rebase(&low, &DELETED), Rebased::Clashes, "somebody deleted the case");

    let begun = write_case("0f", None, &[high]).unwrap();
    assert_eq!(
        begun.get(),
        r#"{"_id":"case:0f","priority":"high","by":"asha","at":"2026-11-23T10:41:05+05:30"}"#
    );
    let status = edit(Field::Status, status("new"), status("resolved"));
    let kept = write_case("0f", Some(r#"{"_id":"case:0f","ward":12.0}"#), &[low, status]).unwrap();
    assert!(kept.get().starts_with(r#"{"_id":"case:0f","ward":12.0,"priority":"low","by""#), "{kept}");
    assert!(!kept.get().contains("resolved"), "public decisions stay in the grievance");
}

#[test]
fn an_entry_is_added_once() {
    let note = edit(Field::Note("01N".into()), Value::Null, json!({ "_id": "entry:0f:01N" }));
    assert_eq!(rebase(&note, &There::default()), Rebased::Applies);
    let there = Document::parse(r#"{"_id":"entry:0f:01N","text":"x"}"#).unwrap();
    assert_eq!(rebase(&note, &has(&there)), Rebased::AlreadyTrue);
}

#[test]
fn a_branch_is_set_aside_while_it_is_open_and_writes_nothing() {
    let open = r#"{"_id":"0f","_rev":"2-b","_conflicts":["2-a"],"n":1.0}"#;
    for field in [Field::Branch("2-a".into()), Field::CaseBranch("2-a".into())] {
        let aside = edit(field, json!({ "_id": "0f", "_rev": "2-a" }), Value::Null);
        let rebased = |text: &str| on(&aside, text);
        assert_eq!(rebased(open), Rebased::Applies);
        assert_eq!(rebased(&open.replace("2-a", "3-c")), Rebased::AlreadyTrue, "it has grown");
        assert_eq!(rebased(r#"{"_id":"0f","_rev":"2-b"}"#), Rebased::AlreadyTrue);
        assert_eq!(rebase(&aside, &DELETED), Rebased::AlreadyTrue, "all of it was deleted");
        assert_eq!(rebase(&aside, &There::default()), Rebased::Moot, "the server has nothing of it");
        let document = Document::parse(open).unwrap();
        let shown = There { rev: Some("2-a"), ..has(&document) };
        assert_eq!(rebase(&aside, &shown), Rebased::Moot, "the server shows the branch");
        let of_grievance = write_edits(Some(open), std::slice::from_ref(&aside)).unwrap().unwrap();
        assert_eq!(of_grievance.get(), open);
        let of_case = write_case("0f", Some(r#"{"_id":"case:0f","n":1.0}"#), &[aside]).unwrap();
        assert_eq!(of_case.get(), r#"{"_id":"case:0f","n":1.0}"#);
    }
}

#[test]
fn a_photo_that_is_there_is_never_added_again() {
    let photo = edit(Field::Photo("01P".into()), Value::Null, json!({ "id": "01P", "kind": "after" }));
    let server = grievance_with(json!({ "photos": [{ "id": "01P", "kind": "after", "width": 640 }] }));
    assert_eq!(on(&photo, &server), Rebased::AlreadyTrue);
    let written = write_edits(Some(&server), &[photo]).unwrap().unwrap();
    assert_eq!(written.get().matches("01P").count(), 1, "{written}");
    assert!(written.get().contains("640"), "{written}");
}

#[test]
fn several_edits_make_one_revision_and_touch_nothing_else() {
    let base = r#"{"_id":"0f","_rev":"1-a","x":1.0,"triage":{"status":"new","z":2.50,"photos":[{"id":"01A","k":1e3}]},"y":[3]}"#;
    let edits = [
        edit(Field::Status, status("new"), status("acknowledged")),
        edit(Field::Photo("01P".into()), Value::Null, json!({ "id": "01P" })),
    ];
    let written = write_edits(Some(base), &edits).unwrap().unwrap();
    assert_eq!(
        written.get(),
        r#"{"_id":"0f","_rev":"1-a","x":1.0,"triage":{"status":"acknowledged","z":2.50,"photos":[{"id":"01A","k":1e3},{"id":"01P"}],"reason":null,"duplicateOf":null,"by":"asha","at":"2026-11-23T10:41:05+05:30"},"y":[3]}"#
    );
}

#[test]
fn the_first_decision_writes_all_that_phones_expect() {
    let edits = [edit(Field::Category, Value::Null, "roads".into())];
    let written = write_edits(Some(r#"{"_id":"0f"}"#), &edits).unwrap().unwrap();
    assert_eq!(
        written.get(),
        r#"{"_id":"0f","triage":{"status":"new","category":"roads","reply":null,"reason":null,"duplicateOf":null,"photos":[],"by":"asha","at":"2026-11-23T10:41:05+05:30"}}"#
    );
}

#[test]
fn altered_words_go_back_and_everything_else_stays_the_servers() {
    let first = r#"{"_id":"0f","reportedBy":"c@example.org","problemDescription":"Lamp is dark","address":"Market Road","geoLocation":{"type":"Point","coordinates":[77.7893168,13.0773568]}}"#;
    let altered = r#"{"_id":"0f","_rev":"3-c","reportedBy":"c@example.org","x":1.0,"problemDescription":"Nothing","address":"Market Road","picture":"none","geoLocation":{"type":"Point","coordinates":[77.7893168,13.0773568]},"triage":{"status":"acknowledged","by":"ravi"}}"#;
    let words = |text: &str| Field::Words.found(Some(&Document::parse(text).unwrap()));
    let asha = edit(Field::Words, words(altered), words(first));
    assert_eq!(on(&asha, altered), Rebased::Applies);
    let written = write_edits(Some(altered), std::slice::from_ref(&asha)).unwrap().unwrap();
    assert_eq!(
        written.get(),
        r#"{"_id":"0f","_rev":"3-c","reportedBy":"c@example.org","x":1.0,"problemDescription":"Lamp is dark","address":"Market Road","geoLocation":{"type":"Point","coordinates":[77.7893168,13.0773568]},"triage":{"status":"acknowledged","by":"ravi"}}"#
    );
    assert_eq!(on(&asha, written.get()), Rebased::AlreadyTrue);
    let again = altered.replace("Nothing", "Less than nothing");
    assert_eq!(on(&asha, &again), Rebased::Clashes);
    assert_eq!(rebase(&asha, &There::default()), Rebased::Clashes);
}

fn field_and_values() -> impl Strategy<Value = (Field, Value, Value, Value)> {
    let status = || prop_oneof!["new", "acknowledged", "resolved"].prop_map(|key| status(&key));
    let text = || prop::option::of("[ab]").prop_map(Value::from);
    prop_oneof![
        (status(), status(), status()).prop_map(|(a, b, c)| (Field::Status, a, b, c)),
        (text(), text(), text()).prop_map(|(a, b, c)| (Field::Category, a, b, c)),
        (text(), text(), text()).prop_map(|(a, b, c)| (Field::Reply, a, b, c)),
    ]
}

proptest! {
    #[test]
    fn rebase_is_a_pure_comparison((field, seen, wanted, found) in field_and_values()) {
        let here = edit(field.clone(), seen.clone(), wanted.clone());
        let server = write_edits(
            Some(r#"{"_id":"0f"}"#),
            &[edit(field.clone(), Value::Null, found.clone())],
        ).unwrap().unwrap();
        let server = Document::parse(server.get()).unwrap();
        prop_assert_eq!(field.found(Some(&server)), found.clone());
        let expected = match () {
            () if found == wanted => Rebased::AlreadyTrue,
            () if found == seen => Rebased::Applies,
            () => Rebased::Clashes,
        };
        prop_assert_eq!(rebase(&here, &has(&server)), expected);
    }

    #[test]
    fn what_was_written_is_already_true((field, seen, wanted, _) in field_and_values()) {
        let here = edit(field, seen, wanted);
        let written = write_edits(Some(r#"{"_id":"0f","n":1.50}"#), std::slice::from_ref(&here)).unwrap().unwrap();
        let server = Document::parse(written.get()).unwrap();
        prop_assert_eq!(rebase(&here, &has(&server)), Rebased::AlreadyTrue);
        prop_assert_eq!(server.get("n").unwrap().get(), "1.50");
    }
}
