//! Comparing everything here with everything there. The server's changes do not tell of a purge,
//! nor of what was undone when it was set back; the list of its ids and revisions does.

use std::collections::{BTreeSet, HashMap};

use domain::COMPARED_EVERY;
use rusqlite::{Connection, OptionalExtension, params};

use crate::pulled::Pull;
use crate::{Applied, Database, Mirror, MirrorError, Pulled, entries, selection};

/// How far a comparison has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Ids up to this one were compared; `None`: it begins.
    pub up_to: Option<String>,
    /// Whether the server was set back, and what was delivered to it has to be asked for.
    pub set_back: bool,
}

impl Mirror {
    pub fn comparison(&self, database: Database) -> Result<Comparison, MirrorError> {
        self.read(|file| {
            let sql = "SELECT nullif(up_to, ''), set_back FROM comparison WHERE db = ?1";
            let found = file.query_row(sql, [database], |row| {
                Ok(Comparison { up_to: row.get(0)?, set_back: row.get(1)? })
            });
            Ok(found.optional()?.unwrap_or(Comparison { up_to: None, set_back: false }))
        })
    }

    /// Everything is compared at the next opportunity, and not only when the week is over.
    pub fn ask_to_compare(&self) -> Result<(), MirrorError> {
        self.write(|file| ask(file))
    }

    /// Ids after `after` up to `up_to` (`None`: to the end) that the server has to be asked about:
    /// those of which `listed`, its ids and revisions in that range, says something else than is here.
    /// With a selection, what the server alone has is outside of it.
    pub fn differing(
        &self,
        database: Database,
        after: Option<&str>,
        up_to: Option<&str>,
        listed: &[(String, String)],
    ) -> Result<Vec<String>, MirrorError> {
        self.read(|file| {
            let mut here = here(file, database, after.unwrap_or_default(), up_to)?;
            let everything = database == Database::Internal || selection::chosen(file)?.is_everything();
            let mut ids = Vec::new();
            for (id, rev) in listed.iter().filter(|(id, _)| !id.starts_with('_')) {
                let differs = match here.remove(id) {
                    Some(here) => here.rev != *rev || here.in_question,
                    None => everything,
                };
                if differs {
                    ids.push(id.clone());
                }
            }
            let lost = here.into_iter().filter(|(_, here)| !here.in_question && !here.gone);
            ids.extend(lost.map(|(id, _)| id));
            ids.sort_unstable();
            Ok(ids)
        })
    }

    /// Writes what the server said of differing ids; it has nothing at all of those in `nothing`.
    pub fn compared(
        &self,
        database: Database,
        found: &[Pulled],
        nothing: &[String],
        now: i64,
    ) -> Result<Applied, MirrorError> {
        self.write(|file| {
            let mut pull = Pull::begin(file, database, now)?;
            for pulled in found {
                pull.change(pulled)?;
            }
            for id in nothing {
                let here = crate::pulled::held(file, database, id)?;
                if let Some(held) =
                    here.filter(|held| !held.gone && held.rev.is_some() && held.body.is_some())
                {
                    pull.notice(held.n, None)?;
                }
            }
            pull.finish()
        })
    }

    /// A comparison came as far as `up_to`; with `None` it is at its end, and what vanished is
    /// believed or asked about.
    pub fn compared_up_to(
        &self,
        database: Database,
        up_to: Option<&str>,
        now: i64,
    ) -> Result<Applied, MirrorError> {
        self.write(|file| {
            let mut pull = Pull::begin(file, database, now)?;
            match up_to {
                Some(up_to) => {
                    let sql = "UPDATE comparison SET up_to = ?2 WHERE db = ?1";
                    file.execute(sql, params![database, up_to])?;
                }
                None => {
                    pull.believe_or_ask()?;
                    let sql = "UPDATE comparison SET up_to = '', ended_at = ?2, asked = 0,
                                                      set_back = iif(set_back = 3, 1, 0)
                               WHERE db = ?1";
                    file.execute(sql, params![database, now])?;
                }
            }
            pull.finish()
        })
    }
}

pub(crate) fn ask(file: &Connection) -> Result<(), MirrorError> {
    file.execute("UPDATE comparison SET asked = 1", [])?;
    Ok(())
}

