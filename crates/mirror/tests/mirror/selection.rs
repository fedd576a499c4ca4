use domain::{Document, Field, Selection, Wards};
use jiff::tz::TimeZone;
use mirror::{
    Acknowledged, Answer, Checkpoint, Database, Happened, Mark, MirrorError, Proof, Pulled, Show, WardNames,
};
use proptest::prelude::*;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use testkit::couchdb::Selector;

use crate::town::{AT, Laptop, NOW, Office, checkpoint, photo, pulled, report};

const WARDS: &str = r#"{"_id":"settings:wards","type":"FeatureCollection","features":[
    {"properties":{"ward":"12"},"geometry":{"type":"Polygon",
        "coordinates":[[[77.0,13.0],[77.5,13.0],[77.5,13.5],[77.0,13.5],[77.0,13.0]]]}},
    {"properties":{"ward":"13"},"geometry":{"type":"Polygon",
        "coordinates":[[[77.5,13.0],[78.0,13.0],[78.0,13.5],[77.5,13.5],[77.5,13.0]]]}}]}"#;

fn ward(name: &str) -> Selection {
    Selection { ward: Some(name.to_owned()), ..Selection::default() }
}

fn at(id: &str, lng: f64) -> Value {
    let mut report = report(id);
    report["geoLocation"]["coordinates"] = json!([lng, 13.1]);
    report
}

/// An officer of a city with two wards, whose boundaries came with the internal database.
fn officer(name: &'static str) -> Laptop {
    let laptop = Laptop::of(name);
    draws(&laptop, WARDS, "1-a");
    laptop
}

fn draws(laptop: &Laptop, wards: &str, rev: &str) {
    let page = [pulled(&serde_json::from_str(wards).unwrap(), rev)];
    laptop.mirror.apply_page(Database::Internal, &page, &checkpoint(rev), NOW).unwrap();
}

fn here(laptop: &Laptop) -> Vec<String> {
    let mut ids: Vec<String> = laptop.queue(Show::All, None).rows.into_iter().map(|row| row.id).collect();
    ids.sort();
    assert_eq!(laptop.mirror.counts().unwrap().all, ids.len() as u64, "the counters count what is here");
    ids
}

/// Entries of `documents`, records of deliveries among them.
fn documents(laptop: &Laptop) -> i64 {
    laptop.number("SELECT count(*) FROM document WHERE db = 0")
}

#[test]
fn another_ward_leaves_with_its_words_pictures_and_history() {
    let asha = officer("asha");
    let mut office = Office::with(&[at("0a", 77.2), at("0b", 77.7)]);
    asha.pulls(&office);
    office.sets_status("ravi", "0a", "acknowledged");
    asha.pulls(&office);
    asha.mirror.photo_kept("thumbnail_IMG-0a.jpg", "file-a", 7).unwrap();
    asha.mirror.photo_kept("thumbnail_IMG-0b.jpg", "file-b", 7).unwrap();
    let left = asha.mirror.select(&ward("13"), NOW).unwrap();
    assert_eq!((left.grievances, left.files), (1, vec!["file-a".to_owned()]));
    assert_eq!(
        (here(&asha), asha.finds("lamp"), documents(&asha)),
        (vec!["0b".into()], vec!["0b".into()], 1)
    );
    assert!(asha.mirror.grievance("0a").unwrap().is_none());
    assert_eq!(asha.number("SELECT count(*) FROM event"), 0);
    assert_eq!(asha.number("SELECT count(*) FROM word_docsize"), 1, "its words are in no index");
    assert_eq!(asha.mirror.photo_files().unwrap(), ["file-b"]);
    let asha = asha.crash();
    assert_eq!(asha.mirror.selection().unwrap(), ward("13"));
}

