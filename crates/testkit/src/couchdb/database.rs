//! One database: documents with their trees, the order of changes, `_local` documents.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::answer::Refusal;
use super::edit::Edit;
use super::log::{Log, Record};
use super::revision::Revision;
use super::revision_tree::RevisionTree;
use super::sequence;

#[derive(Clone)]
pub struct Document {
    pub tree: RevisionTree,
    pub sequence: u64,
}

/// A `_local` document: never replicated, and a number instead of a revision tree.
#[derive(Clone)]
pub struct Local {
    pub number: u64,
    /// JSON without the braces.
    pub members: String,
}

/// Who gives an edit its revision.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Revisions {
    /// The server, on top of the revision the client names.
    MadeHere,
    /// Another replica (`new_edits=false`).
    Given,
}

pub struct Database {
    pub name: String,
    /// The incarnation: 16 hex digits, new whenever the database is created.
    pub tag: String,
    /// Seconds since 1970 at creation, CouchDB's `instance_start_time`.
    pub born: u64,
    pub contents: Contents,
    /// Ids whose edits are refused as a `validate_doc_update` would, with its words.
    pub refused: BTreeMap<String, String>,
    /// The newest sequence; closed when the database is deleted.
    pub news: watch::Sender<u64>,
    log: Log,
}

/// What a backup of a database holds.
#[derive(Clone)]
pub struct Contents {
    pub documents: BTreeMap<Arc<str>, Document>,
    pub by_sequence: BTreeMap<u64, Arc<str>>,
    pub locals: BTreeMap<String, Local>,
    pub newest: u64,
    pub live: u64,
    pub deleted: u64,
    /// Of all revisions' members.
    pub bytes: u64,
    /// How many revisions of each version of a document are remembered.
    pub revs_limit: usize,
    pub security: Value,
}

impl Database {
    pub fn new(name: &str, tag: &str, born: u64, log: Log) -> Self {
        Self {
            name: name.to_owned(),
            tag: tag.to_owned(),
            born,
            contents: Contents {
                documents: BTreeMap::new(),
                by_sequence: BTreeMap::new(),
                locals: BTreeMap::new(),
                newest: 0,
                live: 0,
                deleted: 0,
                bytes: 0,
                revs_limit: 1_000,
                security: json!({
                    "members": {"roles": ["_admin"]},
                    "admins": {"roles": ["_admin"]},
                }),
            },
            refused: BTreeMap::new(),
            news: watch::Sender::new(0),
            log,
        }
    }

    /// Accepts an edit or says why not; an accepted one is in the log before this returns.
    pub fn accept(&mut self, edit: Edit, revisions: Revisions) -> Result<Revision, Refusal> {
        if let Some(reason) = self.refused.get(&edit.id) {
            return Err(Refusal::forbidden(reason.clone()));
        }
        let members = edit.members_text()?;
        let history = match revisions {
            Revisions::Given => edit.history,
            Revisions::MadeHere => {
                let parent = self.parent_of(&edit)?;
                let made = Revision::of_edit(parent.as_ref(), edit.deleted, &edit.members);
                std::iter::once(made).chain(parent).collect()
            }
        };
        let revision = history.first().cloned().ok_or_else(|| {
            Refusal::bad_request(
                "When `new_edits: false`, the document needs `_rev` or `_revisions` specified",
            )
        })?;
        if self.add(&edit.id, &history, edit.deleted, &members) {
            self.log.append(&Record::Revision {
                database: self.name.clone(),
                id: edit.id,
                history: history.iter().map(Revision::to_string).collect(),
                deleted: edit.deleted,
                members,
            })?;
            self.news.send_replace(self.contents.newest);
        }
        Ok(revision)
    }

    /// Adds a revision to a document's tree; true when that changed anything.
    pub fn add(&mut self, id: &str, history: &[Revision], deleted: bool, members: &str) -> bool {
        let contents = &mut self.contents;
        let key = match contents.documents.get_key_value(id) {
            Some((key, _)) => Arc::clone(key),
            None => Arc::from(id),
        };
        let document = contents
            .documents
            .entry(Arc::clone(&key))
            .or_insert_with(|| Document { tree: RevisionTree::default(), sequence: 0 });
        let before = document.tree.winner().map(|node| node.deleted);
        if !document.tree.add(history, deleted, Arc::from(members)) {
            return false;
        }
        document.tree.stem(contents.revs_limit);
        let after = document.tree.winner().map(|node| node.deleted);
        contents.by_sequence.remove(&document.sequence);
        contents.bytes += members.len() as u64;
        contents.newest += 1;
        document.sequence = contents.newest;
        contents.by_sequence.insert(contents.newest, key);
        match before {
            Some(true) => contents.deleted -= 1,
            Some(false) => contents.live -= 1,
            None => {}
        }
        match after {
            Some(true) => contents.deleted += 1,
            Some(false) | None => contents.live += 1,
        }
        true
    }

