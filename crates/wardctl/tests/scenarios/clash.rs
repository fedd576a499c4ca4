use serde_json::json;
use sync::Change;

use crate::town::{Laptop, Town};
use crate::ward::{Ward, id, tries};

const LAMP: &str = "00000000000000000000000000000001";

async fn town_with_a_lamp(name: &str) -> (Town, Laptop, Laptop) {
    let town = Town::founded(name).await;
    let lamp = json!({ "_id": LAMP, "reportedBy": "citizen1@example.org", "reportedDateTime": "20261120_080000",
        "problemDescription": "Lamp is dark", "picture": { "large": "a.jpg", "thumbnail": "b.jpg" } });
    town.couch.write(town.couch.database(), &lamp).await;
    let (asha, ravi) = (town.officer("asha"), town.officer("ravi"));
    asha.sync();
    ravi.sync();
    (town, asha, ravi)
}

#[tokio::test(flavor = "multi_thread")]
async fn asha_and_ravi_decide_the_same_status_and_the_second_is_asked() {
    let (town, asha, ravi) = town_with_a_lamp("same-field").await;
    asha.run(&["set", LAMP, "--status", "inProgress"]);
    ravi.run(&["set", LAMP, "--status", "resolved"]);
    ravi.sync();
    let resolved = town.grievance(LAMP).await;
    asha.sync();

    assert_eq!(town.grievance(LAMP).await, resolved, "nothing of ravi's is overwritten");
    assert_eq!(asha.unsent(), (1, 0, 1, 0));
    let clashes = asha.run(&["clashes"]);
    let clash = &clashes[0];
    assert_eq!(clash["seen"]["status"], "new");
    assert_eq!(clash["wanted"]["status"], "inProgress");
    assert_eq!(clash["found"]["status"], "resolved");

    asha.decides(clash, "keep");
    asha.sync();
    assert_eq!(town.grievance(LAMP).await["triage"]["status"], "inProgress");
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_clash_leaves_the_offices_value() {
    let (town, asha, ravi) = town_with_a_lamp("dropped").await;
    asha.run(&["set", LAMP, "--status", "inProgress"]);
    ravi.run(&["set", LAMP, "--status", "resolved"]);
    ravi.sync();
    asha.sync();
    let clashes = asha.run(&["clashes"]);
    asha.decides(&clashes[0], "drop");
    asha.sync();
    assert_eq!(asha.run(&["show", LAMP])["shown"]["triage"]["status"], "resolved");
    assert_eq!(town.grievance(LAMP).await["triage"]["status"], "resolved");
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn different_fields_land_without_a_question() {
    let (town, asha, ravi) = town_with_a_lamp("two-fields").await;
    asha.run(&["set", LAMP, "--status", "inProgress"]);
    ravi.run(&["set", LAMP, "--category", "lights", "--reply", "On our list"]);
    ravi.sync();
    asha.sync();
    let triage = &town.grievance(LAMP).await["triage"];
    assert_eq!(
        (&triage["status"], &triage["category"], &triage["reply"]),
        (&json!("inProgress"), &json!("lights"), &json!("On our list"))
    );
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
}

/// Asha's reply meets ravi's, which is the same; meanwhile she has written another.
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_the_server_did_not_take_is_not_taken_for_ravis() {
    let ward = Ward::with_lamps("not-taken", 1).await;
    let asha = ward.laptop_in_step("asha").await;
    asha.replies(&id(0), "Crew at 14:00").await;
    let mut push = ward.line.hold_next("_bulk_docs");
    let mut engine = asha.engine();
    let pushing = tokio::spawn(async move { tries(&mut engine).await });
    push.reached().await;
    ward.ravi_sets(&id(0), "reply", "Crew at 14:00").await;
    asha.replies(&id(0), "Crew at 15:00").await;
    push.release();
    let state = pushing.await.unwrap();
    assert_eq!(ward.document(&id(0)).await["triage"]["by"], "ravi", "{state:?}");
    assert_eq!(state.clashes, 1, "{state:?}");
}

/// What asha read before she wrote her reply is compared as it is: another tool's odd blanks are no clash with anybody.
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_over_one_with_odd_blanks_is_no_clash() {
    let ward = Ward::with_lamps("blanks", 1).await;
    for (n, odd) in ["", "Done.\n"].into_iter().enumerate() {
        ward.ravi_sets(&id(0), "reply", odd).await;
        let asha = ward.laptop_in_step(&format!("asha{n}")).await;
        let seen = asha.grievance(&id(0)).await.unwrap().shown.triage.reply;
        let reply = Some(format!("Crew {n}"));
        asha.change(&id(0), Change::DraftedReply { reply: reply.clone(), seen }).await.unwrap();
        asha.all_sent().await;
        assert_eq!(ward.document(&id(0)).await["triage"]["reply"], json!(reply));
    }
}