#[test]
fn what_is_unsent_stays_until_it_has_arrived_and_leaves_its_record() {
    let asha = officer("asha");
    let mut office = Office::with(&[at("0a", 77.2), at("0b", 77.2), at("0c", 77.7)]);
    asha.pulls(&office);
    asha.changes("0a", Field::Reply, json!("Crew at 14:00"));
    assert_eq!(asha.mirror.unsent_outside(&ward("13"), NOW).unwrap(), 1);
    assert_eq!(asha.mirror.unsent_outside(&ward("12"), NOW).unwrap(), 0);
    assert_eq!(asha.mirror.select(&ward("13"), NOW).unwrap().grievances, 1, "0b");
    assert_eq!(here(&asha), ["0a", "0c"]);
    assert_eq!(asha.mirror.sweep(NOW).unwrap().grievances, 0);

    // The laptop is switched off and the reply is on its way for a day.
    let asha = asha.crash();
    assert_eq!(asha.pushes(&mut office).delivered, 1);
    // Its line of the case's history has not arrived.
    assert_eq!(asha.mirror.sweep(NOW).unwrap().grievances, 0);
    let due: Vec<String> = asha.mirror.due_entries(9).unwrap().into_iter().map(|due| due.edit).collect();
    asha.mirror.entries_sent(&due).unwrap();
    assert_eq!(asha.mirror.sweep(NOW).unwrap().grievances, 1);
    assert_eq!((here(&asha), documents(&asha)), (vec!["0c".to_owned()], 2));
    let deliveries = asha.mirror.deliveries(NOW).unwrap();
    assert_eq!((deliveries.len(), deliveries[0].grievance.as_str()), (1, "0a"));
    assert!(asha.mirror.grievance("0a").unwrap().is_none());

    // 90 days later nothing of it is left.
    asha.mirror.tidy(Some(NOW + 91 * 24 * 3600)).unwrap();
    assert_eq!(documents(&asha), 1);
}

/// Its file is found damaged, its ward is left, the mirror is mended.
#[test]
fn what_the_store_proved_stays_on_record_when_the_picture_goes() {
    for is_damaged in [false, true] {
        let asha = officer("asha");
        let mut office = Office::with(&[at("0a", 77.2)]);
        asha.pulls(&office);
        let after = photo("01P", "feed");
        asha.attaches("0a", &after);
        for key in [&after.large, &after.thumbnail] {
            asha.mirror.photo_stored(key, "feed", NOW).unwrap();
        }
        asha.pushes(&mut office);
        let due: Vec<String> = asha.mirror.due_entries(9).unwrap().into_iter().map(|due| due.edit).collect();
        asha.mirror.entries_sent(&due).unwrap();
        let proofs = |asha: &Laptop| -> Vec<Proof> {
            asha.mirror.deliveries(NOW).unwrap().into_iter().map(|delivery| delivery.proof).collect()
        };
        let on_record = proofs(&asha);
        assert!(on_record.contains(&Proof::Photo { sha256: "feed".to_owned() }), "{on_record:?}");

        if is_damaged {
            asha.mirror.photo_lost(&after.large).unwrap();
            assert_eq!(proofs(&asha), on_record);
        }
        assert_eq!(asha.mirror.select(&ward("13"), NOW).unwrap().grievances, 1);
        assert_eq!((proofs(&asha), asha.mirror.photo(&after.large).unwrap()), (on_record.clone(), None));
        asha.execute("UPDATE turn SET number = 0");
        let asha = asha.crash();
        assert!(asha.mirror.mended().is_some());
        assert_eq!(proofs(&asha), on_record);

        asha.mirror.tidy(Some(NOW + 91 * 24 * 3600)).unwrap();
        assert_eq!(asha.number("SELECT count(*) FROM photo_proof"), 0);
    }
}

#[test]
fn edited_out_it_leaves_and_edited_in_it_comes() {
    let asha = officer("asha");
    asha.mirror.select(&Selection { statuses: Some(vec!["new".into()]), ..ward("12") }, NOW).unwrap();
    let mut office = Office::with(&[at("0a", 77.2), at("0b", 77.2), at("0c", 77.7)]);
    asha.pulls(&office);
    assert_eq!(here(&asha), ["0a", "0b"]);
    office.sets_status("ravi", "0a", "resolved");
    office.writes("0c", |document| document["geoLocation"]["coordinates"] = json!([77.3, 13.1]));
    asha.pulls(&office);
    asha.mirror.sweep(NOW).unwrap();
    assert_eq!((here(&asha), documents(&asha)), (vec!["0b".to_owned(), "0c".to_owned()], 2));
    assert_eq!(asha.mirror.upstream().unwrap().vanished, 0, "none left the server");
    office.sets_status("ravi", "0a", "new");
    asha.pulls(&office);
    assert_eq!(here(&asha), ["0a", "0b", "0c"]);
}

