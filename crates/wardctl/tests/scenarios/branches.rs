//! Versions that CouchDB servers made among themselves, each having taken a change before it heard of
//! the other's.

use std::collections::BTreeSet;

use mirror::{Content, Decision, Happened};
use reqwest::Method;
use serde_json::{Value, json};
use sync::State;

use crate::town::Town;
use crate::ward::{Laptop, Ward, id, lamp};

/// R9. From 2 to 100 living versions of a lamp, deleted ones among them. Asha is asked about each
/// lamp, keeps what is shown or takes another version; half of the answers to her laptop are lost.
/// One version is left on the server with what she took, no photo is lost, and every version that
/// was set aside can be read in the history, on her laptop and in the office.
#[tokio::test(flavor = "multi_thread")]
async fn r9_of_many_versions_one_is_left_and_nothing_is_lost() {
    let counts = [2, 3, 7, 100];
    let rounds = testkit::times(1, 25);
    for round in 0..rounds {
        let ward = Ward::with_lamps("branches", counts.len() as u32).await;
        for (n, living) in (0..).zip(counts) {
            ward.branches(n, living, living / 2).await;
        }
        let asha = ward.laptop("asha").await;
        let state = asha.tries().await;
        assert_eq!((state.state, state.branched), (State::ToSend, counts.len() as u64));
        let asked = asha.branched().await.unwrap();
        for (n, living) in (0..).zip(counts) {
            let branched = asked.iter().find(|branched| branched.grievance == id(n)).unwrap();
            let here = branched.branches.iter().filter(|branch| branch.content == Content::Here).count();
            assert_eq!((branched.branches.len(), here), (living as usize - 1, living as usize - 1));
            let taken = (n + round) % 2 == 0;
            let holds = taken.then(|| branched.branches[branched.branches.len() / 2].rev.clone());
            let shown = ward.document(&id(n)).await["triage"]["reply"].clone();
            let wanted = match &holds {
                Some(rev) => ward.version(n, rev).await["triage"]["reply"].clone(),
                None => shown.clone(),
            };
            asha.settles(&id(n), holds.as_deref()).await;
            loop {
                ward.line.drop_next_response_to(&format!("{}/_bulk_docs", ward.couch.database()));
                if asha.tries().await.unsent_edits == 0 {
                    break;
                }
                ward.line.restore();
                asha.tries().await;
            }
            ward.line.restore();

            let left = ward.with_conflicts(n).await;
            assert!(left.get("_conflicts").is_none(), "{left}");
            assert_eq!(left["triage"]["reply"], wanted, "{living} versions, {holds:?}");
            assert_eq!(photos(&left), (0..living).map(|k| format!("01P{k}")).collect());
            let mut replies: BTreeSet<String> = (0..living).map(reply).collect();
            replies.remove(shown.as_str().unwrap());
            assert_eq!(set_aside(&asha, n).await, replies);
            assert_eq!(ward.generation(&id(n)).await, 3, "one revision for all that was taken");
        }
        asha.all_sent().await;
        let told: Vec<Value> = ward.couch.documents(&ward.couch.ops_database()).await;
        let told = told
            .iter()
            .filter(|entry| entry["field"].as_str().is_some_and(|field| field.starts_with("branch:")));
        assert_eq!(told.count() as u32, counts.iter().sum::<u32>() - counts.len() as u32);
    }
    testkit::figure("R9", format!("{counts:?} versions came to 1 each, in {rounds} wards"));
}

/// R9, R8. Ravi settles the same lamps while asha does, alike and otherwise; meena only looks on. All
/// three end with one version and no question, and meena can read what was set aside.
#[tokio::test(flavor = "multi_thread")]
async fn r9_two_laptops_that_settle_the_same_versions_come_to_one() {
    let ward = Ward::with_lamps("both-settle", 3).await;
    for n in 0..3 {
        ward.branches(n, 3, 1).await;
    }
    let (asha, ravi, meena) =
        (ward.laptop("asha").await, ward.laptop("ravi").await, ward.laptop("meena").await);
    for laptop in [&asha, &ravi, &meena] {
        assert_eq!(laptop.tries().await.branched, 3);
    }
    let asked = asha.branched().await.unwrap();
    for (n, branched) in (0..).zip(&asked) {
        let [first, second] = [0, 1].map(|at| Some(branched.branches[at].rev.as_str()));
        let (ashas, ravis) = [(first, first), (first, None), (first, second)][n as usize];
        asha.settles(&branched.grievance, ashas).await;
        ravi.settles(&branched.grievance, ravis).await;
    }
    for laptop in [&asha, &ravi, &asha, &meena, &ravi] {
        laptop.tries().await;
    }
    // Where each took another reply the second to come is asked, as of any field.
    let clashes = ravi.with_mirror(|mirror| mirror.clashes()).await.unwrap();
    assert!(clashes.iter().all(|clash| clash.edit.document == asked[2].grievance) && !clashes.is_empty());
    for clash in clashes {
        ravi.decides(&clash, Decision::Drop).await;
    }
    for laptop in [&ravi, &asha, &meena] {
        laptop.tries().await;
        laptop.all_sent().await;
    }
    for branched in &asked {
        let n = branched.grievance.trim_start_matches('0').parse().unwrap_or(0);
        let left = ward.with_conflicts(n).await;
        assert!(left.get("_conflicts").is_none(), "{left}");
        assert_eq!(photos(&left).len(), 3, "lamp {n}");
        for laptop in [&asha, &ravi, &meena] {
            assert_eq!(set_aside(laptop, n).await.len(), 2, "lamp {n}");
            assert_eq!(laptop.grievance(&id(n)).await.unwrap().rev.as_deref(), left["_rev"].as_str());
        }
    }
}

