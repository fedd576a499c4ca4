//! Server against laptop against unsent, for whoever doubts. Only reads; on the server only ids
//! and revisions, in pages.

use std::collections::{BTreeMap, BTreeSet};

use couch::CouchError;
use domain::Selection;
use mirror::{Database, Holding, Holdings};
use serde::Serialize;

use crate::comparison::IDS_AT_ONCE;
use crate::plan::is_of_the_internal_database;
use crate::sentence::{counted, waiting};
use crate::state::Unsent;
use crate::{Officer, SyncError};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    pub grievances: ComparedDatabase,
    /// `None`: the server has none for this officer, and there never was anything of it here; or it could not be read,
    /// and then `sentence` says so.
    pub internal: Option<ComparedDatabase>,
    /// Of the grievances.
    pub statuses: Vec<ComparedCount>,
    pub wards: Vec<ComparedCount>,
    /// Grievances of the server whose revision is not here, so that their status and ward are not known.
    pub not_read: u64,
    /// Grievances that only the server has, because they are outside the selection.
    pub outside: u64,
    pub unsent_edits: u64,
    pub unsent_photos: u64,
    /// Lines of cases' histories.
    pub unsent_entries: u64,
    /// Of the unsent edits.
    pub clashes: u64,
    pub refused: u64,
    /// Whether they agree, and what to do.
    pub sentence: String,
}

/// One database, there and here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComparedDatabase {
    /// Documents on either side.
    pub server: u64,
    pub laptop: u64,
    /// Ids.
    pub only_there: Vec<String>,
    pub only_here: Vec<String>,
    pub other_revision: Vec<String>,
    /// On the server in a form that this program cannot read.
    pub unreadable: Vec<String>,
}

/// How many grievances have a status, or are of a ward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComparedCount {
    /// `None`: names no ward and lies in none.
    pub name: Option<String>,
    /// Without what is unsent.
    pub server: u64,
    pub laptop: u64,
    /// Edits of them.
    pub unsent: u64,
}

/// Revisions by their ids, as a server lists them.
type Listed = BTreeMap<String, String>;

impl Officer {
    /// Compares the ward's two databases. A change that arrives meanwhile shows as a difference.
    pub async fn compare(&self) -> Result<Comparison, SyncError> {
        self.server().sign_in(self.user(), &self.password()).await?;
        let there = self.revisions_there(Database::Grievances).await?;
        let (internal, problem) = match self.revisions_there(Database::Internal).await {
            Err(SyncError::Couch(error)) if is_of_the_internal_database(&error) => (None, Some(error.into())),
            listed => (Some(listed?), None),
        };
        let here = self.with_mirror(|mirror| mirror.holdings()).await?;
        // Many a site has none.
        let problem = problem.filter(|error| !here.internal.is_empty() || !is_none(error));
        let counts = self.with_mirror(|mirror| mirror.counts()).await?;
        let selection = self.selection().await?;
        let mut comparison = compare(&there, internal.as_ref(), here, Unsent::from(&counts), &selection);
        if let Some(problem) = problem {
            comparison.sentence = format!(
                "The internal database was not compared: {problem}. Without it: {}",
                comparison.sentence
            );
        }
        Ok(comparison)
    }

    async fn revisions_there(&self, database: Database) -> Result<Listed, SyncError> {
        let remote = self.remote(database);
        let mut there = Listed::new();
        let mut last: Option<String> = None;
        loop {
            let page = remote.all_revisions(last.as_deref(), IDS_AT_ONCE).await?;
            let is_last = page.len() < IDS_AT_ONCE as usize;
            last = page.last().map(|(id, _)| id.clone());
            // Design documents are nobody's.
            there.extend(page.into_iter().filter(|(id, _)| !id.starts_with('_')));
            if is_last {
                return Ok(there);
            }
        }
    }
}

/// Whether the server has no internal database for this officer.
fn is_none(error: &SyncError) -> bool {
    matches!(error, SyncError::Couch(CouchError::NoSuchDatabase | CouchError::NoAccess))
}

fn compare(
    there: &Listed,
    internal_there: Option<&Listed>,
    here: Holdings,
    unsent: Unsent,
    selection: &Selection,
) -> Comparison {
    let fetched = |held: &Holding| held.rev.clone().map(|rev| (held.id.clone(), rev));
    let revisions = here.grievances.iter().filter_map(fetched).collect();
    let unreadable =
        |database| here.set_aside.iter().filter(move |(of, _)| *of == database).map(|(_, id)| id);
    let mut grievances = ComparedDatabase::of(there, &revisions, unreadable(Database::Grievances).collect());
    let outside = match selection.is_everything() {
        true => Vec::new(),
        false => std::mem::take(&mut grievances.only_there),
    };
    let internal_here = here.internal.into_iter().collect();
    let mut internal = internal_there
        .map(|there| ComparedDatabase::of(there, &internal_here, unreadable(Database::Internal).collect()));
    if let Some(internal) = &mut internal {
        // They are here all the same, as what was delivered.
        let sent = internal.only_there.extract_if(.., |id| here.sent_entries.contains(id));
        internal.laptop += sent.count() as u64;
    }
    let statuses = counts(there, &here.grievances, |held| Some(&held.status));
    let read: u64 = statuses.iter().map(|status| status.server).sum();
    Comparison {
        statuses,
        wards: counts(there, &here.grievances, |held| held.ward.as_deref()),
        not_read: grievances.server - read,
        outside: outside.len() as u64,
        sentence: sentence(
            grievances.differences(),
            internal.as_ref().map_or(0, ComparedDatabase::differences),
            unsent,
        ),
        grievances,
        internal,
        unsent_edits: unsent.edits,
        unsent_photos: unsent.photos,
        unsent_entries: unsent.entries,
        clashes: unsent.clashes,
        refused: unsent.refused,
    }
}

