use domain::{Edit, Kind, Position};
use mirror::{Database, Detail, EditState, Mark, Order, Query, Row, Show, UnsentEdit};
use serde_json::json;
use sync::{Change, Officer};

use crate::cli::{Attach, Decision, List, Mode, Note, PhotoKind, Report, Set, Which};
use crate::error::WardctlError;
use crate::output::{Output, or_nothing};

pub async fn list(officer: Officer, list: List, output: &Output) -> Result<(), WardctlError> {
    let query = Query {
        show: list.status.map_or(Show::All, Show::Status),
        search: list.search,
        order: Order::Newest,
    };
    let page = officer.with_mirror(move |mirror| mirror.queue(&query, None, list.limit)).await?;
    output.say(&page.rows, |rows| {
        let lines: Vec<String> = rows.iter().map(row).collect();
        format!("{}\n{} of {}", lines.join("\n"), rows.len(), page.total)
    })
}

pub async fn show(officer: Officer, id: &str, output: &Output) -> Result<(), WardctlError> {
    let detail = officer.grievance(id).await?;
    output.say(&detail, describe)
}

pub async fn set(officer: Officer, set: Set, output: &Output) -> Result<(), WardctlError> {
    let changes = [
        set.status.map(|status| Change::Status {
            status,
            reason: set.reason,
            duplicate_of: set.duplicate_of,
        }),
        set.category.map(|category| Change::Category(Some(category))),
        set.reply.map(|reply| Change::Reply(Some(reply))),
        set.assignee.map(|name| Change::Assignee(Some(name))),
        set.priority.map(|priority| Change::Priority(Some(priority))),
        set.due.map(|due| Change::Due(Some(due))),
        set.tags.map(Change::Tags),
        set.ward.map(|ward| Change::Ward(Some(ward))),
    ];
    for change in changes.into_iter().flatten() {
        officer.change(&set.id, change).await?;
    }
    saved(&officer.grievance(&set.id).await?, output)
}

pub async fn note(officer: Officer, note: Note, output: &Output) -> Result<(), WardctlError> {
    saved(&officer.note(&note.id, note.visit, &note.text).await?, output)
}

pub async fn attach(officer: Officer, attach: Attach, output: &Output) -> Result<(), WardctlError> {
    let kind = match attach.kind {
        PhotoKind::Before => Kind::Before,
        PhotoKind::After => Kind::After,
    };
    let prepared = officer.prepare(photos::read_photo_file(&attach.file)?).await?;
    saved(&officer.attach(&attach.id, &prepared, kind).await?, output)
}

pub async fn report(officer: Officer, report: Report, output: &Output) -> Result<(), WardctlError> {
    let position = Position::new(report.lng, report.lat)?;
    let prepared = officer.prepare(photos::read_photo_file(&report.photo)?).await?;
    let filed = sync::Report { description: report.description, address: report.address, position };
    saved(&officer.file_report(filed, &prepared).await?, output)
}

pub async fn clashes(officer: Officer, output: &Output) -> Result<(), WardctlError> {
    let clashes = officer.with_mirror(|mirror| mirror.clashes()).await?;
    output.say(&clashes, |clashes| or_nothing(clashes.iter().map(clash).collect(), "No clashes."))
}

pub async fn settle(
    officer: Officer,
    edit: &str,
    decision: Decision,
    rev: &str,
    output: &Output,
) -> Result<(), WardctlError> {
    let settled = match decision {
        Decision::Keep => mirror::Decision::Keep,
        Decision::Drop => mirror::Decision::Drop,
    };
    officer.settle(edit, rev, settled).await?;
    output.say(&json!({ "edit": edit }), |_| match decision {
        Decision::Keep => "Kept. It goes up with the next sync.".to_owned(),
        Decision::Drop => "Dropped. The office's value stands.".to_owned(),
    })
}

pub async fn mode(
    officer: Officer,
    chosen: Option<(Which, Mode)>,
    output: &Output,
) -> Result<(), WardctlError> {
    if let Some((which, mode)) = chosen {
        let database = match which {
            Which::Grievances => Database::Grievances,
            Which::Internal => Database::Internal,
        };
        let mode = match mode {
            Mode::BothWays => mirror::Mode::BothWays,
            Mode::DownOnly => mirror::Mode::DownOnly,
            Mode::Paused => mirror::Mode::Paused,
        };
        officer.set_mode(database, mode).await?;
    }
    let modes = officer.modes().await?;
    output.say(&modes, |modes| {
        let word = |mode| match mode {
            mirror::Mode::BothWays => "both ways",
            mirror::Mode::DownOnly => "down only",
            mirror::Mode::Paused => "paused",
        };
        format!("grievances: {}\ninternal: {}", word(modes.grievances), word(modes.internal))
    })
}

pub(crate) fn saved(detail: &Detail, output: &Output) -> Result<(), WardctlError> {
    output.say(detail, |detail| format!("{}\nSaved on this laptop.", describe(detail)))
}

fn row(row: &Row) -> String {
    let mark = match row.mark {
        None => "",
        Some(Mark::ToSend) => " [to send]",
        Some(Mark::Leaving) => " [leaving]",
        Some(Mark::Refused) => " [refused]",
        Some(Mark::Clash) => " [clash]",
    };
    format!("{}  {:<13}{}  {}", row.id, row.status, mark, row.description.as_deref().unwrap_or("(no text)"))
}

fn clash(clash: &UnsentEdit) -> String {
    let Edit { id, field, document, seen, wanted, .. } = &clash.edit;
    let found = match &clash.state {
        EditState::Clash { rev, found, .. } => format!("{found} {rev}"),
        EditState::Saved | EditState::Leaving | EditState::WaitsForPhoto | EditState::Refused { .. } => {
            "-".to_owned()
        }
    };
    format!(
        "{id}  {} of {document}\n  you saw        {seen}\n  you want       {wanted}\n  the office has {found}",
        field.name()
    )
}

fn describe(detail: &Detail) -> String {
    let shown = &detail.shown;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let mut lines = vec![
        format!("{}  {}  {}", detail.id, shown.triage.status, text(&detail.rev)),
        text(&shown.description),
        format!(
            "{}  by {}  at {}",
            text(&shown.address),
            text(&shown.reported_by),
            text(&shown.reported_date_time)
        ),
        format!("category {}  reply {}", text(&shown.triage.category), text(&shown.triage.reply)),
    ];
    if let Some(case) = &detail.case {
        let tags = if case.tags.is_empty() { "-".to_owned() } else { case.tags.join(", ") };
        lines.push(format!(
            "assigned to {}  priority {}  due {}  tags {tags}  ward {}",
            text(&case.assignee),
            text(&case.priority),
            text(&case.due),
            text(&case.ward)
        ));
    }
    lines.extend(
        detail
            .edits
            .iter()
            .map(|unsent| format!("to send: {} = {}", unsent.edit.field.name(), unsent.edit.wanted)),
    );
    lines.join("\n")
}
