//! The way of edits to the server, and every way in which it can break.

use domain::{Field, status_value};
use mirror::{Acknowledged, Database, Decision, EditState, Happened, Mark, MirrorError, Pulled, Show};
use serde_json::{Value, json};

use crate::town::*;

fn with_report() -> (Laptop, Office) {
    let office = Office::with(&[report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    (asha, office)
}

#[test]
fn several_edits_leave_as_one_revision_and_come_back_delivered() {
    let (asha, mut office) = with_report();
    asha.sets_status("0f", "acknowledged");
    asha.changes("0f", Field::Reply, "Crew at 14:00".into());
    let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    assert_eq!(leaving.len(), 1);
    let body: Value = serde_json::from_str(leaving[0].body.get()).unwrap();
    assert_eq!(body["_rev"], "1-abc");
    assert_eq!(asha.states("0f"), [EditState::Leaving, EditState::Leaving]);
    assert_eq!(asha.marked(Mark::Leaving), ["0f"]);
    assert!(
        asha.mirror.leaving(Database::Grievances, 10).unwrap().is_empty(),
        "nothing leaves twice at once"
    );

    let accepted = office.accept(&leaving[0]).unwrap();
    let applied = asha.mirror.acknowledged(Database::Grievances, &[accepted], NOW).unwrap();
    assert_eq!(applied.delivered, 2);
    let seen = asha.sees("0f");
    assert_eq!((seen.rev.as_deref(), seen.edits.len()), (Some("2-abc"), 0));
    assert_eq!(seen.happened.len(), 2);
    assert!(seen.happened.iter().all(|event| event.rev.as_deref() == Some("2-abc") && event.seen_at == NOW));

    // The same revision among the server's changes is no news.
    let applied = asha.pulls(&office);
    assert_eq!((applied.stored, applied.changed_by_others), (0, 0));
    // And the next revision is made from it.
    asha.sets_status("0f", "resolved");
    asha.pushes(&mut office);
    assert_eq!(office.document("0f").unwrap()["triage"]["status"], "resolved");
}

#[test]
fn a_lost_answer_makes_no_second_revision() {
    let (asha, mut office) = with_report();
    asha.sets_status("0f", "acknowledged");
    let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    office.accept(&leaving[0]).unwrap();
    let asha = asha.crash();
    assert_eq!(asha.states("0f"), [EditState::Saved], "nobody waits for an answer any more");
    // Pushing before pulling is a 409; pulling finds what we wanted.
    assert_eq!(asha.pushes(&mut office).delivered, 0);
    assert_eq!(asha.pulls(&office).delivered, 1);
    assert!(asha.mirror.leaving(Database::Grievances, 10).unwrap().is_empty());
    assert_eq!(asha.sees("0f").rev.as_deref(), Some("2-abc"));
}

#[test]
fn a_mind_changed_while_the_first_value_was_on_its_way() {
    let (asha, mut office) = with_report();
    asha.sets_status("0f", "acknowledged");
    let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    asha.sets_status("0f", "inProgress");
    assert_eq!(asha.states("0f"), [EditState::Leaving]);
    let accepted = office.accept(&leaving[0]).unwrap();
    let applied = asha.mirror.acknowledged(Database::Grievances, &[accepted], NOW).unwrap();
    assert_eq!((applied.delivered, applied.clashes, applied.changed_by_others), (0, 0, 0));
    let edit = asha.sees("0f").edits.remove(0);
    assert_eq!(edit.state, EditState::Saved);
    assert_eq!(edit.edit.seen, status_value("acknowledged", None, None));
    assert_eq!(asha.status("0f"), "inProgress");
    asha.pushes(&mut office);
    assert_eq!(office.document("0f").unwrap()["triage"]["status"], "inProgress");
    assert!(asha.sees("0f").edits.is_empty());
}

#[test]
fn the_answer_was_lost_and_the_mind_changed() {
    let (asha, mut office) = with_report();
    asha.sets_status("0f", "acknowledged");
    let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    office.accept(&leaving[0]).unwrap();
    asha.mirror.unanswered(Database::Grievances, &["0f"]).unwrap();
    asha.sets_status("0f", "inProgress");
    let applied = asha.pulls(&office);
    assert_eq!((applied.clashes, applied.changed_by_others), (0, 0), "we do not clash with ourselves");
    asha.pushes(&mut office);
    assert_eq!(office.document("0f").unwrap()["triage"]["status"], "inProgress");
}

#[test]
fn somebody_was_quicker() {
    let (asha, mut office) = with_report();
    asha.sets_status("0f", "acknowledged");
    office.writes("0f", |document| document["triage"]["category"] = "lights".into());
    assert_eq!(asha.pushes(&mut office).delivered, 0, "409");
    assert_eq!(asha.states("0f"), [EditState::Saved]);
    assert_eq!(asha.pulls(&office).changed_by_others, 1);
    assert_eq!(asha.pushes(&mut office).delivered, 1);
    let triage = &office.document("0f").unwrap()["triage"];
    assert_eq!((&triage["status"], &triage["category"]), (&json!("acknowledged"), &json!("lights")));
}

#[test]
fn what_the_server_did_not_take_is_nobodys_value() {
    let turned_down = |refused: bool| {
        let (asha, office) = with_report();
        asha.sets_status("0f", "acknowledged");
        asha.mirror.leaving(Database::Grievances, 10).unwrap();
        match refused {
            true => asha.mirror.refused(Database::Grievances, "0f", "forbidden", "Not now.").unwrap(),
            false => asha.mirror.not_taken(Database::Grievances, &["0f"]).unwrap(),
        }
        (asha, office)
    };
    for refused in [true, false] {
        let (asha, mut office) = turned_down(refused);
        asha.sets_status("0f", "inProgress");
        office.sets_status("ravi", "0f", "acknowledged");
        let applied = asha.pulls(&office);
        assert_eq!((applied.clashes, applied.changed_by_others), (1, 1), "ravi decided it");

        let (asha, _) = turned_down(refused);
        asha.mirror.take_back(&asha.edit("0f"), NOW).unwrap();
        assert!(asha.sees("0f").edits.is_empty(), "there is nothing to set back");
    }
}

/// The second try meets a newer revision, which may be that of the first.
#[test]
fn what_left_once_without_an_answer_may_have_arrived_whatever_is_said_of_it_later() {
    let (asha, mut office) = with_report();
    asha.sets_status("0f", "acknowledged");
    for _ in 0..2 {
        asha.mirror.leaving(Database::Grievances, 10).unwrap();
        asha.mirror.unanswered(Database::Grievances, &["0f"]).unwrap();
    }
    let first = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    office.accept(&first[0]).unwrap();
    asha.mirror.not_taken(Database::Grievances, &["0f"]).unwrap();
    asha.sets_status("0f", "inProgress");
    assert_eq!(asha.sees("0f").edits[0].edit.sent, [status_value("acknowledged", None, None)]);
    assert_eq!(asha.pulls(&office).clashes, 0, "we do not clash with ourselves");
}

#[test]
fn an_answer_says_that_what_left_before_arrives_no_more() {
    let (asha, mut office) = with_report();
    asha.sets_status("0f", "acknowledged");
    asha.mirror.leaving(Database::Grievances, 10).unwrap();
    asha.mirror.unanswered(Database::Grievances, &["0f"]).unwrap();
    asha.sets_status("0f", "inProgress");
    let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    asha.sets_status("0f", "resolved");
    let accepted = office.accept(&leaving[0]).unwrap();
    asha.mirror.acknowledged(Database::Grievances, &[accepted], NOW).unwrap();
    office.sets_status("ravi", "0f", "acknowledged");
    assert_eq!(asha.pulls(&office).clashes, 1, "ravi decided it");
}

#[test]
fn a_mind_changed_on_the_way_is_not_refused_with_what_was_refused() {
    let (asha, _) = with_report();
    asha.changes("0f", Field::Reply, "Crew at 14:00".into());
    asha.mirror.leaving(Database::Grievances, 10).unwrap();
    asha.changes("0f", Field::Reply, "Crew at 15:00".into());
    asha.mirror.refused(Database::Grievances, "0f", "forbidden", "No crew at 14:00.").unwrap();
    assert_eq!(asha.states("0f"), [EditState::Saved]);
}

#[test]
fn a_change_that_was_undone_on_the_way_and_did_not_arrive_never_was() {
    let (asha, mut office) = with_report();
    asha.sets_status("0f", "acknowledged");
    asha.mirror.leaving(Database::Grievances, 10).unwrap();
    asha.sets_status("0f", "new");
    asha.mirror.not_taken(Database::Grievances, &["0f"]).unwrap();
    assert!(asha.mirror.to_send().unwrap().is_empty());
    office.sets_status("ravi", "0f", "resolved");
    let applied = asha.pulls(&office);
    assert_eq!((applied.clashes, applied.delivered), (0, 0));
    assert_eq!((asha.sees("0f").edits.len(), asha.status("0f").as_str()), (0, "resolved"));
}

/// A copy of unsent work in a file knows it by its id.
#[test]
fn a_change_that_is_kept_over_another_is_still_the_same_change() {
    let (asha, mut office) = with_report();
    asha.sets_status("0f", "acknowledged");
    office.sets_status("ravi", "0f", "rejected");
    asha.pulls(&office);
    let clash = asha.only("0f");
    asha.decides(&clash, Decision::Keep);
    assert_eq!(asha.edit("0f"), clash.edit.id);
}

#[test]
fn an_answer_overtaken_by_a_newer_revision_is_still_a_delivery() {
    let (asha, mut office) = with_report();
    asha.sets_status("0f", "acknowledged");
    let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    let accepted = office.accept(&leaving[0]).unwrap();
    office.sets_status("ravi", "0f", "resolved");
    asha.pulls(&office);
    let applied = asha.mirror.acknowledged(Database::Grievances, &[accepted], NOW).unwrap();
    assert_eq!(applied.delivered, 1);
    let seen = asha.sees("0f");
    assert!(seen.edits.is_empty());
    assert_eq!((seen.rev.as_deref(), seen.shown.triage.status.as_str()), (Some("3-abc"), "resolved"));
    assert_eq!(asha.queue(Show::Status("resolved".into()), None).total, 1);
}

#[test]
fn a_refusal_is_shown_with_the_servers_words_and_stops_nothing() {
    let office = Office::with(&[report("0e"), report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    asha.sets_status("0e", "acknowledged");
    asha.sets_status("0f", "acknowledged");
    asha.mirror.leaving(Database::Grievances, 10).unwrap();
    asha.mirror.refused(Database::Grievances, "0f", "forbidden", "Only the ward's officers.").unwrap();
    asha.mirror.unanswered(Database::Grievances, &["0e", "0f"]).unwrap();
    let refused =
        EditState::Refused { error: "forbidden".into(), reason: "Only the ward's officers.".into() };
    assert_eq!(asha.states("0f"), [refused]);
    assert_eq!(asha.marked(Mark::Refused), ["0f"]);
    let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    assert_eq!(leaving.iter().map(|outgoing| outgoing.document.as_str()).collect::<Vec<_>>(), ["0e"]);

    asha.mirror.try_again(&asha.edit("0f")).unwrap();
    assert_eq!(asha.states("0f"), [EditState::Saved]);
    asha.mirror.leaving(Database::Grievances, 10).unwrap();
    asha.mirror.refused(Database::Grievances, "0f", "forbidden", "No.").unwrap();
    asha.mirror.discard(&asha.edit("0f"), NOW).unwrap();
    assert_eq!(asha.status("0f"), "new");
}

#[test]
fn a_new_report_goes_up_once_though_the_answer_is_lost() {
    let mut office = Office::default();
    let asha = Laptop::of("asha");
    asha.files("0a", "feed");
    asha.files("0a", "feed");
    asha.sets_status("0a", "acknowledged");
    assert_eq!(asha.sees("0a").rev, None);
    assert!(asha.mirror.leaving(Database::Grievances, 10).unwrap().is_empty(), "its photo goes first");
    for upload in asha.mirror.photos_to_upload(10, NOW).unwrap() {
        asha.mirror.photo_stored(&upload.key, "feed", NOW).unwrap();
    }
    let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    assert_eq!(leaving.len(), 1);
    office.accept(&leaving[0]).unwrap();
    asha.mirror.unanswered(Database::Grievances, &["0a"]).unwrap();
    assert_eq!(asha.pushes(&mut office).delivered, 0, "409");
    assert_eq!(asha.pulls(&office).delivered, 2);
    let seen = asha.sees("0a");
    assert_eq!((seen.rev.as_deref(), seen.edits.len()), (Some("1-abc"), 0));
    assert_eq!(seen.happened.len(), 2, "both are ours: {:?}", seen.happened);
    assert!(matches!(&seen.happened[0].what, Happened::Delivered { .. }));
    assert_eq!(asha.finds("lamp"), ["0a"]);
    assert_eq!(asha.mirror.counts().unwrap().all, 1);
}

#[test]
fn our_report_was_received_and_deleted_before_we_knew() {
    let mut office = Office::default();
    let asha = Laptop::of("asha");
    asha.files("0a", "feed");
    for upload in asha.mirror.photos_to_upload(10, NOW).unwrap() {
        asha.mirror.photo_stored(&upload.key, "feed", NOW).unwrap();
    }
    office.accept(&asha.mirror.leaving(Database::Grievances, 1).unwrap()[0]).unwrap();
    asha.mirror.unanswered(Database::Grievances, &["0a"]).unwrap();
    office.deletes("0a");
    asha.pulls(&office);
    let seen = asha.sees("0a");
    assert!(seen.gone && seen.edits.is_empty());
    assert_eq!(seen.shown.description.as_deref(), Some("Street lamp out"));
    assert!(asha.mirror.leaving(Database::Grievances, 10).unwrap().is_empty(), "nobody's deletion is undone");
}

#[test]
fn only_so_many_leave_at_once_and_the_oldest_first() {
    let reports: Vec<_> = (0..5).map(|i| report(&format!("0{i}"))).collect();
    let mut office = Office::with(&reports);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    for i in [3, 1, 4, 0, 2] {
        let at = format!("2026-11-23T10:4{}:00+05:30", [3, 1, 4, 0, 2].iter().position(|n| *n == i).unwrap());
        asha.mirror.change(&format!("0{i}"), Field::Reply, "Yes".into(), "asha", &at).unwrap();
    }
    let ids =
        |leaving: Vec<mirror::Outgoing>| leaving.into_iter().map(|out| out.document).collect::<Vec<_>>();
    assert_eq!(ids(asha.mirror.leaving(Database::Grievances, 2).unwrap()), ["03", "01"]);
    assert_eq!(ids(asha.mirror.leaving(Database::Grievances, 2).unwrap()), ["04", "00"]);
    asha.mirror.unanswered(Database::Grievances, &["03", "01", "04", "00"]).unwrap();
    asha.pushes(&mut office);
    assert!(asha.mirror.to_send().unwrap().is_empty());
}

#[test]
fn an_answer_for_a_document_nobody_knows_is_taken_as_news() {
    let asha = Laptop::of("asha");
    let body = serde_json::value::to_raw_value(&report("77")).unwrap();
    asha.mirror
        .acknowledged(
            Database::Grievances,
            &[Acknowledged { document: "77".into(), rev: "1-a".into(), body }],
            NOW,
        )
        .unwrap();
    assert_eq!(asha.sees("77").rev.as_deref(), Some("1-a"));
}

/// A photo waits for its store while a change of the same second arrives, and another one is made: each has its own proof
/// and its own line in the history.
#[test]
fn an_edit_that_arrived_lends_its_number_to_no_later_one() {
    let ids: Vec<String> = (0..64).map(|n| format!("{n:02}")).collect();
    let reports: Vec<Value> = ids.iter().map(|id| report(id)).collect();
    let mut office = Office::with(&reports);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    for id in &ids {
        asha.attaches(id, &photo("01A", "feed"));
        asha.sets_status(id, "acknowledged");
    }
    asha.pushes(&mut office);
    for id in &ids {
        asha.changes(id, Field::Reply, "Crew at 14:00".into());
    }
    assert_eq!(asha.number("SELECT count(*) FROM delivery"), 64);
    assert_eq!(asha.number("SELECT count(*) FROM edit JOIN delivery ON delivery.edit = edit.id"), 0);
}

/// A report of her own gets other words until a try of it may have arrived.
#[test]
fn other_words_are_not_put_over_what_may_have_arrived() {
    let asha = Laptop::of("asha");
    asha.files("0f", "feed");
    for upload in asha.mirror.photos_to_upload(10, NOW).unwrap() {
        asha.mirror.photo_stored(&upload.key, "feed", NOW).unwrap();
    }
    let rewrites = |words: &str| {
        let edit = asha.mirror.edit(&asha.edit("0f")).unwrap();
        let mut wanted = edit.wanted;
        wanted["problemDescription"] = words.into();
        asha.mirror.rewrite(&edit.id, Field::Report, wanted, "asha", AT)
    };
    rewrites("The drain is blocked").unwrap();
    let found = |words: &str| asha.queue(Show::All, Some(words)).total;
    assert_eq!((found("drain"), found("lamp")), (1, 0));
    asha.mirror.leaving(Database::Grievances, 10).unwrap();
    assert!(matches!(rewrites("Too late"), Err(MirrorError::Leaving)));
    asha.mirror.unanswered(Database::Grievances, &["0f"]).unwrap();
    assert!(matches!(rewrites("Too late"), Err(MirrorError::MayHaveArrived)));
    assert_eq!(asha.sees("0f").shown.description.as_deref(), Some("The drain is blocked"));
}

#[test]
fn nothing_goes_onto_a_newest_revision_that_cannot_be_read_here() {
    let (asha, _) = with_report();
    asha.sets_status("0f", "acknowledged");
    let deep = Pulled {
        unreadable: Some("recursion limit exceeded".into()),
        body: None,
        ..pulled(&report("0f"), "2-d")
    };
    asha.applies(&[deep]);
    assert_eq!(asha.mirror.facts(NOW).unwrap().ready_edits, 0);
    assert!(asha.mirror.leaving(Database::Grievances, 10).unwrap().is_empty());
    assert_eq!(asha.states("0f"), [EditState::Saved], "it waits");

    asha.applies(&[pulled(&report("0f"), "3-e")]);
    let leaving = asha.mirror.leaving(Database::Grievances, 10).unwrap();
    assert!(leaving[0].body.get().contains("3-e") && leaving[0].body.get().contains("acknowledged"));
}

#[test]
fn work_from_a_file_finds_its_report_whatever_was_decided_first() {
    let asha = Laptop::of("asha");
    asha.files("0f", "feed");
    asha.sets_status("0f", "acknowledged");
    let mut edits: Vec<_> = asha.mirror.to_send().unwrap().into_iter().map(|unsent| unsent.edit).collect();
    edits.reverse();
    let taken_in = Laptop::of("asha").mirror.take_in(&edits, &[], &[], NOW).unwrap();
    assert_eq!((taken_in.edits, taken_in.not_taken), (2, vec![]));
}
