//! Versions of a document that servers made among themselves. They are held beside the one that is
//! shown until the officer says which holds; the others are then set aside, each by an edit of its own.

use std::collections::BTreeSet;
use std::iter;

use domain::{Document, Edit, Field, Home, case, differing, write_case};
use rusqlite::{Connection, params};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::change::{self, Moment};
use crate::edits::{self, State, Stored};
use crate::pulled::{Held, held};
use crate::{Database, Mirror, MirrorError, row};

/// A grievance, or its case, of which the server has more versions than the one it shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Branched {
    /// The grievance's `_id`.
    pub grievance: String,
    /// Whether the versions are those of its case.
    pub is_case: bool,
    pub description: Option<String>,
    /// The revision of the version that is shown.
    pub rev: String,
    /// In order of their revisions.
    pub branches: Vec<Branch>,
}

impl Branched {
    /// The revisions to choose from, the shown one first.
    pub fn versions(&self) -> Vec<String> {
        let others = self.branches.iter().map(|branch| branch.rev.clone());
        iter::once(self.rev.clone()).chain(others).collect()
    }
}

/// One of the other versions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    pub rev: String,
    pub content: Content,
    /// Who decided last in it, and when (RFC 3339), as far as it tells.
    pub by: Option<String>,
    pub at: Option<String>,
    pub differences: Vec<Difference>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Content {
    /// The next contact with the server brings it.
    ToFetch,
    Here,
    /// The server has none to give.
    Lost,
}

/// A field that the other version has otherwise than what is shown, in the form of [`Edit::wanted`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    pub field: Field,
    pub shown: Value,
    pub other: Value,
}

impl Mirror {
    /// What the officer has to decide about.
    pub fn branched(&self) -> Result<Vec<Branched>, MirrorError> {
        self.read(branched)
    }

