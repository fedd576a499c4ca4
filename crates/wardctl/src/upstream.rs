//! What the officer says about things that happened on the server by themselves.

use mirror::{Branch, Branched, Content, Database, Vanished};
use serde_json::json;
use sync::Officer;

use crate::cli::Answer;
use crate::error::WardctlError;
use crate::officer::saved;
use crate::output::{Output, or_nothing};

pub async fn branches(officer: Officer, output: &Output) -> Result<(), WardctlError> {
    let branched = officer.branched().await?;
    output.say(&branched, |branched| {
        or_nothing(branched.iter().map(versions).collect(), "No grievance has several versions.")
    })
}

pub async fn settle_branches(
    officer: Officer,
    id: &str,
    holds: &str,
    versions: Vec<String>,
    case: bool,
    output: &Output,
) -> Result<(), WardctlError> {
    let database = if case { Database::Internal } else { Database::Grievances };
    let holds = Some(holds).filter(|holds| *holds != "shown");
    saved(&officer.settle_branches(database, id, versions, holds).await?, output)
}

pub async fn vanished(officer: Officer, output: &Output) -> Result<(), WardctlError> {
    let vanished = officer.vanished(u32::MAX).await?;
    output.say(&vanished, |vanished| {
        let lines: Vec<String> = vanished.iter().map(left).collect();
        match vanished.iter().filter(|vanished| !vanished.kept).count() {
            0 if lines.is_empty() => "Nothing is asked.".to_owned(),
            0 => lines.join("\n"),
            asked => format!(
                "{}\n{asked} left the server at once. Say `wardctl vanished accept` if that is right, `keep` if not.",
                lines.join("\n")
            ),
        }
    })
}

pub async fn answer_vanished(officer: Officer, answer: Answer, output: &Output) -> Result<(), WardctlError> {
    let said = match answer {
        Answer::Accept => mirror::Answer::Accept,
        Answer::Keep => mirror::Answer::Keep,
    };
    let answered = officer.answer_vanished(said).await?;
    output.say(&json!({ "records": answered }), |_| match answer {
        Answer::Accept => format!("{answered} are marked as gone. What was last seen of them stays here."),
        Answer::Keep => {
            format!("{answered} stay as they are. Changes to them wait until the server has them again.")
        }
    })
}

pub async fn restore(officer: Officer, id: &str, output: &Output) -> Result<(), WardctlError> {
    saved(&officer.restore(id).await?, output)
}

pub async fn accept_altered(
    officer: Officer,
    id: &str,
    rev: &str,
    output: &Output,
) -> Result<(), WardctlError> {
    output.say(&officer.accept_altered(id, rev).await?, |_| "It is right as it is.".to_owned())
}

fn left(vanished: &Vanished) -> String {
    let kept = if vanished.kept { " [kept]" } else { "" };
    let text = vanished.description.as_deref().unwrap_or("(no text)");
    format!("{}{kept}  {} changes wait  {text}", vanished.id, vanished.unsent_edits)
}

fn versions(branched: &Branched) -> String {
    let what = if branched.is_case { "case of " } else { "" };
    let text = branched.description.as_deref().unwrap_or("(no text)");
    let head = format!("{what}{}  {text}", branched.grievance);
    let shown = format!("  {} is shown", branched.rev);
    let lines = branched.branches.iter().map(version);
    [head, shown].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

fn version(branch: &Branch) -> String {
    let by = branch.by.as_deref().unwrap_or("somebody");
    let says = match branch.content {
        Content::ToFetch => "not on this laptop yet".to_owned(),
        Content::Lost => "the server has no content of it".to_owned(),
        Content::Here if branch.differences.is_empty() => "the same in every field".to_owned(),
        Content::Here => {
            let fields = branch.differences.iter();
            let fields =
                fields.map(|field| format!("{} {} (shown {})", field.field.name(), field.other, field.shown));
            fields.collect::<Vec<_>>().join(", ")
        }
    };
    format!("  {} by {by}: {says}", branch.rev)
}
