use serde::{Deserialize, Serialize};

use crate::DomainError;

/// A place in degrees on WGS 84, longitude first as in GeoJSON.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    pub lng: f64,
    pub lat: f64,
}

impl Position {
    pub fn new(lng: f64, lat: f64) -> Result<Position, DomainError> {
        if (-180.0..=180.0).contains(&lng) && (-90.0..=90.0).contains(&lat) {
            Ok(Position { lng, lat })
        } else {
            Err(DomainError::NotAPlace { lng, lat })
        }
    }
}
