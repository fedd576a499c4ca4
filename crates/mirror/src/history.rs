//! What happened to a grievance so far: what this laptop delivered and what others did.

use std::collections::BTreeMap;

use domain::{Document, Entry, Field, Grievance, Said, TriagePhoto};
use rusqlite::{Connection, params};
use serde::Serialize;
use serde_json::Value;

use crate::edits::Stored;
use crate::{MirrorError, entries};

/// One line of a grievance's history.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Unix seconds at which this laptop knew it to be on the server; of an entry, when it was written.
    pub seen_at: i64,
    /// The revision that holds it, as far as it is known.
    pub rev: Option<String>,
    /// Who did it and when (RFC 3339), as far as the revision or the edit tells.
    pub by: Option<String>,
    pub at: Option<String>,
    pub what: Happened,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Happened {
    /// An edit made on this laptop is on the server, in the revision named.
    Delivered { edit: String, field: Field, before: Value, after: Value },
    /// Somebody else changed it.
    Changed { field: Field, before: Value, after: Value },
    /// The citizen's own words, picture or place are not what they were: objects of the members
    /// that differ, named as in the document; null for one that is not there.
    ReportAltered { before: Value, after: Value },
    /// The officer said that it is right as it is.
    AlterationAccepted,
    /// What an officer wrote into the case's history; `visit`: having been there.
    Note { visit: bool, text: String },
    /// Deleted on the server.
    Gone,
    /// On the server again.
    Returned,
}

/// What others changed in a grievance.
#[derive(Default)]
pub(crate) struct Seen {
    pub changes: usize,
    /// Something that the citizen wrote.
    pub words_altered: bool,
}

/// A revision that replaces what the mirror held of a grievance.
pub(crate) struct Observed<'a> {
    pub n: i64,
    pub rev: &'a str,
    pub now: i64,
    /// The unsent edits: a value that is one of theirs is this laptop's own doing.
    pub edits: &'a [Stored],
}

impl Observed<'_> {
    /// Keeps what others changed between `before` and `after`.
    pub(crate) fn changes(
        &self,
        file: &Connection,
        before: &Document,
        after: &Document,
    ) -> Result<Seen, MirrorError> {
        let (old, new) = (Grievance::of(before), Grievance::of(after));
        let mut fields = vec![Field::Status, Field::Category, Field::Reply];
        let photos = old.triage.photos.iter().chain(&new.triage.photos).map(|photo: &TriagePhoto| &photo.id);
        let photos: BTreeMap<&String, ()> = photos.map(|id| (id, ())).collect();
        fields.extend(photos.into_keys().map(|id| Field::Photo(id.clone())));

        let mut seen = Seen::default();
        for field in fields {
            let (was, is) = (field.found(Some(before)), field.found(Some(after)));
            if was != is && !self.is_ours(&field, &is) {
                let (by, at) = (new.triage.by.as_deref(), new.triage.at.as_deref());
                self.insert(file, &field.name(), &was, &is, by, at)?;
                seen.changes += 1;
            }
        }
        let (was, is) = (Field::Words.found(Some(before)), Field::Words.found(Some(after)));
        if was != is && !self.is_ours(&Field::Words, &is) {
            let (before, after) = (differing(&was, &was, &is), differing(&is, &was, &is));
            self.insert(file, "report", &before, &after, None, None)?;
            seen.changes += 1;
            seen.words_altered = true;
        }
        Ok(seen)
    }

    /// Somebody set a branch aside: what its document said.
    pub(crate) fn set_aside(
        &self,
        file: &Connection,
        branch: &Field,
        body: &Value,
    ) -> Result<(), MirrorError> {
        self.insert(file, &branch.name(), body, &Value::Null, None, None)
    }

    /// Nothing is altered any more: `by` said at the time `at` that it is right.
    pub(crate) fn accepted(&self, file: &Connection, by: &str, at: &str) -> Result<(), MirrorError> {
        self.insert(file, "accepted", &Value::Null, &Value::Null, Some(by), Some(at))
    }

    pub(crate) fn gone(&self, file: &Connection) -> Result<(), MirrorError> {
        self.insert(file, "gone", &Value::Null, &Value::Null, None, None)
    }

    pub(crate) fn returned(&self, file: &Connection) -> Result<(), MirrorError> {
        self.insert(file, "returned", &Value::Null, &Value::Null, None, None)
    }

    fn is_ours(&self, field: &Field, value: &Value) -> bool {
        let of_field = |stored: &&Stored| stored.edit.field == *field;
        self.edits.iter().find(of_field).is_some_and(|stored| {
            field.stands_alone() || stored.edit.wanted == *value || stored.edit.sent.contains(value)
        })
    }

    fn insert(
        &self,
        file: &Connection,
        what: &str,
        before: &Value,
        after: &Value,
        by: Option<&str>,
        at: Option<&str>,
    ) -> Result<(), MirrorError> {
        file.prepare_cached(
            "INSERT INTO event (document, what, before, after, by, at, rev, observed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            self.n,
            what,
            before.to_string(),
            after.to_string(),
            by,
            at,
            self.rev,
            self.now
        ])?;
        Ok(())
    }
}

