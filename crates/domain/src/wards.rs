use serde::Deserialize;
use serde_json::Value;

use crate::{Document, Grievance, Position};

/// The city's wards: the document `settings:wards`, a GeoJSON `FeatureCollection` of polygons and
/// multipolygons. The property `ward` names each (`"12"` or `12`), as the member `ward` of a
/// grievance may; a feature that cannot be read is left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wards(Vec<Ward>);

#[derive(Debug, Clone, PartialEq)]
pub struct Ward {
    pub name: String,
    pub boundary: Boundary,
}

/// Polygons, each an outer ring and the rings of its holes.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary(Vec<Vec<Ring>>);

/// Longitude and latitude in degrees.
type Ring = Vec<(f64, f64)>;

impl Wards {
    pub const SETTING: &str = "settings:wards";

    pub fn parse(text: &str) -> Wards {
        #[derive(Deserialize)]
        struct Collection {
            features: Vec<Value>,
        }
        let features = serde_json::from_str(text).map(|read: Collection| read.features).unwrap_or_default();
        Wards(features.iter().filter_map(Ward::of).collect())
    }

    pub fn ward(&self, name: &str) -> Option<&Ward> {
        self.0.iter().find(|ward| ward.name == name)
    }

    /// The member `ward` of a grievance, else the first ward that it lies in. Where its case is, is another question.
    pub fn of(&self, grievance: &Document) -> Option<String> {
        named(grievance).or_else(|| {
            let position = Grievance::of(grievance).position?;
            self.0.iter().find(|ward| ward.boundary.contains(position)).map(|ward| ward.name.clone())
        })
    }

    /// In the administrator's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|ward| ward.name.as_str())
    }
}

impl Ward {
    fn of(feature: &Value) -> Option<Ward> {
        let name = name(&feature["properties"]["ward"])?;
        let coordinates = feature["geometry"]["coordinates"].clone();
        let polygons: Vec<Vec<Vec<Value>>> = match feature["geometry"]["type"].as_str()? {
            "Polygon" => vec![serde_json::from_value(coordinates).ok()?],
            "MultiPolygon" => serde_json::from_value(coordinates).ok()?,
            _ => return None,
        };
        let ring = |points: Vec<Value>| points.iter().map(point).collect::<Option<Ring>>();
        let polygon = |rings: Vec<Vec<Value>>| rings.into_iter().map(ring).collect::<Option<Vec<Ring>>>();
        let polygons = polygons.into_iter().map(polygon).collect::<Option<Vec<_>>>()?;
        Some(Ward { name, boundary: Boundary(polygons) })
    }
}

/// The ward that a document names.
pub(crate) fn named(document: &Document) -> Option<String> {
    document.read::<Value>("ward").as_ref().and_then(name)
}

/// A ward's name, written as text or as a number.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A height, which GeoJSON allows, is left out.
fn point(coordinates: &Value) -> Option<(f64, f64)> {
    let position = Position::new(coordinates[0].as_f64()?, coordinates[1].as_f64()?).ok()?;
    Some((position.lng, position.lat))
}

impl Boundary {
    /// Inside an odd number of rings: a hole is outside, an island in it inside.
    pub fn contains(&self, position: Position) -> bool {
        self.0.iter().any(|rings| {
            let crossings: usize = rings.iter().map(|ring| crossings(ring, position)).sum();
            crossings % 2 == 1
        })
    }

    /// West, south, east, north; `None` when there is not one corner.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        self.0.iter().flatten().flatten().fold(None, |bounds, &(lng, lat)| {
            let [west, south, east, north] = bounds.unwrap_or([lng, lat, lng, lat]);
            Some([west.min(lng), south.min(lat), east.max(lng), north.max(lat)])
        })
    }
}

