use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::town::{Laptop, Town};
use crate::{bucket, camera};

const LAMP: &str = "00000000000000000000000000000001";
const PIPE: &str = "00000000000000000000000000000002";

fn report(id: &str) -> Value {
    json!({ "_id": id, "reportedBy": "citizen1@example.org", "reportedDateTime": "20261120_080000",
        "problemDescription": "Lamp is dark", "picture": { "large": "a.jpg", "thumbnail": "b.jpg" } })
}

/// Asha, offline, has changed two grievances, attached a photo and filed a report.
async fn unsent_work(name: &str) -> (Town, Laptop, PathBuf) {
    let town = Town::founded(name).await;
    for id in [LAMP, PIPE] {
        town.couch.write(town.couch.database(), &report(id)).await;
    }
    let asha = town.officer("asha");
    asha.sync();
    asha.run(&["set", LAMP, "--status", "inProgress"]);
    asha.run(&["set", PIPE, "--reply", "Crew at 14:00"]);
    let photo = camera::take(asha.home.path(), 90);
    asha.run(&["attach", LAMP, photo.to_str().unwrap()]);
    let photo = camera::take(asha.home.path(), 140);
    let words =
        ["--description", "New pothole", "--address", "Model Layout", "--lng", "77.79", "--lat", "13.07"];
    asha.run(&[&["report"], &words[..], &["--photo", photo.to_str().unwrap()]].concat());
    let file = asha.home.path().join("unsent.jsonl");
    (town, asha, file)
}

/// The same officer at another laptop.
fn other_laptop(town: &Town, asha: &Laptop) -> Laptop {
    let laptop = town.laptop(asha.login.clone());
    laptop.sign_in();
    laptop
}

