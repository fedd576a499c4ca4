//! A damaged mirror is made anew. One bad page spoils a whole SQLCipher connection, so each table is
//! read through fresh ones, from both ends as far as its pages are sound; what lies between is on
//! the server or, if it is an unsent edit, in the sealed copy. The damaged file is kept aside.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use domain::{Document, Grievance};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::connection::{self, Role};
use crate::edits::{self, Stored};
use crate::row::{self, Rows};
use crate::shadow::{self, Kept, Remembered, Shadow, is_same};
use crate::{Database, MirrorError, comparison, owner, photos, push, schema, search, settings};

/// Damaged files kept for whoever wants to look at them.
const KEPT_ASIDE: usize = 2;

/// What the officer is told of a mirror that was damaged and made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    pub unsent_edits: u64,
}

impl Mended {
    /// One sentence for the officer.
    pub fn sentence(&self) -> String {
        let safe = match self.unsent_edits {
            0 => "No change was waiting to be sent".to_owned(),
            1 => "The 1 change that was not sent yet is safe".to_owned(),
            many => format!("The {many} changes that were not sent yet are safe"),
        };
        format!("A part of the disk was damaged where your work is kept. {safe}; the rest is fetched again.")
    }
}

/// Puts a new mirror in the place of a damaged one, which nobody may have open. Until the new one is
/// whole and on disk nothing is changed, so this can be cut anywhere and begun again.
pub(crate) fn salvage(path: &Path, key: &[u8; 32]) -> Result<Mended, MirrorError> {
    // Before anything is changed: without the copy, what was not sent yet could not be put into the new mirror.
    let remembered = Shadow::beside(path, key).read().map_err(cannot(path))?;
    let wreck = Wreck { path, key };
    if remembered.foreign && !wreck.opens() {
        return Err(MirrorError::WrongKey);
    }
    let unfinished = path.with_extension("mending");
    for file in files(&unfinished) {
        remove(&file)?;
    }
    let mut new = connection::open(&unfinished, key, Role::Writer)?;
    schema::migrate(&mut new, &unfinished)?;
    let transaction = new.transaction()?;
    let turn = fill(&transaction, &wreck, remembered)?;
    let unsent_edits = edits::all(&transaction)?.len() as u64;
    transaction.commit()?;
    new.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    drop(new);
    set_aside(path, turn)?;
    // Without its log first: beside the new file it would be taken for that file's.
    for file in &files(path)[1..] {
        remove(file)?;
    }
    fs::rename(&unfinished, path).map_err(cannot(path))?;
    sync_folder(path)?;
    Ok(Mended { unsent_edits })
}

/// Everything that can be had, in an order in which each row finds what it refers to. Returns the
/// turn that the new file begins with.
fn fill(file: &Connection, wreck: &Wreck, remembered: Remembered) -> Result<i64, MirrorError> {
    let of_wreck = wreck.turn();
    let turn = of_wreck.unwrap_or(0).max(remembered.turn) + 1;
    file.execute("UPDATE turn SET number = ?1", [turn])?;
    for table in AS_THEY_ARE {
        table.copy(file, wreck)?;
    }
    if let (None, Some(owner)) = (owner::read(file)?, &remembered.owner) {
        owner::put(file, owner)?;
    }
    // The copy is never before a sound mirror, so a mirror that is not ahead of a sound copy knows nothing of
    // edits that the copy does not know.
    let copy_is_newest = remembered.whole && of_wreck.is_some_and(|of_wreck| of_wreck <= remembered.turn);
    let of_wreck = if copy_is_newest { Vec::new() } else { wreck.edits(file)? };
    for kept in &remembered.edits {
        restore(file, kept)?;
    }
    for stored in of_wreck {
        let known = remembered.edits.iter().find(|kept| is_same(&kept.edit, &stored.edit));
        if known.is_none_or(|known| known.edit.id <= stored.edit.id) {
            edits::put(file, &stored)?;
        }
    }
    push::none_is_leaving(file)?;
    comparison::after_mending(file)?;
    show_all(file, wreck)?;
    Ok(turn)
}

