use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;
use specta_typescript::Number;

use super::{
    EditState, FieldValue, Photo, PhotoKey, PhotoKind, PhotoState, Place, Problem, Text, UnsentEdit,
};

/// A grievance with the officer's unsent edits already applied.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    pub id: String,
    /// The revision the laptop holds; absent for a report the server has not got.
    pub rev: Option<String>,
    /// The server no longer has this document; what is shown is its last known content.
    pub gone: bool,
    pub reported_by: Option<String>,
    /// Unix seconds; absent when the phone's time cannot be read.
    pub reported_at: Option<i64>,
    /// Until when the city allows it to wait (unix seconds); absent where it is done or no time is set.
    pub allowed_until: Option<i64>,
    /// The time exactly as the phone wrote it.
    pub reported_date_time: Option<String>,
    pub description: Option<String>,
    pub address: Option<String>,
    pub position: Option<Place>,
    /// The reporter's picture.
    pub picture: Option<Photo>,
    pub triage: Triage,
    /// What officers note among themselves; absent where the site keeps no internal database.
    pub case: Option<Case>,
    /// Statuses this grievance may get next, by their keys.
    pub moves: Vec<String>,
    /// What of this grievance is saved on this laptop and not on the server.
    pub edits: Vec<UnsentEdit>,
    /// What happened so far, newest first.
    pub happened: Vec<Happened>,
    /// Reports that are this submission sent once more by the reporter's phone.
    pub twins: Vec<Twin>,
    /// It left the server together with many others; until the officer answers, nothing of it is sent.
    pub in_question: bool,
    /// What of the citizen's report is not what this laptop first saw, nor accepted since, and can be brought back.
    pub altered: Vec<Altered>,
}

/// Another report that is the same submission.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Twin {
    pub id: String,
    /// What it is a duplicate of.
    pub duplicate_of: Option<String>,
}

/// The officers' public decision.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Triage {
    pub status: String,
    pub reason: Option<String>,
    pub duplicate_of: Option<String>,
    pub category: Option<String>,
    pub reply: Option<String>,
    pub photos: Vec<Photo>,
    pub by: Option<String>,
    /// RFC 3339 with offset.
    pub at: Option<String>,
}

/// The officers' internal facts.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    pub assignee: Option<String>,
    /// `urgent`, `high`, `low`, or absent for an ordinary one.
    pub priority: Option<String>,
    /// `YYYY-MM-DD`
    pub due: Option<String>,
    pub tags: Vec<String>,
    /// The ward whose office it is in.
    pub ward: Option<String>,
}

/// An officer's words for the case's history.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewNote {
    /// The officer was there.
    pub visit: bool,
    pub text: Text<20_000>,
}

/// One line of a grievance's history. All of it is on the server.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Happened {
    /// Unix seconds at which this laptop knew it.
    pub seen_at: i64,
    /// Who did it and when (RFC 3339 with offset), as far as the revision tells.
    pub by: Option<String>,
    pub at: Option<String>,
    /// The revision that holds it, as far as it is known.
    pub rev: Option<String>,
    pub what: WhatHappened,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum WhatHappened {
    /// An edit made on this laptop reached the server.
    Delivered { before: FieldValue, after: FieldValue },
    /// Somebody else changed it.
    Changed { before: FieldValue, after: FieldValue },
    /// The citizen's own words, picture or place are not what they were.
    ReportAltered { members: Vec<Altered> },
    /// An officer said that it is right as it is.
    AlterationAccepted,
    /// What an officer wrote; `visit`: having been there.
    Note { visit: bool, text: String },
    /// Deleted on the server.
    Gone,
    /// On the server again.
    Returned,
}

/// A member of a citizen's report that is not what it was; text as it is, anything else as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Altered {
    pub member: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What an officer files on behalf of a citizen.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewReport {
    pub description: Text<20_000>,
    pub address: Text<20_000>,
    /// Degrees on WGS 84.
    #[specta(type = Number)]
    pub lng: f64,
    #[specta(type = Number)]
    pub lat: f64,
    /// The token of a staged photo.
    pub staged: PhotoKey,
}

