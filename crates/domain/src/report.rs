use jiff::civil::DateTime;
use serde_json::{Value, json};

use crate::{DomainError, Position};

/// A report an officer makes on behalf of a citizen. It has all the fields a phone would send, so
/// that phones show it like any other.
#[derive(Debug, Clone)]
pub struct NewReport {
    pub description: String,
    pub address: String,
    pub position: Position,
    pub reported_by: String,
    /// Object keys of the picture in the photo store.
    pub large: String,
    pub thumbnail: String,
}

impl NewReport {
    const LONGEST: usize = 4000;

    /// A report that was filed, with other words of what is wrong and where.
    pub fn reworded(filed: &Value, description: &str, address: &str) -> Result<Value, DomainError> {
        let mut reworded = filed.clone();
        reworded["problemDescription"] = required("The description", description)?.into();
        reworded["address"] = required("The address", address)?.into();
        Ok(reworded)
    }

    /// The document, with `id` (32 lower-case hex digits) chosen by the laptop and `local` the
    /// ward's wall clock when it was filed.
    pub fn document(&self, id: &str, local: DateTime) -> Result<Value, DomainError> {
        let description = required("The description", &self.description)?;
        let address = required("The address", &self.address)?;
        Ok(json!({
            "_id": id,
            "reportedBy": self.reported_by,
            "reportedDateTime": local.strftime("%Y%m%d_%H%M%S").to_string(),
            "picture": { "large": self.large, "thumbnail": self.thumbnail },
            "problemDescription": description,
            "geoLocation": { "type": "Point", "coordinates": [self.position.lng, self.position.lat] },
            "address": address,
        }))
    }
}

fn required<'a>(what: &'static str, text: &'a str) -> Result<&'a str, DomainError> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(DomainError::Empty { what }),
        length if length > NewReport::LONGEST => {
            Err(DomainError::TooLong { what, limit: NewReport::LONGEST })
        }
        _ => Ok(text),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_report_looks_as_a_phone_would_send_it() {
        let report = NewReport {
            description: " Lamp out ".into(),
            address: "Market Road".into(),
            position: Position::new(77.7886087, 13.0768342).unwrap(),
            reported_by: "asha".into(),
            large: "a.jpg".into(),
            thumbnail: "thumbnail_a.jpg".into(),
        };
        let document = report.document("0f", jiff::civil::date(2026, 11, 23).at(9, 5, 0, 0)).unwrap();
        assert_eq!(
            document.to_string(),
            r#"{"_id":"0f","reportedBy":"asha","reportedDateTime":"20261123_090500","picture":{"large":"a.jpg","thumbnail":"thumbnail_a.jpg"},"problemDescription":"Lamp out","geoLocation":{"type":"Point","coordinates":[77.7886087,13.0768342]},"address":"Market Road"}"#
        );
        let reworded = NewReport::reworded(&document, "Lamp is out ", "Mill Road").unwrap();
        assert_eq!(
            reworded.to_string(),
            document.to_string().replace("Lamp out", "Lamp is out").replace("Market Road", "Mill Road")
        );
        assert!(matches!(NewReport::reworded(&document, "Lamp", " "), Err(DomainError::Empty { .. })));

        let empty = NewReport { description: "  ".into(), ..report };
        assert!(matches!(empty.document("0f", DateTime::default()), Err(DomainError::Empty { .. })));
    }
}