#[test]
fn what_was_resolved_here_leaves_and_what_was_delivered_comes_back_with_it() {
    let asha = officer("asha");
    let mut office = Office::with(&[at("0a", 77.2), at("0b", 77.2)]);
    asha.mirror
        .select(&Selection { statuses: Some(vec!["new".into()]), ..Selection::default() }, NOW)
        .unwrap();
    asha.pulls(&office);
    asha.sets_status("0a", "resolved");
    assert_eq!(here(&asha), ["0a", "0b"], "it stays while the change is unsent");
    asha.pushes(&mut office);
    asha.mirror.entries_sent(&[asha.mirror.due_entries(9).unwrap()[0].edit.clone()]).unwrap();
    asha.mirror.sweep(NOW).unwrap();
    assert_eq!(here(&asha), ["0b"]);
    asha.mirror.select(&Selection::default(), NOW).unwrap();
    asha.pulls_all(&office);
    assert_eq!((here(&asha), asha.finds("lamp").len()), (vec!["0a".to_owned(), "0b".to_owned()], 2));
    let told = asha.sees("0a").happened;
    assert_eq!(told.len(), 1, "what asha did, and nothing that others did not: {told:?}");
}

#[test]
fn nothing_is_decided_about_what_has_left() {
    let asha = officer("asha");
    let mut office = Office::with(&[at("0a", 77.2)]);
    asha.pulls(&office);
    asha.sets_status("0a", "acknowledged");
    asha.pushes(&mut office);
    let due: Vec<String> = asha.mirror.due_entries(9).unwrap().into_iter().map(|due| due.edit).collect();
    asha.mirror.entries_sent(&due).unwrap();
    asha.mirror.select(&ward("13"), NOW).unwrap();
    assert_eq!(documents(&asha), 1, "its record");
    // She had it open while the engine let it go.
    let late = asha.mirror.change("0a", Field::Reply, json!("Crew at 14:00"), "asha", AT);
    assert!(matches!(late, Err(MirrorError::NoSuchGrievance(_))), "{late:?}");
    assert!(asha.mirror.to_send().unwrap().is_empty());
}

#[test]
fn what_left_the_server_stays_until_the_officer_has_said_that_it_may_go() {
    let asha = officer("asha");
    let ids: Vec<String> = (0..4).map(|n| format!("0{n}")).collect();
    let mut office = Office::with(&ids.iter().map(|id| at(id, 77.2)).collect::<Vec<_>>());
    asha.pulls(&office);
    ids.iter().for_each(|id| office.deletes(id));
    asha.pulls(&office);
    assert_eq!(asha.mirror.upstream().unwrap().vanished, 4);
    assert_eq!(asha.mirror.select(&ward("13"), NOW).unwrap().grievances, 0);
    assert_eq!(asha.mirror.answer_vanished(Answer::Keep, NOW).unwrap(), 4);
    assert_eq!(asha.mirror.sweep(NOW).unwrap().grievances, 0);
    assert_eq!((here(&asha), asha.mirror.upstream().unwrap().kept), (ids, 4));
    // The administrator says that it was meant, and asha takes her word back.
    assert_eq!(asha.mirror.answer_vanished(Answer::Accept, NOW).unwrap(), 4);
    assert_eq!(asha.mirror.sweep(NOW).unwrap().grievances, 4);
}

