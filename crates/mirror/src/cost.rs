//! What is asked before every step of sync, and what a small change costs, must not grow with the ward. SQLite
//! chooses the order of joins by itself, except where CROSS JOIN keeps the written one, small table first; so this counts
//! the instructions of its machine instead of reading plans.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use serde_json::value::to_raw_value;

use crate::{Checkpoint, Database, Mirror, MirrorError, Pulled};

type Asked = fn(&Mirror) -> Result<(), MirrorError>;

const ASKED: [(&str, Asked); 9] = [
    ("facts", |mirror| mirror.facts(0).map(drop)),
    ("counts", |mirror| mirror.counts().map(drop)),
    ("upstream", |mirror| mirror.upstream().map(drop)),
    ("photo_trouble", |mirror| mirror.photo_trouble().map(drop)),
    ("sweep", |mirror| mirror.sweep(0).map(drop)),
    ("leaving", |mirror| mirror.leaving(Database::Grievances, 500).map(drop)),
    ("branches_to_fetch", |mirror| mirror.branches_to_fetch(Database::Grievances, 500).map(drop)),
    ("due_entries", |mirror| mirror.due_entries(500).map(drop)),
    ("apply_page", |mirror| mirror.apply_page(Database::Grievances, &ward(1, 2), &behind("1"), 0).map(drop)),
];

#[test]
fn what_is_asked_all_the_time_costs_the_same_in_a_large_ward() {
    let (small, large) = (costs(50), costs(5_000));
    for ((what, small), (_, large)) in small.into_iter().zip(large) {
        assert!(large < 2 * small + 200, "{what}: {small} instructions of SQLite became {large}");
    }
}

/// Instructions of each question in a ward of so many grievances, each with a picture that was fetched.
fn costs(grievances: usize) -> Vec<(&'static str, u64)> {
    let folder = tempfile::tempdir().unwrap();
    let mirror = Mirror::open(&folder.path().join("mirror.db"), &[1; 32]).unwrap();
    let checkpoint = Checkpoint { after: None, ..behind("1") };
    mirror.apply_page(Database::Grievances, &ward(grievances, 1), &checkpoint, 0).unwrap();
    for thumbnail in mirror.thumbnails_to_fetch(10_000, 0).unwrap() {
        mirror.photo_kept(&thumbnail, &thumbnail, 1).unwrap();
    }
    let counted = Arc::new(AtomicU64::new(0));
    let count = |file: &rusqlite::Connection| {
        let counted = counted.clone();
        let one_more = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            false
        };
        Ok(file.progress_handler(1, Some(one_more))?)
    };
    mirror.read(count).unwrap();
    mirror.write(|file| count(file)).unwrap();
    let cost = |(what, asked): (&'static str, Asked)| {
        counted.store(0, Ordering::Relaxed);
        asked(&mirror).unwrap();
        (what, counted.load(Ordering::Relaxed))
    };
    ASKED.into_iter().map(cost).collect()
}

fn ward(grievances: usize, generation: u64) -> Vec<Pulled> {
    let grievance = |n: usize| {
        let (id, rev) = (format!("g{n:05}"), format!("{generation}-a"));
        let body =
            json!({ "_id": id, "_rev": rev, "picture": { "thumbnail": format!("thumbnail_{n}.jpg") } });
        Pulled { id, rev, deleted: false, body: Some(to_raw_value(&body).unwrap()), unreadable: None }
    };
    (0..grievances).map(grievance).collect()
}

fn behind(after: &str) -> Checkpoint {
    let (since, after) = ("1".to_owned(), Some(after.to_owned()));
    Checkpoint { since, after, caught_up: true, ..Checkpoint::default() }
}
