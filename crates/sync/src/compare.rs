//! Server against laptop against unsent, for whoever doubts. Only reads; on the server only ids
//! and revisions, in pages.

use std::collections::BTreeMap;

use domain::Selection;
use mirror::{Database, Holding, Holdings};
use serde::Serialize;

use crate::comparison::IDS_AT_ONCE;
use crate::state::{Unsent, counted, waiting};
use crate::{Officer, SyncError};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// Grievances on either side.
    pub server: u64,
    pub laptop: u64,
    pub statuses: Vec<StatusCount>,
    /// Grievances of the server whose revision is not here, so that their status is not known.
    pub not_read: u64,
    /// Grievances that only the server has, because they are outside the selection.
    pub outside: u64,
    /// Ids.
    pub only_there: Vec<String>,
    pub only_here: Vec<String>,
    pub other_revision: Vec<String>,
    /// On the server in a form that this program cannot read.
    pub unreadable: Vec<String>,
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

/// How many grievances have a status, without what is unsent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusCount {
    pub status: String,
    pub server: u64,
    pub laptop: u64,
}

impl Officer {
    /// Compares the ward's grievances. A change that arrives meanwhile shows as a difference.
    pub async fn compare(&self) -> Result<Comparison, SyncError> {
        self.server().sign_in(self.user(), &self.password()).await?;
        let there = self.revisions_there().await?;
        let here = self.with_mirror(|mirror| mirror.holdings()).await?;
        let counts = self.with_mirror(|mirror| mirror.counts()).await?;
        let selection = self.selection().await?;
        Ok(compare(&there, &here, Unsent::from(&counts), &selection))
    }

    async fn revisions_there(&self) -> Result<BTreeMap<String, String>, SyncError> {
        let remote = self.remote(Database::Grievances);
        let mut there = BTreeMap::new();
        let mut last: Option<String> = None;
        loop {
            let page = remote.all_revisions(last.as_deref(), IDS_AT_ONCE).await?;
            let is_last = page.len() < IDS_AT_ONCE as usize;
            last = page.last().map(|(id, _)| id.clone());
            // Design documents are not grievances.
            there.extend(page.into_iter().filter(|(id, _)| !id.starts_with('_')));
            if is_last {
                return Ok(there);
            }
        }
    }
}

fn compare(
    there: &BTreeMap<String, String>,
    here: &Holdings,
    unsent: Unsent,
    selection: &Selection,
) -> Comparison {
    let revisions = here.grievances.iter().map(|held| (held.id.clone(), held.rev.clone())).collect();
    let mut differences = Differences::between(there, &revisions);
    let is_unreadable = |id: &String| here.set_aside.contains(id);
    let unreadable = there.keys().filter(|id| is_unreadable(id)).cloned().collect();
    differences.only_there.retain(|id| !is_unreadable(id));
    let outside = match selection.is_everything() {
        true => Vec::new(),
        false => std::mem::take(&mut differences.only_there),
    };
    differences.other_revision.retain(|id| !is_unreadable(id));
    let statuses = statuses(there, &here.grievances);
    let read: u64 = statuses.iter().map(|status| status.server).sum();
    Comparison {
        server: there.len() as u64,
        laptop: here.grievances.len() as u64,
        not_read: there.len() as u64 - read,
        statuses,
        outside: outside.len() as u64,
        sentence: sentence(differences.count(), unsent),
        only_there: differences.only_there,
        only_here: differences.only_here,
        other_revision: differences.other_revision,
        unreadable,
        unsent_edits: unsent.edits,
        unsent_photos: unsent.photos,
        unsent_entries: unsent.entries,
        clashes: unsent.clashes,
        refused: unsent.refused,
    }
}

/// What is not the same in two maps from id to revision.
#[derive(Debug, Default, PartialEq, Eq)]
struct Differences {
    only_there: Vec<String>,
    only_here: Vec<String>,
    other_revision: Vec<String>,
}