/// An edit of the copy, with its document and pictures where the damaged file had them no more.
fn restore(file: &Connection, kept: &Kept) -> Result<(), MirrorError> {
    let edit = &kept.edit;
    file.execute(
        "INSERT INTO document (db, id, rev, body, gone) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (db, id) DO NOTHING",
        params![Database::Grievances, edit.document, kept.rev, kept.body, kept.gone],
    )?;
    let n = file.query_row(
        "SELECT n FROM document WHERE db = ?1 AND id = ?2",
        params![Database::Grievances, edit.document],
        |row| row.get(0),
    )?;
    for photo in &kept.photos {
        photos::to_upload(file, &photo.key, &photo.file, photo.bytes, photo.sha256.as_deref())?;
    }
    let (error, reason) = (kept.error.clone(), kept.reason.clone());
    edits::put(file, &Stored { n, edit: edit.clone(), state: kept.state, error, reason })
}

/// The rows of the list, their words and counters: they follow from documents and edits.
fn show_all(file: &Connection, wreck: &Wreck) -> Result<(), MirrorError> {
    let mut rows = Rows::new(file, settings::workflow(file)?.time_zone(), 0);
    let mut documents = file.prepare("SELECT n, id, body FROM document WHERE db = ?1 ORDER BY n")?;
    let mut documents = documents.query([Database::Grievances])?;
    while let Some(document) = documents.next()? {
        let (n, id): (i64, String) = (document.get(0)?, document.get(1)?);
        let edits = edits::of_document(file, n)?;
        let base = row::base(document.get(2)?, &edits);
        let Some(shown) = row::shown(base.as_deref(), &edits)? else { continue };
        rows.insert(n, &shown)?;
        let words = Grievance::of(&Document::parse(base.as_deref().unwrap_or("{}"))?);
        search::insert(file, n, &id, &words)?;
    }
    rows.finish()?;
    let mut changed = file.prepare("UPDATE grievance SET changed_at = ?2 WHERE n = ?1")?;
    wreck.rows("SELECT n, changed_at FROM grievance", "n", |row| {
        changed.execute(params![row.get::<_, i64>(0)?, row.get::<_, i64>(1)?]).map(drop)
    })
}

/// A table whose rows are taken over as they are. Of those that refer to a document, the ones whose
/// document was taken over: they come after it and before any document is made anew.
struct Table {
    name: &'static str,
    columns: &'static str,
    order: &'static str,
    document: Option<&'static str>,
}

/// What was pulled comes again with the next pull, which begins anew because no checkpoint is here;
/// an officer without a network goes on with it meanwhile. The rest is known to this laptop only.
const AS_THEY_ARE: [Table; 10] = [
    Table { name: "owner", columns: "one, site, user", order: "one", document: None },
    Table { name: "document", columns: "n, db, id, rev, body, gone", order: "n", document: None },
    Table {
        name: "delivery",
        columns: "edit, document, field, seen, wanted, by, at, rev, settled_at, entry, entry_reason",
        order: "edit",
        document: Some("?2"),
    },
    Table {
        name: "event",
        columns: "n, document, what, before, after, by, at, rev, observed_at",
        order: "n",
        document: Some("?2"),
    },
    Table {
        name: "vanished",
        columns: "document, rev, noticed_at, state",
        order: "document",
        document: Some("?1"),
    },
    Table {
        name: "photo",
        columns: "key, state, file, bytes, sha256, retry_at, why, stored_at",
        order: "key",
        document: None,
    },
    Table { name: "photo_proof", columns: "key, sha256, stored_at", order: "key", document: None },
    Table { name: "selection", columns: "one, chosen", order: "one", document: None },
    Table { name: "mode", columns: "db, mode", order: "db", document: None },
    Table { name: "server_key", columns: "one, key", order: "one", document: None },
];

impl Table {
    fn copy(&self, file: &Connection, wreck: &Wreck) -> Result<(), MirrorError> {
        let Table { name, columns, order, document } = self;
        let columns = wreck.those_it_has(name, columns);
        let count = columns.len();
        let columns = columns.join(", ");
        let places: Vec<String> = (1..=count).map(|n| format!("?{n}")).collect();
        let refers = document.map_or(String::new(), |place| {
            format!(" WHERE EXISTS (SELECT 1 FROM document WHERE n = {place})")
        });
        if count == 0 {
            return Ok(());
        }
        let mut insert = file.prepare(&format!(
            "INSERT OR IGNORE INTO {name} ({columns}) SELECT {}{refers}",
            places.join(", ")
        ))?;
        wreck.rows(&format!("SELECT {columns} FROM {name}"), order, |row| {
            for column in 0..count {
                insert.raw_bind_parameter(column + 1, row.get::<_, Value>(column)?)?;
            }
            insert.raw_execute().map(drop)
        })
    }
}

