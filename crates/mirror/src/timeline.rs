//! What sync did, line by line. Who writes a line sees to it that it names nobody and nothing.

use rusqlite::{Connection, params};
use serde::Serialize;

use crate::{Mirror, MirrorError};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineLine {
    /// Unix seconds.
    pub at: i64,
    /// One word for programs, such as `pulled`.
    pub kind: String,
    /// The same for people.
    pub sentence: String,
}

/// Some weeks of a laptop that a timer has synchronise every few minutes; half a megabyte.
const MOST_LINES: i64 = 5_000;

impl Mirror {
    /// Appends lines; the oldest go when there are too many.
    pub fn note(&self, lines: &[TimelineLine]) -> Result<(), MirrorError> {
        self.write(|file| {
            let mut append =
                file.prepare_cached("INSERT INTO timeline (at, kind, sentence) VALUES (?1, ?2, ?3)")?;
            for line in lines {
                append.execute(params![line.at, line.kind, line.sentence])?;
            }
            file.prepare_cached("DELETE FROM timeline WHERE n <= (SELECT max(n) FROM timeline) - ?1")?
                .execute([MOST_LINES])?;
            Ok(())
        })
    }

    /// All lines in the order in which they were written, newest last.
    pub fn timeline(&self) -> Result<Vec<TimelineLine>, MirrorError> {
        self.read(|file| {
            let mut statement = file.prepare_cached("SELECT at, kind, sentence FROM timeline ORDER BY n")?;
            let lines = statement.query_map([], |row| {
                Ok(TimelineLine { at: row.get(0)?, kind: row.get(1)?, sentence: row.get(2)? })
            })?;
            Ok(lines.collect::<Result<_, _>>()?)
        })
    }
}

pub(crate) fn forget_before(file: &Connection, at: i64) -> Result<(), MirrorError> {
    file.execute("DELETE FROM timeline WHERE at < ?1", [at])?;
    Ok(())
}
