//! What the server accepted, one JSON record a line, appended and never rewritten.
//!
//! A killed process leaves at most half a last line, which the next start cuts off: that request
//! was not answered. A damaged line anywhere else is an error, never skipped.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::CouchDbError;
use super::answer::Refusal;

/// JSON inside a record is text, so that numbers keep every digit.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Record {
    /// The first record: who this server is. `secret` is hex and signs cookies.
    Server {
        uuid: String,
        secret: String,
    },
    Create {
        database: String,
        tag: String,
        born: u64,
    },
    Drop {
        database: String,
    },
    Revision {
        database: String,
        id: String,
        /// Newest first.
        history: Vec<String>,
        deleted: bool,
        members: String,
    },
    Purge {
        database: String,
        id: String,
        revision: String,
    },
    /// Number 0: the document was deleted.
    Local {
        database: String,
        id: String,
        number: u64,
        members: String,
    },
    Security {
        database: String,
        security: String,
    },
}

/// A handle to the file; without one, records go nowhere and everything lives in memory.
#[derive(Clone, Default)]
pub struct Log(Option<Arc<Mutex<File>>>);

impl Log {
    /// Opens or creates the file and gives its records, oldest first.
    pub fn open(path: &Path) -> Result<(Self, Vec<Record>), CouchDbError> {
        let failed = |source| CouchDbError::Log { path: PathBuf::from(path), source };
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
        let mut records = Vec::new();
        let mut whole = 0;
        let mut line = Vec::new();
        let mut reader = BufReader::new(&file);
        while reader.read_until(b'\n', &mut line).map_err(failed)? > 0 {
            if line.last() != Some(&b'\n') {
                break;
            }
            records.push(serde_json::from_slice(&line).map_err(|source| CouchDbError::Damaged {
                path: PathBuf::from(path),
                line: records.len() + 1,
                source,
            })?);
            whole += line.len() as u64;
            line.clear();
        }
        file.set_len(whole).map_err(failed)?;
        Ok((Self(Some(Arc::new(Mutex::new(file)))), records))
    }

    pub fn append(&self, record: &Record) -> Result<(), Refusal> {
        let Some(file) = &self.0 else { return Ok(()) };
        let failed = |why: String| Refusal::new(500, "file_error", why);
        let mut line = serde_json::to_vec(record).map_err(|error| failed(error.to_string()))?;
        line.push(b'\n');
        file.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(&line)
            .map_err(|error| failed(error.to_string()))
    }
}
