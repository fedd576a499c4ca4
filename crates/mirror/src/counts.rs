use domain::Workflow;
use rusqlite::Connection;

use crate::edits::{self, State};
use crate::{Database, Mirror, MirrorError, entries, push, settings, unsent};

/// The numbers beside the filters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// In the order of the workflow; then statuses that it does not know.
    pub statuses: Vec<(String, u64)>,
    pub open: u64,
    pub all: u64,
    /// Edits saved here or leaving.
    pub to_send: u64,
    /// Photos that the store has not got, each counted once.
    pub photos_to_send: u64,
    pub clashes: u64,
    pub refused: u64,
    /// Lines of cases' histories that tell of delivered edits and have not arrived themselves.
    pub entries_to_send: u64,
    /// Such lines that the internal database would not take.
    pub entries_refused: u64,
    /// Of the edits and entries to send, those that go to the internal database.
    pub internal_to_send: u64,
}

impl Counts {
    /// Every edit that the server has not got, whatever it waits for.
    pub fn unsent_edits(&self) -> u64 {
        self.to_send + self.clashes + self.refused
    }
}

impl Mirror {
    pub fn counts(&self) -> Result<Counts, MirrorError> {
        self.read(|file| {
            let workflow = settings::workflow(file)?;
            let statuses = statuses(file, &workflow)?;
            let mut counts = Counts {
                open: statuses.iter().filter(|(status, _)| is_open(&workflow, status)).map(|(_, n)| n).sum(),
                all: statuses.iter().map(|(_, n)| n).sum(),
                statuses,
                entries_to_send: entries::due(file)?,
                entries_refused: entries::refused(file)?,
                ..Counts::default()
            };
            counts.internal_to_send = counts.entries_to_send;
            for stored in edits::all(file)? {
                match stored.state {
                    State::Saved | State::Leaving => {
                        counts.to_send += 1;
                        counts.internal_to_send +=
                            u64::from(push::database_of(&stored.edit.field) == Database::Internal);
                    }
                    State::Clash => counts.clashes += 1,
                    State::Refused => counts.refused += 1,
                }
                counts.photos_to_send += u64::from(unsent::waits_for_photo(file, &stored)?);
            }
            Ok(counts)
        })
    }
}

/// How many grievances have each status. Those of the workflow are there even when none has it.
pub(crate) fn statuses(file: &Connection, workflow: &Workflow) -> Result<Vec<(String, u64)>, MirrorError> {
    let mut counted: Vec<(String, u64)> =
        workflow.statuses.iter().map(|rule| (rule.key.clone(), 0)).collect();
    let mut statement = file.prepare_cached("SELECT status, grievances FROM status_count ORDER BY status")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (status, grievances): (String, i64) = (row.get(0)?, row.get(1)?);
        let grievances = u64::try_from(grievances).unwrap_or(0);
        match counted.iter_mut().find(|(known, _)| *known == status) {
            Some(known) => known.1 = grievances,
            None => counted.push((status, grievances)),
        }
    }
    Ok(counted)
}

/// A status that the workflow does not know still waits for somebody to look at it.
pub(crate) fn is_open(workflow: &Workflow, status: &str) -> bool {
    workflow.status(status).is_none_or(|rule| rule.open)
}
