//! A laptop whose clock was wrong for a while.

use domain::Selection;
use serde_json::json;
use testkit::Method;

use crate::middlebox::Middlebox;
use crate::town::{Laptop, Town};

const DAY: i64 = 24 * 3600;
const YEAR: i64 = 365 * DAY;

/// Asha keeps the last thirty days. By a clock that is ahead everything is older, and nothing leaves: neither with a line,
/// where the server shows another time, nor without one. What has truly grown too old leaves.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_grows_too_old_by_a_clock_that_the_server_does_not_share() {
    let (town, middlebox, asha) = a_town_with_a_lamp("clock-ahead", &reported(40)).await;
    let here = || asha.run(&["status"])["grievances"].clone();
    let officer = asha.opened().await;
    let last_days = Selection { days: Some(30), ..Selection::default() };
    let two_weeks_ago = jiff::Timestamp::now().as_second() - 14 * DAY;
    officer.with_mirror(move |mirror| mirror.select(&last_days, two_weeks_ago)).await.unwrap();
    drop(officer);
    assert_eq!(here(), 1);

    shows_another_time(&town, &middlebox).await;
    asha.sync();
    assert_eq!(here(), 1, "one of two clocks is wrong");
    town.cut().await;
    asha.refusal(&["sync"]);
    assert_eq!(here(), 1, "nobody says what time it is");
    town.restore();
    middlebox.stands_aside();
    asha.sync();
    assert_eq!(here(), 0);
}

/// Asha's laptop and the server showed a time ten years ahead, and a report left as too old. It comes back when her clock is
/// right, which is when the server says the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_grew_too_old_by_a_wrong_clock_comes_back() {
    let (town, middlebox, asha) = a_town_with_a_lamp("clock", &reported(40)).await;
    asha.run(&["selection", "--days", "3000"]);
    asha.sync();
    let officer = asha.opened().await;
    let ahead = jiff::Timestamp::now().as_second() + 10 * YEAR;
    officer.with_mirror(move |mirror| mirror.sweep(ahead)).await.unwrap();
    drop(officer);
    let here = || asha.run(&["status"])["grievances"].clone();
    assert_eq!(here(), 0);

    shows_another_time(&town, &middlebox).await;
    asha.sync();
    assert_eq!(here(), 0, "one of two clocks is wrong");
    middlebox.stands_aside();
    asha.sync();
    assert_eq!(here(), 1);
}

/// A laptop that has it, with a box before the server.
async fn a_town_with_a_lamp(name: &str, reported: &str) -> (Town, Middlebox, Laptop) {
    let town = Town::founded(name).await;
    let lamp = json!({ "_id": "00000000000000000000000000000001", "reportedDateTime": reported,
        "problemDescription": "Lamp is dark", "picture": { "large": "a.jpg", "thumbnail": "b.jpg" } });
    town.couch.write(town.couch.database(), &lamp).await;
    let middlebox = Middlebox::before(town.couch_line.url()).await;
    let site = format!("{}/{}", middlebox.url, town.couch.database());
    let asha = Laptop { site, ..town.laptop(town.hire("asha")) };
    asha.sign_in();
    asha.sync();
    (town, middlebox, asha)
}

/// From here on the server's clock is years behind.
async fn shows_another_time(town: &Town, middlebox: &Middlebox) {
    let server = town.couch.admin(Method::GET, "", None).await.to_string();
    let headers = "Content-Type: application/json\r\nDate: Mon, 23 Nov 2020 10:00:00 GMT";
    middlebox.answers("GET / ", "200 OK", headers, &server);
}

/// As phones write a time so many days ago.
fn reported(days_ago: i64) -> String {
    let then = jiff::Timestamp::now().as_second() - days_ago * DAY;
    jiff::Timestamp::from_second(then).unwrap().strftime("%Y%m%d_%H%M%S").to_string()
}
