use domain::{Field, status_value};
use mirror::{Answer, Database, Decision, Show};
use proptest::prelude::*;

use crate::town::*;

#[derive(Debug, Clone)]
enum Act {
    Status(u8, u8),
    Reply(u8, u8),
    File(u8),
    Attach(u8, u8),
    OfficeStatus(u8, u8),
    OfficeAdds(u8),
    OfficeDeletes(u8),
    OfficeAlters(u8),
    Pull,
    Push,
    PushUnanswered,
    Refuse(u8),
    Stored,
    TakeBack(u8),
    Settle(u8, bool),
    Crash,
}

fn act() -> impl Strategy<Value = Act> {
    let id = || 0u8..6;
    prop_oneof![
        4 => (id(), 0u8..4).prop_map(|(id, to)| Act::Status(id, to)),
        2 => (id(), 0u8..3).prop_map(|(id, to)| Act::Reply(id, to)),
        1 => (6u8..8).prop_map(Act::File),
        1 => (id(), 0u8..3).prop_map(|(id, photo)| Act::Attach(id, photo)),
        3 => (id(), 0u8..4).prop_map(|(id, to)| Act::OfficeStatus(id, to)),
        1 => id().prop_map(Act::OfficeAdds),
        1 => id().prop_map(Act::OfficeDeletes),
        1 => id().prop_map(Act::OfficeAlters),
        4 => Just(Act::Pull),
        3 => Just(Act::Push),
        2 => Just(Act::PushUnanswered),
        1 => id().prop_map(Act::Refuse),
        1 => Just(Act::Stored),
        2 => (0u8..9).prop_map(Act::TakeBack),
        2 => (0u8..9, any::<bool>()).prop_map(|(clash, keep)| Act::Settle(clash, keep)),
        1 => Just(Act::Crash),
    ]
}

const STATUSES: [&str; 4] = ["new", "acknowledged", "inProgress", "resolved"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn counters_rows_and_words_always_agree(acts in prop::collection::vec(act(), 1..40)) {
        let ids: Vec<String> = (0..8).map(|i| format!("{i:032x}")).collect();
        let mut office = Office::with(&[report(&ids[0]), report(&ids[1]), report(&ids[2])]);
        let mut asha = Laptop::of("asha");
        asha.pulls(&office);
        for act in acts {
            asha = perform(act, asha, &mut office, &ids);
            agree(&asha);
        }
        // When nobody does anything more, all comes to rest: clashes decided, everything sent.
        for round in 0..8 {
            asha = perform(Act::Stored, asha, &mut office, &ids);
            asha.pulls(&office);
            // Of a ward that the office emptied she is asked first.
            asha.mirror.answer_vanished(Answer::Accept, NOW).unwrap();
            for clash in asha.mirror.clashes().unwrap() {
                asha.decides(&clash, Decision::Keep);
            }
            for refused in asha.mirror.to_send().unwrap() {
                asha.mirror.try_again(&refused.edit.id).unwrap();
            }
            asha.pushes(&mut office);
            prop_assert!(round < 7 || asha.mirror.to_send().unwrap().is_empty(), "{:?}", asha.mirror.to_send());
        }
        asha.pulls(&office);
        asha.mirror.answer_vanished(Answer::Accept, NOW).unwrap();
        for id in &ids {
            let seen = asha.mirror.grievance(id).unwrap().filter(|seen| !seen.gone);
            let there = office.document(id);
            prop_assert_eq!(seen.is_some(), there.is_some());
            if let (Some(seen), Some(there)) = (seen, there) {
                let status = there["triage"]["status"].as_str().unwrap_or("new");
                prop_assert_eq!(&seen.shown.triage.status, status);
            }
        }
        agree(&asha);
    }
}

