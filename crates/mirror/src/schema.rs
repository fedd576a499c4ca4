//! The schema is the migrations in order; `user_version` says how many a file has seen.
//! `schema/golden.sql` is what they come to, kept true by a test.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::MirrorError;
use crate::connection::APPLICATION_ID;

const MIGRATIONS: [&str; 1] = [include_str!("schema/1.sql")];

/// Brings the file to the newest schema, all or nothing.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), MirrorError> {
    let known = MIGRATIONS.len() as i32;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    if found > known {
        return Err(MirrorError::TooNew { found, known });
    }
    let application: i32 = transaction.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(MirrorError::NotAMirror(path.to_owned()));
    }
    for migration in &MIGRATIONS[found as usize..] {
        transaction.execute_batch(migration)?;
    }
    transaction
        .execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {known}"))?;
    Ok(transaction.commit()?)
}

pub(crate) fn version(connection: &Connection) -> Result<i32, MirrorError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}
