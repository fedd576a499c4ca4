//! Which grievances an officer keeps on the laptop: of a ward, with some statuses, not older than
//! some days. A selection is a convenience and no boundary of access, and what is odd is kept: a
//! grievance without a readable position, date or status is in every selection.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::wards::{self, Boundary, Wards};
use crate::{Document, Grievance, Triage, Workflow};

/// `None` leaves nothing out; the default is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// A name of [`Wards`].
    pub ward: Option<String>,
    /// Keys of the workflow.
    pub statuses: Option<Vec<String>>,
    /// Reported today or so many days before.
    pub days: Option<u32>,
}

/// A selection on a day, with its ward's boundary.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selected {
    selection: Selection,
    /// `None`: all wards, or one whose boundary nobody drew.
    boundary: Option<Boundary>,
    /// `YYYYMMDD`
    first_day: Option<String>,
    /// Unix seconds at which the first day began.
    begins: Option<i64>,
}

impl Selection {
    pub fn is_everything(&self) -> bool {
        *self == Selection::default()
    }

    /// `now` is in unix seconds, `zone` is the ward's.
    pub fn on(&self, wards: &Wards, zone: &TimeZone, now: i64) -> Selected {
        let ward = self.ward.as_ref().and_then(|name| wards.ward(name));
        let day = self.days.and_then(|days| {
            let today = Timestamp::from_second(now).ok()?.to_zoned_datetime(zone.clone()).date();
            today.checked_sub(i64::from(days).days()).ok()
        });
        let begins = day.and_then(|day| day.to_zoned_datetime(zone.clone()).ok());
        Selected {
            selection: self.clone(),
            boundary: ward.map(|ward| ward.boundary.clone()),
            first_day: day.map(|day| day.strftime("%Y%m%d").to_string()),
            begins: begins.map(|begins| begins.timestamp().as_second()),
        }
    }

    /// As one says it: “Ward 12, open, last 365 days”.
    pub fn in_words(&self, workflow: &Workflow) -> String {
        let ward = self.ward.as_ref().map(|name| match name.starts_with(|c: char| c.is_ascii_digit()) {
            true => format!("Ward {name}"),
            false => name.clone(),
        });
        let statuses = self.statuses.as_ref().map(|keys| statuses_in_words(keys, workflow));
        let days = self.days.map(|days| match days {
            1 => "last day".to_owned(),
            _ => format!("last {days} days"),
        });
        let parts: Vec<String> = [ward, statuses, days].into_iter().flatten().collect();
        if parts.is_empty() { "All grievances".to_owned() } else { parts.join(", ") }
    }
}

