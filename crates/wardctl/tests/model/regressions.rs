//! Histories that told a broken engine from a sound one, as short as proptest made them.

use crate::choice::Choice::{Category, Priority, Reply, Status};
use crate::history::Request::{Changes, Lost, Push};
use crate::history::Step::{
    Administrate, Attach, BackUp, CitizenFiles, Crash, CrashAt, Decide, Delete, File, LoseAnswer, Move,
    Select, SetBack, Settle, Sync, SyncWhile, TakeBack,
};
use crate::history::{History, Step};
use crate::lane::{Lane, Props};
use crate::part::Part;

#[test]
fn histories_that_once_broke_a_promise_keep_it() {
    let props = Props::new();
    let lane = Lane::new(&props);
    for (name, history) in histories() {
        if let Err(told) = lane.live(&history) {
            panic!("{name}\n\n{told}");
        }
    }
}

fn histories() -> Vec<(&'static str, History)> {
    let (asha, ravi, lamp) = (0, 1, 0);
    let filed = lamp + 1;
    let acknowledged = || Status { key: 1, reason: None };
    let in_progress = || Status { key: 2, reason: None };
    vec![
        (
            "asha's reply arrived, the answer did not, and she changed her mind",
            with_two(vec![
                Decide { who: asha, on: lamp, what: Reply(Some(0)) },
                LoseAnswer { who: asha, to: Push },
                Sync { who: asha },
                Decide { who: asha, on: lamp, what: Reply(Some(1)) },
            ]),
        ),
        (
            "asha goes on deciding while her push is on its way",
            with_two(vec![
                Decide { who: asha, on: lamp, what: Reply(Some(0)) },
                SyncWhile {
                    who: asha,
                    at: Push,
                    meanwhile: vec![
                        Decide { who: asha, on: lamp, what: Reply(Some(1)) },
                        Decide { who: asha, on: lamp, what: acknowledged() },
                    ],
                },
                Crash { who: asha },
            ]),
        ),
        (
            "ravi and the administrator are faster than asha's push, and both keep what they want",
            with_two(vec![
                Decide { who: asha, on: lamp, what: acknowledged() },
                Decide { who: ravi, on: lamp, what: in_progress() },
                SyncWhile {
                    who: asha,
                    at: Push,
                    meanwhile: vec![Sync { who: ravi }, Administrate { on: lamp, what: Reply(Some(2)) }],
                },
                Settle { nth: 0, keep: true },
                CrashAt { who: asha, at: Push },
            ]),
        ),
        (
            "asha files a deleted grievance again and thinks better of it",
            with_two(vec![
                Decide { who: asha, on: lamp, what: acknowledged() },
                Decide { who: asha, on: lamp, what: Reply(Some(0)) },
                Delete { on: lamp },
                Sync { who: asha },
                Settle { nth: 0, keep: true },
                TakeBack { nth: 2 },
            ]),
        ),
        (
            "what asha files again arrives unheard and is deleted again",
            with_two(vec![
                Decide { who: asha, on: lamp, what: acknowledged() },
                Delete { on: lamp },
                Sync { who: asha },
                Settle { nth: 0, keep: true },
                LoseAnswer { who: asha, to: Push },
                Sync { who: asha },
                Delete { on: lamp },
            ]),
        ),
        (
            "the server brings back a lamp that asha decided on before it was deleted",
            with_two(vec![
                BackUp,
                Decide { who: asha, on: lamp, what: acknowledged() },
                Sync { who: asha },
                Delete { on: lamp },
                Sync { who: asha },
                SetBack,
            ]),
        ),
        (
            "a lamp that was deleted after asha had decided on it is not in the copy",
            with_two(vec![
                BackUp,
                CitizenFiles,
                Sync { who: asha },
                Decide { who: asha, on: lamp + 1, what: acknowledged() },
                Sync { who: asha },
                Delete { on: lamp + 1 },
                Sync { who: asha },
                SetBack,
            ]),
        ),
        (
            "asha chooses another ward while her reply is unsent",
            with_two(vec![
                Decide { who: asha, on: lamp, what: Reply(Some(0)) },
                Select { who: asha, part: Part::Ward(1) },
                Crash { who: asha },
            ]),
        ),
        (
            "asha chooses acknowledged ones while she fetches a ward",
            with_two(vec![
                Administrate { on: lamp, what: acknowledged() },
                Sync { who: asha },
                Select { who: asha, part: Part::Ward(1) },
                SyncWhile {
                    who: asha,
                    at: Changes,
                    meanwhile: vec![Select { who: asha, part: Part::Status(1) }],
                },
            ]),
        ),
        (
            "the server loses what asha decided in the ward that she left",
            with_two(vec![
                BackUp,
                Decide { who: asha, on: lamp, what: Reply(Some(0)) },
                Sync { who: asha },
                Select { who: asha, part: Part::Ward(1) },
                Sync { who: asha },
                SetBack,
            ]),
        ),
        (
            "the server loses a lamp that asha decided on in the ward that she left",
            with_two(vec![
                BackUp,
                CitizenFiles,
                Sync { who: ravi },
                Sync { who: asha },
                Decide { who: asha, on: lamp + 1, what: Reply(Some(0)) },
                Sync { who: asha },
                Select { who: asha, part: Part::Ward(1) },
                Sync { who: asha },
                SetBack,
            ]),
        ),
        (
            "what ravi decided in a ward that he left is not in the backup, and the lamp is deleted there",
            with_two(vec![
                BackUp,
                Decide { who: ravi, on: lamp, what: Reply(Some(0)) },
                Sync { who: ravi },
                Select { who: ravi, part: Part::Ward(1) },
                Sync { who: ravi },
                SetBack,
                Delete { on: lamp },
            ]),
        ),
        (
            "asha leaves the ward while the server is asked what it has lost of it",
            with_two(vec![
                BackUp,
                Decide { who: asha, on: lamp, what: Reply(Some(0)) },
                Sync { who: asha },
                SetBack,
                SyncWhile { who: asha, at: Lost, meanwhile: vec![Select { who: asha, part: Part::Ward(1) }] },
            ]),
        ),
        (
            "a lamp was deleted while ravi kept it, and the server that was set back has it outside of what he keeps",
            with_two(vec![
                BackUp,
                Decide { who: asha, on: lamp, what: acknowledged() },
                Select { who: ravi, part: Part::Status(0) },
                Sync { who: asha },
                Delete { on: lamp },
                Sync { who: ravi },
                SetBack,
            ]),
        ),
        (
            "a lamp that ravi decided on is deleted, and on the server that was set back it is deleted without his reply",
            with_two(vec![
                Decide { who: ravi, on: lamp, what: Reply(Some(0)) },
                BackUp,
                Sync { who: ravi },
                Delete { on: lamp },
                Sync { who: ravi },
                SetBack,
                Delete { on: lamp },
            ]),
        ),
        (
            "ravi keeps his reply over one that is deleted with its lamp, and asha has the same one on the backup",
            with_two(vec![
                BackUp,
                Decide { who: ravi, on: lamp, what: Reply(Some(2)) },
                Decide { who: asha, on: lamp, what: Reply(Some(1)) },
                Administrate { on: lamp, what: Reply(Some(1)) },
                Sync { who: ravi },
                Delete { on: lamp },
                Sync { who: ravi },
                Settle { nth: 1, keep: true },
                SetBack,
            ]),
        ),
        (
            "the last change that ravi fetched is made once more on a server that was set back, and another is not",
            two_lamps(vec![
                BackUp,
                Administrate { on: lamp + 1, what: acknowledged() },
                Decide { who: asha, on: lamp, what: acknowledged() },
                Sync { who: asha },
                Sync { who: ravi },
                SetBack,
            ]),
        ),
        (
            "ravi's status clashes with the office's, and he decides as the office did before he settles it",
            with_two(vec![
                Administrate { on: lamp, what: in_progress() },
                Decide { who: ravi, on: lamp, what: acknowledged() },
                Sync { who: ravi },
                Decide { who: ravi, on: lamp, what: in_progress() },
                Settle { nth: 0, keep: true },
            ]),
        ),
        (
            "a lamp is deleted before the last change that ravi fetched, which is made once more on a server set back",
            two_lamps(vec![
                BackUp,
                Decide { who: asha, on: lamp + 1, what: acknowledged() },
                Delete { on: lamp },
                Sync { who: asha },
                Sync { who: ravi },
                SetBack,
            ]),
        ),
        (
            "the last change that ravi fetched is made once more on a server set back, and another brings it to its height",
            two_lamps(vec![
                BackUp,
                Administrate { on: lamp + 1, what: acknowledged() },
                Decide { who: asha, on: lamp, what: acknowledged() },
                Sync { who: asha },
                Sync { who: ravi },
                SetBack,
                Administrate { on: lamp + 1, what: in_progress() },
                Crash { who: ravi },
            ]),
        ),
        (
            "asha decides on what the office decided after her, and the server is set back to her own decision",
            with_two(vec![
                Decide { who: asha, on: lamp, what: acknowledged() },
                Sync { who: asha },
                BackUp,
                Administrate { on: lamp, what: in_progress() },
                Sync { who: asha },
                SetBack,
                Decide { who: asha, on: lamp, what: Status { key: 1, reason: Some(0) } },
            ]),
        ),
        (
            "asha decides on a lamp that was moved into her ward, it is deleted, and the backup has it where it was",
            with_two(vec![
                BackUp,
                Move { on: lamp },
                Select { who: asha, part: Part::Ward(1) },
                Sync { who: asha },
                Decide { who: asha, on: lamp, what: Reply(Some(0)) },
                Sync { who: asha },
                Delete { on: lamp },
                Sync { who: asha },
                SetBack,
            ]),
        ),
        (
            "a lamp is deleted on a server that was set back, and asha has given it all it lost before ravi looks",
            with_two(vec![
                BackUp,
                File { who: asha },
                Sync { who: asha },
                Sync { who: ravi },
                SetBack,
                Delete { on: lamp },
                Sync { who: asha },
            ]),
        ),
        (
            "a lamp was moved into ravi's ward, the backup has it where it was, and there it is deleted",
            with_two(vec![
                Select { who: ravi, part: Part::Ward(1) },
                BackUp,
                Move { on: lamp },
                Sync { who: ravi },
                SetBack,
                Delete { on: lamp },
            ]),
        ),
        (
            "ravi keeps his status over a deletion that a set-back server has undone meanwhile",
            with_two(vec![
                Decide { who: ravi, on: lamp, what: acknowledged() },
                Sync { who: ravi },
                BackUp,
                Decide { who: asha, on: lamp, what: Category(Some(0)) },
                Decide { who: ravi, on: lamp, what: Status { key: 1, reason: Some(0) } },
                Sync { who: ravi },
                SetBack,
                Delete { on: lamp },
                Sync { who: ravi },
                SetBack,
                Settle { nth: 0, keep: true },
            ]),
        ),
        (
            "ravi files a lamp that he will not keep, is not answered, and it is deleted before he has seen it there",
            with_two(vec![
                File { who: ravi },
                Select { who: ravi, part: Part::Status(2) },
                LoseAnswer { who: ravi, to: Push },
                Sync { who: ravi },
                SyncWhile { who: ravi, at: Lost, meanwhile: vec![Delete { on: filed }] },
                Sync { who: ravi },
            ]),
        ),
        (
            "asha takes a priority back that a set-back server has lost with its case",
            with_two(vec![
                BackUp,
                Decide { who: asha, on: lamp, what: Priority(Some(0)) },
                Sync { who: asha },
                Decide { who: asha, on: lamp, what: Priority(None) },
                SetBack,
            ]),
        ),
        (
            "ravi keeps a photo over a deletion on a server that was set back to before it",
            History {
                store: true,
                ..with_two(vec![
                    Attach { who: ravi, on: lamp },
                    BackUp,
                    Sync { who: ravi },
                    SetBack,
                    Delete { on: lamp },
                    Sync { who: ravi },
                    Settle { nth: 0, keep: true },
                ])
            },
        ),
        (
            "asha files a lamp again with her reply, and the server is set back to its deletion after another one",
            with_two(vec![
                Delete { on: lamp },
                Decide { who: asha, on: lamp, what: Reply(Some(3)) },
                Sync { who: asha },
                Settle { nth: 0, keep: true },
                BackUp,
                Sync { who: asha },
                Delete { on: lamp },
                Sync { who: asha },
                SetBack,
            ]),
        ),
        (
            "a server set back to asha's own decision has it in the administrator's revision",
            with_two(vec![
                Decide { who: asha, on: lamp, what: acknowledged() },
                Sync { who: asha },
                Administrate { on: lamp, what: Category(Some(0)) },
                BackUp,
                Administrate { on: lamp, what: in_progress() },
                Sync { who: asha },
                SetBack,
                Decide { who: asha, on: lamp, what: Status { key: 1, reason: Some(0) } },
            ]),
        ),
        (
            "a lamp outside asha's ward is deleted on a server set back, and back on one set back again: her first decision stands overruled",
            with_two(vec![
                Decide { who: asha, on: lamp, what: Category(Some(0)) },
                Sync { who: asha },
                Sync { who: ravi },
                Decide { who: ravi, on: lamp, what: Category(None) },
                Sync { who: ravi },
                BackUp,
                Decide { who: asha, on: lamp, what: Reply(Some(0)) },
                Sync { who: asha },
                Select { who: asha, part: Part::Ward(1) },
                SetBack,
                Delete { on: lamp },
                Sync { who: asha },
                SetBack,
            ]),
        ),
        (
            "the same, where no change tells that it is back",
            with_two(vec![
                BackUp,
                Decide { who: asha, on: lamp, what: Reply(Some(0)) },
                Sync { who: asha },
                Select { who: asha, part: Part::Status(1) },
                SetBack,
                Delete { on: lamp },
                Sync { who: asha },
                SetBack,
            ]),
        ),
        (
            "ravi is faster than asha's push of a priority she had taken back before the server was set back",
            with_two(vec![
                BackUp,
                Decide { who: ravi, on: lamp, what: Priority(Some(0)) },
                Sync { who: ravi },
                Sync { who: asha },
                Decide { who: asha, on: lamp, what: Priority(None) },
                Sync { who: asha },
                SetBack,
                SyncWhile { who: asha, at: Push, meanwhile: vec![Sync { who: ravi }] },
            ]),
        ),
        (
            "ravi's priority returns after a set-back that lost asha's taking it back too",
            with_two(vec![
                BackUp,
                Decide { who: ravi, on: lamp, what: Priority(Some(0)) },
                Sync { who: ravi },
                Sync { who: asha },
                Decide { who: asha, on: lamp, what: Priority(None) },
                Sync { who: asha },
                SetBack,
            ]),
        ),
    ]
}

/// Two officers who have one lamp.
fn with_two(steps: Vec<Step>) -> History {
    History { laptops: 2, grievances: 1, store: false, steps }
}

/// Two officers who have two lamps.
fn two_lamps(steps: Vec<Step>) -> History {
    History { laptops: 2, grievances: 2, store: false, steps }
}
