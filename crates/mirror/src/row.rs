//! The row the list shows: a document with its edits written into it.

use std::collections::{BTreeMap, HashSet};

use domain::{Document, Edit, Field, Grievance, Position, write_edits};
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use crate::change::grievance;
use crate::edits::{self, State, Stored};
use crate::{MirrorError, branches, detail, photos, places, unsent};

/// In characters; a citizen's phone may write anything.
const LONGEST_WARD: usize = 200;

/// One line of the queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    pub id: String,
    /// The first 300 characters.
    pub description: Option<String>,
    /// The first 300 characters.
    pub address: Option<String>,
    /// Unix seconds.
    pub reported_at: Option<i64>,
    pub status: String,
    pub category: Option<String>,
    /// Object key in the photo store.
    pub thumbnail: Option<String>,
    pub position: Option<Position>,
    pub mark: Option<Mark>,
    /// Whether the server deleted it; what is shown is the last that was seen.
    pub gone: bool,
    /// Photos the officer attached that are not in the store yet, each counted once.
    pub unsent_photos: u32,
    /// The photo store does not have the thumbnail.
    pub photo_missing: bool,
    /// What the citizen reported is not what this laptop first saw, nor accepted since.
    pub altered: bool,
}

/// What most needs the officer's eye among a grievance's unsent edits, and the versions that servers
/// made of it, which are a clash too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Mark {
    ToSend,
    Leaving,
    Refused,
    Clash,
}

impl From<State> for Mark {
    fn from(state: State) -> Mark {
        match state {
            State::Saved => Mark::ToSend,
            State::Leaving => Mark::Leaving,
            State::Refused => Mark::Refused,
            State::Clash => Mark::Clash,
        }
    }
}

/// Reads the line of `document.n`.
pub(crate) fn read(file: &Connection, n: i64) -> Result<Row, MirrorError> {
    let mut statement = file.prepare_cached(
        "SELECT d.id, g.description, g.address, g.reported_at, g.status, g.category, g.thumbnail, g.lng, g.lat,
                d.gone, coalesce(p.state = 'missing', 0),
                EXISTS (SELECT 1 FROM event e WHERE e.document = g.n AND e.what = 'report')
         FROM grievance g JOIN document d ON d.n = g.n LEFT JOIN photo p ON p.key = g.thumbnail
         WHERE g.n = ?1",
    )?;
    let mut row = statement.query_row([n], |row| {
        let position = (row.get::<_, Option<f64>>(7)?).zip(row.get::<_, Option<f64>>(8)?);
        Ok(Row {
            id: row.get(0)?,
            description: row.get(1)?,
            address: row.get(2)?,
            reported_at: Some(row.get(3)?).filter(|at| *at != 0),
            status: row.get(4)?,
            category: row.get(5)?,
            thumbnail: row.get(6)?,
            position: position.and_then(|(lng, lat)| Position::new(lng, lat).ok()),
            mark: None,
            gone: row.get(9)?,
            unsent_photos: 0,
            photo_missing: row.get(10)?,
            altered: row.get(11)?,
        })
    })?;
    if branches::asks(file, n)? {
        row.mark = Some(Mark::Clash);
    }
    let edits = edits::of_document(file, n)?;
    // It may be as it was again, or about to be.
    row.altered = row.altered && detail::altered(file, &grievance(file, &row.id)?, &edits)?.is_some();
    for stored in edits {
        row.mark = row.mark.max(Some(stored.state.into()));
        row.unsent_photos += u32::from(unsent::waits_for_photo(file, &stored)?);
    }
    Ok(row)
}

/// What a document looks like with its edits: the text, and what it says. `None`: a document
/// without a server revision whose report was taken back.
pub(crate) fn shown(base: Option<&str>, edits: &[Stored]) -> Result<Option<Grievance>, MirrorError> {
    let edits: Vec<Edit> = edits.iter().map(|stored| stored.edit.clone()).collect();
    match write_edits(base, &edits)? {
        Some(text) => Ok(Some(Grievance::of(&Document::parse(text.get())?))),
        None => Ok(None),
    }
}

/// The server's text of a document, or what a report made here begins with.
pub(crate) fn base(body: Option<String>, edits: &[Stored]) -> Option<String> {
    let report = || edits.iter().find(|stored| stored.edit.field == Field::Report);
    body.or_else(|| report().map(|stored| stored.edit.wanted.to_string()))
}

