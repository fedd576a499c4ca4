//! The schema is the migrations in order; `user_version` says how many a file has seen.
//! `schema/golden.sql` is what they come to, kept true by a test.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::MirrorError;
use crate::connection::APPLICATION_ID;

const MIGRATIONS: [&str; 13] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
    include_str!("schema/10.sql"),
    include_str!("schema/11.sql"),
    include_str!("schema/12.sql"),
    include_str!("schema/13.sql"),
];

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
    // Nothing is written when there is nothing to do: a full disk keeps nobody out.
    if found == known {
        return Ok(());
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::connection::{Role, open};

    use super::*;

    #[test]
    fn the_migrations_come_to_the_golden_schema() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirror.db");
        let mut file = open(&path, &[1; 32], Role::Writer).unwrap();
        migrate(&mut file, &path).unwrap();
        let mut statement = file
            .prepare("SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
            .unwrap();
        let dumped: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let golden = include_str!("schema/golden.sql");
        let dumped = dumped.join("\n\n") + "\n";
        assert!(dumped == golden, "The schema is:\n{dumped}");
        assert_eq!(version(&file).unwrap(), MIGRATIONS.len() as i32);
        let application: i32 = file.query_row("PRAGMA application_id", [], |row| row.get(0)).unwrap();
        assert_eq!(application, APPLICATION_ID);
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirror.db");
        let mut file = open(&path, &[1; 32], Role::Writer).unwrap();
        file.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; CREATE TABLE photo (x)"))
            .unwrap();
        migrate(&mut file, &path).unwrap_err();
        let tables: i64 = file.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!((tables, version(&file).unwrap()), (1, 0));
    }

    #[test]
    fn a_mirror_of_before_knows_which_wards_its_grievances_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirror.db");
        let mut file = open(&path, &[1; 32], Role::Writer).unwrap();
        file.execute_batch(&MIGRATIONS[..12].join("\n")).unwrap();
        file.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 12"))
            .unwrap();
        let deep = format!(r#"{{"ward":"7","deep":{}{}}}"#, "[".repeat(2000), "]".repeat(2000));
        let table = [
            (r#"{"ward":"7"}"#, Some("7")),
            (r#"{"ward":12}"#, Some("12")),
            (r#"{"ward":["7"]}"#, None),
            (r#"{"ward":null}"#, None),
            ("{}", None),
            (deep.as_str(), None),
        ];
        for (n, (body, _)) in (1..).zip(table) {
            file.execute("INSERT INTO document (n, db, id, body) VALUES (?1, 0, ?1, ?2)", (n, body)).unwrap();
            file.execute(
                "INSERT INTO grievance (n, status, reported_at, changed_at, asked) VALUES (?1, 'new', 0, 0, 1)",
                [n],
            )
            .unwrap();
        }
        migrate(&mut file, &path).unwrap();
        for (n, (body, ward)) in (1..).zip(table) {
            let found: Option<String> =
                file.query_row("SELECT ward FROM grievance WHERE n = ?1", [n], |row| row.get(0)).unwrap();
            assert_eq!(found.as_deref(), ward, "{body}");
        }
    }

    #[test]
    fn every_table_is_strict() {
        let tables = MIGRATIONS.join("\n");
        let made = tables.matches("CREATE TABLE ").count();
        assert_eq!(made, tables.matches(") STRICT").count());
    }
}
