//! What an officer does at her laptop, and what she was told of it.

use domain::{Document, Field, Home, Kind, Position, Triage};
use mirror::{Answer, Decision, Detail, EditState, MirrorError, UnsentEdit};
use serde_json::{Value, json};
use sync::{Report, SyncError};

use crate::choice::Choice;
use crate::laptop::Laptop;
use crate::part::Part;
use crate::picture;
use crate::world::World;

impl World {
    pub async fn decide(&mut self, who: usize, id: &str, what: &Choice) -> Result<(), String> {
        let Some(before) = self.laptops[who].mirror().grievance(id).unwrap() else { return Ok(()) };
        let (field, wanted) = what.value();
        let saved = self.laptops[who].officer().change(id, what.change()).await;
        self.tell(
            who,
            format!("sets {} of {} to {wanted}: {}", field.name(), self.name(id), outcome(&saved)),
        );
        match saved {
            Ok(after) => {
                let seen = looked_at(&before, &field);
                let there = on_server(&before, &after, &field);
                let is_of_field =
                    |unsent: &UnsentEdit| unsent.edit.document == id && unsent.edit.field == field;
                let is_unsent = self.laptops[who].unsent().iter().any(is_of_field);
                self.ledger.saved(who, id, &field, seen, wanted.clone());
                // She saw that the office has it already: there is nothing to send.
                if there == Some(wanted) && !is_unsent {
                    self.ledger.dropped(who, id, &field);
                }
                Ok(())
            }
            // Not allowed, or the internal database was never seen here.
            Err(SyncError::Change(_) | SyncError::NoInternalDatabase) => Ok(()),
            Err(other) => Err(format!("this failed: {other}")),
        }
    }

    pub async fn attach(&mut self, who: usize, id: &str) -> Result<(), String> {
        if self.laptops[who].mirror().grievance(id).unwrap().is_none() {
            return Ok(());
        }
        let photo = picture::prepared(fastrand::u128(..));
        let attached = self.laptops[who].officer().attach(id, &photo, Kind::After).await;
        self.tell(who, format!("attaches a photo to {}: {}", self.name(id), outcome(&attached)));
        let edits = attached.map_err(|error| error.to_string())?.edits.into_iter();
        let named = edits.map(|edit| edit.edit).find(|edit| edit.wanted["sha256"] == *photo.sha256);
        let edit = named.ok_or("the photo is not among the unsent edits")?;
        self.ledger.saved(who, id, &edit.field, Value::Null, edit.wanted);
        Ok(())
    }

    pub async fn file(&mut self, who: usize) -> Result<(), String> {
        self.numbered += 1;
        let report = Report {
            description: format!("Report {}", self.numbered),
            address: "Market Road".to_owned(),
            position: Position::new(77.79, 13.07).unwrap(),
        };
        let filed =
            self.laptops[who].officer().file_report(report, &picture::prepared(fastrand::u128(..))).await;
        let detail = filed.map_err(|error| error.to_string())?;
        self.grievances.push(detail.id.clone());
        self.tell(who, format!("files {}", self.name(&detail.id)));
        self.ledger.saved(who, &detail.id, &Field::Report, Value::Null, json!({ "_id": detail.id }));
        self.ledger.filed.insert((who, detail.id));
        Ok(())
    }

    pub async fn take_back(&mut self, nth: usize) -> Result<(), String> {
        let mut unsent = self.all_unsent();
        if unsent.is_empty() {
            return Ok(());
        }
        let (who, UnsentEdit { edit, .. }) = unsent.swap_remove(nth % unsent.len());
        let taken = self.laptops[who].officer().take_back(&edit.id).await;
        self.tell(who, format!("takes {} back: {}", self.called(&edit), outcome(&taken)));
        match taken {
            Ok(()) if edit.field == Field::Report => self.ledger.report_taken_back(who, &edit.document),
            Ok(()) => self.ledger.taken_back(who, &edit.document, &edit.field, edit.seen.clone()),
            Err(SyncError::Mirror(MirrorError::Leaving)) => {}
            Err(other) => return Err(format!("this failed: {other}")),
        }
        Ok(())
    }

