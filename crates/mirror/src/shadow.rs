//! A second, sealed copy of every unsent edit, and of whose they are, for the day a page of the mirror goes bad: what the
//! server has can be fetched again, what an officer decided cannot.
//!
//! `mirror.shadow` lies beside the mirror and is only appended to: after each transaction that changed
//! edits, one record for each of them, and from time to time it is written anew. A record is
//!
//! | bytes | what |
//! |---|---|
//! | 4 | length of what follows, little-endian |
//! | 24 | nonce, random |
//! | n | JSON, sealed with XChaCha20-Poly1305 |
//!
//! The key is HKDF-SHA256 of the mirror's. The copy follows the mirror and is not synced: the edit
//! is on disk before it is copied, so a crash between the two costs nothing but the copy, which the
//! next opening makes anew. It can be behind the mirror, never before it; where it is, the mirror has
//! lost something (`turn` in schema/3.sql) and is mended as if it were damaged.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::Edit;
use hkdf::Hkdf;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::edits::{self, State, Stored};
use crate::{MirrorError, Owner, owner, unsent};

/// The copy of one mirror's edits, as its writer keeps it.
pub(crate) struct Shadow {
    path: PathBuf,
    cipher: XChaCha20Poly1305,
    /// `None`: the file is not what it should be, and the next change writes it anew.
    open: Option<Appending>,
}

struct Appending {
    file: File,
    records: i64,
}

/// What a copy holds.
#[derive(Default)]
pub(crate) struct Remembered {
    /// Of the last change that was copied.
    pub turn: i64,
    pub owner: Option<Owner>,
    pub edits: Vec<Kept>,
    /// Every byte of the file is one of ours.
    pub whole: bool,
    /// Not one of its records opens.
    pub foreign: bool,
}

/// An edit with what it needs to be carried on without the mirror it was made in.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub edit: Edit,
    pub state: State,
    pub error: Option<String>,
    pub reason: Option<String>,
    /// The document as the mirror held it.
    pub rev: Option<String>,
    pub body: Option<String>,
    pub gone: bool,
    pub photos: Vec<KeptPhoto>,
}

/// A picture that is only on this laptop.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeptPhoto {
    pub key: String,
    pub file: String,
    pub bytes: u64,
    pub sha256: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    turn: i64,
    what: What,
}

#[derive(Serialize, Deserialize)]
enum What {
    /// The first record of a file: whose mirror it was when the file was written.
    Begins(Option<Owner>),
    Is(Box<Kept>),
    /// The edit with this id was sent, taken back or dropped.
    Over(String),
}

/// What a transaction has to copy once it is committed.
pub(crate) struct Due {
    records: Vec<Record>,
    anew: bool,
}

/// A file that holds this many records beside those that count is written anew.
const MOST_STALE: i64 = 64;

