//! What part of the city an officer keeps on her laptop.

use domain::{Selection, Workflow};
use proptest::prelude::*;
use serde_json::Value;

/// What citizens' reports bear as their member `ward`. Nobody drew boundaries.
pub const WARDS: [&str; 2] = ["12", "13"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Everything,
    /// A place in [`WARDS`].
    Ward(usize),
    /// A place in the workflow.
    Status(usize),
}

impl Part {
    pub fn selection(self) -> Selection {
        let everything = Selection::default();
        match self {
            Part::Everything => everything,
            Part::Ward(at) => Selection { ward: Some(WARDS[at].to_owned()), ..everything },
            Part::Status(at) => Selection { statuses: Some(vec![status(at)]), ..everything },
        }
    }

    /// Whether a grievance as it lies on the server is of this part. An officer's report bears no ward and is of all.
    pub fn holds(self, document: &Value) -> bool {
        match self {
            Part::Everything => true,
            Part::Ward(at) => document.get("ward").is_none_or(|ward| ward == WARDS[at]),
            Part::Status(at) => document["triage"]["status"].as_str().unwrap_or("new") == status(at),
        }
    }
}

fn status(at: usize) -> String {
    Workflow::default().statuses[at].key.clone()
}

pub fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        2 => Just(Part::Everything),
        4 => (0..WARDS.len()).prop_map(Part::Ward),
        // New, acknowledged, in progress.
        3 => (0..3usize).prop_map(Part::Status),
    ]
}
