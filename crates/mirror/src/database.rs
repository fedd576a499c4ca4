use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

/// Which of the site's databases a document belongs to. Both are mirrored by the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Database {
    /// `myward`: what citizens reported and officers publicly decided.
    Grievances,
    /// `myward-ops`: settings and internal facts, which citizens' phones cannot read.
    Internal,
}

impl ToSql for Database {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(match self {
            Database::Grievances => 0,
            Database::Internal => 1,
        }))
    }
}

impl FromSql for Database {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Database> {
        match value.as_i64()? {
            0 => Ok(Database::Grievances),
            1 => Ok(Database::Internal),
            other => Err(FromSqlError::OutOfRange(other)),
        }
    }
}