impl Shadow {
    pub(crate) fn beside(mirror: &Path, key: &[u8; 32]) -> Shadow {
        let mut derived = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, key)
            .expand(b"shadow/v1", derived.as_mut_slice())
            .expect("32 bytes are less than the 8,160 that HKDF-SHA256 can give");
        let cipher = XChaCha20Poly1305::new((&*derived).into());
        Shadow { path: mirror.with_extension("shadow"), cipher, open: None }
    }

    /// Reads as far as the file is ours; where there is none, nothing. An error of the disk is not nothing: what cannot be
    /// read now may be there all the same.
    pub(crate) fn read(&self) -> io::Result<Remembered> {
        let bytes = match fs::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Remembered::default()),
            read => read?,
        };
        let mut remembered = Remembered { whole: !bytes.is_empty(), ..Remembered::default() };
        let (mut opened, mut sealed) = (0, 0);
        let mut rest = bytes.as_slice();
        while let Some((record, after)) = split(rest) {
            sealed += 1;
            match self.opened(record) {
                Some(record) => {
                    opened += 1;
                    remembered.take(record);
                }
                None => remembered.whole = false,
            }
            rest = after;
        }
        remembered.whole &= rest.is_empty();
        remembered.foreign = sealed > 0 && opened == 0;
        Ok(remembered)
    }

    /// Appends from now on, if the copy is what `file` says it should be; else it is written anew.
    pub(crate) fn follow(&mut self, file: &Connection) -> Result<(), MirrorError> {
        file.execute_batch(
            "CREATE TEMP TABLE changed (edit TEXT PRIMARY KEY) WITHOUT ROWID;
             CREATE TEMP TRIGGER inserted AFTER INSERT ON main.edit
                BEGIN INSERT OR IGNORE INTO changed VALUES (new.id); END;
             CREATE TEMP TRIGGER updated AFTER UPDATE ON main.edit
                BEGIN INSERT OR IGNORE INTO changed VALUES (new.id); END;
             CREATE TEMP TRIGGER deleted AFTER DELETE ON main.edit
                BEGIN INSERT OR IGNORE INTO changed VALUES (old.id); END;",
        )?;
        let due = Due { records: everything(file, turn(file)?)?, anew: true };
        self.write(Some(due));
        Ok(())
    }

    /// Within a transaction, before its commit: what it changed. `None`: nothing.
    pub(crate) fn due(&self, file: &Connection) -> Result<Option<Due>, MirrorError> {
        let mut changed = file.prepare_cached("SELECT edit FROM changed ORDER BY edit")?;
        let changed: Vec<String> = changed.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if changed.is_empty() {
            return Ok(None);
        }
        file.prepare_cached("DELETE FROM changed")?.execute([])?;
        let turn = file
            .prepare_cached("UPDATE turn SET number = number + 1 RETURNING number")?
            .query_row([], |row| row.get(0))?;
        let unsent: i64 =
            file.prepare_cached("SELECT count(*) FROM edit")?.query_row([], |row| row.get(0))?;
        let appends = self.open.as_ref().is_some_and(|open| open.records <= 2 * unsent + MOST_STALE);
        if !appends {
            return Ok(Some(Due { records: everything(file, turn)?, anew: true }));
        }
        let mut records = Vec::new();
        for id in changed {
            let what = match edits::by_id(file, &id) {
                Ok(stored) => What::Is(Box::new(kept(file, stored)?)),
                Err(MirrorError::NoSuchEdit(id)) => What::Over(id),
                Err(error) => return Err(error),
            };
            records.push(Record { turn, what });
        }
        Ok(Some(Due { records, anew: false }))
    }

    /// After the commit. The work is on disk whether this succeeds or not: a copy that could not be
    /// written is written anew with the next change.
    pub(crate) fn write(&mut self, due: Option<Due>) {
        let Some(due) = due else { return };
        let open = self.open.take();
        self.open = match (open, due.anew) {
            (Some(open), false) => self.append(open, &due.records).ok(),
            (None, _) | (_, true) => self.write_anew(&due.records).ok(),
        };
    }

    fn append(&self, mut open: Appending, records: &[Record]) -> io::Result<Appending> {
        open.file.write_all(&self.sealed(records)?)?;
        open.records += records.len() as i64;
        Ok(open)
    }

    fn write_anew(&self, records: &[Record]) -> io::Result<Appending> {
        let unfinished = self.path.with_extension("shadow-unfinished");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(&unfinished)?;
        file.write_all(&self.sealed(records)?)?;
        file.sync_all()?;
        fs::rename(&unfinished, &self.path)?;
        Ok(Appending { file, records: records.len() as i64 })
    }

    fn sealed(&self, records: &[Record]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for record in records {
            let mut nonce = [0; 24];
            getrandom::fill(&mut nonce).map_err(io::Error::other)?;
            let payload = Payload { msg: &serde_json::to_vec(record)?, aad: MAGIC };
            let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(io::Error::other)?;
            let length = u32::try_from(nonce.len() + sealed.len()).map_err(io::Error::other)?;
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(&nonce);
            bytes.extend_from_slice(&sealed);
        }
        Ok(bytes)
    }

    fn opened(&self, record: &[u8]) -> Option<Record> {
        let (nonce, sealed) = record.split_first_chunk::<24>()?;
        let payload = Payload { msg: sealed, aad: MAGIC };
        serde_json::from_slice(&self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?).ok()
    }
}

const MAGIC: &[u8] = b"MyWard Officer shadow 1";

impl Remembered {
    fn take(&mut self, record: Record) {
        self.turn = self.turn.max(record.turn);
        match record.what {
            What::Begins(owner) => self.owner = owner,
            What::Is(kept) => {
                self.edits.retain(|known| !is_same(&known.edit, &kept.edit));
                self.edits.push(*kept);
            }
            What::Over(id) => self.edits.retain(|known| known.edit.id != id),
        }
    }
}

/// There is one edit for a field of a document; its id changes whenever its value does.
pub(crate) fn is_same(one: &Edit, other: &Edit) -> bool {
    one.document == other.document && one.field == other.field
}

pub(crate) fn turn(file: &Connection) -> Result<i64, MirrorError> {
    Ok(file.query_row("SELECT number FROM turn", [], |row| row.get(0))?)
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

fn everything(file: &Connection, turn: i64) -> Result<Vec<Record>, MirrorError> {
    let mut records = vec![Record { turn, what: What::Begins(owner::read(file)?) }];
    for stored in edits::all(file)? {
        records.push(Record { turn, what: What::Is(Box::new(kept(file, stored)?)) });
    }
    Ok(records)
}

fn kept(file: &Connection, stored: Stored) -> Result<Kept, MirrorError> {
    let (rev, body, gone) = file
        .prepare_cached("SELECT rev, body, gone FROM document WHERE n = ?1")?
        .query_row([stored.n], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut to_upload =
        file.prepare_cached("SELECT file, bytes, sha256 FROM photo WHERE key = ?1 AND state = 'to_upload'")?;
    let mut photos = Vec::new();
    for key in unsent::photo_keys(&stored.edit) {
        let found = to_upload.query_row([key], |row| {
            let bytes = row.get::<_, i64>(1)?.unsigned_abs();
            Ok(KeptPhoto { key: key.to_owned(), file: row.get(0)?, bytes, sha256: row.get(2)? })
        });
        photos.extend(found.optional()?);
    }
    let Stored { edit, state, error, reason, n: _ } = stored;
    Ok(Kept { edit, state, error, reason, rev, body, gone, photos })
}
