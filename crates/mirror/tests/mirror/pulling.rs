use domain::Field;
use mirror::{Database, Pulled, Show};
use serde_json::json;

use crate::town::*;

#[test]
fn a_page_and_its_checkpoint_are_one_fact() {
    let asha = Laptop::of("asha");
    asha.mirror
        .apply_page(Database::Grievances, &[pulled(&report("0a"), "1-a")], &checkpoint("10"), NOW)
        .unwrap();
    let deny = "CREATE TRIGGER deny BEFORE INSERT ON document WHEN new.id = '0c'
                BEGIN SELECT RAISE(ABORT, 'the disk says no'); END";
    asha.execute(deny);
    let page = [pulled(&report("0b"), "1-a"), pulled(&report("0c"), "1-a")];
    asha.mirror.apply_page(Database::Grievances, &page, &checkpoint("20"), NOW).unwrap_err();

    assert_eq!(asha.mirror.checkpoint(Database::Grievances).unwrap().unwrap().since, "10");
    assert!(asha.mirror.grievance("0b").unwrap().is_none());
    assert_eq!(asha.finds("lamp"), ["0a"]);
    assert_eq!(asha.mirror.counts().unwrap().all, 1);

    asha.execute("DROP TRIGGER deny");
    asha.mirror.apply_page(Database::Grievances, &page, &checkpoint("20"), NOW).unwrap();
    assert_eq!(asha.mirror.checkpoint(Database::Grievances).unwrap().unwrap().since, "20");
    assert_eq!(asha.mirror.counts().unwrap().all, 3);
}

#[test]
fn each_database_has_its_own_checkpoint() {
    let asha = Laptop::of("asha");
    assert_eq!(asha.mirror.checkpoint(Database::Internal).unwrap(), None);
    let saved = mirror::Checkpoint {
        saved_at: NOW,
        since: "5-x".into(),
        after: None,
        server_uuid: Some("u".into()),
        instance_start_time: Some("0".into()),
        height: Some(5),
        caught_up: true,
        first_until: None,
        selection: domain::Selection::default(),
    };
    asha.mirror.apply_page(Database::Internal, &[], &saved, NOW).unwrap();
    assert_eq!(asha.mirror.checkpoint(Database::Internal).unwrap(), Some(saved));
    assert_eq!(asha.mirror.checkpoint(Database::Grievances).unwrap(), None);
}