/// The damaged file, read without being changed.
struct Wreck<'a> {
    path: &'a Path,
    key: &'a [u8; 32],
}

impl Wreck<'_> {
    fn opens(&self) -> bool {
        connection::open(self.path, self.key, Role::Reader).is_ok()
    }

    fn turn(&self) -> Option<i64> {
        let file = connection::open(self.path, self.key, Role::Reader).ok()?;
        shadow::turn(&file).ok()
    }

    /// Those of `columns` that its table has: an older program may have made it.
    fn those_it_has<'c>(&self, table: &str, columns: &'c str) -> Vec<&'c str> {
        let known = connection::open(self.path, self.key, Role::Reader).ok().and_then(|file| {
            let mut names = file.prepare("SELECT name FROM pragma_table_info(?1)").ok()?;
            names.query_map([table], |row| row.get(0)).ok()?.collect::<Result<Vec<String>, _>>().ok()
        });
        let known = known.unwrap_or_default();
        columns.split(", ").filter(|column| known.iter().any(|name| name == column)).collect()
    }

    /// The edits whose documents are in the new file.
    fn edits(&self, new: &Connection) -> Result<Vec<Stored>, MirrorError> {
        let mut found: Vec<Stored> = Vec::new();
        let sql =
            "SELECT document, '', id, field, seen, wanted, sent, state, error, reason, by, at FROM edit";
        self.rows(sql, "id", |row| {
            // What does not parse is not ours.
            found.extend(edits::stored(row).ok());
            Ok(())
        })?;
        let mut id = new.prepare("SELECT id FROM document WHERE n = ?1")?;
        let mut named = Vec::new();
        for mut stored in found {
            if let Some(id) = id.query_row([stored.n], |row| row.get(0)).optional()? {
                stored.edit.document = id;
                named.push(stored);
            }
        }
        Ok(named)
    }

    /// Shows the rows from the first on and, where damage stops that, from the last back. Some may
    /// come twice.
    fn rows(
        &self,
        select: &str,
        order: &str,
        mut show: impl FnMut(&Row) -> rusqlite::Result<()>,
    ) -> Result<(), MirrorError> {
        for direction in ["ASC", "DESC"] {
            let Ok(file) = connection::open(self.path, self.key, Role::Reader) else { return Ok(()) };
            let Ok(mut select) = file.prepare(&format!("{select} ORDER BY {order} {direction}")) else {
                return Ok(());
            };
            let Ok(mut rows) = select.query([]) else { return Ok(()) };
            loop {
                match rows.next() {
                    Ok(Some(row)) => show(row)?,
                    Ok(None) => return Ok(()),
                    Err(_) => break,
                }
            }
        }
        Ok(())
    }
}

/// Keeps the damaged files under the number of this mending, and of earlier ones the latest.
fn set_aside(path: &Path, turn: i64) -> Result<(), MirrorError> {
    let quarantine = path.with_file_name("quarantine");
    let folder = quarantine.join(format!("{turn:020}"));
    private_folder(&folder)?;
    for file in &files(path)[..2] {
        let aside = folder.join(file.file_name().unwrap_or_default());
        remove(&aside)?;
        match fs::hard_link(file, &aside) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                fs::copy(file, &aside).map(drop).map_err(cannot(&aside))?
            }
            Ok(()) | Err(_) => {}
        }
    }
    let mut all = Vec::new();
    for entry in fs::read_dir(&quarantine).map_err(cannot(&quarantine))? {
        all.push(entry.map_err(cannot(&quarantine))?.path());
    }
    all.sort();
    for old in &all[..all.len().saturating_sub(KEPT_ASIDE)] {
        fs::remove_dir_all(old).map_err(cannot(old))?;
    }
    Ok(())
}

/// A database file, its log and the log's index.
fn files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|ending| {
        let mut file = path.as_os_str().to_owned();
        file.push(ending);
        file.into()
    })
}

fn remove(path: &Path) -> Result<(), MirrorError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(cannot(path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn private_folder(path: &Path) -> Result<(), MirrorError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(cannot(path))
}

fn sync_folder(path: &Path) -> Result<(), MirrorError> {
    let folder = path.parent().unwrap_or(path);
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(cannot(folder))
}

fn cannot(path: &Path) -> impl FnOnce(io::Error) -> MirrorError {
    let path = path.to_owned();
    move |source| MirrorError::CannotMend { path, source }
}
