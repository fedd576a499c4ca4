use domain::Selection;
use mirror::WardNames;
use serde_json::json;
use sync::Officer;

use crate::cli;
use crate::error::WardctlError;
use crate::output::Output;

pub async fn selection(officer: Officer, asked: cli::Selection, output: &Output) -> Result<(), WardctlError> {
    let is_asked = asked.all || asked.ward.is_some() || asked.status.is_some() || asked.days.is_some();
    if !is_asked && !asked.count {
        return show(officer, output).await;
    }
    let selection = match is_asked {
        true => Selection { ward: asked.ward, statuses: asked.status, days: asked.days },
        false => officer.selection().await?,
    };
    match asked.count {
        true => count(officer, &selection, output).await,
        false => select(officer, &selection, output).await,
    }
}

async fn show(officer: Officer, output: &Output) -> Result<(), WardctlError> {
    let (selection, workflow, wards) =
        (officer.selection().await?, officer.workflow().await?, officer.ward_names().await?);
    let words = selection.in_words(&workflow);
    let (whose, wards) = match wards {
        WardNames::Drawn(names) => ("The city's wards", names),
        WardNames::Named(names) => ("Wards that grievances here name", names),
    };
    let shown = json!({ "selection": selection, "words": words, "wards": wards });
    output.say(&shown, |_| match wards.is_empty() {
        true => words.clone(),
        false => format!("{words}\n{whose}: {}", wards.join(", ")),
    })
}

async fn count(officer: Officer, selection: &Selection, output: &Output) -> Result<(), WardctlError> {
    let measured = officer.measure(selection).await?;
    output.say(&measured, |measured| match measured.unsent_outside {
        0 => measured.sentence.clone(),
        unsent => format!("{}\n{unsent} unsent changes are to grievances outside.", measured.sentence),
    })
}

async fn select(officer: Officer, selection: &Selection, output: &Output) -> Result<(), WardctlError> {
    let left = officer.select(selection).await?;
    let words = selection.in_words(&officer.workflow().await?);
    output.say(&json!({ "selection": selection, "words": words, "left": left }), |_| {
        let too_old = selection.days.map_or("", |_| " What is too old leaves with the next sync.");
        format!("{words}. {left} grievances left this laptop; nothing was deleted on the server.{too_old} Sync to fetch the others.")
    })
}
