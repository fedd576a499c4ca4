use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::page::{read_body, sequence};
use crate::request::Request;
use crate::{CouchError, Server, soundness};

/// One database of a server. Nothing is known of it until it is asked for something.
#[derive(Clone, Debug)]
pub struct Database {
    pub(crate) server: Server,
    pub(crate) name: String,
}

/// What a database tells of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Living documents.
    pub doc_count: u64,
    /// Opaque, except that the number before its first `-` grows.
    pub update_seq: String,
    /// Changes when the database is dropped and made again (CouchDB 3.3 and later; `"0"` before).
    pub instance_start_time: String,
    pub purge_seq: Option<String>,
    /// Of all living documents together, as far as it tells.
    pub bytes: Option<u64>,
}

impl Database {
    pub(crate) fn new(server: Server, name: &str) -> Self {
        Self { server, name: name.to_owned() }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// # Errors
    /// `NoSuchDatabase`, `NoAccess`, `SignInNeeded`: the usual way to find these out.
    pub async fn info(&self) -> Result<Info, CouchError> {
        #[derive(Deserialize)]
        struct Answer {
            doc_count: u64,
            update_seq: Box<RawValue>,
            instance_start_time: String,
            purge_seq: Option<Box<RawValue>>,
            sizes: Option<Sizes>,
        }
        #[derive(Deserialize)]
        struct Sizes {
            external: Option<u64>,
        }
        let request = Request::new(Method::GET, &[&self.name]);
        let answer: Answer = self.server.ask(&request).await?.shape()?;
        Ok(Info {
            doc_count: answer.doc_count,
            update_seq: sequence(&answer.update_seq).unwrap_or_default(),
            instance_start_time: answer.instance_start_time,
            purge_seq: answer.purge_seq.and_then(|seq| sequence(&seq)),
            bytes: answer.sizes.and_then(|sizes| sizes.external),
        })
    }

    /// The winning revision of a document; `None` when there is none or it is deleted.
    pub async fn get(&self, id: &str) -> Result<Option<Box<RawValue>>, CouchError> {
        let request = Request::of_document(Method::GET, &self.name, id)?;
        self.read_document(request, id).await
    }

    /// One revision of a document, such as the losing side of a conflict; `None` when the server
    /// does not keep it, or its text is not sound.
    pub async fn get_revision(&self, id: &str, rev: &str) -> Result<Option<Box<RawValue>>, CouchError> {
        let request = Request::of_document(Method::GET, &self.name, id)?.query("rev", rev);
        let document: Box<RawValue> = match self.server.ask(&request).await?.shape() {
            Err(CouchError::Refused { status: 404, .. }) => return Ok(None),
            answer => answer?,
        };
        if soundness::check(document.get()).is_err() {
            return Ok(None);
        }
        read_body(&document, id, rev).map_err(CouchError::not_ours)?;
        Ok(Some(document))
    }

    /// Writes a document whose `_rev`, if any, is the revision it replaces. Gives the new revision.
    ///
    /// # Errors
    /// [`CouchError::Refused`] with status 409 when that is not the winning revision any more.
    pub async fn put(&self, id: &str, document: &impl Serialize) -> Result<String, CouchError> {
        #[derive(Deserialize)]
        struct Written {
            rev: String,
        }
        let request = Request::of_document(Method::PUT, &self.name, id)?.json(document)?;
        let written: Written = self.server.ask(&request).await?.shape()?;
        Ok(written.rev)
    }

    /// Reads the document `_local/<id>`, which is never replicated and has no conflict check.
    pub async fn get_local(&self, id: &str) -> Result<Option<Box<RawValue>>, CouchError> {
        self.get(&format!("_local/{id}")).await
    }

    /// Writes the document `_local/<id>`. Any member can write any of these: trust none.
    pub async fn put_local(&self, id: &str, document: &impl Serialize) -> Result<(), CouchError> {
        self.put(&format!("_local/{id}"), document).await.map(drop)
    }

    /// Removes the document `_local/<id>`.
    pub async fn delete_local(&self, id: &str) -> Result<(), CouchError> {
        let request = Request::of_document(Method::DELETE, &self.name, &format!("_local/{id}"))?;
        self.server.ask(&request).await?.yes().map(drop)
    }

    async fn read_document(&self, request: Request, id: &str) -> Result<Option<Box<RawValue>>, CouchError> {
        #[derive(Deserialize)]
        struct Head {
            _id: String,
        }
        let document: Box<RawValue> = match self.server.ask(&request).await?.shape() {
            Err(CouchError::Refused { status: 404, .. }) => return Ok(None),
            answer => answer?,
        };
        soundness::check(document.get()).map_err(CouchError::not_ours)?;
        match serde_json::from_str::<Head>(document.get()) {
            Ok(head) if head._id == id => Ok(Some(document)),
            _ => Err(CouchError::not_ours("a document other than the one asked for")),
        }
    }
}