#[test]
fn an_altered_report_stays_until_its_words_are_back_or_right() {
    const DAY: i64 = 24 * 3600;
    type Way = fn(&Laptop, &mut Office);
    fn alters(asha: &Laptop, office: &mut Office) {
        office.writes("0a", |document| document["problemDescription"] = "Nothing".into());
        asha.pulls(office);
    }
    let resolved: Way = |asha, office| {
        alters(asha, office);
        office.sets_status("ravi", "0a", "resolved");
        asha.pulls(office);
    };
    let ward_left: Way = |asha, office| {
        alters(asha, office);
        asha.mirror.select(&ward("13"), NOW).unwrap();
    };
    let redrawn: Way = |asha, office| {
        alters(asha, office);
        draws(asha, &WARDS.replace("\"12\"", "\"old\"").replace("\"13\"", "\"12\""), "2-b");
    };
    let moved: Way = |asha, office| {
        office.writes("0a", |document| document["geoLocation"]["coordinates"] = json!([77.7, 13.1]));
        asha.pulls(office);
    };
    let dated: Way = |asha, office| {
        office.writes("0a", |document| document["reportedDateTime"] = "20260101_120000".into());
        asha.pulls(office);
    };
    let days = |days| NOW + days * DAY;
    // And whether it is selected again once its words are what they were.
    let table = [
        ("moved", moved, days(0), true),
        ("dated back", dated, days(0), true),
        ("resolved", resolved, days(0), false),
        ("of a ward that she left", ward_left, days(0), false),
        ("of a ward drawn anew", redrawn, days(0), false),
        ("grown too old", alters, days(9), false),
    ];
    for (what, leaves, now, is_selected_again) in table {
        for is_right in [true, false] {
            let asha = officer("asha");
            let chosen = Selection { statuses: Some(vec!["new".into()]), days: Some(30), ..ward("12") };
            asha.mirror.select(&chosen, NOW).unwrap();
            let mut first = at("0a", 77.2);
            first["reportedDateTime"] = "20261101_120000".into();
            let mut office = Office::with(std::slice::from_ref(&first));
            asha.pulls(&office);
            leaves(&asha, &mut office);
            assert_eq!((asha.mirror.sweep(now).unwrap().grievances, here(&asha).len()), (0, 1), "{what}");
            assert!(asha.queue(Show::All, None).rows[0].altered, "{what}");

            let stays = if is_right {
                asha.accepts("0a");
                assert_eq!(
                    (&asha.sees("0a").altered, asha.queue(Show::All, None).rows[0].altered),
                    (&None, false)
                );
                assert_eq!(asha.sees("0a").happened.last().unwrap().what, Happened::AlterationAccepted);
                false
            } else {
                asha.mirror.restore("0a", "asha", AT).unwrap();
                asha.pushes(&mut office);
                for member in ["problemDescription", "geoLocation", "reportedDateTime"] {
                    assert_eq!(office.document("0a").unwrap()[member], first[member], "{what}");
                }
                let due = asha.mirror.due_entries(9).unwrap();
                asha.mirror.entries_sent(&due.into_iter().map(|due| due.edit).collect::<Vec<_>>()).unwrap();
                is_selected_again
            };
            asha.mirror.sweep(now).unwrap();
            assert_eq!(here(&asha).len(), usize::from(stays), "{what}, {is_right}");
        }
    }
}

/// What was altered leaves the selection, and then the server: her laptop alone has what the citizen wrote.
#[test]
fn an_altered_report_that_is_deleted_stays_until_its_words_are_right() {
    let asha = officer("asha");
    asha.mirror.select(&ward("12"), NOW).unwrap();
    let mut office = Office::with(&[at("0a", 77.2)]);
    asha.pulls(&office);
    office.writes("0a", |document| document["geoLocation"]["coordinates"] = json!([77.7, 13.1]));
    asha.pulls(&office);
    office.deletes("0a");
    asha.pulls(&office);
    assert_eq!((asha.mirror.sweep(NOW).unwrap().grievances, here(&asha)), (0, vec!["0a".to_owned()]));
    let seen = asha.sees("0a");
    assert!(seen.gone && seen.altered.is_some(), "{seen:?}");
    asha.accepts("0a");
    assert_eq!((asha.mirror.sweep(NOW).unwrap().grievances, here(&asha)), (1, vec![]));
}

/// A laptop of ward 12 and the last thirty days, by a clock that is a year ahead, chooses ward 13: ward 12 leaves, and what only
/// its age says something about waits for a clock that is right.
#[test]
fn another_ward_leaves_at_once_and_what_is_too_old_does_not() {
    let asha = officer("asha");
    asha.applies(&[pulled(&at("0a", 77.2), "1-a"), pulled(&at("0b", 77.7), "1-a")]);
    let chosen = Selection { days: Some(30), ..ward("13") };
    assert_eq!(asha.mirror.select(&chosen, NOW + 365 * 24 * 3600).unwrap().grievances, 1);
    assert_eq!(here(&asha), ["0b"]);
}

/// By a laptop whose clock is a year ahead.
#[test]
fn choosing_days_lets_nothing_go_until_it_is_swept() {
    let asha = officer("asha");
    let a_year_ahead = NOW + 365 * 24 * 3600;
    asha.applies(&[pulled(&at("0a", 77.2), "1-a")]);
    let last_days = Selection { days: Some(30), ..Selection::default() };
    assert_eq!(asha.mirror.select(&last_days, a_year_ahead).unwrap().grievances, 0);
    assert_eq!(here(&asha), ["0a"]);
    assert_eq!(asha.mirror.sweep(a_year_ahead).unwrap().grievances, 1);
}

