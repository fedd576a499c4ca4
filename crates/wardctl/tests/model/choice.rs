//! What an officer or the administrator may want of a grievance. Few values, so that two often want the same.

use domain::{Field, Workflow, case};
use proptest::prelude::*;
use serde_json::Value;
use sync::Change;

#[derive(Debug, Clone)]
pub enum Choice {
    Status {
        key: usize,
        reason: Option<u8>,
    },
    Category(Option<usize>),
    Reply(Option<u8>),
    /// Inside the office.
    Priority(Option<usize>),
}

impl Choice {
    /// As the officer asks for it.
    pub fn change(&self) -> Change {
        match self {
            Choice::Status { .. } => {
                let (_, value) = self.value();
                let text = |member: &str| value[member].as_str().map(str::to_owned);
                Change::Status { status: text("status").unwrap(), reason: text("reason"), duplicate_of: None }
            }
            Choice::Category(_) => Change::Category(self.value().1.as_str().map(str::to_owned)),
            Choice::Reply(_) => Change::Reply(self.value().1.as_str().map(str::to_owned)),
            Choice::Priority(_) => Change::Priority(self.value().1.as_str().map(str::to_owned)),
        }
    }

    /// As it lies in the document, which for a priority is the case.
    pub fn value(&self) -> (Field, Value) {
        let workflow = Workflow::default();
        match self {
            Choice::Status { key, reason } => {
                let key = &workflow.statuses[key % workflow.statuses.len()].key;
                let reason = reason.map(|reason| format!("reason {reason}"));
                (Field::Status, domain::status_value(key, reason, None))
            }
            Choice::Category(key) => {
                (Field::Category, key.map(|key| workflow.categories[key].key.clone()).into())
            }
            Choice::Reply(number) => (Field::Reply, number.map(|number| format!("reply {number}")).into()),
            Choice::Priority(key) => (Field::Priority, key.map(|key| case::PRIORITIES[key]).into()),
        }
    }
}

pub fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![
        // Acknowledged and in progress lead to each other; other moves are often not allowed.
        3 => (1..3usize, prop::option::of(0..3u8)).prop_map(|(key, reason)| Choice::Status { key, reason }),
        1 => (0..8usize, prop::option::of(0..3u8)).prop_map(|(key, reason)| Choice::Status { key, reason }),
        1 => prop::option::of(0..3usize).prop_map(Choice::Category),
        3 => prop::option::weighted(0.8, 0..4u8).prop_map(Choice::Reply),
        3 => prop::option::weighted(0.8, 0..case::PRIORITIES.len()).prop_map(Choice::Priority),
    ]
}
