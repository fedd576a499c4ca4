use serde_json::{Value, json};

use crate::town::{Laptop, Town};
use crate::{bucket, camera};

const LAMP: &str = "00000000000000000000000000000001";

fn table(laptop: &Laptop) -> String {
    let output = std::process::Command::new(crate::town::WARDCTL)
        .args(["deliveries", "--csv", "--home"])
        .arg(laptop.home.path())
        .env("WARDCTL_PASSWORD", &laptop.login.password)
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_edit_and_photo_that_arrived_is_listed_with_its_proof() {
    let town = Town::founded("deliveries").await;
    let lamp = json!({ "_id": LAMP, "reportedBy": "citizen1@example.org", "reportedDateTime": "20261120_080000",
        "problemDescription": "Lamp is dark", "picture": { "large": "a.jpg", "thumbnail": "b.jpg" } });
    town.couch.write(town.couch.database(), &lamp).await;
    let asha = town.officer("asha");
    asha.sync();
    asha.run(&["set", LAMP, "--status", "inProgress", "--reply", "=HYPERLINK(\"http://x\"), soon"]);
    let photo = camera::take(asha.home.path(), 90);
    asha.run(&["attach", LAMP, photo.to_str().unwrap()]);
    assert_eq!(asha.run(&["deliveries"]), json!([]), "what is only here is not delivered");
    asha.sync();

    let deliveries = asha.run(&["deliveries"]);
    let of = |field: &str, proof: &str| -> Value {
        let all = deliveries.as_array().unwrap().iter();
        let mut found =
            all.filter(|it| it["field"].as_str().unwrap().starts_with(field) && it["proof"]["kind"] == proof);
        let only = found.next().unwrap().clone();
        assert!(found.next().is_none(), "{field} {proof} comes once: {deliveries:#}");
        only
    };
    let status = of("status", "revision");
    assert_eq!(
        (&status["before"]["status"], &status["after"]["status"]),
        (&json!("new"), &json!("inProgress"))
    );
    assert_eq!(status["proof"]["rev"], town.grievance(LAMP).await["_rev"]);
    assert_eq!((&status["grievance"], &status["description"]), (&json!(LAMP), &json!("Lamp is dark")));
    assert_eq!(status["line"]["state"], "onServer", "the case's history tells of it");
    let stored = of("photo", "photo");
    let key = format!("{}.jpg", stored["proof"]["sha256"].as_str().unwrap());
    assert!(bucket::keys(&town.store).contains(&key), "the checksum is that of the object in the store");
    assert!(stored["line"].is_null(), "its history is that of the edit");
    of("photo", "revision");
    of("reply", "revision");
    assert_eq!(deliveries.as_array().unwrap().len(), 4);

    let table = table(&asha);
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert_eq!(lines[0], "saved,arrived,by,grievance,field,before,after,revision,photo sha256,history line");
    assert_eq!(lines.len(), 1 + 4 + 1, "a line each, and the last one ends: {table}");
    assert!(
        table.contains(r#",reply,,"'=HYPERLINK(""http://x""), soon",2-"#),
        "no cell is a formula: {table}"
    );
}
