use serde::Serialize;
use serde_json::Value;

use crate::{Document, DomainError, wards};

/// The officers' internal facts about a grievance: document `case:<grievance id>` of the internal
/// database, which citizens' phones cannot read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// The name with which an officer signs in.
    pub assignee: Option<String>,
    /// A key of [`PRIORITIES`]; none means an ordinary one.
    pub priority: Option<String>,
    /// The day by which it should be done: `YYYY-MM-DD` in the ward's zone.
    pub due: Option<String>,
    /// In order, without repetition.
    pub tags: Vec<String>,
    /// The ward whose office it is in: a name of [`crate::Wards`], or of a ward that nobody drew.
    pub ward: Option<String>,
}

/// From the most pressing to the least; what has none lies between the second and the last.
pub const PRIORITIES: [&str; 3] = ["urgent", "high", "low"];

const PREFIX: &str = "case:";

pub fn document_id(grievance: &str) -> String {
    format!("{PREFIX}{grievance}")
}

/// The grievance that a document of the internal database is about; `None` for settings and the like.
pub fn grievance_of(internal: &str) -> Option<&str> {
    match internal.strip_prefix(PREFIX) {
        Some(grievance) => Some(grievance),
        // Ids of grievances may hold colons, ULIDs do not.
        None => Some(internal.strip_prefix(crate::entry::PREFIX)?.rsplit_once(':')?.0),
    }
}

impl Case {
    /// What is missing or malformed reads as undecided.
    pub fn of(document: &Document) -> Case {
        Case {
            assignee: document.read("assignee"),
            priority: document.read("priority"),
            due: document.read("due"),
            tags: document.read("tags").unwrap_or_default(),
            ward: wards::named(document),
        }
    }
}

pub(crate) fn found(document: &Document, member: &str) -> Value {
    let value: Value = document.read(member).unwrap_or(Value::Null);
    if value.as_array().is_some_and(Vec::is_empty) { Value::Null } else { value }
}

/// Words as [`crate::Field::Tags`] holds them: trimmed, in order, each once; null for none.
pub fn tags_value(words: &[String]) -> Value {
    let mut tags: Vec<&str> = words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).collect();
    tags.sort_unstable();
    tags.dedup();
    if tags.is_empty() { Value::Null } else { tags.into() }
}

/// Whether `due` is a day of the calendar.
pub fn check_due(due: &str) -> Result<(), DomainError> {
    due.parse::<jiff::civil::Date>().map(|_| ()).map_err(|_| DomainError::NotADay(due.to_owned()))
}

pub fn check_priority(priority: &str) -> Result<(), DomainError> {
    match PRIORITIES.contains(&priority) {
        true => Ok(()),
        false => Err(DomainError::UnknownPriority(priority.to_owned())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn whose_document_it_is() {
        let table = [
            ("case:0f", Some("0f")),
            ("entry:0f:01N", Some("0f")),
            ("entry:a:b:01N", Some("a:b")),
            ("entry:0f", None),
            ("settings:workflow", None),
        ];
        for (id, grievance) in table {
            assert_eq!(grievance_of(id), grievance, "{id}");
        }
    }

    #[test]
    fn tags_are_one_value_however_they_were_typed() {
        let words =
            |words: &[&str]| tags_value(&words.iter().map(|word| word.to_string()).collect::<Vec<_>>());
        assert_eq!(words(&["school ", "monsoon", "school", " "]), serde_json::json!(["monsoon", "school"]));
        assert_eq!(words(&[" "]), Value::Null);
        let none = Document::parse(r#"{"tags":[]}"#).unwrap();
        assert_eq!(found(&none, "tags"), Value::Null, "no tags and none written are one thing");
    }

    #[test]
    fn a_day_is_one_of_the_calendar() {
        check_due("2028-02-29").unwrap();
        for odd in ["2026-02-29", "tomorrow", "", "2026-13-01"] {
            check_due(odd).unwrap_err();
        }
    }
}
