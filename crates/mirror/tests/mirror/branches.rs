//! Two servers took a change each before they heard of the other's, and hold two versions.

use std::collections::BTreeSet;

use domain::Field;
use mirror::{Acknowledged, Content, Database, Happened, Mark, MirrorError};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use crate::town::*;

#[test]
fn asha_takes_the_other_version_and_it_is_set_aside_once_hers_is_there() {
    let asha = asked(&["2-a"]);
    asha.settles(Database::Grievances, "0f", Some("2-a")).unwrap();
    let shown = asha.sees("0f").shown.triage;
    assert_eq!((shown.status.as_str(), shown.reply.as_deref()), ("resolved", Some("Done")));
    let photos: Vec<&str> = shown.photos.iter().map(|photo| photo.id.as_str()).collect();
    assert_eq!(photos, ["01S", "01O"], "of both versions");
    assert!(asha.mirror.branched().unwrap().is_empty(), "she has decided");
    assert!(asha.marked(Mark::Clash).is_empty());

    let child = asha.mirror.leaving(Database::Grievances, 100).unwrap();
    assert_eq!(child.len(), 1, "the other version waits until what was taken from it is there");
    let sent: Value = serde_json::from_str(child[0].body.get()).unwrap();
    assert_eq!((&sent["_rev"], &sent["_conflicts"]), (&json!("2-b"), &Value::Null));
    assert_eq!(sent["triage"]["status"], "resolved");
    acknowledges(&asha, &child[0].body.to_string(), "3-b");
    assert_eq!(names(&asha), ["branch:2-a"], "taking its fields does not close it");

    let deletion = asha.mirror.leaving(Database::Grievances, 100).unwrap();
    let sent: Value = serde_json::from_str(deletion[0].body.get()).unwrap();
    assert_eq!(sent, json!({ "_id": "0f", "_rev": "2-a", "_deleted": true }));
    acknowledges(&asha, &deletion[0].body.to_string(), "3-a");
    let seen = asha.sees("0f");
    assert_eq!(
        (seen.edits.len(), seen.rev.as_deref()),
        (0, Some("3-b")),
        "the deletion is no revision of hers"
    );
    assert_eq!((seen.gone, seen.shown.triage.status.as_str()), (false, "resolved"));
    let Happened::Delivered { field, before, .. } = &seen.happened.last().unwrap().what else { panic!() };
    assert_eq!((field, &before["triage"]["reply"]), (&Field::Branch("2-a".into()), &json!("Done")));
    assert!(asha.mirror.leaving(Database::Grievances, 100).unwrap().is_empty());
}

#[test]
fn keeping_what_is_shown_keeps_the_photos_of_every_version() {
    let asha = asked(&["2-a", "2-0"]);
    asha.settles(Database::Grievances, "0f", None).unwrap();
    let shown = asha.sees("0f").shown.triage;
    assert_eq!((shown.status.as_str(), shown.reply), ("acknowledged", None));
    assert_eq!(names(&asha), ["photo:01O", "branch:2-0", "branch:2-a"]);
    let child = asha.mirror.leaving(Database::Grievances, 100).unwrap();
    acknowledges(&asha, &child[0].body.to_string(), "3-b");
    let deletions = asha.mirror.leaving(Database::Grievances, 1).unwrap();
    assert_eq!(deletions.len(), 2, "all of one grievance in one request");
    // The answer is lost, and both had arrived.
    asha.mirror.unanswered(Database::Grievances, &["0f"]).unwrap();
    asha.applies(&[pulled(&winner(&[]), "3-b")]);
    assert!(names(&asha).is_empty());
}

