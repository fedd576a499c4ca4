//! From what was measured to the rows of the table, in the order of a first day.

use crate::contest::Taken;
use crate::table::Budget::{AtMost, Between, None, Share, Times};
use crate::table::Row;
use crate::table::Unit::{Megabytes, Milliseconds, PerSecond, Seconds};

/// One round of the contest.
pub struct Contest {
    pub limit: Taken,
    pub ours: Taken,
    /// `None` where there are too many documents for it.
    pub peer: Option<Taken>,
}

/// One round of everything else; milliseconds, or seconds where the name says so.
#[derive(Default)]
pub struct Small {
    pub first_page: f64,
    pub next_page: f64,
    pub search: f64,
    pub counts: f64,
    pub places: f64,
    pub edit: f64,
    pub thousand_pushed: f64,
    pub hundred_changed: f64,
    pub hundred_texts: f64,
    pub photo_seconds: f64,
    pub unlock_seconds: f64,
}

type Who = fn(&Contest) -> Option<&Taken>;

/// From a CouchDB. A real one is the limit; that of the tests delivers faster than anybody keeps, which no budget is for.
pub fn from_couchdb(documents: usize, rounds: &[Contest], is_real: bool) -> Vec<Row> {
    let rates = |who: Who| -> Vec<f64> { rounds.iter().filter_map(who).map(Taken::rate).collect() };
    let ours = rates(|round| Some(&round.ours));
    let share = if is_real { Share(0.95) } else { None };
    vec![
        Row::new("first mirror, beside the server's delivery", PerSecond, ours.clone(), share)
            .beside("reading alone", rates(|round| Some(&round.limit))),
        Row::new(
            "first mirror, beside the peer",
            PerSecond,
            ours,
            Times(of_size(documents, [2.5, 2.7, 2.7])),
        )
        .beside("PouchDB", rates(|round| round.peer.as_ref())),
    ]
}

pub fn contest(documents: usize, rounds: &[Contest]) -> Vec<Row> {
    let of =
        |who: Who, what: fn(&Taken) -> f64| -> Vec<f64> { rounds.iter().filter_map(who).map(what).collect() };
    let (limit, ours, peer): (Who, Who, Who) =
        (|round| Some(&round.limit), |round| Some(&round.ours), |round| round.peer.as_ref());
    let megabytes = |taken: &Taken| taken.memory as f64 / 1e6;
    let disk = |taken: &Taken| taken.disk as f64 / 1e6;
    let budget = |sizes| of_size(documents, sizes);
    let has_peer = rounds.iter().all(|round| round.peer.is_some());
    let share = Share(budget([0.9, 0.9, 0.8]));
    let mut rows = vec![
        Row::new("first mirror, beside the limit", PerSecond, of(ours, Taken::rate), share)
            .beside("insert alone", of(limit, Taken::rate)),
    ];
    if has_peer {
        let row = Row::new("first mirror, beside the peer", PerSecond, of(ours, Taken::rate), Times(2.3));
        rows.push(row.beside("PouchDB", of(peer, Taken::rate)));
    } else {
        rows.push(Row::new("a whole first mirror", Seconds, of(ours, |taken| taken.pulled), AtMost(45.0)));
    }
    rows.extend([
        Row::new(
            "until queue, counts, search and map can be used",
            Seconds,
            of(ours, |taken| taken.usable),
            if has_peer { Times(budget([20.0, 40.0, 40.0])) } else { None },
        )
        .beside("PouchDB with its views, without search", of(peer, |taken| taken.usable)),
        Row::new(
            "first rows, after the pull starts",
            Seconds,
            of(ours, |taken| taken.first_rows),
            AtMost(0.5),
        )
        .beside("PouchDB", of(peer, |taken| taken.first_rows)),
        Row::new(
            "memory at the height of the pull",
            Megabytes,
            of(ours, megabytes),
            AtMost(budget([150.0, 180.0, 250.0])),
        )
        .beside("PouchDB", of(peer, megabytes)),
        Row::new(
            "memory at rest afterwards",
            Megabytes,
            of(ours, |taken| taken.memory_idle as f64 / 1e6),
            AtMost(budget([80.0, 80.0, 120.0])),
        ),
        Row::new("on disk after the pull", Megabytes, of(ours, disk), None)
            .beside("PouchDB with its views", of(peer, disk)),
    ]);
    rows
}

pub fn small(documents: usize, rounds: &[Small]) -> Vec<Row> {
    let of = |what: fn(&Small) -> f64| -> Vec<f64> { rounds.iter().map(what).collect() };
    let most = |sizes| AtMost(of_size(documents, sizes));
    vec![
        Row::new(
            "unlocked to the first 50 rows",
            Milliseconds,
            of(|s| s.first_page),
            most([20.0, 20.0, 30.0]),
        ),
        Row::new(
            "next page, any order and filter",
            Milliseconds,
            of(|s| s.next_page),
            most([5.0, 5.0, 15.0]),
        ),
        Row::new("search, newest 50 while typing", Milliseconds, of(|s| s.search), most([5.0, 10.0, 100.0])),
        Row::new("counts per status", Milliseconds, of(|s| s.counts), most([5.0, 5.0, 20.0])),
        Row::new("positions in a box, clustered", Milliseconds, of(|s| s.places), most([5.0, 15.0, 150.0])),
        Row::new(
            "an edit, until saved on this laptop",
            Milliseconds,
            of(|s| s.edit),
            most([40.0, 40.0, 60.0]),
        ),
        Row::new(
            "100 changed documents, until stored",
            Milliseconds,
            of(|s| s.hundred_changed),
            most([40.0, 40.0, 60.0]),
        ),
        Row::new(
            "the same with other words to search",
            Milliseconds,
            of(|s| s.hundred_texts),
            most([40.0, 40.0, 60.0]),
        ),
        Row::new("1,000 edits pushed", Milliseconds, of(|s| s.thousand_pushed), AtMost(100.0)),
        Row::new(
            "photo of 12 megapixels, chosen until sealed",
            Seconds,
            of(|s| s.photo_seconds),
            AtMost(0.6),
        ),
        Row::new(
            "unlock, Argon2id at the calibrated cost",
            Seconds,
            of(|s| s.unlock_seconds),
            Between(0.3, 1.0),
        ),
    ]
}

/// Budgets are given for 10,000, 100,000 and 1,000,000 documents.
fn of_size(documents: usize, [small, middle, large]: [f64; 3]) -> f64 {
    match documents {
        0..=10_000 => small,
        10_001..=100_000 => middle,
        _ => large,
    }
}
