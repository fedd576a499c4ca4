use domain::{Case, Document, Edit, Field, Grievance, case, write_case};
use rusqlite::Connection;
use serde::Serialize;
use serde_json::Value;

use crate::change::{grievance, internal};
use crate::edits::Stored;
use crate::photos::{self, PhotoRow};
use crate::pulled::Held;
use crate::twins::{self, Twin};
use crate::{
    Event, Mirror, MirrorError, UnsentEdit, edits, entries, history, row, settings, unsent, vanished,
};

/// All of one grievance.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    pub id: String,
    /// `None`: a report made here that the server has not got.
    pub rev: Option<String>,
    /// With the edits written into it.
    pub shown: Grievance,
    /// What the server has; `None` for a report that it has not got.
    pub server: Option<Grievance>,
    /// The internal facts, with the edits written into them; `None` where the site keeps none.
    pub case: Option<Case>,
    /// Unix seconds.
    pub reported_at: Option<i64>,
    /// What the server has not got, in the order in which it was done.
    pub edits: Vec<UnsentEdit>,
    /// Every picture that `shown` names.
    pub photos: Vec<PhotoState>,
    /// Oldest first.
    pub happened: Vec<Event>,
    /// Reports that are this submission sent once more.
    pub twins: Vec<Twin>,
    /// Whether the server deleted it; what is shown is the last that was seen.
    pub gone: bool,
    /// Whether it left the server together with many others and the officer has not said that this
    /// is right; until then nothing of it is sent.
    pub in_question: bool,
    /// What of the citizen's words is not what this laptop first saw, nor accepted since.
    pub altered: Option<Altered>,
}

/// Objects of the members that differ, named as in the document; null for one that is not there.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Altered {
    pub first: Value,
    pub shown: Value,
}

/// One object of the photo store and where it lies; `None`: nothing is known of it yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhotoState {
    pub key: String,
    pub photo: Option<PhotoRow>,
}

impl Mirror {
    pub fn grievance(&self, id: &str) -> Result<Option<Detail>, MirrorError> {
        self.read(|file| {
            let held = match grievance(file, id) {
                Ok(held) => held,
                Err(MirrorError::NoSuchGrievance(_)) => return Ok(None),
                Err(error) => return Err(error),
            };
            let edits = edits::of_document(file, held.n)?;
            let altered = altered(file, &held, &edits)?;
            let Some(shown) = row::shown(held.body.as_deref(), &edits)? else { return Ok(None) };
            let zone = settings::workflow(file)?.time_zone();
            let reported_at = shown.reported_at(&zone);
            Ok(Some(Detail {
                id: id.to_owned(),
                rev: held.rev,
                server: row::shown(held.body.as_deref(), &[])?,
                case: case_of(file, id, &edits)?,
                twins: twins::of(file, held.n, &shown, reported_at)?,
                reported_at,
                photos: keys(&shown)
                    .map(|key| Ok(PhotoState { key: key.to_owned(), photo: photos::read(file, key)? }))
                    .collect::<Result<_, MirrorError>>()?,
                edits: edits
                    .into_iter()
                    .map(|stored| unsent::describe(file, stored))
                    .collect::<Result<_, _>>()?,
                happened: history::of_document(file, held.n, id)?,
                gone: held.gone,
                in_question: vanished::in_question(file)?.contains(id),
                altered,
                shown,
            }))
        })
    }
}

/// `None` also when it is brought back already, or was never on the server. Of a report that is gone, what was altered of
/// it before.
pub(crate) fn altered(
    file: &Connection,
    held: &Held,
    edits: &[Stored],
) -> Result<Option<Altered>, MirrorError> {
    let Some(body) = held.body.as_deref() else { return Ok(None) };
    if edits.iter().any(|stored| stored.edit.field == Field::Words) {
        return Ok(None);
    }
    let shown = Field::Words.found(Some(&Document::parse(body)?));
    let first = history::first_words(file, held.n, &shown)?;
    Ok((first != shown).then(|| Altered {
        first: history::differing(&first, &first, &shown),
        shown: history::differing(&shown, &first, &shown),
    }))
}

fn case_of(file: &Connection, id: &str, edits: &[Stored]) -> Result<Option<Case>, MirrorError> {
    if !entries::are_kept(file)? {
        return Ok(None);
    }
    let edits: Vec<Edit> = edits.iter().map(|stored| stored.edit.clone()).collect();
    let text = write_case(id, internal(file, &case::document_id(id))?.as_deref(), &edits)?;
    Ok(Some(Case::of(&Document::parse(text.get())?)))
}

/// Object keys: the citizen's picture, then the officers'.
pub(crate) fn keys(grievance: &Grievance) -> impl Iterator<Item = &str> {
    let citizens =
        grievance.picture.iter().flat_map(|picture| [&picture.large, &picture.thumbnail]).flatten();
    let officers = grievance.triage.photos.iter().flat_map(|photo| [&photo.large, &photo.thumbnail]);
    citizens.chain(officers).map(String::as_str)
}