#[test]
fn versions_that_changed_while_she_looked_are_another_question() {
    let asha = asked(&["2-a"]);
    let seen = asha.mirror.branched().unwrap()[0].versions();
    assert_eq!(seen, ["2-b", "2-a"]);
    let settle = || {
        let settled = asha.mirror.settle_branches(Database::Grievances, "0f", &seen, Some("2-a"), "asha", AT);
        assert!(matches!(settled, Err(MirrorError::ChangedMeanwhile)), "{settled:?}");
        assert!(names(&asha).is_empty());
    };
    asha.applies(&[pulled(&winner(&["2-a", "2-0"]), "2-b")]);
    settle();
    let mut decided = winner(&["2-a"]);
    decided["triage"]["status"] = "rejected".into();
    asha.applies(&[pulled(&decided, "3-b")]);
    settle();
    asha.settles(Database::Grievances, "0f", None).unwrap();
    assert_eq!(asha.status("0f"), "rejected");
}

#[test]
fn it_is_a_question_only_once_its_content_is_here_or_lost() {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&winner(&["2-a"]), "2-b")]);
    assert_eq!(asha.marked(Mark::Clash), ["0f"], "but it is shown at once");
    assert_eq!(asha.mirror.upstream().unwrap().branched, 1);
    let settle = |holds| asha.settles(Database::Grievances, "0f", holds);
    assert!(matches!(settle(None), Err(MirrorError::BranchNotFetched)));
    assert_eq!(asha.mirror.facts(NOW).unwrap().to_fetch_branches, BTreeSet::from([Database::Grievances]));
    let wanted = asha.mirror.branches_to_fetch(Database::Grievances, 10).unwrap();
    assert_eq!(wanted, [("0f".to_owned(), "2-a".to_owned())]);

    asha.mirror.branch_fetched(Database::Grievances, "0f", "2-a", None).unwrap();
    assert!(asha.mirror.facts(NOW).unwrap().to_fetch_branches.is_empty(), "it is not asked for without end");
    assert_eq!(asha.mirror.branched().unwrap()[0].branches[0].content, Content::Lost);
    assert!(matches!(settle(Some("2-a")), Err(MirrorError::BranchNotFetched)));
    assert!(matches!(settle(Some("2-c")), Err(MirrorError::NothingBranched(_))));
    settle(None).unwrap();
    assert!(matches!(settle(None), Err(MirrorError::NothingBranched(_))));
}

/// Ravi settles it. For asha, who had settled it alike, it is delivered; meena, who had not, reads in
/// the history what was set aside.
#[test]
fn what_ravi_settled_is_not_asked_again() {
    let (asha, meena) = (asked(&["2-a"]), asked(&["2-a"]));
    let told = meena.mirror.branched().unwrap().remove(0).branches.remove(0);
    let fields: Vec<String> = told.differences.iter().map(|field| field.field.name()).collect();
    assert_eq!(fields, ["status", "reply", "photo:01O"]);
    assert_eq!((told.by.as_deref(), told.content), (Some("ravi"), Content::Here));

    asha.settles(Database::Grievances, "0f", None).unwrap();
    // The same revision as before, with a branch fewer.
    for laptop in [&asha, &meena] {
        laptop.applies(&[pulled(&winner(&[]), "2-b")]);
        assert!(laptop.mirror.branched().unwrap().is_empty());
        let happened = laptop.sees("0f").happened;
        let said = happened.iter().find_map(|event| match &event.what {
            Happened::Delivered { field: Field::Branch(_), before, .. }
            | Happened::Changed { field: Field::Branch(_), before, .. } => {
                Some(before["triage"]["reply"].clone())
            }
            _ => None,
        });
        assert_eq!(said, Some(json!("Done")), "{happened:?}");
    }
    assert_eq!(names(&asha), ["photo:01O"]);
}

#[test]
fn a_branch_that_comes_to_be_shown_is_another_question() {
    let (asha, meena) = (asked(&["2-a"]), asked(&["2-a"]));
    asha.settles(Database::Grievances, "0f", None).unwrap();
    let mut taken = other("2-a");
    taken["_conflicts"] = json!(["2-b"]);
    for laptop in [&asha, &meena] {
        laptop.applies(&[pulled(&taken, "2-a")]);
        assert_eq!(laptop.mirror.branched().unwrap()[0].branches[0].rev, "2-b");
        let happened = laptop.sees("0f").happened;
        assert!(!happened.iter().any(|event| format!("{event:?}").contains("Branch")), "{happened:?}");
    }
    assert!(names(&asha).iter().all(|name| !name.starts_with("branch")), "{:?}", names(&asha));
}