#[test]
fn one_bad_document_stops_nothing() {
    let asha = Laptop::of("asha");
    let page = [
        Pulled {
            unreadable: Some("recursion limit exceeded".into()),
            body: None,
            ..pulled(&report("01"), "1-a")
        },
        pulled_text("02", "1-a", "[1]"),
        pulled_text("03", "1-a", r#"{"_id":"04"}"#),
        Pulled { body: None, ..pulled(&report("05"), "1-a") },
        pulled_text("06", "1-a", &format!(r#"{{"_id":"06","x":"{}"}}"#, "y".repeat(17 << 20))),
        pulled_text("_design/phones", "1-a", r#"{"_id":"_design/phones"}"#),
        pulled_text("07", "1-a", r#"{"_id":"07","triage":[],"geoLocation":7,"reportedDateTime":{}}"#),
        pulled(&report("08"), "1-a"),
    ];
    let applied = asha.applies(&page);
    assert_eq!((applied.stored, applied.set_aside), (2, 5));
    let set_aside = asha.mirror.set_aside().unwrap();
    let ids: Vec<&str> = set_aside.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["01", "02", "03", "05", "06"]);
    assert_eq!(set_aside[0].1, "recursion limit exceeded");
    assert_eq!(asha.mirror.counts().unwrap().all, 2);
    assert_eq!(asha.mirror.checkpoint(Database::Grievances).unwrap().unwrap().since, "1");

    asha.applies(&[pulled(&report("02"), "2-a")]);
    assert_eq!(asha.mirror.set_aside().unwrap().len(), 4, "02 was repaired");
}

#[test]
fn hostile_ids_come_back_as_they_were() {
    let asha = Laptop::of("asha");
    let long = "9".repeat(100_000);
    let ids = [
        "../x",
        "%2e%2e",
        "a/b?c#d",
        "\0",
        "\r\n",
        "\u{202e}abc",
        "con",
        "😀",
        "é",
        "e\u{301}",
        "'; DROP TABLE edit;--",
        &long,
    ];
    let page: Vec<Pulled> = ids.iter().map(|id| pulled(&report(id), "1-a")).collect();
    asha.applies(&page);
    for id in ids {
        assert_eq!(asha.sees(id).id, id);
        asha.sets_status(id, "acknowledged");
    }
    assert_eq!(asha.mirror.leaving(Database::Grievances, 100).unwrap().len(), ids.len());
}

#[test]
fn conflicts_are_asked_for_and_never_sent_back() {
    let asha = Laptop::of("asha");
    let text =
        r#"{"_id":"0f","_rev":"2-b","n":1.0,"big":12345678901234567890123,"_conflicts":["2-a"],"z":[1e3]}"#;
    asha.applies(&[pulled_text("0f", "2-b", text)]);
    asha.changes("0f", Field::Category, "roads".into());
    let body = asha.mirror.leaving(Database::Grievances, 1).unwrap().remove(0).body;
    assert!(!body.get().contains("_conflicts"));
    assert!(body.get().starts_with(
        r#"{"_id":"0f","_rev":"2-b","n":1.0,"big":12345678901234567890123,"z":[1e3],"triage":{"#
    ));
}

#[test]
fn a_page_that_comes_twice_changes_nothing() {
    let asha = Laptop::of("asha");
    let page = [pulled(&report("0a"), "1-a"), pulled(&report("0b"), "1-a"), pulled(&report("0a"), "1-a")];
    let first = asha.applies(&page);
    assert_eq!((first.stored, first.new_grievances), (2, 2));
    let again = asha.applies(&page);
    assert_eq!((again.stored, again.changed_by_others), (0, 0));
    assert_eq!(asha.mirror.counts().unwrap().all, 2);
}

#[test]
fn a_deleted_grievance_keeps_what_was_last_seen() {
    let asha = Laptop::of("asha");
    let mut office = Office::with(&[report("0f"), report("0e")]);
    asha.pulls(&office);
    office.deletes("0f");
    let applied = asha.pulls(&office);
    assert_eq!((applied.stored, applied.changed_by_others), (1, 1));
    let seen = asha.sees("0f");
    assert!(seen.gone);
    assert_eq!(seen.shown.description.as_deref(), Some("Street lamp out"));
    assert!(asha.queue(Show::All, None).rows.iter().any(|row| row.gone && row.id == "0f"));
    // A deletion of something never seen here is nothing.
    let unknown = Pulled { deleted: true, body: None, ..pulled(&report("99"), "2-a") };
    assert_eq!(asha.applies(&[unknown]).stored, 0);
    assert!(asha.mirror.grievance("99").unwrap().is_none());

    office.writes("0f", |document| *document = report("0f"));
    asha.pulls(&office);
    assert!(!asha.sees("0f").gone);
}

#[test]
fn settings_arrive_like_any_document_and_are_not_grievances() {
    let asha = Laptop::of("asha");
    assert_eq!(asha.mirror.workflow().unwrap(), domain::Workflow::default());
    asha.applies(&[pulled(&report("0f"), "1-a")]);
    assert_eq!(asha.sees("0f").reported_at, Some(1_511_603_787));
    let mut workflow: serde_json::Value = serde_json::from_str(domain::Workflow::DEFAULT_JSON).unwrap();
    workflow["_id"] = "settings:workflow".into();
    workflow["zone"] = "UTC".into();
    let page =
        [pulled(&workflow, "1-a"), pulled(&json!({"_id": "settings:photo-store", "bucket": "b"}), "1-a")];
    asha.mirror.apply_page(Database::Internal, &page, &checkpoint("1"), NOW).unwrap();

    assert_eq!(asha.mirror.workflow().unwrap().zone, "UTC");
    assert!(asha.mirror.setting("settings:photo-store").unwrap().unwrap().contains("bucket"));
    assert_eq!(asha.mirror.setting("settings:none").unwrap(), None);
    assert!(asha.mirror.grievance("settings:workflow").unwrap().is_none());
    assert_eq!(asha.mirror.counts().unwrap().all, 1);
    // The ward's zone says when a phone's local time was, in the list too.
    assert_eq!(asha.sees("0f").reported_at, Some(1_511_623_587));
    assert_eq!(asha.queue(Show::All, None).rows[0].reported_at, Some(1_511_623_587));
    assert_eq!(asha.finds("lamp").len(), 1);
}