#[test]
fn a_grievance_whose_versions_are_in_question_stays_until_it_is_decided_which_holds() {
    let asha = officer("asha");
    let branched = |mut document: Value| {
        document["_conflicts"] = json!(["2-0"]);
        pulled(&document, "2-b")
    };
    asha.applies(&[pulled(&at("0a", 77.2), "1-a"), branched(at("0b", 77.2)), pulled(&at("0c", 77.2), "1-a")]);
    let reads = |page: &[Pulled]| {
        asha.mirror.apply_page(Database::Internal, page, &checkpoint("2"), NOW).unwrap();
    };
    reads(&[branched(json!({ "_id": "case:0a", "priority": "high" }))]);
    assert_eq!(asha.mirror.select(&ward("13"), NOW).unwrap().grievances, 1, "0c");
    assert_eq!(here(&asha), ["0a", "0b"]);
    assert_eq!(asha.marked(Mark::Clash).len(), 2);

    // Meera decides about the case, asha about the lamp.
    reads(&[pulled(&json!({ "_id": "case:0a", "priority": "high" }), "3-b")]);
    assert_eq!(asha.mirror.sweep(NOW).unwrap().grievances, 1);
    let other = to_raw_value(&at("0b", 77.2)).unwrap();
    asha.mirror.branch_fetched(Database::Grievances, "0b", "2-0", Some(&other)).unwrap();
    asha.settles(Database::Grievances, "0b", None).unwrap();
    assert_eq!(asha.mirror.sweep(NOW).unwrap().grievances, 0, "her word is on its way");
    asha.applies(&[pulled(&at("0b", 77.2), "2-b")]);
    let due: Vec<String> = asha.mirror.due_entries(9).unwrap().into_iter().map(|due| due.edit).collect();
    asha.mirror.entries_sent(&due).unwrap();
    assert_eq!((asha.mirror.sweep(NOW).unwrap().grievances, here(&asha)), (1, vec![]));
}

#[test]
fn what_the_server_lost_with_its_report_is_told_until_it_goes_up_again() {
    let asha = officer("asha");
    let mut office = Office::with(&[at("0a", 77.2)]);
    let page = [office.all()[0].clone()];
    asha.applies(&page);
    asha.changes("0a", Field::Reply, json!("Crew at 14:00"));
    asha.changes("0a", Field::Priority, json!("high"));
    asha.pushes(&mut office);
    let case = asha.mirror.leaving(Database::Internal, 9).unwrap().remove(0);
    let case = Acknowledged { document: case.document, rev: "1-z".into(), body: case.body };
    asha.mirror.acknowledged(Database::Internal, &[case], NOW).unwrap();
    let due: Vec<String> = asha.mirror.due_entries(9).unwrap().into_iter().map(|due| due.edit).collect();
    asha.mirror.entries_sent(&due).unwrap();
    asha.mirror.select(&ward("13"), NOW).unwrap();
    assert_eq!((here(&asha), asha.mirror.upstream().unwrap().lost), (vec![], 0));

    let lost = [("0a".to_owned(), ["2-abc".to_owned()].into())].into();
    asha.mirror.lost(Database::Grievances, &lost, NOW).unwrap();
    assert_eq!(asha.mirror.upstream().unwrap().lost, 1, "her priority is safe elsewhere");
    asha.applies(&page);
    assert_eq!((asha.mirror.upstream().unwrap().lost, asha.mirror.to_send().unwrap().len()), (0, 0));
    // The server may have found again what it had lost: it is asked about before anything is sent.
    let is_due = || asha.mirror.facts(NOW).unwrap().set_back.contains(&Database::Grievances);
    assert!(is_due() && asha.mirror.upstream().unwrap().set_back);
    asha.mirror.compared_up_to(Database::Grievances, None, NOW).unwrap();
    assert!(is_due(), "the one that was under way had asked before");
    asha.mirror.lost(Database::Grievances, &lost, NOW).unwrap();
    asha.mirror.compared_up_to(Database::Grievances, None, NOW).unwrap();
    assert_eq!((is_due(), asha.mirror.to_send().unwrap().len()), (false, 1));
}