impl ComparedDatabase {
    /// What cannot be read here is no difference that a sync would mend.
    fn of(there: &Listed, here: &Listed, set_aside: BTreeSet<&String>) -> ComparedDatabase {
        let mut sides = ComparedDatabase {
            server: there.len() as u64,
            laptop: here.len() as u64,
            ..ComparedDatabase::default()
        };
        for (id, rev) in there {
            match here.get(id) {
                _ if set_aside.contains(id) => sides.unreadable.push(id.clone()),
                None => sides.only_there.push(id.clone()),
                Some(held) if held != rev => sides.other_revision.push(id.clone()),
                Some(_) => {}
            }
        }
        sides.only_here = here.keys().filter(|id| !there.contains_key(*id)).cloned().collect();
        sides
    }

    fn differences(&self) -> u64 {
        (self.only_there.len() + self.only_here.len() + self.other_revision.len()) as u64
    }
}

/// A grievance of one revision has one status and one ward, wherever it is read.
fn counts<'a>(
    there: &Listed,
    here: &'a [Holding],
    name: impl Fn(&'a Holding) -> Option<&'a str>,
) -> Vec<ComparedCount> {
    let mut counts: BTreeMap<Option<&str>, ComparedCount> = BTreeMap::new();
    for held in here {
        let named = name(held);
        let none = ComparedCount { name: named.map(str::to_owned), server: 0, laptop: 0, unsent: 0 };
        let count = counts.entry(named).or_insert(none);
        count.server += u64::from(held.rev.is_some() && there.get(&held.id) == held.rev.as_ref());
        count.laptop += u64::from(held.rev.is_some());
        count.unsent += held.unsent;
    }
    counts.into_values().collect()
}

fn sentence(grievances: u64, internal: u64, unsent: Unsent) -> String {
    let unsent_work = waiting(unsent);
    if grievances + internal == 0 {
        return match unsent.edits + unsent.photos + unsent.entries {
            0 => "Server and laptop agree, and nothing is unsent.".to_owned(),
            _ => format!("Server and laptop agree on what was fetched. {unsent_work} Sync to send it."),
        };
    }
    let differing = [
        (grievances, counted(grievances, "grievance", "grievances")),
        (internal, counted(internal, "internal document", "internal documents")),
    ];
    let differing: Vec<String> =
        differing.into_iter().filter(|(n, _)| *n > 0).map(|(_, words)| words).collect();
    format!(
        "Server and laptop differ in {}. {unsent_work} Sync and compare again; \
         if they still differ then, tell the administrator.",
        differing.join(" and ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> Listed {
        pairs.iter().map(|(id, rev)| ((*id).to_owned(), (*rev).to_owned())).collect()
    }

    #[test]
    fn differences_are_named() {
        let there =
            map(&[("lamp", "2-b"), ("pipe", "1-a"), ("drain", "1-a"), ("odd", "1-a"), ("odd too", "2-b")]);
        let here = map(&[("lamp", "1-a"), ("pipe", "1-a"), ("pothole", "1-a"), ("odd too", "1-a")]);
        let expected = ComparedDatabase {
            server: 5,
            laptop: 4,
            only_there: vec!["drain".to_owned()],
            only_here: vec!["pothole".to_owned()],
            other_revision: vec!["lamp".to_owned()],
            unreadable: vec!["odd".to_owned(), "odd too".to_owned()],
        };
        let sides =
            ComparedDatabase::of(&there, &here, BTreeSet::from([&"odd".to_owned(), &"odd too".to_owned()]));
        assert_eq!(sides, expected);
        assert_eq!(sides.differences(), 3);
        assert_eq!(ComparedDatabase::of(&there, &there, BTreeSet::new()).differences(), 0);
    }

    #[test]
    fn each_ward_is_counted_there_here_and_unsent() {
        let held = |id: &str, rev: Option<&str>, ward: Option<&str>, unsent| Holding {
            id: id.to_owned(),
            rev: rev.map(str::to_owned),
            status: "new".to_owned(),
            ward: ward.map(str::to_owned),
            unsent,
        };
        let here = [
            held("lamp", Some("1-a"), Some("12"), 2),
            held("pipe", Some("1-a"), Some("12"), 0),
            held("filed here", None, Some("12"), 1),
            held("drain", Some("1-a"), None, 0),
        ];
        let there = map(&[("lamp", "1-a"), ("pipe", "2-b"), ("drain", "1-a")]);
        let count = |name: Option<&str>, server, laptop, unsent| ComparedCount {
            name: name.map(str::to_owned),
            server,
            laptop,
            unsent,
        };
        let expected = vec![count(None, 1, 1, 0), count(Some("12"), 1, 2, 3)];
        assert_eq!(counts(&there, &here, |held| held.ward.as_deref()), expected);
    }

    #[test]
    fn agreement_is_said_only_when_there_is_no_difference() {
        let unsent = Unsent { edits: 1, ..Unsent::default() };
        let table = [
            (0, 0, Unsent::default(), "Server and laptop agree, and nothing is unsent."),
            (0, 0, unsent, "Server and laptop agree on what was fetched. 1 change is saved on this laptop."),
            (1, 0, Unsent::default(), "Server and laptop differ in 1 grievance."),
            (0, 2, Unsent::default(), "Server and laptop differ in 2 internal documents."),
            (
                2,
                1,
                unsent,
                "Server and laptop differ in 2 grievances and 1 internal document. 1 change is saved",
            ),
        ];
        for (grievances, internal, unsent, begins) in table {
            let said = sentence(grievances, internal, unsent);
            assert!(said.starts_with(begins), "{said}");
        }
    }
}
