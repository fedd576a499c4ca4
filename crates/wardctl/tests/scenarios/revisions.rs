//! Long and broken histories on the server, and two laptops that decide the same.

use mirror::Decision;
use reqwest::Method;
use serde_json::json;

use crate::ward::{Laptop, Ward, id, lamp};

/// R8. Asha and meena meet ravi's reply with the same reply of theirs, and both keep it: one revision, the same on both
/// laptops, and no branch on the server.
#[tokio::test(flavor = "multi_thread")]
async fn r8_two_laptops_that_settle_alike_come_to_one_revision() {
    let ward = Ward::with_lamps("alike", 1).await;
    let (asha, meena) = (ward.laptop_in_step("asha").await, ward.laptop_in_step("meena").await);
    for laptop in [&asha, &meena] {
        laptop.replies(&id(0), "Crew at 14:00").await;
    }
    ward.ravi_sets(&id(0), "reply", "On our list").await;
    for laptop in [&asha, &meena] {
        assert_eq!(laptop.tries().await.clashes, 1);
        let clash = laptop.with_mirror(|mirror| mirror.clashes()).await.unwrap().remove(0);
        laptop.decides(&clash, Decision::Keep).await;
    }
    for laptop in [&asha, &meena, &asha] {
        laptop.all_sent().await;
    }
    let path = format!("{}/{}?conflicts=true", ward.couch.database(), id(0));
    let document = ward.couch.admin(Method::GET, &path, None).await;
    assert_eq!(document["triage"]["reply"], "Crew at 14:00");
    assert!(document.get("_conflicts").is_none(), "{document}");
    assert_eq!(ward.generation(&id(0)).await, 3, "ravi's, and one of theirs");
    for laptop in [&asha, &meena] {
        assert_eq!(laptop.grievance(&id(0)).await.unwrap().rev.as_deref(), document["_rev"].as_str());
    }
}

/// R17. While asha is away a grievance grows 1,200 revisions and is compacted, and another comes in by replication with
/// its ancestors forgotten. She decided fields that nobody touched, so both land without a clash. What the server still
/// had of the second stays beside it as another version, until she says that what came in holds.
#[tokio::test(flavor = "multi_thread")]
async fn r17_a_forgotten_history_is_no_clash() {
    const REVISIONS: u64 = 1_200;
    let ward = Ward::with_lamps("long-history", 2).await;
    let asha = ward.laptop_in_step("asha").await;
    for n in 0..2 {
        asha.replies(&id(n), "Crew at 14:00").await;
    }
    let mut grown = ward.document(&id(0)).await;
    for n in 0..REVISIONS {
        grown["triage"]["category"] = format!("category {n}").into();
        grown["_rev"] = ward.couch.write(ward.couch.database(), &grown).await.into();
    }
    let database = ward.couch.database();
    ward.couch.admin(Method::POST, &format!("{database}/_compact"), Some(json!({}))).await;
    let mut replicated = lamp(1);
    replicated["_rev"] = format!("{}-{}", REVISIONS + 300, id(77)).into();
    replicated["triage"] = json!({ "category": "roads" });
    let given = json!({ "new_edits": false, "docs": [replicated] });
    ward.couch.admin(Method::POST, &format!("{database}/_bulk_docs"), Some(given)).await;

    let state = asha.tries().await;
    assert_eq!((state.unsent_edits, state.clashes, state.branched), (0, 0, 1));
    assert!(!was_set_back(&asha).await, "what the server forgot is not lost");
    asha.settles(&id(1), None).await;
    asha.all_sent().await;
    lands_on(&ward, &asha, 0, REVISIONS + 2, &format!("category {}", REVISIONS - 1)).await;
    lands_on(&ward, &asha, 1, REVISIONS + 301, "roads").await;
}

/// R17. The city remembers five revisions of a document. What asha has seen and delivered is older than that when she comes
/// back, and ravi has meanwhile taken back what she said: the server was not set back, and nothing of hers goes up again.
#[tokio::test(flavor = "multi_thread")]
async fn r17_what_the_server_forgot_is_not_sent_again() {
    let ward = Ward::with_lamps("forgetful", 1).await;
    let limit = format!("{}/_revs_limit", ward.couch.database());
    ward.couch.admin(Method::PUT, &limit, Some(json!(5))).await;
    let asha = ward.laptop_in_step("asha").await;
    asha.replies(&id(0), "Crew at 14:00").await;
    asha.all_sent().await;
    for n in 0..9 {
        ward.ravi_sets(&id(0), "reply", &format!("Crew {n}")).await;
    }
    asha.all_sent().await;
    assert!(!was_set_back(&asha).await);
    assert_eq!(ward.document(&id(0)).await["triage"]["reply"], "Crew 8");
    assert_eq!(ward.generation(&id(0)).await, 11);
}

async fn was_set_back(laptop: &Laptop) -> bool {
    let lines = laptop.with_mirror(|mirror| mirror.timeline()).await.unwrap();
    lines.iter().any(|line| line.kind == "setBack")
}

async fn lands_on(ward: &Ward, asha: &Laptop, n: u32, generation: u64, category: &str) {
    let document = ward.document(&id(n)).await;
    assert_eq!(ward.generation(&id(n)).await, generation);
    assert_eq!(document["triage"]["reply"], "Crew at 14:00");
    assert_eq!(document["triage"]["category"], category);
    assert_eq!(asha.grievance(&id(n)).await.unwrap().rev.as_deref(), document["_rev"].as_str());
}
