//! What may happen in a ward, in any order: the steps, and how often each kind comes.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Union;

use crate::choice::{Choice, choice};
use crate::part::{Part, part};

/// A ward before its first step, and what happens then. Numbers beyond what there is begin again at the first.
#[derive(Debug, Clone)]
pub struct History {
    /// 2 to 4.
    pub laptops: usize,
    /// Reports that everybody has at the beginning.
    pub grievances: usize,
    /// Whether the administrator named a photo store. Without one, photos stay on the laptop.
    pub store: bool,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone)]
pub enum Step {
    /// An officer changes a field of grievance `on`.
    Decide {
        who: usize,
        on: usize,
        what: Choice,
    },
    Attach {
        who: usize,
        on: usize,
    },
    File {
        who: usize,
    },
    /// The officer whose edit is `nth` among all unsent ones takes it back.
    TakeBack {
        nth: usize,
    },
    /// The officer whose clash is `nth` among all decides it.
    Settle {
        nth: usize,
        keep: bool,
    },
    Sync {
        who: usize,
    },
    /// Things happen while a request of this sync is on its way.
    SyncWhile {
        who: usize,
        at: Request,
        meanwhile: Vec<Step>,
    },
    /// The program ends, and the account is opened again.
    Crash {
        who: usize,
    },
    /// It ends in the middle of a sync; the request of that moment never arrives.
    CrashAt {
        who: usize,
        at: Request,
    },
    /// The next such request is done by the server, and its answer lost.
    LoseAnswer {
        who: usize,
        to: Request,
    },
    Cut {
        who: usize,
    },
    Restore {
        who: usize,
    },
    CutStore,
    RestoreStore,
    /// The administrator decides with another tool.
    Administrate {
        on: usize,
        what: Choice,
    },
    Delete {
        on: usize,
    },
    CitizenFiles,
    CitizenAlters {
        on: usize,
    },
    /// The administrator finds out that it is of the other ward.
    Move {
        on: usize,
    },
    /// The officer keeps another part of the city on her laptop.
    Select {
        who: usize,
        part: Part,
    },
    /// The officer's password becomes another one on the server; she types it later.
    ChangePassword {
        who: usize,
    },
    TypePassword {
        who: usize,
    },
    /// The officer believes that what left the server at once was meant to.
    Believe {
        who: usize,
    },
    BackUp,
    /// The server is set back to the copy of the last `BackUp`.
    SetBack,
}

/// A request of a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    SignIn,
    Changes,
    /// What a server that was set back is asked about.
    Lost,
    Push,
    /// Of a picture.
    Upload,
}

impl Request {
    /// What [`testkit::Proxy`] knows it by.
    pub fn pattern(self) -> &'static str {
        match self {
            Request::SignIn => "POST /_session",
            Request::Changes => "/_changes",
            Request::Lost => "POST /_revs_diff",
            Request::Push => "POST /_bulk_docs",
            Request::Upload => "PUT /",
        }
    }
}

type Kind = fn() -> BoxedStrategy<Step>;

/// How often each kind of step comes; 0 is never.
const OPERATIONS: [(u32, Kind); 24] = [
    (30, decide),
    (4, || (who(), on()).prop_map(|(who, on)| Step::Attach { who, on }).boxed()),
    (3, || who().prop_map(|who| Step::File { who }).boxed()),
    (5, || nth().prop_map(|nth| Step::TakeBack { nth }).boxed()),
    (16, settle),
    (30, || who().prop_map(|who| Step::Sync { who }).boxed()),
    (10, sync_while),
    (2, || who().prop_map(|who| Step::Crash { who }).boxed()),
    (4, || (who(), request()).prop_map(|(who, at)| Step::CrashAt { who, at }).boxed()),
    (7, || (who(), request()).prop_map(|(who, to)| Step::LoseAnswer { who, to }).boxed()),
    (3, || who().prop_map(|who| Step::Cut { who }).boxed()),
    (3, || who().prop_map(|who| Step::Restore { who }).boxed()),
    (1, || Just(Step::CutStore).boxed()),
    (1, || Just(Step::RestoreStore).boxed()),
    (5, administrate),
    (4, || on().prop_map(|on| Step::Delete { on }).boxed()),
    (1, || Just(Step::CitizenFiles).boxed()),
    (3, || on().prop_map(|on| Step::CitizenAlters { on }).boxed()),
    (1, || who().prop_map(|who| Step::ChangePassword { who }).boxed()),
    (1, || who().prop_map(|who| Step::TypePassword { who }).boxed()),
    (4, || prop_oneof![3 => Just(Step::BackUp), 2 => Just(Step::SetBack)].boxed()),
    (1, || who().prop_map(|who| Step::Believe { who }).boxed()),
    (6, select),
    (2, || on().prop_map(|on| Step::Move { on }).boxed()),
];

pub fn any_history() -> impl Strategy<Value = History> {
    let kinds = OPERATIONS.into_iter().filter(|(weight, _)| *weight > 0);
    let step = Union::new_weighted(kinds.map(|(weight, kind)| (weight, kind())).collect());
    (2..=4usize, 1..=3usize, prop::bool::weighted(0.4), vec(step, 5..35))
        .prop_map(|(laptops, grievances, store, steps)| History { laptops, grievances, store, steps })
}

fn who() -> impl Strategy<Value = usize> {
    // The first two meet most often.
    prop_oneof![4 => 0..2usize, 1 => 0..4usize]
}

fn on() -> impl Strategy<Value = usize> {
    prop_oneof![5 => Just(0usize), 2 => 0..5usize]
}

fn nth() -> impl Strategy<Value = usize> {
    0..4usize
}

fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        1 => Just(Request::SignIn),
        2 => Just(Request::Changes),
        1 => Just(Request::Lost),
        6 => Just(Request::Push),
        1 => Just(Request::Upload),
    ]
}

fn decide() -> BoxedStrategy<Step> {
    (who(), on(), choice()).prop_map(|(who, on, what)| Step::Decide { who, on, what }).boxed()
}

fn settle() -> BoxedStrategy<Step> {
    (nth(), any::<bool>()).prop_map(|(nth, keep)| Step::Settle { nth, keep }).boxed()
}

fn administrate() -> BoxedStrategy<Step> {
    (on(), choice()).prop_map(|(on, what)| Step::Administrate { on, what }).boxed()
}

fn select() -> BoxedStrategy<Step> {
    (who(), part()).prop_map(|(who, part)| Step::Select { who, part }).boxed()
}

fn sync_while() -> BoxedStrategy<Step> {
    let meanwhile = prop_oneof![
        5 => decide(),
        1 => (who(), on()).prop_map(|(who, on)| Step::Attach { who, on }),
        2 => nth().prop_map(|nth| Step::TakeBack { nth }),
        1 => settle(),
        3 => who().prop_map(|who| Step::Sync { who }),
        2 => administrate(),
        1 => on().prop_map(|on| Step::Delete { on }),
        1 => on().prop_map(|on| Step::CitizenAlters { on }),
        1 => select(),
    ];
    (who(), request(), vec(meanwhile, 1..4))
        .prop_map(|(who, at, meanwhile)| Step::SyncWhile { who, at, meanwhile })
        .boxed()
}
