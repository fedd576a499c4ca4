use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use zeroize::Zeroizing;

use crate::connection::{self, Role};
use crate::salvage::{Mended, salvage};
use crate::shadow::{self, Shadow};
use crate::{MirrorError, push, schema};

/// An open mirror. Cheap to clone; the file is closed with the last clone.
///
/// A mirror that turns out to be damaged, when it is opened or later, mends itself: it is made anew
/// from what can be read and from the sealed copy of unsent edits, and what was asked is done on the
/// new one. [`Mirror::mended`] says so, for the officer to be told and for everything to be pulled again.
#[derive(Clone)]
pub struct Mirror {
    file: Arc<File>,
}

struct File {
    path: PathBuf,
    key: Zeroizing<[u8; 32]>,
    examined: AtomicBool,
    /// `None` only when mending failed: the next call tries it again.
    open: RwLock<Option<Open>>,
    mended: Mutex<Option<Mended>>,
}

/// The connections to one file.
struct Open {
    /// How often the mirror was mended before.
    mends: u64,
    writer: Mutex<Writer>,
    /// Connections at rest. Readers never wait for the writer, nor for each other.
    readers: Mutex<Vec<Connection>>,
}

struct Writer {
    connection: Connection,
    shadow: Shadow,
}

/// Readers kept open when nobody reads.
const READERS_AT_REST: usize = 3;

impl Mirror {
    /// Opens the mirror at `path` or makes it, brings its schema up to date, and refuses to go on
    /// unless every security setting holds. An edit that was leaving when the program ended is
    /// saved again: whether it arrived, the next pull tells.
    ///
    /// `key` is the one of this mirror, as the vault unwrapped it: a file that it does not open is
    /// damaged, unless the copy of the edits does not open either.
    pub fn open(path: &Path, key: &[u8; 32]) -> Result<Mirror, MirrorError> {
        let file = File {
            path: path.to_owned(),
            key: Zeroizing::new(*key),
            examined: AtomicBool::new(false),
            open: RwLock::new(None),
            mended: Mutex::default(),
        };
        let opened = match Open::at(path, key, 0) {
            Err(damage) if damage.is_damage() => None,
            opened => Some(opened?),
        };
        *file.open.write().unwrap_or_else(PoisonError::into_inner) = opened;
        let mirror = Mirror { file: Arc::new(file) };
        mirror.mend(0)?;
        Ok(mirror)
    }

    /// That the mirror was damaged and has been made anew; told once.
    pub fn mended(&self) -> Option<Mended> {
        held(&self.file.mended).take()
    }

    /// Whether [`Mirror::mended`] has something to tell.
    pub fn was_mended(&self) -> bool {
        held(&self.file.mended).is_some()
    }

    /// No request is under way any more: what was leaving is saved again. Whether it arrived, the next pull tells.
    pub fn none_is_leaving(&self) -> Result<(), MirrorError> {
        self.write(|file| push::none_is_leaving(file))
    }

    /// Reads every page in use, once while the mirror is open, and mends the mirror if one is damaged
    /// or an index is not in step with its table. Nobody waits for it.
    pub fn examine(&self) -> Result<(), MirrorError> {
        if self.file.examined.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        self.aside(|file| {
            let found: String = file.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
            match found.as_str() {
                "ok" => Ok(()),
                _ => Err(MirrorError::Inconsistent(found)),
            }
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.file.path
    }

    /// One transaction: all of `work` is in the file when this returns `Ok`, else none of it.
    pub(crate) fn write<T>(
        &self,
        work: impl Fn(&Transaction) -> Result<T, MirrorError>,
    ) -> Result<T, MirrorError> {
        self.on_sound_file(|open| held(&open.writer).write(&work))
    }

    /// One snapshot: all that `work` reads was so at one moment.
    pub(crate) fn read<T>(
        &self,
        work: impl Fn(&Connection) -> Result<T, MirrorError>,
    ) -> Result<T, MirrorError> {
        self.on_sound_file(|open| {
            let reader = held(&open.readers).pop();
            let mut reader = match reader {
                Some(reader) => reader,
                None => connection::open(&self.file.path, &self.file.key, Role::Reader)?,
            };
            let snapshot = reader.transaction()?;
            let value = work(&snapshot)?;
            snapshot.finish()?;
            let mut readers = held(&open.readers);
            if readers.len() < READERS_AT_REST {
                readers.push(reader);
            }
            Ok(value)
        })
    }

    /// With a connection of its own, for work that must not hold up the writer.
    pub(crate) fn aside<T>(
        &self,
        work: impl Fn(&Connection) -> Result<T, MirrorError>,
    ) -> Result<T, MirrorError> {
        self.on_sound_file(|_| work(&connection::open(&self.file.path, &self.file.key, Role::Reader)?))
    }

    /// Does `work`, and once more on the mended mirror if it met damage.
    fn on_sound_file<T>(&self, work: impl Fn(&Open) -> Result<T, MirrorError>) -> Result<T, MirrorError> {
        let attempt = || {
            let open = self.file.open.read().unwrap_or_else(PoisonError::into_inner);
            open.as_ref().map(|open| (open.mends, work(open)))
        };
        match attempt() {
            Some((mends, Err(damage))) if damage.is_damage() => self.mend(mends + 1)?,
            Some((_, done)) => return done,
            None => self.mend(0)?,
        }
        attempt().map_or(Err(MirrorError::Closed), |(_, done)| done)
    }

    /// Sees to it that the mirror is open and was mended at least so often. Nobody else has it open
    /// meanwhile: a connection to the damaged file that was closed later would take the log of the new one with it.
    fn mend(&self, mends: u64) -> Result<(), MirrorError> {
        let mut open = self.file.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().is_some_and(|open| open.mends >= mends) {
            return Ok(());
        }
        *open = None;
        let mended = salvage(&self.file.path, &self.file.key)?;
        *open = Some(Open::at(&self.file.path, &self.file.key, mends.max(1))?);
        *held(&self.file.mended) = Some(mended);
        Ok(())
    }
}

impl Open {
    fn at(path: &Path, key: &[u8; 32], mends: u64) -> Result<Open, MirrorError> {
        let mut connection = connection::open(path, key, Role::Writer)?;
        schema::migrate(&mut connection, path)?;
        let mut shadow = Shadow::beside(path, key);
        // A mirror that is sound needs no copy; one that cannot be read is written anew.
        let turn = shadow::turn(&connection)?;
        if shadow.read().is_ok_and(|remembered| remembered.turn > turn) {
            return Err(MirrorError::WorkMissing);
        }
        let transaction = connection.transaction()?;
        push::none_is_leaving(&transaction)?;
        transaction.commit()?;
        shadow.follow(&connection)?;
        let writer = Mutex::new(Writer { connection, shadow });
        Ok(Open { mends, writer, readers: Mutex::default() })
    }
}

impl Writer {
    fn write<T>(&mut self, work: impl Fn(&Transaction) -> Result<T, MirrorError>) -> Result<T, MirrorError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        let due = self.shadow.due(&transaction)?;
        transaction.commit()?;
        self.shadow.write(due);
        Ok(value)
    }
}

/// A panic while the lock was held rolled its transaction back, so the connection is still good.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
