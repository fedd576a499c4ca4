use domain::{DomainError, Field, Triage, Workflow, case, status_value};
use mirror::Detail;
use serde_json::Value;

use crate::SyncError;

/// What an officer decides about a grievance: status, category and reply publicly, the others inside the office.
#[derive(Debug, Clone)]
pub enum Change {
    Status {
        status: String,
        reason: Option<String>,
        duplicate_of: Option<String>,
    },
    Category(Option<String>),
    Reply(Option<String>),
    /// A reply that the officer began when the reply was `seen`, perhaps days ago.
    DraftedReply {
        reply: Option<String>,
        seen: Option<String>,
    },
    /// The name with which an officer signs in.
    Assignee(Option<String>),
    /// A key of [`case::PRIORITIES`].
    Priority(Option<String>),
    /// A day: `YYYY-MM-DD`.
    Due(Option<String>),
    Tags(Vec<String>),
    /// The name of the ward whose office it is in, drawn or not.
    Ward(Option<String>),
}

impl Change {
    /// What the officer began from, when that was not just now.
    pub(crate) fn seen(&self) -> Option<Value> {
        match self {
            Change::DraftedReply { seen, .. } => Some(seen.clone().into()),
            _ => None,
        }
    }

    /// The grievance that it makes this one a duplicate of.
    pub(crate) fn original(&self) -> Option<String> {
        match self {
            Change::Status { duplicate_of, .. } => present(duplicate_of.clone()),
            _ => None,
        }
    }

    /// The field and the value, when the ward's workflow allows them for the grievance as it is.
    pub(crate) fn checked(self, workflow: &Workflow, current: &Detail) -> Result<(Field, Value), SyncError> {
        let (field, value) = self.field_and_value(workflow, current)?;
        match (field.home(), &current.case) {
            (domain::Home::Case | domain::Home::Entry, None) => Err(SyncError::NoInternalDatabase),
            _ => Ok((field, value)),
        }
    }

    fn field_and_value(self, workflow: &Workflow, current: &Detail) -> Result<(Field, Value), DomainError> {
        Ok(match self {
            Change::Status { status, reason, duplicate_of } => {
                let triage = &current.shown.triage;
                workflow.check_status(triage, status_on_server(current), &status, reason.as_deref())?;
                (Field::Status, status_value(&status, present(reason), present(duplicate_of)))
            }
            Change::Category(category) => {
                let category = present(category);
                category.as_deref().map_or(Ok(()), |key| workflow.check_category(key))?;
                (Field::Category, category.into())
            }
            Change::Reply(reply) | Change::DraftedReply { reply, .. } => {
                (Field::Reply, present(reply).into())
            }
            Change::Assignee(name) => (Field::Assignee, present(name).into()),
            Change::Priority(priority) => {
                let priority = present(priority);
                priority.as_deref().map_or(Ok(()), case::check_priority)?;
                (Field::Priority, priority.into())
            }
            Change::Due(due) => {
                let due = present(due);
                due.as_deref().map_or(Ok(()), case::check_due)?;
                (Field::Due, due.into())
            }
            Change::Tags(words) => (Field::Tags, case::tags_value(&words)),
            Change::Ward(name) => (Field::Ward, present(name).into()),
        })
    }
}

/// Of two duplicates one stays open.
pub(crate) fn check_duplicate(current: &Detail, original: &Detail) -> Result<(), DomainError> {
    match &original.shown.triage.duplicate_of {
        _ if original.id == current.id => Err(DomainError::DuplicateOfItself),
        Some(id) if *id == current.id => Err(DomainError::IsItsDuplicate(original.id.clone())),
        _ => Ok(()),
    }
}

fn status_on_server(current: &Detail) -> &str {
    current.server.as_ref().map_or(Triage::NEW, |server| &server.triage.status)
}

/// Blank text is no text.
fn present(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