#[test]
fn a_report_of_hers_that_left_is_filed_again_when_the_server_lost_it() {
    let asha = officer("asha");
    let mut office = Office::default();
    asha.files("0f", "feed");
    for upload in asha.mirror.photos_to_upload(9, NOW).unwrap() {
        asha.mirror.photo_stored(&upload.key, "feed", NOW).unwrap();
    }
    asha.pushes(&mut office);
    let due: Vec<String> = asha.mirror.due_entries(9).unwrap().into_iter().map(|due| due.edit).collect();
    asha.mirror.entries_sent(&due).unwrap();
    asha.mirror.select(&ward("12"), NOW).unwrap();
    assert_eq!((here(&asha), documents(&asha)), (vec![], 1));

    let lost = [("0f".to_owned(), ["1-abc".to_owned()].into())].into();
    // The program dies after the answer was written, and asks again.
    for _ in 0..2 {
        asha.mirror.lost(Database::Grievances, &lost, NOW).unwrap();
    }
    assert_eq!((here(&asha), asha.finds("lamp")), (vec!["0f".to_owned()], vec!["0f".to_owned()]));
    let mut office = Office::default();
    assert_eq!(asha.pushes(&mut office).delivered, 1);
    assert!(office.document("0f").is_some());
    assert!(!asha.sees("0f").gone);
}

#[test]
fn a_grievance_grows_too_old() {
    let asha = officer("asha");
    let day = 24 * 3600;
    let dated = |id: &str, text: &str| {
        let mut report = report(id);
        report["reportedDateTime"] = text.into();
        report
    };
    asha.mirror.select(&Selection { days: Some(30), ..Selection::default() }, NOW).unwrap();
    let reports =
        [dated("0a", "20261020_120000"), dated("0b", "20261101_120000"), dated("0c", "some day in 2020")];
    asha.pulls(&Office::with(&reports));
    assert_eq!(here(&asha), ["0b", "0c"]);
    assert_eq!(asha.mirror.sweep(NOW + 7 * day).unwrap().grievances, 0);
    assert_eq!(asha.mirror.sweep(NOW + 9 * day).unwrap().grievances, 1);
    assert_eq!(here(&asha), ["0c"]);
}

#[test]
fn a_page_that_was_asked_for_another_selection_is_not_taken() {
    let asha = officer("asha");
    let office = Office::with(&[at("0a", 77.2), at("0b", 77.7)]);
    asha.pulls(&office);
    asha.mirror.select(&ward("12"), NOW).unwrap();
    assert!(asha.mirror.facts(NOW).unwrap().selected_anew);
    let from = asha.mirror.checkpoint(Database::Grievances).unwrap().unwrap();
    assert_eq!((from.since.as_str(), from.first_until.as_deref(), from.caught_up), ("", Some("1"), false));
    let late = Checkpoint { selection: ward("13"), ..checkpoint("9") };
    let refused = asha.mirror.apply_page(Database::Grievances, &[], &late, NOW);
    assert!(matches!(refused, Err(MirrorError::PageOutOfPlace)), "{refused:?}");
    assert!(asha.mirror.facts(NOW).unwrap().selected_anew);
    asha.pulls_all(&office);
    assert!(!asha.mirror.facts(NOW).unwrap().selected_anew);
}

#[test]
fn a_boundary_drawn_anew_is_looked_at_anew() {
    let asha = officer("asha");
    asha.mirror.select(&ward("12"), NOW).unwrap();
    asha.pulls(&Office::with(&[at("0a", 77.2), at("0b", 77.7)]));
    assert_eq!(here(&asha), ["0a"]);
    draws(&asha, &WARDS.replace("\"12\"", "\"old\"").replace("\"13\"", "\"12\""), "2-b");
    assert!(asha.mirror.facts(NOW).unwrap().selected_anew);
    asha.mirror.sweep(NOW).unwrap();
    assert!(here(&asha).is_empty());
}