impl Detail {
    /// `workflow` tells which statuses may follow, and how long it may wait.
    pub fn of(detail: mirror::Detail, workflow: &domain::Workflow) -> Detail {
        let photos = &detail.photos;
        let shown = detail.shown;
        let before = detail.server.as_ref().unwrap_or(&shown).triage.status.clone();
        let picture = shown.picture.as_ref().map(|picture| Photo {
            state: PhotoState::of(photos, picture.large.as_deref()),
            edit: EditState::of(&domain::Field::Report, &detail.edits),
            large: picture.large.clone(),
            thumbnail: picture.thumbnail.clone(),
            kind: PhotoKind::Report,
            taken_at: None,
        });
        let allowed_until = detail.reported_at.and_then(|reported_at| {
            workflow.allowed_until(&shown.triage.status, shown.triage.category.as_deref(), reported_at)
        });
        let officers = shown.triage.photos.iter().cloned();
        Detail {
            picture,
            moves: moves(&shown.triage, &before, workflow),
            triage: Triage {
                photos: officers.map(|photo| Photo::of(photo, photos, &detail.edits)).collect(),
                status: shown.triage.status,
                reason: shown.triage.reason,
                duplicate_of: shown.triage.duplicate_of,
                category: shown.triage.category,
                reply: shown.triage.reply,
                by: shown.triage.by,
                at: shown.triage.at,
            },
            case: detail.case.map(Case::from),
            id: detail.id,
            rev: detail.rev,
            gone: detail.gone,
            reported_by: shown.reported_by,
            reported_at: detail.reported_at,
            allowed_until,
            reported_date_time: shown.reported_date_time,
            description: shown.description,
            address: shown.address,
            position: shown.position.map(Place::from),
            twins: detail.twins.into_iter().map(Twin::from).collect(),
            in_question: detail.in_question,
            altered: detail.altered.map(|words| altered(&words.first, &words.shown)).unwrap_or_default(),
            edits: detail.edits.into_iter().map(UnsentEdit::from).collect(),
            happened: detail.happened.into_iter().rev().map(Happened::from).collect(),
        }
    }
}

/// What the workflow allows, apart from a reason or a photo that is still to come.
fn moves(triage: &domain::Triage, before: &str, workflow: &domain::Workflow) -> Vec<String> {
    use domain::DomainError::{AfterPhotoNeeded, ReasonNeeded};
    let keys = workflow.statuses.iter().map(|rule| &rule.key).filter(|key| **key != triage.status);
    keys.filter(|key| {
        let checked = workflow.check_status(triage, before, key, None);
        matches!(checked, Ok(()) | Err(ReasonNeeded { .. } | AfterPhotoNeeded { .. }))
    })
    .cloned()
    .collect()
}

impl From<mirror::Twin> for Twin {
    fn from(twin: mirror::Twin) -> Twin {
        Twin { id: twin.id, duplicate_of: twin.duplicate_of }
    }
}

impl From<domain::Case> for Case {
    fn from(case: domain::Case) -> Case {
        Case {
            assignee: case.assignee,
            priority: case.priority,
            due: case.due,
            tags: case.tags,
            ward: case.ward,
        }
    }
}

impl From<mirror::Event> for Happened {
    fn from(event: mirror::Event) -> Happened {
        Happened {
            seen_at: event.seen_at,
            by: event.by,
            at: event.at,
            rev: event.rev,
            what: event.what.into(),
        }
    }
}

impl From<mirror::Happened> for WhatHappened {
    fn from(what: mirror::Happened) -> WhatHappened {
        match what {
            mirror::Happened::Delivered { field, before, after, .. } => WhatHappened::Delivered {
                before: FieldValue::of(&field, &before),
                after: FieldValue::of(&field, &after),
            },
            mirror::Happened::Changed { field, before, after } => WhatHappened::Changed {
                before: FieldValue::of(&field, &before),
                after: FieldValue::of(&field, &after),
            },
            mirror::Happened::ReportAltered { before, after } => {
                WhatHappened::ReportAltered { members: altered(&before, &after) }
            }
            mirror::Happened::AlterationAccepted => WhatHappened::AlterationAccepted,
            mirror::Happened::Note { visit, text } => WhatHappened::Note { visit, text },
            mirror::Happened::Gone => WhatHappened::Gone,
            mirror::Happened::Returned => WhatHappened::Returned,
        }
    }
}

/// Both are objects of the members that differ.
fn altered(before: &Value, after: &Value) -> Vec<Altered> {
    let names = |value: &Value| -> Vec<String> {
        value.as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default()
    };
    let all: BTreeSet<String> = [names(before), names(after)].concat().into_iter().collect();
    let text = |value: Option<&Value>| match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    all.into_iter()
        .map(|member| Altered { before: text(before.get(&member)), after: text(after.get(&member)), member })
        .collect()
}

impl TryFrom<NewReport> for sync::Report {
    type Error = Problem;

    fn try_from(report: NewReport) -> Result<sync::Report, Problem> {
        let position = domain::Position::new(report.lng, report.lat).map_err(sync::SyncError::from)?;
        Ok(sync::Report {
            description: report.description.into_string(),
            address: report.address.into_string(),
            position,
        })
    }
}
