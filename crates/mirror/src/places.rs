//! Places on the map. Each row knows its square of a thousandth of a degree (some 110 metres), so
//! a box is one range of the index for each strip of latitude.

use std::collections::BTreeMap;

use domain::Position;
use rusqlite::{Connection, params};

use crate::{Mirror, MirrorError, row};

/// A box in degrees; `west <= east`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
}

/// What lies at a place of the map.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    Grievance {
        id: String,
        position: Position,
        status: String,
    },
    /// So many grievances in one square around a place.
    Cluster {
        position: Position,
        grievances: u64,
    },
}

const SQUARES_PER_DEGREE: f64 = 1000.0;
const SQUARES_AROUND: i64 = 360_001;

/// Up to here each grievance is shown by itself.
const SINGLE: usize = 300;

/// A map is drawn with so many clusters across at most.
const CLUSTERS_ACROSS: i64 = 24;

/// The square that a position lies in, counted from the south-west, eastwards first.
pub(crate) fn cell(position: Position) -> i64 {
    row_of(position.lat) * SQUARES_AROUND + column_of(position.lng)
}

fn row_of(lat: f64) -> i64 {
    ((lat + 90.0) * SQUARES_PER_DEGREE).floor() as i64
}

fn column_of(lng: f64) -> i64 {
    ((lng + 180.0) * SQUARES_PER_DEGREE).floor() as i64
}

impl Mirror {
    /// What to draw in a box: each grievance while they are few, else clusters of squares.
    pub fn places(&self, bounds: &Bounds) -> Result<Vec<Place>, MirrorError> {
        let (south, north) = (row_of(bounds.south), row_of(bounds.north));
        let (west, east) = (column_of(bounds.west), column_of(bounds.east));
        // So many squares make the side of a cluster.
        let side = ((east - west).max(north - south) / CLUSTERS_ACROSS).max(1);
        self.read(|file| {
            let mut squares = file
                .prepare_cached("SELECT cell, n FROM grievance WHERE cell BETWEEN ?1 AND ?2 ORDER BY cell")?;
            let mut rows =
                squares.query(params![south * SQUARES_AROUND + west, north * SQUARES_AROUND + east])?;
            let mut clusters: BTreeMap<(i64, i64), u64> = BTreeMap::new();
            let mut single = Vec::new();
            while let Some(row) = rows.next()? {
                let cell: i64 = row.get(0)?;
                let (up, across) = (cell / SQUARES_AROUND, cell % SQUARES_AROUND);
                if (west..=east).contains(&across) {
                    *clusters.entry((up.div_euclid(side), across.div_euclid(side))).or_default() += 1;
                    if single.len() <= SINGLE {
                        single.push(row.get::<_, i64>(1)?);
                    }
                }
            }
            if single.len() <= SINGLE {
                return single.into_iter().map(|n| grievance(file, n)).collect();
            }
            let middle = |index: i64, origin: f64| {
                ((index * side) as f64 + side as f64 / 2.0) / SQUARES_PER_DEGREE - origin
            };
            Ok(clusters
                .into_iter()
                .filter_map(|((up, across), grievances)| {
                    let position = Position::new(middle(across, 180.0), middle(up, 90.0)).ok()?;
                    Some(Place::Cluster { position, grievances })
                })
                .collect())
        })
    }
}

fn grievance(file: &Connection, n: i64) -> Result<Place, MirrorError> {
    let row = row::read(file, n)?;
    let position = row.position.unwrap_or(Position { lng: 0.0, lat: 0.0 });
    Ok(Place::Grievance { id: row.id, position, status: row.status })
}