    pub async fn settle(&mut self, nth: usize, keep: bool) -> Result<(), String> {
        let mut clashes = self.all_unsent();
        clashes.retain(|(_, edit)| matches!(edit.state, EditState::Clash { .. }));
        if clashes.is_empty() {
            return Ok(());
        }
        let (who, UnsentEdit { edit, state, .. }) = clashes.swap_remove(nth % clashes.len());
        let EditState::Clash { rev, found, .. } = state else { return Ok(()) };
        let detail = self.laptops[who].mirror().grievance(&edit.document).unwrap();
        // A case outlives its grievance.
        let gone = detail.filter(|detail| detail.gone && edit.field.home() == Home::Grievance);
        // Of what is gone her page shows what it was, and that is filed again.
        let last =
            gone.as_ref().and_then(|gone| gone.server.as_ref()).map(|was| shown(&was.triage, &edit.field));
        let decision = if keep { Decision::Keep } else { Decision::Drop };
        let settled = self.laptops[who].officer().settle(&edit.id, &rev, decision).await;
        self.tell(
            who,
            format!(
                "settles the clash of {} with {found}: {decision:?}: {}",
                self.called(&edit),
                outcome(&settled)
            ),
        );
        match settled {
            Err(SyncError::Mirror(MirrorError::Leaving)) => return Ok(()),
            Err(other) => return Err(format!("this failed: {other}")),
            Ok(()) if !keep => self.ledger.dropped(who, &edit.document, &edit.field),
            Ok(()) => {
                for seen in last.into_iter().chain([found.clone()]) {
                    self.ledger.kept(who, &edit.document, &edit.field, seen, edit.wanted.clone());
                }
            }
        }
        self.tally.settled += 1;
        if keep && gone.is_some() {
            self.ledger.filed.insert((who, edit.document.clone()));
        }
        Ok(())
    }

    /// Of what left the server at once she says that it was meant to. Whether she was asked.
    pub async fn believe(&mut self, who: usize) -> Result<bool, String> {
        let believed = self.laptops[who].officer().answer_vanished(Answer::Accept).await;
        let count = believed.map_err(|error| error.to_string())?;
        if count > 0 {
            self.tell(who, format!("believes that {count} grievances are gone"));
        }
        Ok(count > 0)
    }

    pub async fn select(&mut self, who: usize, part: Part) -> Result<(), String> {
        let left = self.laptops[who].officer().select(&part.selection()).await;
        let left = left.map_err(|error| format!("selecting failed: {error}"))?;
        self.laptops[who].part = part;
        self.tally.left += left as usize;
        self.tell(who, format!("keeps {part:?} from now on, and {left} grievances leave"));
        Ok(())
    }

    pub async fn change_password(&mut self, who: usize) -> Result<(), String> {
        self.numbered += 1;
        let password = format!("monsoon drains {}", self.numbered);
        self.laptops[who].login = self.couch.change_password(&self.laptops[who].login, &password).await;
        self.tell(who, "the password is another one on the server");
        Ok(())
    }

    pub async fn type_password(&mut self, who: usize) -> Result<(), String> {
        if self.laptops[who].knows_the_password() {
            return Ok(());
        }
        let typed = self.laptops[who].type_password().await;
        self.tell(who, format!("types the new password: {}", outcome(&typed)));
        match typed {
            // Without a line, or locked out after wrong ones, another time.
            Ok(()) | Err(SyncError::Couch(_)) => Ok(()),
            Err(other) => Err(format!("this failed: {other}")),
        }
    }

    /// With whose it is.
    fn all_unsent(&self) -> Vec<(usize, UnsentEdit)> {
        let of = |(who, laptop): (usize, &Laptop)| laptop.unsent().into_iter().map(move |edit| (who, edit));
        self.laptops.iter().enumerate().flat_map(of).collect()
    }

    fn called(&self, edit: &domain::Edit) -> String {
        format!("{} of {} ({})", edit.field.name(), self.name(&edit.document), edit.wanted)
    }
}

/// What an officer has before her.
fn looked_at(detail: &Detail, field: &Field) -> Value {
    match field.home() {
        Home::Case => priority(detail),
        Home::Grievance | Home::Entry => shown(&detail.shown.triage, field),
    }
}

/// What her laptop knows of the server's, before and after her decision: of a case what is shown, where that is all.
fn on_server(before: &Detail, after: &Detail, field: &Field) -> Option<Value> {
    match field.home() {
        Home::Case => Some(priority(after)),
        Home::Grievance | Home::Entry => before.server.as_ref().map(|server| shown(&server.triage, field)),
    }
}

fn priority(detail: &Detail) -> Value {
    detail.case.as_ref().and_then(|case| case.priority.clone()).into()
}

/// The value of a field in the triage that an officer looks at.
fn shown(triage: &Triage, field: &Field) -> Value {
    let document = json!({ "triage": triage }).to_string();
    field.found(Some(&Document::parse(&document).unwrap()))
}

fn outcome<T>(result: &Result<T, SyncError>) -> String {
    match result {
        Ok(_) => "saved".to_owned(),
        Err(error) => error.to_string(),
    }
}