/// A first pull that has ended compared everything.
pub(crate) fn begin(file: &Connection, database: Database, now: i64) -> Result<(), MirrorError> {
    file.prepare_cached("INSERT INTO comparison (db, ended_at) VALUES (?1, ?2) ON CONFLICT (db) DO NOTHING")?
        .execute(params![database, now])?;
    Ok(())
}

/// A mirror that was mended does not know what the server was: what was delivered to it is asked for.
pub(crate) fn after_mending(file: &Connection) -> Result<(), MirrorError> {
    for database in [Database::Grievances, Database::Internal] {
        file.execute("INSERT INTO comparison (db, ended_at, set_back) VALUES (?1, 0, 2)", [database])?;
    }
    entries::send_again(file)
}

/// Something that the server had lost came back: what was delivered has to be asked for, also where the comparison under
/// way has done so. 3 is a 1 that the end of that one leaves standing.
pub(crate) fn again(file: &Connection, database: Database) -> Result<(), MirrorError> {
    file.execute("UPDATE comparison SET set_back = 3 WHERE db = ?1", [database])?;
    Ok(())
}

pub(crate) fn is_set_back(file: &Connection, database: Database) -> Result<bool, MirrorError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM comparison WHERE db = ?1 AND set_back)";
    Ok(file.prepare_cached(sql)?.query_row([database], |row| row.get(0))?)
}

/// Databases that are pulled and whose comparison is due: with `set_back`, because the server was
/// set back or may have been; without, because somebody asked or the week is over.
pub(crate) fn due(file: &Connection, set_back: bool, now: i64) -> Result<BTreeSet<Database>, MirrorError> {
    let mut statement = file.prepare_cached(
        "SELECT EXISTS (
             SELECT 1 FROM comparison JOIN checkpoint USING (db)
             WHERE db = ?1 AND caught_up AND (set_back != 0) = ?2
               AND (set_back OR asked OR up_to != '' OR ended_at <= ?3))",
    )?;
    let mut due = BTreeSet::new();
    for database in [Database::Grievances, Database::Internal] {
        if statement.query_row(params![database, set_back, now - COMPARED_EVERY], |row| row.get(0))? {
            due.insert(database);
        }
    }
    Ok(due)
}

/// Whether a comparison will decide about what vanished, because it is under way or comes next.
pub(crate) fn decides(file: &Connection, database: Database, now: i64) -> Result<bool, MirrorError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM comparison
                              WHERE db = ?1 AND (set_back OR asked OR up_to != '' OR ended_at <= ?2))";
    Ok(file.prepare_cached(sql)?.query_row(params![database, now - COMPARED_EVERY], |row| row.get(0))?)
}

/// What is here of a document.
struct Here {
    /// Empty where the document itself has to be fetched, or was purged.
    rev: String,
    in_question: bool,
    /// Believed to be gone: the server is not expected to list it.
    gone: bool,
}

fn here(
    file: &Connection,
    database: Database,
    after: &str,
    up_to: Option<&str>,
) -> Result<HashMap<String, Here>, MirrorError> {
    let mut statement = file.prepare_cached(
        "SELECT d.id, iif(d.body IS NULL, '', coalesce(d.rev, '')), v.document IS NOT NULL, d.gone
         FROM document d LEFT JOIN vanished v ON v.document = d.n AND v.state != 'believed'
         WHERE d.db = ?1 AND d.id > ?2 AND (?3 IS NULL OR d.id <= ?3) AND (d.gone OR d.rev IS NOT NULL)
           -- Of a grievance outside the selection only the record of deliveries is here. Where something of it is
           -- unsent it has to be here.
           AND (d.body IS NOT NULL OR (NOT d.gone AND d.n IN (SELECT document FROM edit))
                -- So has it to be where the server lost something of it and has it again.
                OR (d.gone AND d.rev IS NULL AND d.n IN (SELECT document FROM delivery)))",
    )?;
    let found = statement.query_map(params![database, after, up_to], |row| {
        Ok((row.get(0)?, Here { rev: row.get(1)?, in_question: row.get(2)?, gone: row.get(3)? }))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
