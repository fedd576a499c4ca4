use mirror::{Bounds, Cursor, Order, Place, Query, Show};
use proptest::prelude::*;
use serde_json::json;

use crate::town::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Times are few, so most rows are equal in what they are ordered by.
    #[test]
    fn every_row_is_on_exactly_one_page(
        rows in prop::collection::vec((0u8..3, 0u8..3), 1..60),
        limit in 1u32..9,
        order in prop::sample::select(vec![Order::Newest, Order::Oldest, Order::LastChanged]),
        show in prop::sample::select(vec![Show::All, Show::Open, Show::Status("resolved".into())]),
        search in prop::sample::select(vec![None, Some("lamp".to_owned())]),
    ) {
        let asha = Laptop::of("asha");
        let statuses = ["new", "resolved", "onHold"];
        let page: Vec<_> = rows.iter().enumerate().map(|(i, (time, status))| {
            let mut report = report(&format!("{i:032x}"));
            report["reportedDateTime"] = match time {
                0 => json!("no time"),
                time => json!(format!("2017112{time}_152627")),
            };
            report["triage"] = json!({ "status": statuses[usize::from(*status)] });
            pulled(&report, "1-a")
        }).collect();
        asha.applies(&page);
        for i in (0..rows.len()).step_by(3) {
            asha.changes(&format!("{i:032x}"), domain::Field::Reply, "Yes".into());
        }
        let expected = rows.iter().filter(|(_, status)| match &show {
            Show::All => true,
            Show::Open => statuses[usize::from(*status)] != "resolved",
            Show::Status(wanted) => statuses[usize::from(*status)] == wanted,
        }).count();

        let query = Query { show, search, order };
        let mut seen = Vec::new();
        let mut after: Option<Cursor> = None;
        loop {
            let page = asha.mirror.queue(&query, after.as_ref(), limit).unwrap();
            prop_assert_eq!(page.total, expected as u64);
            prop_assert!(page.rows.len() <= limit as usize);
            seen.extend(page.rows);
            // A cursor goes to the window and back as text.
            after = match page.next {
                Some(next) => Some(next.to_string().parse().unwrap()),
                None => break,
            };
        }
        let times: Vec<i64> = seen.iter().map(|row| row.reported_at.unwrap_or(0)).collect();
        match order {
            Order::Newest => prop_assert!(times.is_sorted_by(|a, b| a >= b)),
            Order::Oldest => prop_assert!(times.is_sorted()),
            Order::LastChanged => {}
        }
        let mut ids: Vec<&str> = seen.iter().map(|row| row.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!((ids.len(), seen.len()), (expected, expected));
    }
}

#[test]
fn a_page_of_many_hits_is_as_true_as_one_of_few() {
    let asha = Laptop::of("asha");
    let page: Vec<_> = (0..1200)
        .map(|i| {
            let mut report = described(&format!("{i:032x}"), if i % 2 == 0 { "lamp" } else { "drain" });
            report["reportedDateTime"] = format!("20171125_{:02}{:02}00", i / 60, i % 60).into();
            report["triage"] = json!({ "status": if i % 3 == 0 { "resolved" } else { "new" } });
            pulled(&report, "1-a")
        })
        .collect();
    asha.applies(&page);
    let query = |show| Query { show, search: Some("lamp".into()), order: Order::Newest };
    let all = asha.mirror.queue(&query(Show::All), None, 3).unwrap();
    assert_eq!(all.total, 600);
    let ids: Vec<String> = all.rows.into_iter().map(|row| row.id).collect();
    assert_eq!(ids, [1198, 1196, 1194].map(|i| format!("{i:032x}")));
    assert_eq!(asha.mirror.queue(&query(Show::Open), None, 3).unwrap().total, 400);
    assert_eq!(
        asha.mirror.queue(&query(Show::Status("resolved".into())), all.next.as_ref(), 3).unwrap().total,
        200
    );
}

#[test]
fn a_page_is_read_from_its_index_alone() {
    let asha = Laptop::of("asha");
    for column in ["reported_at", "changed_at"] {
        let file = keyed(&asha.path());
        let mut statement = file
            .prepare(&format!(
                "EXPLAIN QUERY PLAN SELECT {column}, n FROM grievance
                 WHERE status = 'new' AND ({column}, n) < (1, 1) ORDER BY {column} DESC, n DESC"
            ))
            .unwrap();
        let plan: Vec<String> =
            statement.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        let [search] = plan.as_slice() else { panic!("it sorts: {plan:?}") };
        assert!(
            search.contains("USING COVERING INDEX") && search.contains(&format!("{column}<?")),
            "{search}"
        );
    }
}

#[test]
fn the_last_changed_comes_first() {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("0a"), "1-a"), pulled(&report("0b"), "1-a")]);
    let at = "2026-12-23T10:41:05+05:30";
    asha.mirror.change("0a", domain::Field::Reply, "Yes".into(), "asha", at).unwrap();
    let query = Query { show: Show::All, search: None, order: Order::LastChanged };
    let rows = asha.mirror.queue(&query, None, 10).unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["0a", "0b"]);
}

#[test]
fn a_map_shows_few_grievances_by_themselves_and_many_as_clusters() {
    let asha = Laptop::of("asha");
    let at = |id: &str, lng: f64, lat: f64| {
        let mut report = report(id);
        report["geoLocation"]["coordinates"] = json!([lng, lat]);
        pulled(&report, "1-a")
    };
    asha.applies(&[at("0a", 77.7893168, 13.0773568), at("0b", -70.25, -33.5), at("0c", 77.9, 13.2)]);
    let ward = Bounds { west: 77.78, south: 13.07, east: 77.8, north: 13.09 };
    let places = asha.mirror.places(&ward).unwrap();
    assert!(matches!(&places[..], [Place::Grievance { id, .. }] if id == "0a"), "{places:?}");
    let santiago = Bounds { west: -70.3, south: -33.6, east: -70.2, north: -33.4 };
    assert!(
        matches!(&asha.mirror.places(&santiago).unwrap()[..], [Place::Grievance { id, .. }] if id == "0b")
    );

    let many: Vec<_> = (0..400)
        .map(|i| {
            at(&format!("1{i:03}"), 77.78 + f64::from(i % 20) / 1000.0, 13.07 + f64::from(i / 20) / 1000.0)
        })
        .collect();
    asha.applies(&many);
    let places = asha.mirror.places(&Bounds { west: 77.7, south: 13.0, east: 77.85, north: 13.15 }).unwrap();
    let mut sum = 0;
    for place in &places {
        let Place::Cluster { position, grievances } = place else { panic!("{place:?}") };
        assert!(
            (77.77..77.81).contains(&position.lng) && (13.06..13.10).contains(&position.lat),
            "{position:?}"
        );
        sum += grievances;
    }
    assert_eq!(sum, 401);
    assert!(places.len() <= 25 * 25);
}
