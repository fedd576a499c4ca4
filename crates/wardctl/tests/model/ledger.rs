//! What each officer was told is saved, kept outside the program under test.

use std::collections::{BTreeMap, BTreeSet};

use domain::Field;
use serde_json::Value;

/// An officer (by her place among the laptops), a grievance and a field of it.
pub type Place = (usize, String, String);

#[derive(Default)]
pub struct Ledger {
    pub words: BTreeMap<Place, Words>,
    /// Grievances an officer filed: her reports, and deleted ones she kept her edit of.
    pub filed: BTreeSet<(usize, String)>,
}

/// What an officer wanted of one field.
#[derive(Default)]
pub struct Words {
    /// What must be somewhere; `None` when she took it back or dropped it.
    pub last: Option<Value>,
    /// Each value she asked for, as often as she asked.
    pub wanted: Vec<Value>,
    /// Each value she had before her when she asked.
    pub seen: Vec<Value>,
}

impl Ledger {
    /// She looked at `seen`, asked for `wanted`, and was told that it is saved.
    pub fn saved(&mut self, who: usize, on: &str, field: &Field, seen: Value, wanted: Value) {
        let words = self.of(who, on, field);
        words.seen.push(seen);
        words.wanted.push(wanted.clone());
        words.last = Some(wanted);
    }

    /// She looked at the clash with `found` and keeps `wanted`.
    pub fn kept(&mut self, who: usize, on: &str, field: &Field, found: Value, wanted: Value) {
        let words = self.of(who, on, field);
        words.seen.push(found);
        words.wanted.push(wanted);
    }

    /// She does not want it any more: what was seen may be wanted back.
    pub fn taken_back(&mut self, who: usize, on: &str, field: &Field, seen: Value) {
        let words = self.of(who, on, field);
        words.wanted.push(seen);
        words.last = None;
    }

    pub fn dropped(&mut self, who: usize, on: &str, field: &Field) {
        self.of(who, on, field).last = None;
    }

    /// With a report of her own goes all she wanted of it. A grievance that she filed again stays, deleted, and so
    /// does what she wanted of it.
    pub fn report_taken_back(&mut self, who: usize, on: &str) {
        if self.get(who, on, &Field::Report).is_none() {
            return;
        }
        let hers =
            self.words.iter_mut().filter(|((officer, document, _), _)| *officer == who && document == on);
        hers.for_each(|(_, words)| words.last = None);
    }

    pub fn get(&self, who: usize, on: &str, field: &Field) -> Option<&Words> {
        self.words.get(&(who, on.to_owned(), field.name()))
    }

    fn of(&mut self, who: usize, on: &str, field: &Field) -> &mut Words {
        self.words.entry((who, on.to_owned(), field.name())).or_default()
    }
}
