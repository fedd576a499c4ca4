//! Every connection to the file is made here: keyed, set as `PRAGMAS` says, and each setting
//! read back before anything else happens. A build of SQLite without encryption, a pragma that was
//! misspelt or a file in the clear ends here.

use std::fmt::Write;
use std::fs::OpenOptions;
use std::io::Read;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use zeroize::Zeroizing;

use crate::MirrorError;

/// “MWOF”, so that tools and people can tell whose file it is once it is decrypted.
pub(crate) const APPLICATION_ID: i32 = 0x4D57_4F46;

/// A page is fixed when the file is made. 16384 fills faster, 4096 makes a small edit cheaper.
const PAGE_SIZE: &str = "8192";

/// Each pragma with the value it must have. `synchronous` 2 is FULL: with NORMAL a power loss
/// takes acknowledged edits. The WAL is never checkpointed by a writer that an officer waits for
/// (`wal_autocheckpoint`); see `Mirror::checkpoint_wal`.
const PRAGMAS: [(&str, &str); 13] = [
    ("cipher_page_size", PAGE_SIZE),
    ("journal_mode", "wal"),
    ("synchronous", "2"),
    ("fullfsync", "1"),
    ("checkpoint_fullfsync", "1"),
    ("foreign_keys", "1"),
    ("temp_store", "2"),
    ("secure_delete", "1"),
    ("mmap_size", "0"),
    ("trusted_schema", "0"),
    ("cell_size_check", "1"),
    ("journal_size_limit", "16777216"),
    ("wal_autocheckpoint", "0"),
];

const BUSY_TIMEOUT_MS: &str = "5000";
const LONGEST_VALUE: i32 = 32 * 1024 * 1024;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Writer,
    Reader,
}

/// Makes the file when there is none. A file that is there is never replaced, whatever it holds.
pub(crate) fn open(path: &Path, key: &[u8; 32], role: Role) -> Result<Connection, MirrorError> {
    if role == Role::Writer {
        create_private(path)?;
        refuse_plain(path)?;
    }
    initialise()?;
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.execute_batch(&key_pragma(key))?;
    connection.execute_batch(&format!("PRAGMA cipher_page_size = {PAGE_SIZE}"))?;
    connection.execute_batch(&format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}"))?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    harden(&connection, role)?;
    check(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// SQLite calls itself ready before SQLCipher is: of the first connections of a process, made in
/// several threads, all but one could not be keyed.
fn initialise() -> Result<(), MirrorError> {
    static READY: Mutex<bool> = Mutex::new(false);
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    if !*ready {
        Connection::open_in_memory()?;
        *ready = true;
    }
    Ok(())
}

fn harden(connection: &Connection, role: Role) -> Result<(), MirrorError> {
    for (name, wanted) in PRAGMAS {
        connection.execute_batch(&format!("PRAGMA {name} = {wanted}"))?;
    }
    // Kibibytes. The writer keeps the indexes of a whole pulled page; readers fetch screenfuls.
    connection.execute_batch(match role {
        Role::Writer => "PRAGMA cache_size = -32768",
        Role::Reader => "PRAGMA cache_size = -8192; PRAGMA query_only = ON",
    })?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    Ok(())
}

/// Reads every setting back.
pub(crate) fn check(connection: &Connection) -> Result<(), MirrorError> {
    let cipher = pragma(connection, "cipher_version")?;
    expect("cipher_version", "a version of SQLCipher", &cipher, !cipher.is_empty())?;
    for (name, wanted) in PRAGMAS.into_iter().chain([("busy_timeout", BUSY_TIMEOUT_MS)]) {
        let found = pragma(connection, name)?;
        expect(name, wanted, &found, found == wanted)?;
    }
    let defensive = connection.db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE)?;
    expect("DEFENSIVE", "true", &defensive.to_string(), defensive)?;
    let longest = connection.limit(Limit::SQLITE_LIMIT_LENGTH)?;
    expect("LIMIT_LENGTH", &LONGEST_VALUE.to_string(), &longest.to_string(), longest == LONGEST_VALUE)
}

fn expect(setting: &'static str, wanted: &str, found: &str, holds: bool) -> Result<(), MirrorError> {
    match holds {
        true => Ok(()),
        false => Err(MirrorError::Unsafe { setting, wanted: wanted.to_owned(), found: found.to_owned() }),
    }
}

fn pragma(connection: &Connection, name: &str) -> Result<String, MirrorError> {
    let found =
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, Value>(0)).optional()?;
    Ok(match found {
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Text(text)) => text,
        Some(Value::Null | Value::Real(_) | Value::Blob(_)) | None => String::new(),
    })
}

