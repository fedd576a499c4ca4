//! What of the officer's work arrived, and what proves it.

use std::collections::BTreeMap;

use domain::{Edit, Field, Home};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde_json::Value;

use crate::delivery::{self, EDIT};
use crate::upkeep::KEEP_DELIVERIES;
use crate::{Mirror, MirrorError, edits, unsent};

/// An edit that is on the server, or a photo that is in the store.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The document's `_id`.
    pub grievance: String,
    /// What the grievance is about.
    pub description: Option<String>,
    pub field: Field,
    pub before: Value,
    pub after: Value,
    pub by: String,
    /// When the officer did it: RFC 3339 with offset.
    pub saved_at: String,
    /// Unix seconds when this laptop knew it to be there.
    pub arrived_at: i64,
    pub proof: Proof,
    /// Where the line is that tells of it in the case's history; `None` when there is none to be:
    /// a photo in the store, a note, a site without histories.
    pub line: Option<HistoryLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Proof {
    /// The revision that held the edit.
    Revision { rev: String },
    /// The revision that held the edit. A server that was set back has lost it, and the grievance with it.
    Lost { rev: String },
    /// What the store proved to hold under the large picture's key; its thumbnail went with it.
    Photo { sha256: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum HistoryLine {
    ToSend,
    OnServer,
    /// The server's words.
    Refused {
        reason: String,
    },
}

impl Mirror {
    /// Everything delivered in the 90 days before `now` (unix seconds), and earlier where its line has not arrived, in the
    /// order in which it arrived. A photo whose edit is still unsent is among it once the store has it.
    pub fn deliveries(&self, now: i64) -> Result<Vec<Delivery>, MirrorError> {
        let since = now - KEEP_DELIVERIES;
        self.read(|file| {
            let stored = stored_photos(file, since)?;
            let unsent = edits::all(file)?.into_iter().map(|unsent| (unsent.n, unsent.edit, None));
            let mut deliveries = Vec::new();
            for (n, edit, arrived) in unsent.chain(delivered_edits(file, since)?) {
                let description = description(file, n)?;
                let delivery = |arrived_at, proof, line| Delivery {
                    grievance: edit.document.clone(),
                    description: description.clone(),
                    field: edit.field.clone(),
                    before: edit.seen.clone(),
                    after: edit.wanted.clone(),
                    by: edit.by.clone(),
                    saved_at: edit.at.clone(),
                    arrived_at,
                    proof,
                    line,
                };
                if let Some((sha256, at)) = unsent::photo_keys(&edit).next().and_then(|key| stored.get(key)) {
                    deliveries.push(delivery(*at, Proof::Photo { sha256: sha256.clone() }, None));
                }
                if let Some(Arrived { rev, at, is_lost, line }) = arrived {
                    let proof = if is_lost { Proof::Lost { rev } } else { Proof::Revision { rev } };
                    deliveries.push(delivery(at, proof, line));
                }
            }
            deliveries.sort_by_key(|delivery| delivery.arrived_at);
            Ok(deliveries)
        })
    }
}

/// How an edit arrived.
struct Arrived {
    /// The revision that held it, and when this laptop saw that (unix seconds).
    rev: String,
    at: i64,
    /// The server was set back to before it had the grievance, of which only this record is here.
    is_lost: bool,
    line: Option<HistoryLine>,
}

/// With the grievance's number, in the order in which they arrived.
fn delivered_edits(file: &Connection, since: i64) -> Result<Vec<(i64, Edit, Option<Arrived>)>, MirrorError> {
    let sql = format!(
        "SELECT {EDIT}, y.rev, y.settled_at, y.entry, y.entry_reason, d.n,
                d.gone AND d.rev IS NULL AND d.body IS NULL
         FROM delivery y JOIN document d ON d.n = y.document
         -- One that the server has lost is an edit again.
         WHERE (y.settled_at >= ?1 OR y.entry IN ('to_send', 'refused')) AND y.edit NOT IN (SELECT id FROM edit)
         ORDER BY y.settled_at, y.edit"
    );
    let mut statement = file.prepare_cached(&sql)?;
    let mut rows = statement.query([since])?;
    let mut delivered = Vec::new();
    while let Some(row) = rows.next()? {
        let entry: Option<String> = row.get(9)?;
        let line = match entry.as_deref() {
            None => None,
            Some("sent") => Some(HistoryLine::OnServer),
            Some("refused") => {
                Some(HistoryLine::Refused { reason: row.get::<_, Option<_>>(10)?.unwrap_or_default() })
            }
            // The table's CHECK admits nothing else.
            Some(_) => Some(HistoryLine::ToSend),
        };
        let edit = delivery::edit(row)?;
        // What a case holds is in another database.
        let is_lost = row.get(12)? && edit.field.home() == Home::Grievance;
        let arrived = Arrived { rev: row.get(7)?, at: row.get(8)?, is_lost, line };
        delivered.push((row.get(11)?, edit, Some(arrived)));
    }
    Ok(delivered)
}

fn description(file: &Connection, n: i64) -> Result<Option<String>, MirrorError> {
    let mut statement = file.prepare_cached("SELECT description FROM grievance WHERE n = ?1")?;
    Ok(statement.query_row([n], |row| row.get(0)).optional()?.flatten())
}

/// Checksum and time by object key.
fn stored_photos(file: &Connection, since: i64) -> Result<BTreeMap<String, (String, i64)>, MirrorError> {
    let mut statement = file.prepare_cached(
        "SELECT key, sha256, stored_at FROM photo_proof
         -- The same picture once more is to be proved anew.
         WHERE stored_at >= ?1 AND key NOT IN (SELECT key FROM photo WHERE state = 'to_upload')
         UNION ALL
         SELECT key, sha256, stored_at FROM photo
         WHERE state = 'stored' AND sha256 IS NOT NULL AND stored_at >= ?1",
    )?;
    let photos = statement.query_map([since], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(photos.collect::<Result<_, _>>()?)
}
