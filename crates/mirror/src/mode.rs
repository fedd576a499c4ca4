use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use crate::{Database, Mirror, MirrorError, comparison};

/// What goes between this laptop and one database, as the officer wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    #[default]
    BothWays,
    /// Changes stay on this laptop.
    DownOnly,
    /// Nothing is fetched and nothing is sent.
    Paused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Modes {
    pub grievances: Mode,
    pub internal: Mode,
}

impl Mode {
    pub fn receives(self) -> bool {
        self != Mode::Paused
    }

    pub fn sends(self) -> bool {
        self == Mode::BothWays
    }
}

impl Modes {
    pub fn all_send(self) -> bool {
        self.grievances.sends() && self.internal.sends()
    }

    pub fn of(self, database: Database) -> Mode {
        match database {
            Database::Grievances => self.grievances,
            Database::Internal => self.internal,
        }
    }
}

impl Mirror {
    pub fn modes(&self) -> Result<Modes, MirrorError> {
        self.read(|file| {
            Ok(Modes {
                grievances: read(file, Database::Grievances)?,
                internal: read(file, Database::Internal)?,
            })
        })
    }

    pub fn set_mode(&self, database: Database, mode: Mode) -> Result<(), MirrorError> {
        let word = match mode {
            Mode::BothWays => None,
            Mode::DownOnly => Some("down_only"),
            Mode::Paused => Some("paused"),
        };
        self.write(|file| {
            match word {
                None => file.execute("DELETE FROM mode WHERE db = ?1", [database])?,
                Some(word) => file.execute(
                    "INSERT OR REPLACE INTO mode (db, mode) VALUES (?1, ?2)",
                    params![database, word],
                )?,
            };
            // What could not be fetched meanwhile, no change tells of again.
            comparison::ask(file)
        })
    }
}

fn read(file: &Connection, database: Database) -> Result<Mode, MirrorError> {
    let sql = "SELECT mode FROM mode WHERE db = ?1";
    let word: Option<String> =
        file.prepare_cached(sql)?.query_row([database], |row| row.get(0)).optional()?;
    Ok(match word.as_deref() {
        None => Mode::BothWays,
        Some("down_only") => Mode::DownOnly,
        Some(_) => Mode::Paused,
    })
}
