//! Other words for a note or a report that the server would not take. Whatever else it refused is decided anew where it
//! was decided first.

use domain::{Entry, Field, NewReport};
use mirror::MirrorError;
use ulid::Ulid;

use crate::officer::stamp;
use crate::{Officer, SyncError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewWords {
    /// Of a note or a visit.
    Note {
        text: String,
    },
    Report {
        description: String,
        address: String,
    },
}

impl Officer {
    /// The unsent edit has these words and is ready to leave. A note becomes a line of its own: should the former have
    /// arrived all the same, it is not mistaken for this one.
    ///
    /// # Errors
    /// `NoSuchEdit` also when the edit is not of the kind of `words`, or is a citizen's report that is filed again: what a
    /// citizen wrote is never changed.
    pub async fn reword(&self, edit: &str, words: NewWords) -> Result<(), SyncError> {
        let (edit, looked_for) = (edit.to_owned(), edit.to_owned());
        let former = self.with_mirror(move |mirror| mirror.edit(&looked_for)).await?;
        let (by, at) = (self.user().to_owned(), stamp(&self.workflow().await?));
        let (field, wanted) = match (&former.field, words) {
            (Field::Note(_), NewWords::Note { text }) => {
                let line = Ulid::generate().to_string();
                let visit = former.wanted["kind"] == "visit";
                let note = Entry::of_note(&former.document, &line, visit, &text, &by, &at)?;
                (Field::Note(line), note)
            }
            (Field::Report, NewWords::Report { description, address })
                if former.wanted["reportedBy"] == by =>
            {
                (Field::Report, NewReport::reworded(&former.wanted, &description, &address)?)
            }
            _ => return Err(MirrorError::NoSuchEdit(edit).into()),
        };
        self.with_mirror(move |mirror| mirror.rewrite(&edit, field, wanted, &by, &at)).await?;
        self.changed();
        Ok(())
    }
}
