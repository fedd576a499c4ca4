use domain::{Field, status_value};
use mirror::{Event, Happened};
use serde_json::{Value, json};

use crate::town::*;

#[test]
fn what_others_did_is_told_in_order_beside_what_we_delivered() {
    let mut office = Office::with(&[report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    office.sets_status("ravi", "0f", "acknowledged");
    asha.pulls(&office);
    asha.changes("0f", Field::Category, "lights".into());
    asha.pushes(&mut office);
    office.writes("0f", |document| {
        document["problemDescription"] = "Two lamps out".into();
        document["triage"]["photos"] = json!([photo("01P", "feed")]);
    });
    asha.pulls(&office);
    office.deletes("0f");
    asha.pulls(&office);
    office.writes("0f", |document| *document = report("0f"));
    asha.pulls(&office);

    let told: Vec<Event> = asha.sees("0f").happened;
    let what: Vec<&Happened> = told.iter().map(|event| &event.what).collect();
    let changed = |field, before, after| Happened::Changed { field, before, after };
    assert_eq!(
        told[0],
        Event {
            seen_at: NOW,
            rev: Some("2-abc".into()),
            by: Some("ravi".into()),
            at: Some(AT.into()),
            what: changed(
                Field::Status,
                status_value("new", None, None),
                status_value("acknowledged", None, None)
            ),
        }
    );
    assert!(matches!(what[1], Happened::Delivered { field: Field::Category, .. }), "{what:?}");
    assert!(
        matches!(what[2], Happened::Changed { field: Field::Photo(id), before: Value::Null, .. } if id == "01P")
    );
    assert_eq!(
        what[3],
        &Happened::ReportAltered {
            before: json!({ "problemDescription": "Street lamp out" }),
            after: json!({ "problemDescription": "Two lamps out" }),
        }
    );
    assert_eq!(what[4], &Happened::Gone);
    assert!(what.contains(&&Happened::Returned));
}

#[test]
fn a_first_pull_is_not_news() {
    let mut office = Office::with(&[report("0f")]);
    office.sets_status("ravi", "0f", "resolved");
    let asha = Laptop::of("asha");
    assert_eq!(asha.pulls(&office).changed_by_others, 0);
    assert!(asha.sees("0f").happened.is_empty());
}

#[test]
fn deliveries_are_kept_for_ninety_days() {
    let mut office = Office::with(&[report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    asha.sets_status("0f", "acknowledged");
    asha.pushes(&mut office);
    asha.mirror.tidy(Some(NOW + 89 * 86_400)).unwrap();
    assert_eq!(asha.sees("0f").happened.len(), 1);
    asha.mirror.tidy(Some(NOW + 91 * 86_400)).unwrap();
    assert_eq!(asha.sees("0f").happened.len(), 0);
}