fn statuses_in_words(keys: &[String], workflow: &Workflow) -> String {
    let open = workflow.statuses.iter().filter(|rule| rule.open).map(|rule| &rule.key);
    let is_open = |key: &String| workflow.status(key).is_some_and(|rule| rule.open);
    if !keys.is_empty() && keys.iter().all(is_open) && open.clone().all(|key| keys.contains(key)) {
        return "open".to_owned();
    }
    let labels = keys.iter().map(|key| workflow.status(key).map_or(key.as_str(), |rule| &rule.label));
    let labels: Vec<String> = labels.map(str::to_lowercase).collect();
    match labels.split_last() {
        None => "no status".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

impl Selected {
    /// Before this instant (unix seconds) what was reported is outside.
    pub fn begins(&self) -> Option<i64> {
        self.begins
    }

    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    pub fn is_everything(&self) -> bool {
        self.selection.is_everything()
    }

    /// The selection and its ward's boundary, without the day: other ones mean other grievances.
    pub fn means_the_same(&self, other: &Selected) -> bool {
        (&self.selection, &self.boundary) == (&other.selection, &other.boundary)
    }

    pub fn contains(&self, grievance: &Document) -> bool {
        self.is_of_ward(grievance) && self.has_status(grievance) && self.is_recent(grievance)
    }

    /// The member `ward` decides where a grievance has one, else its position.
    fn is_of_ward(&self, grievance: &Document) -> bool {
        let Some(chosen) = &self.selection.ward else { return true };
        match wards::named(grievance) {
            Some(ward) => ward == *chosen,
            None => {
                let position = Grievance::of(grievance).position;
                let outside = |boundary: &Boundary| position.is_some_and(|at| !boundary.contains(at));
                !self.boundary.as_ref().is_some_and(outside)
            }
        }
    }

    fn has_status(&self, grievance: &Document) -> bool {
        let Some(chosen) = &self.selection.statuses else { return true };
        status(grievance).is_none_or(|status| chosen.contains(&status))
    }

    fn is_recent(&self, grievance: &Document) -> bool {
        let Some(first_day) = &self.first_day else { return true };
        let reported = grievance.read::<String>("reportedDateTime");
        reported.is_none_or(|text| !is_phones_time(&text) || text >= *first_day)
    }

    /// A Mango selector that lets everything through that is selected, and not much more: it knows
    /// boxes, not boundaries. Written without negations of members, which CouchDB takes for untrue
    /// where the member is missing.
    pub fn selector(&self) -> Value {
        let ward = self.selection.ward.as_ref().zip(self.boundary.as_ref().and_then(Boundary::bounds));
        let parts: Vec<Value> = [
            ward.map(|(name, bounds)| of_ward(name, bounds)),
            self.selection.statuses.as_deref().map(of_statuses),
            self.first_day.as_deref().map(since),
        ]
        .into_iter()
        .flatten()
        .collect();
        json!({ "$and": parts })
    }
}

/// `None`: it has one that nobody can read. Without a triage it is new.
fn status(grievance: &Document) -> Option<String> {
    let is_null = |value: &str| value == "null";
    let triage = match grievance.get("triage") {
        None => return Some(Triage::NEW.to_owned()),
        Some(raw) if is_null(raw.get()) => return Some(Triage::NEW.to_owned()),
        Some(raw) => Document::parse(raw.get()).ok()?,
    };
    match triage.get("status") {
        None => Some(Triage::NEW.to_owned()),
        Some(raw) if is_null(raw.get()) => Some(Triage::NEW.to_owned()),
        Some(raw) => serde_json::from_str(raw.get()).ok(),
    }
}

/// `YYYYMMDD_HHMMSS`, of which the text tells what is earlier.
fn is_phones_time(text: &str) -> bool {
    let is_right = |(place, byte): (usize, u8)| if place == 8 { byte == b'_' } else { byte.is_ascii_digit() };
    text.len() == 15 && text.bytes().enumerate().all(is_right)
}

fn of_ward(name: &str, [west, south, east, north]: [f64; 4]) -> Value {
    let mut names = vec![json!(name)];
    names.extend(name.parse::<serde_json::Number>().ok().map(Value::Number));
    let (place, at) = ("geoLocation", "geoLocation.coordinates");
    let (lng, lat) = ("geoLocation.coordinates.0", "geoLocation.coordinates.1");
    json!({ "$or": [
        { "ward": { "$in": names } },
        { lng: { "$gte": west, "$lte": east }, lat: { "$gte": south, "$lte": north } },
        { place: { "$exists": false } },
        // Of another type: objects come last in CouchDB's order of values,
        { place: { "$lt": {} } },
        { at: { "$exists": false } },
        { at: { "$not": { "$size": 2 } } },
        // and numbers between truth values and texts.
        { lng: { "$lt": -180 } }, { lng: { "$gt": 180 } },
        { lat: { "$lt": -90 } }, { lat: { "$gt": 90 } },
    ]})
}

fn of_statuses(keys: &[String]) -> Value {
    let mut any = vec![
        json!({ "triage.status": { "$in": keys } }),
        json!({ "triage": { "$lt": {} } }),
        json!({ "triage.status": { "$lt": "" } }),
        json!({ "triage.status": { "$gte": [] } }),
    ];
    if keys.iter().any(|key| key == Triage::NEW) {
        any.push(json!({ "triage": { "$exists": false } }));
        any.push(json!({ "triage.status": { "$exists": false } }));
    }
    json!({ "$or": any })
}

fn since(first_day: &str) -> Value {
    let reported = "reportedDateTime";
    json!({ "$or": [
        { reported: { "$exists": false } },
        { reported: { "$gte": first_day } },
        { reported: { "$not": { "$regex": r"^[0-9]{8}_[0-9]{6}\z" } } },
    ]})
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const WARDS: &str = r#"{"features":[{"properties":{"ward":"12"},"geometry":{"type":"Polygon",
        "coordinates":[[[77.0,13.0],[77.4,13.0],[77.0,13.4],[77.0,13.0]]]}}]}"#;
    /// 2026-11-23, 10:26 in Kolkata.
    const NOW: i64 = 1_795_409_785;

    fn contains(selection: &Selection, grievance: &Value) -> bool {
        let kolkata = TimeZone::get("Asia/Kolkata").unwrap();
        let text = grievance.to_string();
        selection.on(&Wards::parse(WARDS), &kolkata, NOW).contains(&Document::parse(&text).unwrap())
    }

    #[test]
    fn a_ward_a_status_an_age() {
        let ward = |name: &str| Selection { ward: Some(name.to_owned()), ..Selection::default() };
        let statuses = |keys: &[&str]| Selection {
            statuses: Some(keys.iter().map(|key| (*key).to_owned()).collect()),
            ..Selection::default()
        };
        let days = |days| Selection { days: Some(days), ..Selection::default() };
        let at = |lng: f64, lat: f64| json!({ "geoLocation": { "coordinates": [lng, lat] } });
        let status = |status: Value| json!({ "triage": { "status": status } });
        let reported = |text: &str| json!({ "reportedDateTime": text });
        let table = [
            (Selection::default(), at(1.0, 1.0), true),
            (ward("12"), at(77.1, 13.1), true),
            (ward("12"), at(77.3, 13.3), false),
            (ward("12"), json!({ "ward": "12", "geoLocation": { "coordinates": [1, 1] } }), true),
            (ward("12"), json!({ "ward": 13, "geoLocation": { "coordinates": [77.1, 13.1] } }), false),
            (ward("12"), json!({ "ward": ["13"], "geoLocation": { "coordinates": [1, 1] } }), false),
            (ward("12"), json!({}), true),
            (ward("12"), json!({ "geoLocation": { "coordinates": [77.3, "13.3"] } }), true),
            (ward("12"), at(200.0, 13.0), true),
            (ward("13"), at(1.0, 1.0), true),
            (ward("13"), json!({ "ward": "12" }), false),
            (statuses(&["new"]), json!({}), true),
            (statuses(&["new"]), json!({ "triage": null }), true),
            (statuses(&["resolved"]), json!({}), false),
            (statuses(&["resolved"]), status(json!("resolved")), true),
            (statuses(&["resolved"]), status(json!("new")), false),
            (statuses(&["resolved"]), status(json!(7)), true),
            (statuses(&["resolved"]), json!({ "triage": [] }), true),
            (days(30), reported("20261024_000000"), true),
            (days(30), reported("20261023_235959"), false),
            (days(30), reported("23.10.2026"), true),
            (days(30), json!({}), true),
        ];
        for (selection, grievance, inside) in table {
            assert_eq!(contains(&selection, &grievance), inside, "{selection:?} {grievance}");
        }
    }

    #[test]
    fn a_selection_is_said_in_words() {
        let workflow = Workflow::default();
        let open = workflow.statuses.iter().filter(|rule| rule.open).map(|rule| rule.key.clone()).collect();
        let few = vec!["new".to_owned(), "inProgress".to_owned(), "parked".to_owned()];
        let table = [
            (None, None, None, "All grievances"),
            (Some("12"), Some(open), Some(365), "Ward 12, open, last 365 days"),
            (Some("Lakeside"), Some(few), None, "Lakeside, new, in progress or parked"),
            (None, Some(vec!["resolved".to_owned()]), Some(1), "resolved, last day"),
        ];
        for (ward, statuses, days, words) in table {
            let selection = Selection { ward: ward.map(str::to_owned), statuses, days };
            assert_eq!(selection.in_words(&workflow), words);
        }
    }
}
