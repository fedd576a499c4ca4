use serde_json::{Value, json};

use crate::middlebox::Middlebox;
use crate::town::{Laptop, Town};

/// What the doctor says: its checks, and whether the command succeeded.
fn doctor(laptop: &Laptop) -> (Vec<Value>, bool) {
    let output = laptop.output(&["doctor"]);
    let complaint = String::from_utf8_lossy(&output.stderr);
    let checks = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no checks: {complaint}"));
    (checks, output.status.success())
}

/// Every check that is not well: what, verdict, who.
fn unwell(checks: &[Value]) -> Vec<(&str, &str, Option<&str>)> {
    checks
        .iter()
        .filter(|check| check["verdict"] != "ok")
        .map(|check| {
            let text = |name: &str| check[name].as_str();
            (text("what").unwrap(), text("verdict").unwrap(), text("who"))
        })
        .collect()
}

fn found<'a>(checks: &'a [Value], what: &str) -> &'a str {
    checks.iter().find(|check| check["what"] == what).unwrap()["found"].as_str().unwrap()
}

const LASTING_KEY: (&str, &str, Option<&str>) = ("photo store's key", "warning", Some("administrator"));

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_and_nothing_is_left_behind() {
    let town = Town::founded("doctor-well").await;
    let asha = town.officer("asha");
    let (checks, success) = doctor(&asha);
    assert!(success);
    assert_eq!(unwell(&checks), [LASTING_KEY], "{checks:#?}");
    assert_eq!(checks.len(), 16);
    assert!(found(&checks, "CouchDB").starts_with("CouchDB 3."));

    assert!(crate::bucket::keys(&town.store).is_empty(), "the probe is gone from the bucket");
    let ask = async |path: String| town.couch.admin("GET".parse().unwrap(), &path, None).await;
    let (ward, internal) = (town.couch.database(), town.couch.ops_database());
    for database in [ward, &internal] {
        assert_eq!(ask(format!("{database}/_local_docs")).await["rows"], json!([]));
    }
    assert_eq!(ask(format!("{ward}/_changes")).await["results"], json!([]), "nothing that phones download");
    let writes = |proxied: String| !proxied.starts_with("GET") && !proxied.contains("_session");
    let writes: Vec<String> =
        town.couch_line.requests().into_iter().filter(|it| writes(it.clone())).collect();
    assert!(writes.len() == 4 && writes.iter().all(|it| it.contains("/_local/myward-doctor-")), "{writes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_changed_elsewhere_is_the_officers_to_mend_and_the_store_is_looked_at_all_the_same() {
    let town = Town::founded("doctor-password").await;
    let asha = town.officer("asha");
    asha.sync();
    town.couch.change_password(&asha.login, "a quite different monsoon").await;
    let (checks, success) = doctor(&asha);
    assert!(!success);
    assert_eq!(unwell(&checks)[0], ("sign-in", "fault", Some("you")));
    assert!(found(&checks, "ward's database").contains("“sign-in”"));
    assert!(
        found(&checks, "photo store").contains("stored, fetched and removed"),
        "by the setting fetched before"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_access_is_the_administrators_to_mend() {
    let town = Town::founded("doctor-access").await;
    let asha = town.officer("asha");
    let path = format!("{}/_security", town.couch.database());
    let others = json!({ "admins": { "names": [], "roles": ["_admin"] }, "members": { "names": ["ravi"], "roles": [] } });
    town.couch.admin("PUT".parse().unwrap(), &path, Some(others)).await;
    let (checks, success) = doctor(&asha);
    assert!(!success);
    assert_eq!(
        unwell(&checks),
        [
            ("ward's database", "fault", Some("administrator")),
            ("writing to the ward's database", "notChecked", None),
            LASTING_KEY
        ]
    );
    assert!(found(&checks, "ward's database").contains("no access"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_internal_database_what_hangs_on_it_says_so() {
    let town = Town::founded("doctor-internal").await;
    let asha = town.officer("asha");
    town.couch.admin("DELETE".parse().unwrap(), &town.couch.ops_database(), None).await;
    let (checks, success) = doctor(&asha);
    assert!(!success);
    let expected = [
        ("internal database", "fault", Some("administrator")),
        ("writing to the internal database", "notChecked", None),
        ("workflow", "notChecked", None),
        ("photo store's setting", "notChecked", None),
        ("photo store's key", "notChecked", None),
        ("photo store", "notChecked", None),
    ];
    assert_eq!(unwell(&checks), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_laptops_cannot_read_are_told() {
    let town = Town::founded("doctor-settings").await;
    let asha = town.officer("asha");
    for id in ["settings:workflow", "settings:photo-store"] {
        let known = town.couch.document(&town.couch.ops_database(), id).await.unwrap();
        let broken = json!({ "_id": id, "_rev": known["_rev"], "statuses": "new", "endpoint": 1 });
        town.couch.write(&town.couch.ops_database(), &broken).await;
    }
    let (checks, success) = doctor(&asha);
    assert!(!success);
    let expected = [
        ("workflow", "fault", Some("administrator")),
        ("photo store's setting", "fault", Some("administrator")),
        ("photo store's key", "notChecked", None),
        ("photo store", "notChecked", None),
    ];
    assert_eq!(unwell(&checks), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_key_is_the_administrators_and_a_store_that_is_away_its_keepers() {
    let town = Town::founded("doctor-store").await;
    let asha = town.officer("asha");
    town.store_line.cut().await;
    let (checks, success) = doctor(&asha);
    assert!(!success);
    assert_eq!(unwell(&checks), [LASTING_KEY, ("photo store", "fault", Some("photoStore"))]);
    town.store_line.restore();

    let id = "settings:photo-store";
    let mut setting = town.couch.document(&town.couch.ops_database(), id).await.unwrap();
    setting["credentials"]["secretKey"] = "not the key".into();
    town.couch.write(&town.couch.ops_database(), &setting).await;
    let (checks, success) = doctor(&asha);
    assert!(!success);
    assert_eq!(unwell(&checks), [LASTING_KEY, ("photo store", "fault", Some("administrator"))]);
    assert!(found(&checks, "photo store").contains("denies access"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wifi_page_a_cut_line_and_a_server_that_only_reads() {
    let town = Town::founded("doctor-line").await;
    let middlebox = Middlebox::before(town.couch_line.url()).await;
    let site = format!("{}/{}", middlebox.url, town.couch.database());
    let asha = Laptop { site, ..town.laptop(town.hire("asha")) };
    asha.sign_in();

    let headers = "Content-Type: application/json\r\nDate: Mon, 23 Nov 2020 10:00:00 GMT";
    middlebox.answers(
        "PUT /test-doctor-line",
        "403 Forbidden",
        headers,
        r#"{"error":"forbidden","reason":"read only"}"#,
    );
    let (checks, success) = doctor(&asha);
    assert!(!success);
    // The name of the internal database begins alike.
    let writing = ["writing to the ward's database", "writing to the internal database"];
    let faults = writing.map(|what| (what, "fault", Some("administrator")));
    assert_eq!(unwell(&checks), [faults[0], faults[1], LASTING_KEY]);
    for what in writing {
        assert!(found(&checks, what).contains("read only"), "the server's own words");
    }

    town.couch_line.cut().await;
    let (checks, _) = doctor(&asha);
    assert_eq!(unwell(&checks)[0], ("address and certificate", "fault", Some("you")));

    middlebox.answers(" /", "200 OK", "Content-Type: text/html", "<html>Welcome to the café</html>");
    let (checks, success) = doctor(&asha);
    assert!(!success);
    let unwell = unwell(&checks);
    assert_eq!(unwell[0], ("CouchDB", "fault", Some("you")));
    assert!(unwell[1..9].iter().all(|(_, verdict, _)| *verdict == "notChecked"), "{unwell:?}");
    assert!(found(&checks, "CouchDB").contains("Wi-Fi sign-in page"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_whose_clock_is_years_off_is_told() {
    let town = Town::founded("doctor-clock").await;
    let middlebox = Middlebox::before(town.couch_line.url()).await;
    let site = format!("{}/{}", middlebox.url, town.couch.database());
    let asha = Laptop { site, ..town.laptop(town.hire("asha")) };
    asha.sign_in();
    let headers = "Content-Type: application/json\r\nDate: Mon, 23 Nov 2020 10:00:00 GMT";
    middlebox.answers("GET / ", "200 OK", headers, r#"{"couchdb":"Welcome","version":"2.3.1"}"#);
    let (checks, success) = doctor(&asha);
    assert!(!success);
    assert_eq!(unwell(&checks), [("clock", "fault", Some("you")), LASTING_KEY], "the rest is looked at");
    assert!(found(&checks, "clock").contains("ahead of the server's"));
}
