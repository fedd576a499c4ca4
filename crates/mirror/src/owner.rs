use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use crate::{Mirror, MirrorError};

/// Whose mirror this is. Kept inside it, because nothing outside the encryption may tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The address of the ward's database, as the officer gave it.
    pub site: String,
    pub user: String,
}

impl Mirror {
    /// `None` until somebody signed in.
    pub fn owner(&self) -> Result<Option<Owner>, MirrorError> {
        self.read(read)
    }

    pub fn set_owner(&self, owner: &Owner) -> Result<(), MirrorError> {
        self.write(|file| put(file, owner))
    }
}

pub(crate) fn read(file: &Connection) -> Result<Option<Owner>, MirrorError> {
    let found = file.query_row("SELECT site, user FROM owner", [], |row| {
        Ok(Owner { site: row.get(0)?, user: row.get(1)? })
    });
    Ok(found.optional()?)
}

pub(crate) fn put(file: &Connection, owner: &Owner) -> Result<(), MirrorError> {
    let sql = "INSERT OR REPLACE INTO owner (one, site, user) VALUES (1, ?1, ?2)";
    file.execute(sql, [&owner.site, &owner.user])?;
    Ok(())
}