#[tokio::test(flavor = "multi_thread")]
async fn work_exported_on_one_laptop_arrives_once_from_another() {
    let (town, asha, file) = unsent_work("unsent-file").await;
    let path = file.to_str().unwrap();
    let exported = asha.run(&["export-unsent", path]);
    assert_eq!(exported, json!({ "edits": 4, "pictures": 4, "lostPictures": 0 }));
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(asha.refusal(&["export-unsent", path]).contains("nothing is overwritten"));
    assert_eq!(asha.unsent(), (4, 2, 0, 0), "exporting changes nothing here");

    let second = other_laptop(&town, &asha);
    assert!(second.refusal(&["import-unsent", path]).contains("Sync first"));
    second.sync();
    let imported = second.run(&["import-unsent", path]);
    assert_eq!(imported, json!({ "edits": 4, "pictures": 4, "known": 0, "leftOut": [] }));
    assert_eq!(second.unsent(), (4, 2, 0, 0));
    assert_eq!(second.run(&["show", LAMP])["shown"]["triage"]["status"], "inProgress");
    assert_eq!(second.run(&["list", "--search", "pothole"]).as_array().unwrap().len(), 1);
    assert_eq!(second.run(&["import-unsent", path])["known"], 4);
    assert_eq!(second.unsent(), (4, 2, 0, 0), "the same file twice is once");
    second.sync();
    let there = town.grievances().await;
    assert_eq!(there.len(), 3);
    assert_eq!(there[0]["triage"]["photos"].as_array().unwrap().len(), 1);
    let stored = bucket::keys(&town.store);
    assert_eq!(stored.len(), 4);
    assert!(stored.contains(&there[0]["triage"]["photos"][0]["large"].as_str().unwrap().to_owned()));

    // The first laptop comes back on line, and the file is imported once more.
    asha.sync();
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
    assert_eq!(second.run(&["import-unsent", path])["known"], 4);
    second.sync();
    assert_eq!(town.grievances().await, there, "nothing is sent twice");
    assert_eq!(bucket::keys(&town.store), stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_made_anew_gets_its_work_back() {
    let (town, asha, file) = unsent_work("unsent-anew").await;
    let path = asha.home.path().with_extension("unsent");
    let path = path.to_str().unwrap();
    asha.run(&["export-unsent", path]);
    drop(file);
    assert!(asha.refusal(&["sign-out", "--remove"]).contains("changes and photos can be exported"));
    let asha = {
        let anew = other_laptop(&town, &asha);
        drop(asha);
        anew
    };
    asha.sync();
    // The office decided the lamp meanwhile: the edit remembers what asha saw.
    let mut lamp = town.grievance(LAMP).await;
    lamp["triage"] = json!({ "status": "resolved" });
    town.couch.write(town.couch.database(), &lamp).await;
    asha.sync();
    asha.run(&["import-unsent", path]);
    std::fs::remove_file(path).unwrap();
    assert_eq!(asha.unsent(), (4, 2, 1, 0), "one of them is a clash, as it would have been");
    let clash = &asha.run(&["clashes"])[0];
    assert_eq!((&clash["seen"]["status"], &clash["wanted"]["status"]), (&json!("new"), &json!("inProgress")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asha_decided_here_stays_and_what_is_lost_is_told() {
    let (town, asha, file) = unsent_work("unsent-here").await;
    let path = file.to_str().unwrap();
    asha.run(&["export-unsent", path]);
    let second = other_laptop(&town, &asha);
    second.sync();
    second.run(&["set", PIPE, "--reply", "Crew on Monday"]);

    // The picture of the report gets lost on the way.
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let report = lines.iter().find(|line| line["edit"]["field"] == "report").unwrap();
    let key = report["edit"]["wanted"]["picture"]["large"].clone();
    let picture = lines.iter_mut().find(|line| line["picture"]["key"] == key).unwrap();
    picture["picture"]["jpeg"] = Value::Null;
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(&file, text.join("\n") + "\n").unwrap();

    let imported = second.run(&["import-unsent", path]);
    assert_eq!(imported["edits"], 2);
    let why = |field: &str| {
        let left_out = imported["leftOut"].as_array().unwrap().iter();
        left_out.clone().find(|it| it["field"] == field).unwrap()["why"].as_str().unwrap().to_owned()
    };
    assert!(why("reply").contains("changed the same on this laptop"));
    assert!(why("report").contains("picture is not in the file"));
    second.sync();
    assert_eq!(town.grievance(PIPE).await["triage"]["reply"], "Crew on Monday");
    assert_eq!(town.grievances().await.len(), 2, "no report names a picture that nobody has");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_cut_altered_or_somebody_elses_is_refused_whole() {
    let (town, asha, file) = unsent_work("unsent-bad").await;
    let path = file.to_str().unwrap();
    asha.run(&["export-unsent", path]);
    let second = other_laptop(&town, &asha);
    second.sync();
    let whole = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let without_the_end = lines[..lines.len() - 1].join("\n") + "\n";
    let without_an_edit = [&lines[..1], &lines[2..]].concat().join("\n") + "\n";
    let table = [
        (without_the_end.as_str(), "ends in the middle"),
        (&whole[..whole.len() / 2], "ends in the middle"),
        (without_an_edit.as_str(), "not a file of unsent work"),
        ("", "not a file of unsent work"),
        ("a shopping list\n", "not a file of unsent work"),
    ];
    for (text, expected) in table {
        std::fs::write(&file, text).unwrap();
        let refusal = second.refusal(&["import-unsent", path]);
        assert!(refusal.contains(expected), "{refusal}");
    }
    std::fs::write(&file, &whole).unwrap();
    let ravi = town.officer("ravi");
    ravi.sync();
    assert!(ravi.refusal(&["import-unsent", path]).contains("Only that officer"));
    assert_eq!((second.unsent(), ravi.unsent()), ((0, 0, 0, 0), (0, 0, 0, 0)));

    // A picture that is not what its name says is as good as lost.
    let mut lines: Vec<Value> = whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let pictures: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].get("picture").is_some()).collect();
    let swapped = lines[pictures[1]]["picture"]["jpeg"].clone();
    for at in pictures {
        lines[at]["picture"]["jpeg"] =
            if lines[at]["picture"]["jpeg"] == swapped { Value::Null } else { swapped.clone() };
    }
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(&file, text.join("\n") + "\n").unwrap();
    let imported = second.run(&["import-unsent", path]);
    assert_eq!(imported["edits"], 2, "the two without pictures: {imported}");
}
