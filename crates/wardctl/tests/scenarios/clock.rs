//! A laptop whose clock was wrong for a while.

use serde_json::json;
use testkit::Method;

use crate::middlebox::Middlebox;
use crate::town::{Laptop, Town};

const YEAR: i64 = 365 * 24 * 3600;

/// Asha's laptop showed a time ten years ahead, and a report left it as too old. It comes back when her clock is right,
/// which is when the server says the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_grew_too_old_by_a_wrong_clock_comes_back() {
    let town = Town::founded("clock").await;
    let lamp = json!({ "_id": "00000000000000000000000000000001", "reportedDateTime": "20261120_080000",
        "problemDescription": "Lamp is dark", "picture": { "large": "a.jpg", "thumbnail": "b.jpg" } });
    town.couch.write(town.couch.database(), &lamp).await;
    let middlebox = Middlebox::before(town.couch_line.url()).await;
    let site = format!("{}/{}", middlebox.url, town.couch.database());
    let asha = Laptop { site, ..town.laptop(town.hire("asha")) };
    asha.sign_in();
    asha.sync();
    asha.run(&["selection", "--days", "3000"]);
    asha.sync();
    let officer = asha.opened().await;
    let ahead = jiff::Timestamp::now().as_second() + 10 * YEAR;
    officer.with_mirror(move |mirror| mirror.sweep(ahead)).await.unwrap();
    drop(officer);
    let here = || asha.run(&["status"])["documents"].clone();
    assert_eq!(here(), 0);

    let server = town.couch.admin(Method::GET, "", None).await.to_string();
    let headers = "Content-Type: application/json\r\nDate: Mon, 23 Nov 2020 10:00:00 GMT";
    middlebox.answers("GET / ", "200 OK", headers, &server);
    asha.sync();
    assert_eq!(here(), 0, "one of two clocks is wrong");
    middlebox.stands_aside();
    asha.sync();
    assert_eq!(here(), 1);
}
