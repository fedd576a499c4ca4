use std::collections::BTreeSet;

use domain::{Pins, Replies, Wards, Workflow};
use rusqlite::{Connection, OptionalExtension};

use crate::{Database, Mirror, MirrorError};

/// Names of wards to choose from, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WardNames {
    /// Of the wards that the city has drawn, in the administrator's order.
    Drawn(Vec<String>),
    /// It has drawn none, and grievances here name these.
    Named(Vec<String>),
}

impl Mirror {
    /// The body of a document of the internal database, such as `settings:photo-store`.
    pub fn setting(&self, id: &str) -> Result<Option<String>, MirrorError> {
        self.read(|file| setting(file, id))
    }

    /// The city's workflow, or the default as long as none that can be read was mirrored.
    pub fn workflow(&self) -> Result<Workflow, MirrorError> {
        self.read(workflow)
    }

    /// The city's wards; none as long as none that can be read were mirrored.
    pub fn wards(&self) -> Result<Wards, MirrorError> {
        self.read(wards)
    }

    pub fn ward_names(&self) -> Result<WardNames, MirrorError> {
        self.read(|file| {
            let (wards, mut once) = (wards(file)?, BTreeSet::new());
            let drawn: Vec<String> =
                wards.names().filter(|name| once.insert(*name)).map(str::to_owned).collect();
            Ok(if drawn.is_empty() { WardNames::Named(named_wards(file)?) } else { WardNames::Drawn(drawn) })
        })
    }

    /// The city's reply templates; none as long as none that can be read were mirrored.
    pub fn replies(&self) -> Result<Replies, MirrorError> {
        let body = self.setting(Replies::SETTING)?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default())
    }

    /// The city's announcement of its server's keys, if there is one that counts at `now` (unix seconds).
    pub fn pins(&self, now: i64) -> Result<Option<Pins>, MirrorError> {
        Ok(self.setting(Pins::SETTING)?.and_then(|body| Pins::parse(&body, now)))
    }

    /// The key of the certificate that the server was last seen with, as announcements write it.
    pub fn server_key(&self) -> Result<Option<String>, MirrorError> {
        self.read(|file| {
            let key = file.query_row("SELECT key FROM server_key", [], |row| row.get(0));
            Ok(key.optional()?)
        })
    }

    pub fn set_server_key(&self, key: &str) -> Result<(), MirrorError> {
        self.write(|file| {
            file.execute("INSERT OR REPLACE INTO server_key (one, key) VALUES (1, ?1)", [key])?;
            Ok(())
        })
    }
}

fn setting(file: &Connection, id: &str) -> Result<Option<String>, MirrorError> {
    let sql = "SELECT body FROM document WHERE db = ?1 AND id = ?2 AND NOT gone";
    let body = file.prepare_cached(sql)?.query_row((Database::Internal, id), |row| row.get(0)).optional()?;
    Ok(body.flatten())
}

pub(crate) fn workflow(file: &Connection) -> Result<Workflow, MirrorError> {
    let body = setting(file, Workflow::SETTING)?;
    Ok(body.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default())
}

/// Numbers first, each kind in its order.
fn named_wards(file: &Connection) -> Result<Vec<String>, MirrorError> {
    let sql = "SELECT DISTINCT ward FROM grievance WHERE ward IS NOT NULL AND ward != '' LIMIT 1000";
    let mut statement = file.prepare_cached(sql)?;
    let mut names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    names.sort_by_cached_key(|name| (name.parse::<u64>().unwrap_or(u64::MAX), name.clone()));
    Ok(names)
}

pub(crate) fn wards(file: &Connection) -> Result<Wards, MirrorError> {
    Ok(setting(file, Wards::SETTING)?.map(|body| Wards::parse(&body)).unwrap_or_default())
}
