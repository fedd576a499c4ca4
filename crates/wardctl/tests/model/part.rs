//! What part of the city an officer keeps on her laptop.

use domain::{Selection, Workflow};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Names of the wards and their western boundaries; each is half a degree wide.
const WARDS: [(&str, f64); 2] = [("12", 77.0), ("13", 77.5)];

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
            Part::Ward(at) => Selection { ward: Some(WARDS[at].0.to_owned()), ..everything },
            Part::Status(at) => Selection { statuses: Some(vec![status(at)]), ..everything },
        }
    }

    /// Whether a grievance as it lies on the server is of this part.
    pub fn holds(self, document: &Value) -> bool {
        match self {
            Part::Everything => true,
            Part::Ward(at) => ward_of(document) == Some(at),
            Part::Status(at) => document["triage"]["status"].as_str().unwrap_or("new") == status(at),
        }
    }
}

/// The administrator's drawing.
pub fn boundaries() -> Value {
    let features = WARDS.map(|(name, west)| {
        let (south, north, east) = (13.0, 13.5, west + 0.5);
        json!({ "type": "Feature", "properties": { "ward": name }, "geometry": { "type": "Polygon",
            "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]] } })
    });
    json!({ "_id": "settings:wards", "type": "FeatureCollection", "features": features })
}

/// A place in the ward at `at`; there is always another.
pub fn place_in(at: usize) -> Value {
    json!({ "type": "Point", "coordinates": [WARDS[at % WARDS.len()].1 + 0.25, 13.25] })
}

/// A place in [`WARDS`].
pub fn ward_of(document: &Value) -> Option<usize> {
    let lng = document["geoLocation"]["coordinates"][0].as_f64()?;
    WARDS.iter().position(|(_, west)| (*west..west + 0.5).contains(&lng))
}

pub fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        2 => Just(Part::Everything),
        4 => (0..WARDS.len()).prop_map(Part::Ward),
        // New, acknowledged, in progress.
        3 => (0..3usize).prop_map(Part::Status),
    ]
}

fn status(at: usize) -> String {
    Workflow::default().statuses[at].key.clone()
}
