use domain::{Document, Edit, Field, Grievance, Home};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde_json::Value;

use crate::edits::{self, State, Stored};
use crate::{Mirror, MirrorError, change, row};

/// An edit that the server has not got, as the officer is told of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnsentEdit {
    #[serde(flatten)]
    pub edit: Edit,
    #[serde(flatten)]
    pub state: EditState,
    /// What the grievance it belongs to is about.
    pub description: Option<String>,
}

/// Where an edit is on its way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum EditState {
    /// On this laptop, ready to go.
    Saved,
    /// Sent; the server has not answered yet.
    Leaving,
    /// Its photo goes first.
    WaitsForPhoto,
    /// Somebody changed the field meanwhile: what the office has now, and who decided it when
    /// (RFC 3339) as far as the document tells. `found` is null when the grievance is gone. `rev` is the revision that says
    /// so, empty where the server has nothing.
    Clash {
        rev: String,
        found: Value,
        #[serde(rename = "decidedBy")]
        by: Option<String>,
        #[serde(rename = "decidedAt")]
        at: Option<String>,
    },
    /// The server's words.
    Refused { error: String, reason: String },
}

impl Mirror {
    /// Everything that the server has not got, in the order in which it was done.
    pub fn to_send(&self) -> Result<Vec<UnsentEdit>, MirrorError> {
        self.read(|file| edits::all(file)?.into_iter().map(|stored| describe(file, stored)).collect())
    }

    /// An edit that the server has not got.
    pub fn edit(&self, id: &str) -> Result<Edit, MirrorError> {
        self.read(|file| Ok(edits::by_id(file, id)?.edit))
    }

    /// What only the officer can decide.
    pub fn clashes(&self) -> Result<Vec<UnsentEdit>, MirrorError> {
        self.read(|file| {
            let all = edits::all(file)?.into_iter().filter(|stored| stored.state == State::Clash);
            all.map(|stored| describe(file, stored)).collect()
        })
    }
}

pub(crate) fn describe(file: &Connection, stored: Stored) -> Result<UnsentEdit, MirrorError> {
    let sql = "SELECT body, gone FROM document WHERE n = ?1";
    let (body, gone): (Option<String>, bool) =
        file.prepare_cached(sql)?.query_row([stored.n], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let edits = edits::of_document(file, stored.n)?;
    let description =
        row::shown(body.as_deref(), &edits)?.and_then(|grievance: Grievance| grievance.description);
    let state = match stored.state {
        State::Saved if waits_for_photo(file, &stored)? => EditState::WaitsForPhoto,
        State::Saved => EditState::Saved,
        State::Leaving => EditState::Leaving,
        State::Clash => clash(file, &stored.edit, body.filter(|_| !gone))?,
        State::Refused => EditState::Refused {
            error: stored.error.unwrap_or_default(),
            reason: stored.reason.unwrap_or_default(),
        },
    };
    Ok(UnsentEdit { edit: stored.edit, state, description })
}

/// What the office has; `grievance` is the server's text of it, `None` when it is gone.
fn clash(file: &Connection, edit: &Edit, grievance: Option<String>) -> Result<EditState, MirrorError> {
    let body = match edit.field.home() {
        Home::Grievance => grievance,
        Home::Case | Home::Entry => change::internal(file, &edit.field.document(&edit.document))?,
    };
    let server = body.as_deref().map(Document::parse).transpose()?;
    // A grievance is signed inside its triage, a case by itself.
    let signed = match (edit.field.home(), &server) {
        (Home::Grievance, Some(server)) => server.object("triage"),
        (_, server) => server.clone().unwrap_or_default(),
    };
    Ok(EditState::Clash {
        rev: change::found_rev(file, edit)?,
        found: edit.field.found(server.as_ref()),
        by: signed.read("by"),
        at: signed.read("at"),
    })
}

/// Whether an edit names a picture that the store has not got.
pub(crate) fn waits_for_photo(file: &Connection, stored: &Stored) -> Result<bool, MirrorError> {
    let mut to_upload = file.prepare_cached("SELECT 1 FROM photo WHERE key = ?1 AND state = 'to_upload'")?;
    for key in photo_keys(&stored.edit) {
        if to_upload.query_row([key], |_| Ok(())).optional()?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The objects of the photo store that an edit names: the large picture, then its thumbnail.
pub(crate) fn photo_keys(edit: &Edit) -> impl Iterator<Item = &str> {
    let picture = match edit.field {
        Field::Photo(_) => Some(&edit.wanted),
        Field::Report => edit.wanted.get("picture"),
        Field::Status | Field::Category | Field::Reply | Field::Words => None,
        Field::Assignee | Field::Priority | Field::Due | Field::Tags | Field::Ward => None,
        Field::Note(_) => None,
        Field::Branch(_) | Field::CaseBranch(_) => None,
    };
    ["large", "thumbnail"].into_iter().filter_map(move |size| picture?.get(size)?.as_str())
}