    /// Versions whose content is to be fetched, at most `limit`: the document's `_id` and the revision.
    pub fn branches_to_fetch(
        &self,
        database: Database,
        limit: u32,
    ) -> Result<Vec<(String, String)>, MirrorError> {
        self.read(|file| {
            let mut statement = file.prepare_cached(
                "SELECT d.id, b.rev FROM branch b CROSS JOIN document d ON d.n = b.document
                 WHERE d.db = ?1 AND b.body IS NULL AND NOT b.asked ORDER BY d.n, b.rev LIMIT ?2",
            )?;
            let found =
                statement.query_map(params![database, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }

    /// What the server gave when it was asked for the version `rev`; `None`: it has none to give.
    pub fn branch_fetched(
        &self,
        database: Database,
        id: &str,
        rev: &str,
        body: Option<&RawValue>,
    ) -> Result<(), MirrorError> {
        self.write(|file| {
            let Some(held) = held(file, database, id)? else { return Ok(()) };
            // One that is not open any more was closed meanwhile, and its row with it.
            file.execute(
                "UPDATE branch SET body = ?3, asked = 1 WHERE document = ?1 AND rev = ?2",
                params![held.n, rev, body.map(RawValue::get)],
            )?;
            Ok(())
        })
    }

    /// Decides about every open branch of a grievance, or of its case when `database` is the internal
    /// one, on behalf of `by` at the time `at` (RFC 3339), who has looked at these `versions`
    /// ([`Branched::versions`]). What is shown holds, or with `holds` the version of that revision: then its fields are
    /// wanted like any change. Photos that only branches have are kept in any case.
    ///
    /// # Errors
    /// `NothingBranched`, `ChangedMeanwhile` when other versions are here by now, `BranchNotFetched`.
    pub fn settle_branches(
        &self,
        database: Database,
        grievance: &str,
        versions: &[String],
        holds: Option<&str>,
        by: &str,
        at: &str,
    ) -> Result<(), MirrorError> {
        let at = Moment::parse(at)?;
        self.write(|file| {
            let document = document_id(database, grievance);
            let open = undecided_of(file, database, &document)?;
            let rev = shown_rev(file, database, &document)?;
            let here = iter::once(&rev).chain(open.iter().map(|open| &open.rev));
            if !open.is_empty() && !here.eq(versions) {
                return Err(MirrorError::ChangedMeanwhile);
            }
            if open.is_empty() || holds.is_some_and(|holds| open.iter().all(|open| open.rev != holds)) {
                return Err(MirrorError::NothingBranched(grievance.to_owned()));
            }
            let is_missing = |open: &Open| match open.content() {
                Content::Here => false,
                Content::ToFetch => true,
                Content::Lost => holds == Some(&open.rev),
            };
            if open.iter().any(is_missing) {
                return Err(MirrorError::BranchNotFetched);
            }
            let held = change::grievance(file, grievance)?;
            let shown = shown(file, database, &held, grievance)?;
            let shown = Document::parse(&shown)?;
            for open in &open {
                let Some(body) = &open.body else { continue };
                let other = Document::parse(body)?;
                let mut fields = differing(home(database), &shown, &other);
                fields.retain(|field| holds == Some(&open.rev) || matches!(field, Field::Photo(_)));
                for field in fields {
                    let wanted = field.found(Some(&other));
                    change::set_field(file, &held, grievance, field, wanted, by, &at)?;
                }
            }
            for open in open {
                let edit = Edit {
                    id: edits::new_id(file, held.n, at.instant())?,
                    document: grievance.to_owned(),
                    field: field(database, open.rev),
                    seen: open.body.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default(),
                    wanted: Value::Null,
                    sent: Vec::new(),
                    by: by.to_owned(),
                    at: at.text().to_owned(),
                };
                edits::put(
                    file,
                    &Stored { n: held.n, edit, state: State::Saved, error: None, reason: None },
                )?;
            }
            change::show(file, held.n, at.seconds())
        })
    }
}

/// A branch in the mirror.
struct Open {
    rev: String,
    body: Option<String>,
    asked: bool,
}

impl Open {
    fn content(&self) -> Content {
        match (&self.body, self.asked) {
            (Some(_), _) => Content::Here,
            (None, false) => Content::ToFetch,
            (None, true) => Content::Lost,
        }
    }
}

fn branched(file: &Connection) -> Result<Vec<Branched>, MirrorError> {
    let mut statement = file.prepare_cached(
        "SELECT DISTINCT u.db, g.id FROM undecided u JOIN document g ON g.n = u.grievance
         ORDER BY u.grievance, u.db",
    )?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(found) = rows.next()? {
        let (database, grievance): (Database, String) = (found.get(0)?, found.get(1)?);
        let held = change::grievance(file, &grievance)?;
        let description = row::shown(held.body.as_deref(), &edits::of_document(file, held.n)?)?
            .and_then(|shown| shown.description);
        let shown = shown(file, database, &held, &grievance)?;
        let shown = Document::parse(&shown)?;
        let document = document_id(database, &grievance);
        let rev = shown_rev(file, database, &document)?;
        let open = undecided_of(file, database, &document)?;
        let branches = open.iter().map(|open| branch(open, database, &shown)).collect::<Result<_, _>>()?;
        let is_case = database == Database::Internal;
        all.push(Branched { grievance, is_case, description, rev, branches });
    }
    Ok(all)
}

/// Whether a grievance waits for a decision between versions.
pub(crate) fn asks(file: &Connection, grievance: i64) -> Result<bool, MirrorError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM undecided WHERE grievance = ?1)";
    Ok(file.prepare_cached(sql)?.query_row([grievance], |row| row.get(0))?)
}

/// Databases with branches whose content nobody has asked for.
pub(crate) fn to_fetch(file: &Connection) -> Result<BTreeSet<Database>, MirrorError> {
    let mut statement = file.prepare_cached(
        "SELECT DISTINCT d.db FROM branch b CROSS JOIN document d ON d.n = b.document
         WHERE b.body IS NULL AND NOT b.asked",
    )?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn branch(open: &Open, database: Database, shown: &Document) -> Result<Branch, MirrorError> {
    let other = Document::parse(open.body.as_deref().unwrap_or("{}"))?;
    let signed = match database {
        Database::Grievances => other.object("triage"),
        Database::Internal => other.clone(),
    };
    let fields = match open.body {
        Some(_) => differing(home(database), shown, &other),
        None => Vec::new(),
    };
    let difference = |field: Field| Difference {
        shown: field.found(Some(shown)),
        other: field.found(Some(&other)),
        field,
    };
    Ok(Branch {
        rev: open.rev.clone(),
        content: open.content(),
        by: signed.read("by"),
        at: signed.read("at"),
        differences: fields.into_iter().map(difference).collect(),
    })
}

fn undecided_of(file: &Connection, database: Database, document: &str) -> Result<Vec<Open>, MirrorError> {
    let Some(held) = held(file, database, document)? else { return Ok(Vec::new()) };
    let mut statement =
        file.prepare_cached("SELECT rev, body, asked FROM undecided WHERE document = ?1 ORDER BY rev")?;
    let open = statement
        .query_map([held.n], |row| Ok(Open { rev: row.get(0)?, body: row.get(1)?, asked: row.get(2)? }))?;
    Ok(open.collect::<Result<_, _>>()?)
}

/// The grievance or its case with the edits written into it.
fn shown(file: &Connection, database: Database, held: &Held, grievance: &str) -> Result<String, MirrorError> {
    let stored = edits::of_document(file, held.n)?;
    let edits: Vec<Edit> = stored.into_iter().map(|stored| stored.edit).collect();
    let text = match database {
        Database::Grievances => domain::write_edits(held.body.as_deref(), &edits)?,
        Database::Internal => {
            let case = change::internal(file, &case::document_id(grievance))?;
            Some(write_case(grievance, case.as_deref(), &edits)?)
        }
    };
    Ok(text.map_or_else(|| "{}".to_owned(), |text| text.get().to_owned()))
}

/// The revision of the version that is shown; empty where the server has nothing of it.
fn shown_rev(file: &Connection, database: Database, document: &str) -> Result<String, MirrorError> {
    Ok(held(file, database, document)?.and_then(|held| held.rev).unwrap_or_default())
}

fn document_id(database: Database, grievance: &str) -> String {
    match database {
        Database::Grievances => grievance.to_owned(),
        Database::Internal => case::document_id(grievance),
    }
}

fn home(database: Database) -> Home {
    match database {
        Database::Grievances => Home::Grievance,
        Database::Internal => Home::Case,
    }
}

pub(crate) fn field(database: Database, rev: String) -> Field {
    match database {
        Database::Grievances => Field::Branch(rev),
        Database::Internal => Field::CaseBranch(rev),
    }
}