/// R9, R13. Between asha's answer and its way up one version is deleted and another grows; a gateway
/// turns away the end of a third. The deleted one is done, the grown one is another question, and only
/// the third is refused.
#[tokio::test(flavor = "multi_thread")]
async fn r9_a_version_that_grows_meanwhile_is_another_question() {
    let ward = Ward::with_lamps("grows", 1).await;
    ward.branches(0, 5, 0).await;
    let asha = ward.laptop("asha").await;
    asha.tries().await;
    let shown = ward.document(&id(0)).await["triage"]["reply"].clone();
    let others: Vec<String> =
        asha.branched().await.unwrap()[0].branches.iter().map(|branch| branch.rev.clone()).collect();
    asha.settles(&id(0), None).await;

    let mut grown = ward.version(0, &others[1]).await;
    grown["triage"]["reply"] = "Grown".into();
    ward.couch.write(ward.couch.database(), &grown).await;
    ward.couch
        .write(ward.couch.database(), &json!({ "_id": id(0), "_rev": others[0], "_deleted": true }))
        .await;
    ward.line.turn_away(
        &others[2],
        testkit::Reply::json("403 Forbidden", r#"{"error":"forbidden","reason":"no"}"#),
    );
    for _ in 0..4 {
        asha.tries().await;
    }
    let refused = asha.with_mirror(|mirror| mirror.to_send()).await.unwrap();
    let refused: Vec<_> = refused.iter().filter_map(|unsent| unsent.edit.field.branch()).collect();
    assert_eq!(refused, [others[2].as_str()]);
    let asked = asha.branched().await.unwrap().remove(0).branches;
    assert_eq!(asked.len(), 1, "{asked:?}");

    // Which of the two is shown is the servers' to say; asha wants the reply that she had kept.
    let (now_shown, other) = (ward.document(&id(0)).await["triage"]["reply"].clone(), asked[0].rev.as_str());
    let holds = (now_shown != shown).then_some(other);
    asha.settles(&id(0), holds).await;
    ward.line.restore();
    for unsent in asha.with_mirror(|mirror| mirror.to_send()).await.unwrap() {
        asha.try_again(&unsent.edit.id).await.unwrap();
    }
    for _ in 0..3 {
        asha.tries().await;
    }
    asha.all_sent().await;
    let left = ward.with_conflicts(0).await;
    assert_eq!((&left["triage"]["reply"], left.get("_conflicts")), (&shown, None));
    assert_eq!(photos(&left).len(), 5);
    assert!(history(&asha).await.contains("Grown"));
}

/// The same through the command line, for a case in the internal database. While asha has not
/// decided, nothing is changed on the server and nobody says that all is well.
#[tokio::test(flavor = "multi_thread")]
async fn r9_versions_of_a_case_are_asha_s_to_decide() {
    let town = Town::founded("case-branches").await;
    town.couch.write(town.couch.database(), &lamp(0)).await;
    let versions = [("a", "priority", "low"), ("b", "priority", "high"), ("c", "assignee", "ravi")];
    let versions = versions.map(|(hash, member, value)| {
        let mut case = json!({ "_id": format!("case:{}", id(0)), "by": "ravi" });
        case[member] = value.into();
        replicated(case, hash)
    });
    write_as_replicator(&town.couch, &town.couch.ops_database(), &versions).await;
    // A branch of the settings is the administrator's.
    let settings =
        ["a", "b"].map(|hash| replicated(json!({ "_id": "settings:replies", "replies": [] }), hash));
    write_as_replicator(&town.couch, &town.couch.ops_database(), &settings).await;

    let asha = town.officer("asha");
    assert_eq!(asha.sync()["state"], "toSend");
    let status = asha.run(&["status"]);
    assert_eq!((&status["state"], &status["branched"]), (&json!("toSend"), &json!(1)));
    let asked = asha.run(&["branches"]);
    assert_eq!(asked.as_array().unwrap().len(), 1);
    assert_eq!((&asked[0]["isCase"], &asked[0]["description"]), (&json!(true), &json!("Lamp 0 is dark")));
    assert_eq!(asked[0]["branches"].as_array().unwrap().len(), 2);
    let high = asked[0]["branches"].as_array().unwrap().iter().find(|branch| {
        branch["differences"].as_array().unwrap().iter().any(|differs| differs["other"] == "high")
    });
    let rev = high.unwrap()["rev"].as_str().unwrap();
    let others = asked[0]["branches"].as_array().unwrap().iter().map(|branch| &branch["rev"]);
    let versions: Vec<&str> =
        [&asked[0]["rev"]].into_iter().chain(others).map(|rev| rev.as_str().unwrap()).collect();
    let grievance = id(0);
    let settle: &[&str] = &["settle-branches", &grievance, rev];
    let refusal = asha.refusal(&[settle, &versions].concat());
    assert!(refusal.contains("no other version"), "{refusal}");
    let refusal = asha.refusal(&[settle, &versions[..2], &["--case"]].concat());
    assert!(refusal.contains("Look at it once more"), "there are three: {refusal}");

    asha.run(&[settle, &versions, &["--case"]].concat());
    assert_eq!(asha.run(&["branches"]), json!([]));
    for _ in 0..2 {
        asha.sync();
    }
    let path = format!("{}/case%3A{}?conflicts=true", town.couch.ops_database(), id(0));
    let case = town.couch.admin(Method::GET, &path, None).await;
    assert_eq!((&case["priority"], &case["_conflicts"]), (&json!("high"), &Value::Null));
    assert_eq!(asha.run(&["status"])["state"], "allSent");
}

impl Ward {
    /// Replaces a lamp's only revision by so many living and deleted versions, as replication brings them.
    async fn branches(&self, n: u32, living: u32, deleted: u32) {
        let root = self.document(&id(n)).await["_rev"].as_str().unwrap().to_owned();
        let mut versions = Vec::new();
        for k in 0..living + deleted {
            let mut version = lamp(n);
            if k < living {
                version["triage"] = json!({ "status": "acknowledged", "reply": reply(k), "by": "ravi",
                    "photos": [{ "id": format!("01P{k}"), "large": format!("{k}.jpg"),
                        "thumbnail": format!("t{k}.jpg"), "kind": "after", "sha256": "ab", "takenAt": "2026-11-23T10:41:00+05:30" }] });
            } else {
                version["_deleted"] = true.into();
            }
            let hash = format!("{:032x}", 0xabc + 7919 * k);
            version["_rev"] = format!("2-{hash}").into();
            version["_revisions"] = json!({ "start": 2, "ids": [hash, root.split_once('-').unwrap().1] });
            versions.push(version);
        }
        write_as_replicator(&self.couch, self.couch.database(), &versions).await;
    }

    async fn version(&self, n: u32, rev: &str) -> Value {
        let path = format!("{}/{}?rev={rev}", self.couch.database(), id(n));
        self.couch.admin(Method::GET, &path, None).await
    }

    async fn with_conflicts(&self, n: u32) -> Value {
        let path = format!("{}/{}?conflicts=true", self.couch.database(), id(n));
        self.couch.admin(Method::GET, &path, None).await
    }
}

/// A first revision of a document as another server has it.
fn replicated(mut document: Value, hash: &str) -> Value {
    document["_rev"] = format!("1-{}", hash.repeat(32)).into();
    document
}

async fn write_as_replicator(couch: &testkit::Couch, database: &str, versions: &[Value]) {
    let given = json!({ "new_edits": false, "docs": versions });
    let failures = couch.admin(Method::POST, &format!("{database}/_bulk_docs"), Some(given)).await;
    assert_eq!(failures, json!([]));
}

fn reply(k: u32) -> String {
    format!("Version {k}")
}

fn photos(grievance: &Value) -> BTreeSet<String> {
    let photos = grievance["triage"]["photos"].as_array().unwrap();
    photos.iter().map(|photo| photo["id"].as_str().unwrap().to_owned()).collect()
}

/// Everything that a laptop tells of the first lamp's past.
async fn history(laptop: &Laptop) -> String {
    format!("{:?}", laptop.grievance(&id(0)).await.unwrap().happened)
}

/// Replies of the versions that a laptop's history says were set aside.
async fn set_aside(laptop: &Laptop, n: u32) -> BTreeSet<String> {
    let happened = laptop.grievance(&id(n)).await.unwrap().happened;
    let replies = happened.into_iter().filter_map(|event| match event.what {
        Happened::Delivered { field, before, .. } | Happened::Changed { field, before, .. } => {
            field.branch().map(|_| before["triage"]["reply"].as_str().unwrap().to_owned())
        }
        _ => None,
    });
    replies.collect()
}