#[test]
fn a_boundary_drawn_wrong_empties_no_laptop() {
    let asha = officer("asha");
    asha.mirror.select(&ward("12"), NOW).unwrap();
    let ids: Vec<String> = (0..9).map(|n| format!("0{n}")).collect();
    asha.pulls(&Office::with(&ids.iter().map(|id| at(id, 77.2)).collect::<Vec<_>>()));
    let wrong = WARDS.replace("\"12\"", "\"old\"").replace("\"13\"", "\"12\"");
    draws(&asha, &wrong, "2-b");
    let asha = asha.crash();
    assert_eq!(asha.mirror.sweep(NOW).unwrap().grievances, 0);
    assert_eq!((here(&asha), asha.mirror.upstream().unwrap().outside), (ids.clone(), 9));
    draws(&asha, WARDS, "3-c");
    assert_eq!(asha.mirror.upstream().unwrap().outside, 0);

    draws(&asha, &wrong, "4-d");
    assert_eq!((here(&asha), asha.mirror.upstream().unwrap().outside), (ids, 9));
    assert_eq!(asha.mirror.select(&ward("12"), NOW).unwrap().grievances, 9, "she has chosen it again");
    assert_eq!(asha.mirror.upstream().unwrap().outside, 0);
}

/// A city that has drawn no wards writes them into its grievances.
#[test]
fn wards_that_nobody_drew_are_those_that_grievances_name() {
    let asha = Laptop::of("asha");
    let named = |id: &str, ward: Value| {
        let mut report = at(id, 77.2);
        report["ward"] = ward;
        report
    };
    let long = "x".repeat(201);
    let mut office = Office::with(&[
        named("0a", json!(12)),
        named("0b", json!("12")),
        named("0c", json!("3")),
        named("0d", json!("Lakeside")),
        named("0e", json!(["7"])),
        named("0f", json!("")),
        named("10", json!(long)),
        at("11", 77.2),
    ]);
    asha.pulls(&office);
    let named = |names: &[&str]| WardNames::Named(names.iter().map(|name| name.to_string()).collect());
    let names = |asha: &Laptop| asha.mirror.ward_names().unwrap();
    assert_eq!(names(&asha), named(&["3", "12", "Lakeside"]));
    office.writes("0d", |document| document["ward"] = "Hillside".into());
    asha.pulls(&office);
    assert_eq!(names(&asha), named(&["3", "12", "Hillside"]));
    asha.mirror.select(&ward("3"), NOW).unwrap();
    assert_eq!(names(&asha), named(&["3"]));

    draws(
        &asha,
        &WARDS.replace(
            "]}}]}",
            "]}},{\"properties\":{\"ward\":\"12\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[]}}]}",
        ),
        "1-a",
    );
    let drawn = WardNames::Drawn(vec!["12".to_owned(), "13".to_owned()]);
    assert_eq!(names(&asha), drawn, "one of them in two parts");
}

#[test]
fn a_comparison_asks_for_nothing_outside() {
    let asha = officer("asha");
    asha.mirror.select(&ward("12"), NOW).unwrap();
    asha.pulls(&Office::with(&[at("0a", 77.2), at("0b", 77.2), at("0c", 77.7)]));
    let there = [("0b", "2-x"), ("0c", "1-abc"), ("0d", "1-abc")].map(|(id, rev)| (id.into(), rev.into()));
    let differing = asha.mirror.differing(Database::Grievances, None, None, &there).unwrap();
    assert_eq!(differing, ["0a", "0b"], "one purged, one changed");
}

/// She is asked before anything is here: not after she has chosen, be it everything, and not after a first pull.
#[test]
fn a_laptop_that_has_begun_is_not_unchosen() {
    let is_unchosen = |laptop: &Laptop| laptop.mirror.is_unchosen().unwrap();
    let office = Office::with(&[at("0a", 77.2)]);
    let (asha, ravi, meera) = (officer("asha"), officer("ravi"), officer("meera"));
    asha.files("0b", "feed");
    assert!(is_unchosen(&asha), "a report of her own came from nowhere else");
    asha.pulls(&office);
    assert!(!is_unchosen(&asha));
    asha.mirror.set_back(Database::Grievances, NOW).unwrap();
    assert!(!is_unchosen(&asha), "what she has goes on");
    ravi.mirror.select(&Selection::default(), NOW).unwrap();
    assert!(!is_unchosen(&ravi.crash()));
    meera.pulls(&Office::with(&[]));
    assert!(!is_unchosen(&meera), "a city without grievances");
}

#[test]
fn a_mended_mirror_keeps_the_selection() {
    let asha = officer("asha");
    asha.mirror.select(&ward("12"), NOW).unwrap();
    asha.pulls(&Office::with(&[at("0a", 77.2)]));
    asha.mirror.checkpoint_wal().unwrap();
    let path = asha.path();
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 8192;
    bytes[last..].fill(0);
    let folder = asha.folder;
    drop(asha.mirror);
    std::fs::write(&path, bytes).unwrap();
    let mirror = mirror::Mirror::open(&path, &crate::town::KEY).unwrap();
    mirror.examine().unwrap();
    assert!(mirror.mended().is_some(), "the test damages the mirror");
    assert_eq!(mirror.selection().unwrap(), ward("12"));
    drop(folder);
}

