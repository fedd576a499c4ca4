//! The proof that an officer's work arrived, as a table for a spreadsheet.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mirror::{Delivery, HistoryLine, Proof};
use serde_json::Value;

use crate::{Officer, SyncError, clock};

impl Officer {
    /// Every edit and photo delivered in the last 90 days, in the order in which it arrived.
    pub async fn deliveries(&self) -> Result<Vec<Delivery>, SyncError> {
        let now = clock::now();
        self.with_mirror(move |mirror| mirror.deliveries(now)).await
    }
}

/// As RFC 4180 text in UTF-8, times of arrival in `zone`. No cell is a formula, whatever citizens
/// and officers wrote.
pub fn deliveries_csv(deliveries: &[Delivery], zone: &TimeZone) -> Result<String, SyncError> {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    table.write_record([
        "saved",
        "arrived",
        "by",
        "grievance",
        "field",
        "before",
        "after",
        "revision",
        "photo sha256",
        "history line",
    ])?;
    for delivery in deliveries {
        let (rev, sha256) = match &delivery.proof {
            Proof::Revision { rev } => (rev.clone(), ""),
            Proof::Lost { rev } => (format!("{rev} (the server has lost it)"), ""),
            Proof::Photo { sha256 } => (String::new(), sha256.as_str()),
        };
        let cells = [
            &delivery.saved_at,
            &local(delivery.arrived_at, zone),
            &delivery.by,
            &delivery.grievance,
            &delivery.field.name(),
            &words(&delivery.before),
            &words(&delivery.after),
            &rev,
            sha256,
            &delivery.line.as_ref().map(line_words).unwrap_or_default(),
        ];
        table.write_record(cells.map(harmless))?;
    }
    let bytes = table.into_inner().map_err(|error| SyncError::Csv(error.into_error().into()))?;
    // Cells are text, and so is what is made of them.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What became of the line that tells of a change in the case's history.
pub fn line_words(line: &HistoryLine) -> String {
    match line {
        HistoryLine::ToSend => "to send".to_owned(),
        HistoryLine::OnServer => "on the server".to_owned(),
        HistoryLine::Refused { reason } => format!("refused: {reason}"),
    }
}

/// RFC 3339 with the offset of `zone`.
fn local(at: i64, zone: &TimeZone) -> String {
    Timestamp::from_second(at)
        .map(|at| at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
        .unwrap_or_default()
}

/// A value as a person reads it: text as it is, of an object its members that say something.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            let said = members.iter().filter(|(_, value)| !value.is_null());
            said.map(|(name, value)| format!("{name}: {}", words(value))).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// Spreadsheets take a cell that begins so for a formula; with a quote before it, it is text.
fn harmless(cell: &str) -> String {
    let quote = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("{quote}{cell}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use domain::Field;
    use serde_json::json;

    use super::*;

    fn reply(text: &str) -> Delivery {
        Delivery {
            grievance: "0f".to_owned(),
            description: None,
            field: Field::Reply,
            before: Value::Null,
            after: json!(text),
            by: "asha".to_owned(),
            saved_at: "2026-11-23T10:41:05+05:30".to_owned(),
            arrived_at: 1_795_411_500,
            proof: Proof::Revision { rev: "2-a".to_owned() },
            line: None,
        }
    }

    #[test]
    fn a_reply_that_looks_like_a_formula_stays_text() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            let table = deliveries_csv(&[reply(text)], &TimeZone::UTC).unwrap();
            let mut rows = csv::Reader::from_reader(table.as_bytes());
            let row = rows.records().next().unwrap().unwrap();
            assert_eq!(row[6], format!("'{text}"));
        }
        let table = deliveries_csv(&[reply("Crew = 2, \"tomorrow\"\nಸರಿ")], &TimeZone::UTC).unwrap();
        assert!(table.ends_with("reply,,\"Crew = 2, \"\"tomorrow\"\"\nಸರಿ\",2-a,,\r\n"), "{table}");
    }

    #[test]
    fn an_object_says_what_its_members_say() {
        let status = json!({ "status": "rejected", "reason": "Private land", "duplicateOf": null });
        assert_eq!(words(&status), "status: rejected; reason: Private land");
    }
}
