//! What an officer looks at: each figure is the p99 of its slowest kind, in milliseconds.

use std::path::Path;

use mirror::{Bounds, Cursor, Mirror, Order, Query, Show};

use crate::Done;
use crate::clock::{p99, timed};
use crate::contestant::{KEY, WARD, newest};

/// As words are typed: letter by letter, two words, other scripts, the beginning of an id, nothing found.
const TYPED: [&str; 10] =
    ["r", "ro", "road", "road te", "lamp mark", "ಚರ", "सड़क", "ward 12", "citizen12", "zzz"];

/// Opens the file as unlocking does, and shows the first 50 rows.
pub fn first_page(file: &Path, samples: usize) -> Done<f64> {
    slowest([()], samples, |()| {
        let mirror = Mirror::open(file, &KEY)?;
        Ok(mirror.queue(&Query { show: Show::Open, ..newest() }, None, 50).map(drop)?)
    })
}

pub fn next_page(mirror: &Mirror, samples: usize) -> Done<f64> {
    let mut queries = Vec::new();
    for show in [Show::All, Show::Open, Show::Status("resolved".to_owned())] {
        for order in [Order::Newest, Order::Oldest, Order::LastChanged] {
            queries.push(Query { show: show.clone(), search: None, order });
        }
    }
    let mut last: Option<(&Query, Cursor)> = None;
    slowest(&queries, samples, |query| {
        let after = last.filter(|(of, _)| *of == query).map(|(_, cursor)| cursor);
        last = mirror.queue(query, after.as_ref(), 50)?.next.map(|cursor| (query, cursor));
        Ok(())
    })
}

pub fn search(mirror: &Mirror, samples: usize) -> Done<f64> {
    let mut queries = Vec::new();
    for text in TYPED {
        for show in [Show::All, Show::Open] {
            queries.push(Query { show, search: Some(text.to_owned()), order: Order::Newest });
        }
    }
    slowest(&queries, samples, |query| Ok(mirror.queue(query, None, 50).map(drop)?))
}

pub fn counts(mirror: &Mirror, samples: usize) -> Done<f64> {
    slowest([()], samples, |()| Ok(mirror.counts().map(drop)?))
}

/// The whole ward, a quarter of the city, a street.
pub fn places(mirror: &Mirror, samples: usize) -> Done<f64> {
    let quarter = Bounds { west: 77.6, south: 12.95, east: 77.63, north: 12.98 };
    let street = Bounds { west: 77.6, south: 12.95, east: 77.605, north: 12.955 };
    slowest([&WARD, &quarter, &street], samples, |bounds| Ok(mirror.places(bounds).map(drop)?))
}

/// The p99 of each kind; the largest of them.
fn slowest<K: Copy>(
    kinds: impl IntoIterator<Item = K>,
    samples: usize,
    mut read: impl FnMut(K) -> Done<()>,
) -> Done<f64> {
    let mut slowest: f64 = 0.0;
    for kind in kinds {
        let times = (0..samples).map(|_| timed(|| read(kind))).collect::<Done<Vec<f64>>>()?;
        slowest = slowest.max(p99(times));
    }
    Ok(slowest)
}