impl Differences {
    fn between(there: &BTreeMap<String, String>, here: &BTreeMap<String, String>) -> Differences {
        let mut differences = Differences::default();
        for (id, rev) in there {
            match here.get(id) {
                None => differences.only_there.push(id.clone()),
                Some(held) if held != rev => differences.other_revision.push(id.clone()),
                Some(_) => {}
            }
        }
        differences.only_here = here.keys().filter(|id| !there.contains_key(*id)).cloned().collect();
        differences
    }

    fn count(&self) -> u64 {
        (self.only_there.len() + self.only_here.len() + self.other_revision.len()) as u64
    }
}

/// A grievance of one revision has one status, wherever it is read.
fn statuses(there: &BTreeMap<String, String>, here: &[Holding]) -> Vec<StatusCount> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for held in here {
        let (server, laptop) = counts.entry(&held.status).or_default();
        *server += u64::from(there.get(&held.id) == Some(&held.rev));
        *laptop += 1;
    }
    let count =
        |(status, (server, laptop)): (&str, _)| StatusCount { status: status.to_owned(), server, laptop };
    counts.into_iter().map(count).collect()
}

fn sentence(differences: u64, unsent: Unsent) -> String {
    let unsent_work = waiting(unsent);
    match (differences, unsent.edits + unsent.photos + unsent.entries) {
        (0, 0) => "Server and laptop agree, and nothing is unsent.".to_owned(),
        (0, _) => format!("Server and laptop agree on what was fetched. {unsent_work} Sync to send it."),
        (n, _) => format!(
            "Server and laptop differ in {}. {unsent_work} Sync and compare again; \
             if they still differ then, tell the administrator.",
            counted(n, "grievance", "grievances")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(id, rev)| ((*id).to_owned(), (*rev).to_owned())).collect()
    }

    #[test]
    fn differences_are_named() {
        let there = map(&[("lamp", "2-b"), ("pipe", "1-a"), ("drain", "1-a")]);
        let here = map(&[("lamp", "1-a"), ("pipe", "1-a"), ("pothole", "1-a")]);
        let expected = Differences {
            only_there: vec!["drain".to_owned()],
            only_here: vec!["pothole".to_owned()],
            other_revision: vec!["lamp".to_owned()],
        };
        assert_eq!(Differences::between(&there, &here), expected);
        assert_eq!(Differences::between(&there, &there), Differences::default());
    }

    #[test]
    fn a_document_that_cannot_be_read_is_no_difference_that_a_sync_would_mend() {
        let held = Holding { id: "lamp".to_owned(), rev: "1-a".to_owned(), status: "new".to_owned() };
        let here =
            Holdings { grievances: vec![held], set_aside: vec!["lamp".to_owned(), "drain".to_owned()] };
        let comparison = compare(
            &map(&[("lamp", "2-b"), ("drain", "1-a")]),
            &here,
            Unsent::default(),
            &Selection::default(),
        );
        assert_eq!(comparison.unreadable, ["drain", "lamp"]);
        assert!(comparison.only_there.is_empty() && comparison.other_revision.is_empty());
        assert_eq!(comparison.sentence, "Server and laptop agree, and nothing is unsent.");
        assert_eq!((comparison.server, comparison.laptop, comparison.not_read), (2, 1, 2));
    }

    #[test]
    fn agreement_is_said_only_when_there_is_no_difference() {
        let unsent = Unsent { edits: 1, ..Unsent::default() };
        let table = [
            (0, Unsent::default(), "Server and laptop agree, and nothing is unsent."),
            (
                0,
                unsent,
                "Server and laptop agree on what was fetched. 1 change is saved on this laptop. Sync to send it.",
            ),
        ];
        for (differences, unsent, expected) in table {
            assert_eq!(sentence(differences, unsent), expected);
        }
        assert!(sentence(1, Unsent::default()).starts_with("Server and laptop differ in 1 grievance."));
    }
}
