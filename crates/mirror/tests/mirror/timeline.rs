use mirror::TimelineLine;

use crate::town::*;

fn line(at: i64) -> TimelineLine {
    TimelineLine { at, kind: "sent".into(), sentence: "1 change is on the server.".into() }
}

#[test]
fn the_timeline_keeps_its_newest_lines_only() {
    let asha = Laptop::of("asha");
    let lines: Vec<TimelineLine> = (1..=6_000).map(|at| line(NOW + at)).collect();
    asha.mirror.note(&lines).unwrap();
    let kept = asha.mirror.timeline().unwrap();
    assert_eq!((kept.len(), kept.first(), kept.last()), (5_000, lines.get(1_000), lines.last()));
    asha.mirror.note(&[line(NOW)]).unwrap();
    let kept = asha.mirror.timeline().unwrap();
    assert_eq!((kept.len(), kept.last()), (5_000, Some(&line(NOW))), "newest last, whatever the clock says");
}

#[test]
fn what_is_older_than_ninety_days_goes() {
    let asha = Laptop::of("asha");
    let days = |days: i64| NOW - days * 24 * 3600;
    asha.mirror.note(&[line(days(91)), line(days(89)), line(NOW)]).unwrap();
    while asha.mirror.tidy(Some(NOW)).unwrap() {}
    assert_eq!(asha.mirror.timeline().unwrap(), [line(days(89)), line(NOW)]);
}
