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
    assert_eq!(asha.sees("0a").twins, ["0b"]);
    assert_eq!(asha.sees("0b").twins, ["0a"]);
    for other in ["0c", "0d", "0e"] {
        assert!(asha.sees(other).twins.is_empty(), "{other}");
    }
    asha.sets_status("0b", "acknowledged");
    assert_eq!(asha.sees("0a").twins, ["0b"], "whatever was decided on it");
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
