use domain::{Field, status_value};
use serde_json::Value;

use crate::town::*;

/// A citizen's phone sent its report again after an answer was lost.
#[test]
fn a_report_that_a_phone_sent_twice_knows_its_twin() {
    let asha = Laptop::of("asha");
    let resent = |id: &str, change: &dyn Fn(&mut Value)| {
        let mut report = report("0a");
        report["_id"] = id.into();
        change(&mut report);
        pulled(&report, "1-a")
    };
    asha.applies(&[
        pulled(&report("0a"), "1-a"),
        resent("0b", &|_| {}),
        resent("0c", &|report| report["reportedBy"] = "neighbour@example.org".into()),
        resent("0d", &|report| report["picture"]["large"] = "another.jpeg".into()),
        resent("0e", &|report| report["reportedDateTime"] = "20171125_152628".into()),
    ]);
    assert_eq!(twins(&asha, "0a"), [("0b".to_owned(), None)]);
    assert_eq!(twins(&asha, "0b"), [("0a".to_owned(), None)]);
    for other in ["0c", "0d", "0e"] {
        assert!(asha.sees(other).twins.is_empty(), "{other}");
    }
    asha.sets_status("0b", "acknowledged");
    assert_eq!(twins(&asha, "0a").len(), 1, "whatever was decided on it");
}

/// Asha joins them without a line; later the server has it.
#[test]
fn a_twin_says_what_it_is_a_duplicate_of() {
    let asha = Laptop::of("asha");
    let resent = |id: &str| {
        let mut resent = report("0a");
        resent["_id"] = id.into();
        resent
    };
    let mut office = Office::with(&["0a", "0b"].map(resent));
    asha.pulls(&office);
    asha.changes("0b", Field::Status, status_value("duplicate", None, Some("0a".to_owned())));
    for is_sent in [false, true] {
        if is_sent {
            asha.pushes(&mut office);
        }
        assert_eq!(twins(&asha, "0a"), [("0b".to_owned(), Some("0a".to_owned()))], "{is_sent}");
        assert_eq!(twins(&asha, "0b"), [("0a".to_owned(), None)]);
    }
}

fn twins(asha: &Laptop, id: &str) -> Vec<(String, Option<String>)> {
    asha.sees(id).twins.into_iter().map(|twin| (twin.id, twin.duplicate_of)).collect()
}

#[test]
fn reports_without_a_time_or_a_picture_are_nobodys_twins() {
    let asha = Laptop::of("asha");
    let odd = |id: &str, member: &str| {
        let mut report = report("0a");
        report["_id"] = id.into();
        report[member] = Value::Null;
        pulled(&report, "1-a")
    };
    asha.applies(&[
        odd("0a", "reportedDateTime"),
        odd("0b", "reportedDateTime"),
        odd("0c", "picture"),
        odd("0d", "picture"),
    ]);
    for id in ["0a", "0b", "0c", "0d"] {
        assert!(asha.sees(id).twins.is_empty(), "{id}");
    }
}

#[test]
fn looking_for_a_twin_reads_no_other_reports() {
    let asha = Laptop::of("asha");
    let plan: Vec<String> = keyed(&asha.path())
        .prepare(&format!("EXPLAIN QUERY PLAN {}", include_str!("../../src/twins.sql")))
        .unwrap()
        .query_map((1, 2), |row| row.get(3))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let looks = plan.iter().any(|step| step.contains("grievance_by_report (status=? AND reported_at=?)"));
    assert!(
        looks && !plan.iter().any(|step| step.starts_with("SCAN g") || step.starts_with("SCAN d")),
        "{plan:?}"
    );
}