fn perform(act: Act, asha: Laptop, office: &mut Office, ids: &[String]) -> Laptop {
    let known = |id: u8| asha.mirror.grievance(&ids[usize::from(id)]).unwrap().is_some();
    let status = |to: u8| STATUSES[usize::from(to)];
    match act {
        Act::Status(id, to) if known(id) => {
            asha.changes(&ids[usize::from(id)], Field::Status, status_value(status(to), None, None));
        }
        Act::Reply(id, to) if known(id) => {
            let reply = ["a", "b"].get(usize::from(to)).copied();
            asha.changes(&ids[usize::from(id)], Field::Reply, reply.into());
        }
        Act::Attach(id, number) if known(id) => {
            asha.attaches(&ids[usize::from(id)], &photo(&format!("0{number}"), &format!("feed{number}")));
        }
        Act::Status(..) | Act::Reply(..) | Act::Attach(..) => {}
        Act::File(id) => asha.files(&ids[usize::from(id)], "cafe"),
        Act::OfficeStatus(id, to) => {
            if office.document(&ids[usize::from(id)]).is_some() {
                office.sets_status("ravi", &ids[usize::from(id)], status(to));
            }
        }
        Act::OfficeAdds(id) => {
            if office.document(&ids[usize::from(id)]).is_none() {
                office.writes(&ids[usize::from(id)], |document| *document = report(&ids[usize::from(id)]));
            }
        }
        Act::OfficeDeletes(id) => {
            if office.document(&ids[usize::from(id)]).is_some() {
                office.deletes(&ids[usize::from(id)]);
            }
        }
        Act::OfficeAlters(id) => {
            if office.document(&ids[usize::from(id)]).is_some() {
                office.writes(&ids[usize::from(id)], |document| {
                    document["problemDescription"] = "Drain blocked".into();
                });
            }
        }
        Act::Pull => {
            asha.pulls(office);
        }
        Act::Push => {
            asha.pushes(office);
        }
        Act::PushUnanswered => {
            for outgoing in asha.mirror.leaving(Database::Grievances, 100).unwrap() {
                office.accept(&outgoing);
                asha.mirror.unanswered(Database::Grievances, &[outgoing.document]).unwrap();
            }
        }
        Act::Refuse(id) => {
            for outgoing in asha.mirror.leaving(Database::Grievances, 100).unwrap() {
                match outgoing.document == ids[usize::from(id)] {
                    true => asha
                        .mirror
                        .refused(Database::Grievances, &outgoing.document, "forbidden", "No.")
                        .unwrap(),
                    false => asha.mirror.unanswered(Database::Grievances, &[outgoing.document]).unwrap(),
                }
            }
        }
        Act::Stored => {
            for upload in asha.mirror.photos_to_upload(100, NOW).unwrap() {
                asha.mirror.photo_stored(&upload.key, "feed", NOW).unwrap();
            }
        }
        Act::TakeBack(which) => {
            if let Some(unsent) = asha.mirror.to_send().unwrap().get(usize::from(which)) {
                asha.mirror.take_back(&unsent.edit.id, NOW).unwrap();
            }
        }
        Act::Settle(which, keep) => {
            if let Some(clash) = asha.mirror.clashes().unwrap().get(usize::from(which)) {
                let decision = if keep { Decision::Keep } else { Decision::Drop };
                asha.decides(clash, decision);
            }
        }
        Act::Crash => return asha.crash(),
    }
    asha
}

fn agree(asha: &Laptop) {
    let counts = asha.mirror.counts().unwrap();
    for (status, grievances) in &counts.statuses {
        let page = asha.queue(Show::Status(status.clone()), None);
        assert_eq!((page.total, page.rows.len() as u64), (*grievances, *grievances), "{status}");
        let recount = format!("SELECT count(*) FROM grievance WHERE status = '{status}'");
        assert_eq!(asha.number(&recount) as u64, *grievances, "{status}");
    }
    let all = asha.queue(Show::All, None).rows;
    assert_eq!(
        (all.len() as u64, asha.number("SELECT count(*) FROM grievance") as u64),
        (counts.all, counts.all)
    );
    assert_eq!(asha.queue(Show::All, Some("hosakote")).total, counts.all, "every row is found by its words");
    assert_eq!(asha.number("SELECT count(*) FROM document WHERE db = 0") as u64, counts.all);
    for row in &all {
        let detail = asha.sees(&row.id);
        assert_eq!(row.status, detail.shown.triage.status);
        assert_eq!(row.description, detail.shown.description);
        let word = row.description.as_deref().unwrap().split(' ').next().unwrap();
        assert!(asha.finds(word).contains(&row.id));
        assert_eq!(row.mark.is_some(), !detail.edits.is_empty());
    }
}
