use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{Document, Position, Triage, wards};

/// What a citizen reported, read leniently: whatever a phone sent, a row can be shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Grievance {
    pub reported_by: Option<String>,
    /// `YYYYMMDD_HHMMSS` in the ward's local time, exactly as the phone wrote it.
    pub reported_date_time: Option<String>,
    pub description: Option<String>,
    pub address: Option<String>,
    pub position: Option<Position>,
    pub picture: Option<Picture>,
    /// The ward that the report itself names; most say only where they are.
    pub ward: Option<String>,
    pub triage: Triage,
}

/// Bare object keys in the photo store. The thumbnail's name cannot be derived from the large one's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub large: Option<String>,
    pub thumbnail: Option<String>,
}

impl Grievance {
    pub fn of(document: &Document) -> Grievance {
        Grievance {
            reported_by: document.read("reportedBy"),
            reported_date_time: document.read("reportedDateTime"),
            description: document.read("problemDescription"),
            address: document.read("address"),
            position: document
                .object("geoLocation")
                .read::<(f64, f64)>("coordinates")
                .and_then(|(lng, lat)| Position::new(lng, lat).ok()),
            picture: picture(document),
            ward: wards::named(document),
            triage: Triage::of(document),
        }
    }

    /// Unix seconds of the report: a `YYYYMMDD_HHMMSS` that was local time in the ward's zone.
    pub fn reported_at(&self, zone: &TimeZone) -> Option<i64> {
        let local = DateTime::strptime("%Y%m%d_%H%M%S", self.reported_date_time.as_deref()?).ok()?;
        Some(zone.to_ambiguous_timestamp(local).compatible().ok()?.as_second())
    }
}

fn picture(document: &Document) -> Option<Picture> {
    let picture = document.object("picture");
    let (large, thumbnail) = (picture.read("large"), picture.read("thumbnail"));
    (large.is_some() || thumbnail.is_some()).then_some(Picture { large, thumbnail })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"_id":"0f","reportedBy":"citizen@example.org","reportedDateTime":"20171125_152627",
        "picture":{"large":"a.jpeg","thumbnail":"b.jpg"},"problemDescription":"ಚರಂಡಿ",
        "geoLocation":{"type":"Point","coordinates":[77.7893168,13.0773568]},"address":"Market Road"}"#;

    #[test]
    fn a_phones_report_is_read() {
        let grievance = Grievance::of(&Document::parse(REPORT).unwrap());
        assert_eq!(grievance.position, Some(Position { lng: 77.7893168, lat: 13.0773568 }));
        assert_eq!(grievance.triage.status, Triage::NEW);
        let kolkata = TimeZone::get("Asia/Kolkata").unwrap();
        assert_eq!(grievance.reported_at(&kolkata), Some(1_511_603_787));
    }

    #[test]
    fn odd_members_hide_nothing_else() {
        let odd = r#"{"_id":"0f","reportedBy":7,"reportedDateTime":"yesterday","picture":"none",
            "geoLocation":{"coordinates":[200,13]},"triage":[],"address":"Market Road"}"#;
        let grievance = Grievance::of(&Document::parse(odd).unwrap());
        assert_eq!(grievance.address.as_deref(), Some("Market Road"));
        assert_eq!((grievance.position, grievance.reported_at(&TimeZone::UTC)), (None, None));
        assert_eq!(grievance.triage.status, Triage::NEW);
    }
}