/// A value that a phone might send, or anything else.
fn odd(good: impl Strategy<Value = Value>) -> impl Strategy<Value = Option<Value>> {
    let other = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        any::<i32>().prop_map(Value::from),
        "[ -~]{0,17}".prop_map(Value::from),
        Just(json!([])),
        Just(json!([77.2, 13.1, 900])),
        Just(json!([77.2, "13.1"])),
        Just(json!([[1, 2], {}])),
        Just(json!({})),
        Just(json!({ "coordinates": 7, "status": ["resolved"] })),
    ];
    prop::option::weighted(0.9, prop_oneof![3 => good, 1 => other])
}

fn grievance() -> impl Strategy<Value = Value> {
    let place = (76.8..78.2f64, 12.8..13.7f64).prop_map(|(lng, lat)| json!([lng, lat]));
    let ward = prop_oneof![Just(json!("12")), Just(json!(12)), Just(json!("13")), Just(json!(12.5))];
    let status = prop_oneof![Just(json!("new")), Just(json!("resolved")), Just(json!("parked"))];
    let reported = prop_oneof![
        (2000..2030u32, 1..13u32, 1..32u32).prop_map(|(y, m, d)| json!(format!("{y}{m:02}{d:02}_101010"))),
        (1..29u32).prop_map(|d| json!(format!("202610{d:02}_235959"))),
        "[0-9]{8}[_-][0-9]{5,6}\n?".prop_map(Value::from),
    ];
    let place =
        odd(place).prop_flat_map(|at| odd(Just(at.map_or(json!({}), |at| json!({ "coordinates": at })))));
    let triage = odd(status)
        .prop_flat_map(|status| odd(Just(status.map_or(json!({}), |status| json!({ "status": status })))));
    (place, prop::option::weighted(0.2, ward), triage, odd(reported)).prop_map(
        |(place, ward, triage, reported)| {
            let mut grievance = json!({ "_id": "0a" });
            let members =
                [("geoLocation", place), ("ward", ward), ("triage", triage), ("reportedDateTime", reported)];
            for (name, value) in members {
                if let Some(value) = value {
                    grievance[name] = value;
                }
            }
            grievance
        },
    )
}

fn selection() -> impl Strategy<Value = Selection> {
    let ward = prop_oneof![Just(None), Just(Some("12".to_owned())), Just(Some("Nowhere".to_owned()))];
    let key = prop_oneof![Just("new".to_owned()), Just("resolved".to_owned()), Just("inProgress".to_owned())];
    (ward, prop::option::of(prop::collection::vec(key, 0..3)), prop::option::of(0..400u32))
        .prop_map(|(ward, statuses, days)| Selection { ward, statuses, days })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// The server hides nothing that would be kept here, whatever a document looks like.
    #[test]
    fn the_server_lets_through_all_that_is_selected(selection in selection(), grievance in grievance()) {
        let kolkata = TimeZone::get("Asia/Kolkata").unwrap();
        let selected = selection.on(&Wards::parse(WARDS), &kolkata, NOW);
        let text = grievance.to_string();
        let kept = selected.contains(&Document::parse(&text).unwrap());
        let let_through = Selector::read(&selected.selector()).unwrap().matches(&grievance);
        prop_assert!(let_through || !kept, "{}", selected.selector());
    }

    /// Of what phones send, it lets through little more.
    #[test]
    fn the_server_holds_back_what_is_plainly_outside(lng in 77.6..78.2f64, day in 1..29u32, which in 0..3usize) {
        let selection = [
            ward("12"),
            Selection { statuses: Some(vec!["resolved".into()]), ..Selection::default() },
            Selection { days: Some(30), ..Selection::default() },
        ][which].clone();
        let selected = selection.on(&Wards::parse(WARDS), &TimeZone::UTC, NOW);
        let mut grievance = at("0a", lng);
        grievance["reportedDateTime"] = format!("202609{day:02}_101010").into();
        prop_assert!(!Selector::read(&selected.selector()).unwrap().matches(&grievance));
    }
}
