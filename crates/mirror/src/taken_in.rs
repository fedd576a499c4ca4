//! Unsent work that comes from a file: of another laptop, or of this account before it was made anew.

use domain::{Document, Edit, Field};
use rusqlite::{Connection, OptionalExtension};

use crate::edits::{self, State, Stored};
use crate::pulled::{Held, held};
use crate::push::database_of;
use crate::row::{self, Rows};
use crate::{
    Database, Mirror, MirrorError, NewPhoto, change, photos, rebased, search, selection, settings, unsent,
};

/// A picture of unsent work, sealed beside the mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub key: String,
    pub photo: NewPhoto,
    /// Of a large picture, lower-case hex; a thumbnail has none.
    pub sha256: Option<String>,
}

/// What became of a file's edits and pictures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TakenIn {
    /// Edits that are unsent here from now on.
    pub edits: u64,
    /// Pictures that are to be stored from now on.
    pub pictures: u64,
    /// Edits that are unsent here or delivered already.
    pub known: u64,
    /// Edits of the file that stay out.
    pub not_taken: Vec<(Edit, NotTaken)>,
    /// Sealed files that nothing needs.
    pub unused: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// The officer has decided the same field of the same grievance here, and that is unsent too.
    DecidedHere,
    /// The grievance is not on this laptop.
    NoSuchGrievance,
    /// Its picture is lost, and the edit would name what nobody has.
    NoPicture,
}

impl Mirror {
    /// Takes in edits with their pictures in one transaction, by the rules of a pull: an edit keeps
    /// its id, what it saw is compared with what the server has, and one that is there already is
    /// not taken twice. `lost` are keys of pictures that the file should hold and does not.
    pub fn take_in(
        &self,
        edits: &[Edit],
        pictures: &[Picture],
        lost: &[String],
        now: i64,
    ) -> Result<TakenIn, MirrorError> {
        self.write(|file| {
            let mut taken_in = TakenIn::default();
            // What belongs to a report finds it here.
            let (reports, others): (Vec<&Edit>, _) =
                edits.iter().partition(|edit| edit.field == Field::Report);
            for edit in reports.into_iter().chain(others) {
                change::Moment::parse(&edit.at)?;
                match names_lost_picture(file, edit, lost)? {
                    true => taken_in.not_taken.push((edit.clone(), NotTaken::NoPicture)),
                    false => take_edit(file, edit, now, &mut taken_in)?,
                }
            }
            for picture in pictures {
                take_picture(file, picture, &mut taken_in)?;
            }
            Ok(taken_in)
        })
    }
}

fn take_edit(file: &Connection, edit: &Edit, now: i64, taken_in: &mut TakenIn) -> Result<(), MirrorError> {
    if is_known(file, &edit.id)? {
        taken_in.known += 1;
        return Ok(());
    }
    let held = match (held(file, Database::Grievances, &edit.document)?, &edit.field) {
        (Some(held), _) if !selection::is_record(&held) => held,
        (None, Field::Report) => new_document(file, &edit.document)?,
        (Some(_) | None, _) => {
            taken_in.not_taken.push((edit.clone(), NotTaken::NoSuchGrievance));
            return Ok(());
        }
    };
    if edits::of_field(file, held.n, &edit.field)?.is_some() {
        taken_in.not_taken.push((edit.clone(), NotTaken::DecidedHere));
        return Ok(());
    }
    let stored = Stored { n: held.n, edit: edit.clone(), state: State::Saved, error: None, reason: None };
    // A report that the server has not got leaves nothing to compare with.
    if held.body.is_none() {
        edits::put(file, &stored)?;
        taken_in.edits += 1;
        return show(file, &held, &edit.document, now);
    }
    let document = edit.field.document(&edit.document);
    let there = self::held(file, database_of(&edit.field), &document)?.filter(|there| !there.gone);
    let (rev, body) = there.map(|there| (there.rev, there.body)).unwrap_or_default();
    let server = body.as_deref().map(Document::parse).transpose()?;
    let outcome = rebased::carry(file, vec![stored], &document, server.as_ref(), rev.as_deref(), now)?;
    taken_in.edits += outcome.remaining.len() as u64;
    taken_in.known += u64::from(outcome.remaining.is_empty());
    show(file, &held, &edit.document, now)
}

fn names_lost_picture(file: &Connection, edit: &Edit, lost: &[String]) -> Result<bool, MirrorError> {
    for key in unsent::photo_keys(edit).filter(|key| lost.iter().any(|lost| lost == key)) {
        if photos::read(file, key)?.is_none_or(|photo| photo.file.is_none()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_known(file: &Connection, edit: &str) -> Result<bool, MirrorError> {
    let sql = "SELECT 1 FROM edit WHERE id = ?1 UNION ALL SELECT 1 FROM delivery WHERE edit = ?1";
    Ok(file.prepare_cached(sql)?.query_row([edit], |_| Ok(())).optional()?.is_some())
}

/// A grievance of which nothing is here yet.
pub(crate) fn new_document(file: &Connection, id: &str) -> Result<Held, MirrorError> {
    file.execute("INSERT INTO document (db, id) VALUES (?1, ?2)", (Database::Grievances, id))?;
    change::grievance(file, id)
}

/// Lists it as its edits show it.
pub(crate) fn show(file: &Connection, held: &Held, id: &str, now: i64) -> Result<(), MirrorError> {
    let Some(grievance) = row::shown(held.body.as_deref(), &edits::of_document(file, held.n)?)? else {
        return Ok(());
    };
    let is_new = file
        .prepare_cached("SELECT 1 FROM grievance WHERE n = ?1")?
        .query_row([held.n], |_| Ok(()))
        .optional()?
        .is_none();
    let mut rows = Rows::new(file, settings::workflow(file)?.time_zone(), now);
    if is_new {
        search::insert(file, held.n, id, &grievance)?;
    }
    rows.update(held.n, &grievance, true)?;
    rows.finish()
}

/// Only a picture that an unsent edit names, and that is not here already, is kept.
fn take_picture(file: &Connection, picture: &Picture, taken_in: &mut TakenIn) -> Result<(), MirrorError> {
    let is_named =
        edits::all(file)?.iter().any(|stored| unsent::photo_keys(&stored.edit).any(|key| key == picture.key));
    let is_here = photos::read(file, &picture.key)?.is_some_and(|photo| photo.file.is_some());
    if !is_named || is_here {
        taken_in.unused.push(picture.photo.file.clone());
        return Ok(());
    }
    let NewPhoto { file: name, bytes } = &picture.photo;
    photos::to_upload(file, &picture.key, name, *bytes, picture.sha256.as_deref())?;
    taken_in.pictures += 1;
    Ok(())
}