    /// Forgets a leaf without telling anybody; false when it is none.
    pub fn purge(&mut self, id: &str, leaf: &Revision) -> Result<bool, Refusal> {
        let purged = self.forget(id, leaf);
        if purged {
            self.log.append(&Record::Purge {
                database: self.name.clone(),
                id: id.to_owned(),
                revision: leaf.to_string(),
            })?;
        }
        Ok(purged)
    }

    pub fn forget(&mut self, id: &str, leaf: &Revision) -> bool {
        let contents = &mut self.contents;
        let Some(document) = contents.documents.get_mut(id).filter(|document| document.tree.is_leaf(leaf))
        else {
            return false;
        };
        let before = document.tree.winner().map(|node| node.deleted);
        document.tree = document.tree.without(leaf);
        let after = document.tree.winner().map(|node| node.deleted);
        for (deleted, by) in [(before, -1), (after, 1)] {
            match deleted {
                Some(true) => contents.deleted = contents.deleted.saturating_add_signed(by),
                Some(false) => contents.live = contents.live.saturating_add_signed(by),
                None => {}
            }
        }
        if after.is_none() {
            let sequence = document.sequence;
            contents.by_sequence.remove(&sequence);
            contents.documents.remove(id);
        }
        true
    }

    /// The revision a new edit may stand on: a leaf, or the tombstone of a deleted document.
    /// A revision of a document this server never had is taken as it is.
    fn parent_of(&self, edit: &Edit) -> Result<Option<Revision>, Refusal> {
        let given = edit.history.first();
        let Some(document) = self.contents.documents.get(edit.id.as_str()) else {
            return Ok(given.cloned());
        };
        match (given, document.tree.winner()) {
            (Some(given), _) if document.tree.is_leaf(given) => Ok(Some(given.clone())),
            (None, Some(winner)) if winner.deleted && !edit.deleted => Ok(Some(winner.revision.clone())),
            (Some(_), _) | (None, _) => Err(Refusal::conflict()),
        }
    }

    pub fn put_local(&mut self, edit: &Edit) -> Result<String, Refusal> {
        let given = edit.history.first().map(|revision| &revision.hash);
        let number = match given.map(|hash| hash.parse::<u64>()) {
            _ if edit.deleted => 0,
            None => 1,
            Some(Ok(given)) => given + 1,
            Some(Err(_)) => return Err(Refusal::bad_request("Invalid rev format")),
        };
        let local = Local { number, members: edit.members_text()? };
        self.log.append(&Record::Local {
            database: self.name.clone(),
            id: edit.id.clone(),
            number,
            members: local.members.clone(),
        })?;
        self.keep_local(&edit.id, local);
        Ok(format!("0-{number}"))
    }

    /// Number 0 is a deletion.
    pub fn keep_local(&mut self, id: &str, local: Local) {
        if local.number == 0 {
            self.contents.locals.remove(id);
        } else {
            self.contents.locals.insert(id.to_owned(), local);
        }
    }

    pub fn put_security(&mut self, security: Value) -> Result<(), Refusal> {
        self.log.append(&Record::Security { database: self.name.clone(), security: security.to_string() })?;
        self.contents.security = security;
        Ok(())
    }

    /// The newest revision's members, of a document that is there and not deleted.
    pub fn live_members(&self, id: &str) -> Option<Arc<str>> {
        let winner = self.contents.documents.get(id)?.tree.winner()?;
        winner.members.clone().filter(|_| !winner.deleted)
    }

    pub fn sequence_text(&self, sequence: u64) -> String {
        sequence::write(sequence, &self.tag)
    }

    pub fn information(&self) -> Value {
        let contents = &self.contents;
        let bytes = contents.bytes;
        json!({
            "instance_start_time": self.born.to_string(),
            "db_name": self.name,
            "purge_seq": self.sequence_text(0),
            "update_seq": self.sequence_text(contents.newest),
            "sizes": {"file": bytes, "external": bytes, "active": bytes},
            "props": {},
            "doc_del_count": contents.deleted,
            "doc_count": contents.live,
            "disk_format_version": 8,
            "compact_running": false,
            "cluster": {"q": 1, "n": 1, "w": 1, "r": 1},
        })
    }
}