#[test]
fn a_grievance_that_leaves_the_server_has_no_versions_and_is_filed_again_without_them() {
    let asha = asked(&["2-a"]);
    asha.applies(&[mirror::Pulled {
        id: "0f".into(),
        rev: "3-d".into(),
        deleted: true,
        body: None,
        unreadable: None,
    }]);
    assert!(asha.sees("0f").gone && asha.mirror.branched().unwrap().is_empty());
    asha.mirror.restore("0f", "asha", AT).unwrap();
    let filed = asha.mirror.leaving(Database::Grievances, 1).unwrap().remove(0);
    assert!(!filed.body.get().contains("_conflicts"), "{}", filed.body);
}

#[test]
fn versions_of_a_case_are_decided_in_the_internal_database() {
    let asha = asked(&[]);
    let case = json!({ "_id": "case:0f", "_conflicts": ["2-y"], "priority": "high", "tags": ["school"] });
    let other = json!({ "_id": "case:0f", "_rev": "2-y", "priority": "low", "due": "2026-12-01" });
    asha.mirror.apply_page(Database::Internal, &[pulled(&case, "2-z")], &checkpoint("1"), NOW).unwrap();
    let body = to_raw_value(&other).unwrap();
    asha.mirror.branch_fetched(Database::Internal, "case:0f", "2-y", Some(&body)).unwrap();
    assert!(asha.mirror.branched().unwrap()[0].is_case);
    asha.settles(Database::Internal, "0f", Some("2-y")).unwrap();
    for (rev, sent) in [
        (
            "3-z",
            json!({ "_id": "case:0f", "priority": "low", "due": "2026-12-01", "by": "asha", "at": AT, "_rev": "2-z" }),
        ),
        ("3-y", json!({ "_id": "case:0f", "_rev": "2-y", "_deleted": true })),
    ] {
        let leaving = asha.mirror.leaving(Database::Internal, 10).unwrap().remove(0);
        let mut body: Value = serde_json::from_str(leaving.body.get()).unwrap();
        body.as_object_mut().unwrap().retain(|name, _| name != "tags");
        assert_eq!(body, sent);
        let accepted = Acknowledged { document: "case:0f".into(), rev: rev.into(), body: leaving.body };
        asha.mirror.acknowledged(Database::Internal, &[accepted], NOW).unwrap();
    }
    assert!(names(&asha).is_empty());
    assert_eq!(asha.sees("0f").case.unwrap().priority.as_deref(), Some("low"));
}

/// A laptop with the lamp of which the server has `branches` beside what it shows.
fn asked(branches: &[&str]) -> Laptop {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&winner(branches), "2-b")]);
    for rev in branches {
        let body = to_raw_value(&other(rev)).unwrap();
        asha.mirror.branch_fetched(Database::Grievances, "0f", rev, Some(&body)).unwrap();
    }
    asha
}

fn winner(branches: &[&str]) -> Value {
    let mut lamp = report("0f");
    lamp["triage"] = json!({ "status": "acknowledged", "photos": [photo("01S", "aa")], "by": "meena" });
    if !branches.is_empty() {
        lamp["_conflicts"] = json!(branches);
    }
    lamp
}

fn other(rev: &str) -> Value {
    let mut lamp = report("0f");
    lamp["_rev"] = rev.into();
    lamp["triage"] =
        json!({ "status": "resolved", "reply": "Done", "photos": [photo("01O", "bb")], "by": "ravi" });
    lamp
}

fn names(laptop: &Laptop) -> Vec<String> {
    laptop.sees("0f").edits.iter().map(|unsent| unsent.edit.field.name()).collect()
}

fn acknowledges(laptop: &Laptop, body: &str, rev: &str) {
    let body = serde_json::from_str(body).unwrap();
    let accepted = Acknowledged { document: "0f".into(), rev: rev.into(), body };
    laptop.mirror.acknowledged(Database::Grievances, &[accepted], NOW).unwrap();
}
