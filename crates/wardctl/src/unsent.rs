//! What the server has not got, one by one.

use domain::Edit;
use mirror::{EditState, UnsentEdit};
use sync::Officer;

use crate::error::WardctlError;
use crate::output::{Output, or_nothing};

pub async fn list(officer: Officer, output: &Output) -> Result<(), WardctlError> {
    let unsent = officer.with_mirror(|mirror| mirror.to_send()).await?;
    output
        .say(&unsent, |unsent| or_nothing(unsent.iter().map(describe).collect(), "Every change has left."))?;
    Ok(())
}

pub async fn try_again(officer: Officer, edit: &str, output: &Output) -> Result<(), WardctlError> {
    let before = by_id(&officer, edit).await?;
    officer.try_again(edit).await?;
    say_what_is_left(officer, before, output).await
}

pub async fn take_back(officer: Officer, edit: &str, output: &Output) -> Result<(), WardctlError> {
    let before = by_id(&officer, edit).await?;
    officer.take_back(edit).await?;
    say_what_is_left(officer, before, output).await
}

pub async fn discard(officer: Officer, edit: &str, output: &Output) -> Result<(), WardctlError> {
    let before = by_id(&officer, edit).await?;
    officer.discard(edit).await?;
    say_what_is_left(officer, before, output).await
}

async fn by_id(officer: &Officer, edit: &str) -> Result<Edit, WardctlError> {
    let id = edit.to_owned();
    Ok(officer.with_mirror(move |mirror| mirror.edit(&id)).await?)
}

/// What is decided anew may have another id: the edit of the same field is meant.
async fn say_what_is_left(officer: Officer, before: Edit, output: &Output) -> Result<(), WardctlError> {
    let mut unsent = officer.with_mirror(|mirror| mirror.to_send()).await?;
    unsent.retain(|left| left.edit.document == before.document && left.edit.field == before.field);
    output
        .say(&unsent, |left| or_nothing(left.iter().map(describe).collect(), "Nothing of it is unsent."))?;
    Ok(())
}

fn describe(unsent: &UnsentEdit) -> String {
    let Edit { id, field, document, seen, wanted, .. } = &unsent.edit;
    let state = match &unsent.state {
        EditState::Saved => "saved on this laptop".to_owned(),
        EditState::Leaving => "on its way".to_owned(),
        EditState::WaitsForPhoto => "waits for its photo".to_owned(),
        EditState::Clash { .. } => "needs your decision: see clashes".to_owned(),
        EditState::Refused { error, reason } => format!("refused by the server: {error}, {reason}"),
    };
    format!("{id}  {} of {document}\n  {seen} → {wanted}\n  {state}", field.name())
}