/// A raw key: no derivation, SQLCipher uses the 32 bytes as they are.
fn key_pragma(key: &[u8; 32]) -> Zeroizing<String> {
    // Room for all of it at once: a string that grows leaves copies behind.
    let mut sql = Zeroizing::new(String::with_capacity(96));
    sql.push_str("PRAGMA key = \"x'");
    for byte in key {
        // Writing to a String cannot fail.
        let _ = write!(sql, "{byte:02x}");
    }
    sql.push_str("'\"");
    sql
}

/// SQLite gives the WAL the permissions of the file itself.
fn create_private(path: &Path) -> Result<(), MirrorError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(source) => Err(MirrorError::CannotCreate { path: path.to_owned(), source }),
    }
}

fn refuse_plain(path: &Path) -> Result<(), MirrorError> {
    let mut start = Vec::new();
    let read =
        OpenOptions::new().read(true).open(path).and_then(|file| file.take(15).read_to_end(&mut start));
    match read {
        Ok(_) if start == b"SQLite format 3" => Err(MirrorError::NotAMirror(path.to_owned())),
        Ok(_) => Ok(()),
        Err(source) => Err(MirrorError::CannotCreate { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_holds_for_writers_and_readers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirror.db");
        let writer = open(&path, &[1; 32], Role::Writer).unwrap();
        let reader = open(&path, &[1; 32], Role::Reader).unwrap();
        for connection in [&writer, &reader] {
            check(connection).unwrap();
            let attach = connection.execute_batch("ATTACH ':memory:' AS other");
            assert!(attach.is_err(), "no second database beside the mirror");
            assert!(connection.query_row("SELECT load_extension('x')", [], |_| Ok(())).is_err());
        }
        assert!(reader.execute_batch("CREATE TABLE t (x)").is_err(), "readers read");
    }

    #[test]
    fn a_setting_that_does_not_hold_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let writer = open(&folder.path().join("mirror.db"), &[1; 32], Role::Writer).unwrap();
        let weaker = [
            ("synchronous", "NORMAL"),
            ("fullfsync", "OFF"),
            ("checkpoint_fullfsync", "OFF"),
            ("foreign_keys", "OFF"),
            ("secure_delete", "OFF"),
            ("trusted_schema", "ON"),
            ("cell_size_check", "OFF"),
            ("journal_size_limit", "0"),
            ("wal_autocheckpoint", "1000"),
            ("temp_store", "FILE"),
            ("busy_timeout", "1"),
        ];
        for (name, value) in weaker {
            writer.execute_batch(&format!("PRAGMA {name} = {value}")).unwrap();
            let found = check(&writer);
            assert!(
                matches!(found, Err(MirrorError::Unsafe { setting, .. }) if setting == name),
                "{name}: {found:?}"
            );
            harden(&writer, Role::Writer).unwrap();
            writer.execute_batch(&format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")).unwrap();
            check(&writer).unwrap();
        }
        writer.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false).unwrap();
        assert!(matches!(check(&writer), Err(MirrorError::Unsafe { setting: "DEFENSIVE", .. })));
    }

    #[test]
    fn a_file_in_the_clear_has_no_cipher() {
        let plain = Connection::open_in_memory().unwrap();
        assert!(matches!(check(&plain), Err(MirrorError::Unsafe { setting: "cipher_page_size", .. })));
    }
}