/// Sides of a ring that a ray from the position eastwards meets. Each side has its southern end and
/// not its northern one, so that a corner on the ray counts once.
fn crossings(ring: &Ring, position: Position) -> usize {
    let ends = ring.iter().skip(1).chain(ring.first());
    let meets = |&(&(from_lng, from_lat), &(to_lng, to_lat)): &(&(f64, f64), &(f64, f64))| {
        if (from_lat > position.lat) == (to_lat > position.lat) {
            return false;
        }
        let share = (position.lat - from_lat) / (to_lat - from_lat);
        position.lng < from_lng + share * (to_lng - from_lng)
    };
    ring.iter().zip(ends).filter(meets).count()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WARDS: &str = r#"{"type":"FeatureCollection","features":[
        {"properties":{"ward":12},"geometry":{"type":"Polygon","coordinates":[
            [[77.0,13.0],[77.4,13.0],[77.4,13.4],[77.0,13.4],[77.0,13.0]],
            [[77.1,13.1],[77.2,13.1],[77.2,13.2],[77.1,13.2],[77.1,13.1]]]}},
        {"properties":{"ward":"Lakeside"},"geometry":{"type":"MultiPolygon","coordinates":[
            [[[78,14,900],[78.2,14],[78,14.2]]], [[[79,14],[79.2,14],[79,14.2],[79,14]]]]}},
        {"properties":{},"geometry":{"type":"Polygon","coordinates":[]}},
        {"properties":{"ward":"13"},"geometry":{"type":"Point","coordinates":[77,13]}},
        {"properties":{"ward":"14"},"geometry":{"type":"Polygon","coordinates":[[["77",13]]]}}]}"#;

    #[test]
    fn polygons_holes_and_parts_are_read() {
        let wards = Wards::parse(WARDS);
        assert_eq!(wards.names().collect::<Vec<_>>(), ["12", "Lakeside"]);
        let table = [
            ("12", 77.05, 13.05, true),
            ("12", 77.15, 13.15, false),
            ("12", 77.5, 13.05, false),
            ("12", 76.9, 13.1, false),
            ("Lakeside", 78.05, 14.05, true),
            ("Lakeside", 78.15, 14.15, false),
            ("Lakeside", 79.05, 14.05, true),
            ("Lakeside", 78.5, 14.05, false),
        ];
        for (name, lng, lat, inside) in table {
            let boundary = &wards.ward(name).unwrap().boundary;
            assert_eq!(boundary.contains(Position { lng, lat }), inside, "{name} {lng} {lat}");
            let lies = format!(r#"{{"geoLocation":{{"type":"Point","coordinates":[{lng},{lat}]}}}}"#);
            let ward = wards.of(&Document::parse(&lies).unwrap());
            assert_eq!(ward.as_deref() == Some(name), inside, "{name} {lng} {lat}");
        }
        let named =
            Document::parse(r#"{"ward":7,"geoLocation":{"type":"Point","coordinates":[78.05,14.05]}}"#);
        assert_eq!(wards.of(&named.unwrap()).as_deref(), Some("7"));
        assert_eq!(wards.ward("Lakeside").unwrap().boundary.bounds(), Some([78.0, 14.0, 79.2, 14.2]));
        for text in ["", "[]", r#"{"features":7}"#] {
            assert_eq!(Wards::parse(text), Wards::default());
        }
    }

    proptest! {
        /// Two wards share a border and corners on it: every place lies in exactly one of them.
        #[test]
        fn neighbours_leave_no_gap_and_share_nothing(
            border in prop::collection::vec(0.2..0.8f64, 1..6), lng in 0.0..1.0f64, row in 0..12u32, off in 0.0..0.2f64,
        ) {
            // Some rows go exactly through the border's corners.
            let step = 1.0 / border.len() as f64;
            let lat = (f64::from(row) * step / 2.0 + if row % 3 == 0 { 0.0 } else { off }).min(0.999);
            let corners: Ring = border.iter().enumerate().map(|(n, lng)| (*lng, (n as f64 + 0.5) * step)).collect();
            let line = || [(0.5, 0.0)].into_iter().chain(corners.clone()).chain([(0.5, 1.0)]);
            let west: Ring = [(0.0, 0.0)].into_iter().chain(line()).chain([(0.0, 1.0)]).collect();
            let east: Ring = line().chain([(1.0, 1.0), (1.0, 0.0)]).collect();
            let position = Position { lng, lat };
            let (west, east) = (Boundary(vec![vec![west]]), Boundary(vec![vec![east]]));
            prop_assert!(west.contains(position) != east.contains(position));
        }

        #[test]
        fn what_is_inside_is_within_the_bounds(
            ring in prop::collection::vec((-10.0..10.0f64, -10.0..10.0f64), 0..9), lng in -12.0..12.0f64, lat in -12.0..12.0f64,
        ) {
            let boundary = Boundary(vec![vec![ring]]);
            if boundary.contains(Position { lng, lat }) {
                let [west, south, east, north] = boundary.bounds().unwrap();
                prop_assert!((west..=east).contains(&lng) && (south..=north).contains(&lat));
            }
        }
    }
}