/// Rows written in one transaction, with what they add to the counters.
pub(crate) struct Rows<'a> {
    file: &'a Connection,
    zone: TimeZone,
    /// Unix seconds that the rows get as their last change.
    now: i64,
    counted: BTreeMap<String, i64>,
    /// Thumbnails of officers' photos that this transaction made sure to have rows for.
    asked: HashSet<String>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(file: &'a Connection, zone: TimeZone, now: i64) -> Rows<'a> {
        Rows { file, zone, now, counted: BTreeMap::new(), asked: HashSet::new() }
    }

    pub(crate) fn insert(&mut self, n: i64, grievance: &Grievance) -> Result<(), MirrorError> {
        let mut statement = self.file.prepare_cached(
            "INSERT INTO grievance (n, status, reported_at, description, address, category, lng, lat, cell,
                                    thumbnail, asked, ward, changed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10 IS NULL, ?11, ?12)",
        )?;
        let status = self.bind(&mut statement, n, grievance)?;
        statement.raw_bind_parameter(12, self.now)?;
        statement.raw_execute()?;
        *self.counted.entry(status).or_default() += 1;
        self.ask(grievance)
    }

    /// Writes the row anew; its place in the order of last change moves only if `touch`.
    pub(crate) fn update(&mut self, n: i64, grievance: &Grievance, touch: bool) -> Result<(), MirrorError> {
        let before: Option<String> = self
            .file
            .prepare_cached("SELECT status FROM grievance WHERE n = ?1")?
            .query_row([n], |row| row.get(0))
            .optional()?;
        let Some(before) = before else { return self.insert(n, grievance) };
        let mut statement = self.file.prepare_cached(
            "UPDATE grievance SET status = ?2, reported_at = ?3, description = ?4, address = ?5, category = ?6,
                    lng = ?7, lat = ?8, cell = ?9, thumbnail = ?10,
                    asked = CASE WHEN thumbnail IS ?10 THEN asked ELSE ?10 IS NULL END,
                    ward = ?11, changed_at = coalesce(?12, changed_at)
             WHERE n = ?1",
        )?;
        let status = self.bind(&mut statement, n, grievance)?;
        statement.raw_bind_parameter(12, touch.then_some(self.now))?;
        statement.raw_execute()?;
        *self.counted.entry(before).or_default() -= 1;
        *self.counted.entry(status).or_default() += 1;
        self.ask(grievance)
    }

    /// Removes a report that was taken back before it left.
    pub(crate) fn remove(&mut self, n: i64) -> Result<(), MirrorError> {
        let status: Option<String> = self
            .file
            .query_row("DELETE FROM grievance WHERE n = ?1 RETURNING status", [n], |row| row.get(0))
            .optional()?;
        if let Some(status) = status {
            *self.counted.entry(status).or_default() -= 1;
        }
        Ok(())
    }

    /// Writes the counters; the last thing a transaction does with its rows.
    pub(crate) fn finish(self) -> Result<(), MirrorError> {
        let mut add = self.file.prepare_cached(
            "INSERT INTO status_count (status, grievances) VALUES (?1, ?2)
             ON CONFLICT (status) DO UPDATE SET grievances = grievances + ?2",
        )?;
        for (status, difference) in self.counted.iter().filter(|(_, difference)| **difference != 0) {
            add.execute(params![status, difference])?;
        }
        self.file.prepare_cached("DELETE FROM status_count WHERE grievances = 0")?.execute([])?;
        Ok(())
    }

    fn bind(
        &self,
        statement: &mut rusqlite::Statement,
        n: i64,
        grievance: &Grievance,
    ) -> Result<String, MirrorError> {
        let status = clip(&grievance.triage.status, 100).to_owned();
        let line = |text: &'_ Option<String>| text.as_deref().map(|text| clip(text, 300).to_owned());
        statement.raw_bind_parameter(1, n)?;
        statement.raw_bind_parameter(2, &status)?;
        statement.raw_bind_parameter(3, grievance.reported_at(&self.zone).unwrap_or(0))?;
        statement.raw_bind_parameter(4, line(&grievance.description))?;
        statement.raw_bind_parameter(5, line(&grievance.address))?;
        statement.raw_bind_parameter(6, line(&grievance.triage.category))?;
        statement.raw_bind_parameter(7, grievance.position.map(|position| position.lng))?;
        statement.raw_bind_parameter(8, grievance.position.map(|position| position.lat))?;
        statement.raw_bind_parameter(9, grievance.position.map(places::cell))?;
        statement.raw_bind_parameter(
            10,
            grievance.picture.as_ref().and_then(|picture| picture.thumbnail.as_ref()),
        )?;
        // A clipped one would be another ward.
        let ward = grievance.ward.as_deref().filter(|ward| clip(ward, LONGEST_WARD) == *ward);
        statement.raw_bind_parameter(11, ward)?;
        Ok(status)
    }

    /// Officers' photos are few, so their thumbnails get their rows at once.
    fn ask(&mut self, grievance: &Grievance) -> Result<(), MirrorError> {
        for photo in &grievance.triage.photos {
            if self.asked.insert(photo.thumbnail.clone()) {
                photos::want(self.file, &photo.thumbnail)?;
            }
        }
        Ok(())
    }
}

/// The first `limit` characters.
pub(crate) fn clip(text: &str, limit: usize) -> &str {
    match text.char_indices().nth(limit) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}