/// The members of the object `of` that two objects do not agree on.
pub(crate) fn differing(of: &Value, one: &Value, other: &Value) -> Value {
    let members = of.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| one[*name] != other[*name])
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The citizen's members as they were when this laptop first saw them, or as the officer accepted them since; `now` are
/// those of today.
pub(crate) fn first_words(file: &Connection, n: i64, now: &Value) -> Result<Value, MirrorError> {
    let mut first = now.clone();
    // The oldest alteration of a member comes last and has the last word.
    let sql = "SELECT before FROM event WHERE document = ?1 AND what = 'report'
               AND n > (SELECT coalesce(max(n), 0) FROM event WHERE document = ?1 AND what = 'accepted')
               ORDER BY n DESC";
    let mut statement = file.prepare_cached(sql)?;
    let mut rows = statement.query([n])?;
    while let Some(row) = rows.next()? {
        let before: Value = serde_json::from_str(&row.get::<_, String>(0)?)?;
        for (member, value) in before.as_object().into_iter().flatten() {
            first[member] = value.clone();
        }
    }
    Ok(first)
}

/// The history of one grievance, oldest first: deliveries and observations of this laptop, and the
/// entries of the case. What an entry tells, its change or its delivery, is told once.
pub(crate) fn of_document(file: &Connection, n: i64, id: &str) -> Result<Vec<Event>, MirrorError> {
    let entries = entries::of_grievance(file, id)?;
    let mut events: Vec<Event> = witnessed(file, n)?;
    events.retain(|event| match &event.what {
        Happened::Changed { field, after, .. } => !entries.iter().any(|entry| tells(entry, field, after)),
        _ => true,
    });
    for entry in entries {
        let of_entry =
            |event: &Event| matches!(&event.what, Happened::Delivered { edit, .. } if *edit == entry.id);
        if !events.iter().any(of_entry) {
            events.extend(told(entry));
        }
    }
    events.sort_by_key(|event| event.seen_at);
    Ok(events)
}

fn tells(entry: &Entry, field: &Field, value: &Value) -> bool {
    matches!(&entry.said, Said::Change { field: told, after, .. } if *told == field.name() && after == value)
}

/// The event an entry tells of; `None` for a field of a newer program.
fn told(entry: Entry) -> Option<Event> {
    let written = entry.at.as_ref().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    let (rev, what) = match entry.said {
        Said::Change { field, before, after, rev } => {
            (rev, Happened::Changed { field: Field::parse(&field).ok()?, before, after })
        }
        Said::Note { text } => (None, Happened::Note { visit: false, text }),
        Said::Visit { text } => (None, Happened::Note { visit: true, text }),
    };
    let seen_at = written.map_or(0, jiff::Timestamp::as_second);
    Some(Event { seen_at, rev, by: entry.by, at: entry.at, what })
}

/// What this laptop itself delivered or saw, oldest first.
fn witnessed(file: &Connection, n: i64) -> Result<Vec<Event>, MirrorError> {
    let mut statement = file.prepare_cached(
        "SELECT settled_at, rev, by, at, field, seen, wanted, edit, CAST(rev AS INTEGER), 0 FROM delivery
         -- A note that arrived is an entry itself, and what the server has lost is an edit again.
         WHERE document = ?1 AND field NOT LIKE 'note:%' AND edit NOT IN (SELECT id FROM edit)
         UNION ALL
         SELECT observed_at, rev, by, at, what, before, after, NULL, CAST(rev AS INTEGER), n FROM event
         WHERE document = ?1
         -- Of one moment, the lower revision first: the cast reads the number before the dash.
         ORDER BY 1, 9, 10, 4",
    )?;
    let mut rows = statement.query([n])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let (what, before, after): (String, String, String) = (row.get(4)?, row.get(5)?, row.get(6)?);
        let (before, after) = (serde_json::from_str(&before)?, serde_json::from_str(&after)?);
        let what = match (row.get::<_, Option<String>>(7)?, what.as_str()) {
            (Some(edit), field) => Happened::Delivered { edit, field: Field::parse(field)?, before, after },
            (None, "accepted") => Happened::AlterationAccepted,
            (None, "gone") => Happened::Gone,
            (None, "returned") => Happened::Returned,
            (None, "report") => Happened::ReportAltered { before, after },
            (None, field) => Happened::Changed { field: Field::parse(field)?, before, after },
        };
        events.push(Event { seen_at: row.get(0)?, rev: row.get(1)?, by: row.get(2)?, at: row.get(3)?, what });
    }
    Ok(events)
}
