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

    /// Metres between two places on a sphere of the Earth's mean radius (haversine formula).
    pub fn metres_to(self, other: Position) -> f64 {
        const EARTH_RADIUS: f64 = 6_371_008.8;
        let half_lat = (other.lat - self.lat).to_radians() / 2.0;
        let half_lng = (other.lng - self.lng).to_radians() / 2.0;
        let chord = half_lat.sin().powi(2)
            + self.lat.to_radians().cos() * other.lat.to_radians().cos() * half_lng.sin().powi(2);
        2.0 * EARTH_RADIUS * chord.sqrt().asin()
    }
}
