use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

use crate::{DomainError, Triage};

/// Which statuses and categories a city has, and which moves it allows. The administrator edits
/// it as the document `settings:workflow`; [`Workflow::default`] serves until one arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// The IANA time zone in which phones wrote local times.
    pub zone: String,
    pub statuses: Vec<StatusRule>,
    pub categories: Vec<Category>,
    /// Days of the ward's calendar on which the hours allowed stand still.
    #[serde(default)]
    pub holidays: BTreeSet<Date>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRule {
    pub key: String,
    pub label: String,
    /// Keys of the statuses that may follow.
    pub next: Vec<String>,
    /// What must be there before a grievance gets this status.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Reasons that are often given, to choose from; others may be typed.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// Whether a grievance with this status still waits for somebody.
    pub open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Need {
    Reason,
    AfterPhoto,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    pub key: String,
    pub label: String,
    /// Within how many hours of the report it should be done; none when the city sets no time.
    #[serde(default)]
    pub hours: Option<u32>,
}

impl Default for Workflow {
    fn default() -> Workflow {
        serde_json::from_str(Workflow::DEFAULT_JSON)
            .unwrap_or_else(|error| unreachable!("workflow.json: {error}"))
    }
}

impl Workflow {
    pub const SETTING: &str = "settings:workflow";
    /// What `wardctl init` writes as `settings:workflow`.
    pub const DEFAULT_JSON: &str = include_str!("workflow.json");

    pub fn status(&self, key: &str) -> Option<&StatusRule> {
        self.statuses.iter().find(|rule| rule.key == key)
    }

    /// May a grievance that is `current` get the status `to`? `before` is the status the server
    /// has: going back to it is taking one's own unsent change back, and always allowed.
    pub fn check_status(
        &self,
        current: &Triage,
        before: &str,
        to: &str,
        reason: Option<&str>,
    ) -> Result<(), DomainError> {
        let rule = self.status(to).ok_or_else(|| DomainError::UnknownStatus(to.to_owned()))?;
        if to == before {
            return Ok(());
        }
        let allowed = match self.status(&current.status) {
            // Another tool's status: nobody wrote rules for leaving it.
            None => true,
            Some(from) => from.key == to || from.next.iter().any(|next| next == to),
        };
        if !allowed {
            return Err(DomainError::MoveNotAllowed {
                from: self.label(&current.status).to_owned(),
                to: rule.label.clone(),
            });
        }
        for need in &rule.needs {
            match need {
                Need::Reason if reason.is_none_or(|text| text.trim().is_empty()) => {
                    return Err(DomainError::ReasonNeeded { status: rule.label.clone() });
                }
                Need::AfterPhoto if !current.photos.iter().any(|photo| photo.kind == crate::Kind::After) => {
                    return Err(DomainError::AfterPhotoNeeded { status: rule.label.clone() });
                }
                Need::Reason | Need::AfterPhoto => {}
            }
        }
        Ok(())
    }

    pub fn check_category(&self, key: &str) -> Result<(), DomainError> {
        match self.categories.iter().any(|category| category.key == key) {
            true => Ok(()),
            false => Err(DomainError::UnknownCategory(key.to_owned())),
        }
    }

    /// When the time that the city allows for a grievance ends, in unix seconds like `reported_at`; `None` where it waits
    /// for nobody, or the city sets no time. The hours run from the report, day and night, except on holidays.
    pub fn allowed_until(&self, status: &str, category: Option<&str>, reported_at: i64) -> Option<i64> {
        let is_open = self.status(status).is_none_or(|rule| rule.open);
        let category =
            self.categories.iter().find(|known| category == Some(&known.key)).filter(|_| is_open)?;
        let zone = self.time_zone();
        let midnight = |day: Date| Some(day.to_zoned_datetime(zone.clone()).ok()?.timestamp().as_second());
        let mut until = reported_at.checked_add(i64::from(category.hours?) * 3_600)?;
        for day in &self.holidays {
            let (begins, ends) = (midnight(*day)?, midnight(day.tomorrow().ok()?)?);
            if begins < until && ends > reported_at {
                until += ends - begins.max(reported_at);
            }
        }
        Some(until)
    }

    /// The zone in which phones wrote local times; India's when the machine knows none of that name.
    pub fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.zone)
            .unwrap_or_else(|_| TimeZone::fixed(Offset::from_seconds(19_800).unwrap_or(Offset::UTC)))
    }

    fn label<'a>(&'a self, key: &'a str) -> &'a str {
        self.status(key).map_or(key, |rule| &rule.label)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Document;

    fn grievance(status: &str) -> Triage {
        Triage { status: status.into(), ..Triage::of(&Document::default()) }
    }

    #[test]
    fn every_move_leads_to_a_status_there_is() {
        let workflow = Workflow::default();
        for rule in &workflow.statuses {
            for next in &rule.next {
                assert!(workflow.status(next).is_some(), "{} → {next}", rule.key);
            }
        }
        assert_eq!(workflow.statuses[0].key, Triage::NEW);
    }

    #[test]
    fn the_time_allowed_stands_still_on_holidays() {
        let mut workflow = Workflow::default();
        let at = |local: &str| {
            let local: jiff::civil::DateTime = local.parse().unwrap();
            workflow.time_zone().to_timestamp(local).unwrap().as_second()
        };
        // (category and its hours, reported, holidays, allowed until)
        let table: [(&str, &str, &[&str], &str); 8] = [
            ("lights", "2026-11-23T10:00", &[], "2026-11-25T10:00"),
            ("lights", "2026-11-23T10:00", &["2026-11-24"], "2026-11-26T10:00"),
            ("lights", "2026-11-23T10:00", &["2026-11-24", "2026-11-25", "2026-11-27"], "2026-11-28T10:00"),
            // Reported on a holiday: the hours begin with the next day.
            ("water", "2026-11-23T10:00", &["2026-11-23"], "2026-11-25T00:00"),
            ("water", "2026-11-23T10:00", &["2026-11-22", "2026-11-25"], "2026-11-24T10:00"),
            // It ends as a holiday begins.
            ("water", "2026-11-23T00:00", &["2026-11-24"], "2026-11-24T00:00"),
            ("water", "2026-11-23T00:01", &["2026-11-24"], "2026-11-25T00:01"),
            ("water", "2026-11-23T10:00", &["2027-01-26"], "2026-11-24T10:00"),
        ];
        let table =
            table.map(|(category, reported, holidays, until)| (category, at(reported), holidays, at(until)));
        for (category, reported, holidays, until) in table {
            workflow.holidays = holidays.iter().map(|day| day.parse().unwrap()).collect();
            let allowed = workflow.allowed_until("new", Some(category), reported);
            assert_eq!(allowed, Some(until), "{category} {reported} {holidays:?}");
        }
        for (status, category) in [("resolved", Some("water")), ("new", None), ("new", Some("ferries"))] {
            assert_eq!(workflow.allowed_until(status, category, 0), None, "{status} {category:?}");
        }
    }

    #[test]
    fn moves_and_their_needs() {
        let workflow = Workflow::default();
        // (status now, status on the server, status wanted, reason, allowed)
        let table = [
            ("new", "new", "acknowledged", None, true),
            ("new", "new", "rejected", None, false),
            ("new", "new", "rejected", Some("  "), false),
            ("new", "new", "rejected", Some("Outside the ward"), true),
            ("resolved", "resolved", "inProgress", None, false),
            ("resolved", "resolved", "reopened", None, true),
            // Taking back an unsent change.
            ("resolved", "inProgress", "inProgress", None, true),
            ("onHold", "onHold", "acknowledged", None, true),
            ("new", "new", "vanished", None, false),
        ];
        for (now, before, to, reason, allowed) in table {
            let checked = workflow.check_status(&grievance(now), before, to, reason);
            assert_eq!(checked.is_ok(), allowed, "{now} → {to}: {checked:?}");
        }
    }

    #[test]
    fn a_city_can_ask_for_an_after_photo() {
        let mut workflow = Workflow::default();
        let resolved = workflow.statuses.iter_mut().find(|rule| rule.key == "resolved").unwrap();
        resolved.needs.push(Need::AfterPhoto);
        let checked = workflow.check_status(&grievance("new"), "new", "resolved", None);
        assert!(matches!(checked, Err(DomainError::AfterPhotoNeeded { .. })));
    }
}
