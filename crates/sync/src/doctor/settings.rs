use domain::Workflow;
use jiff::tz::TimeZone;
use mirror::Database;

use super::{Check, Who};
use crate::{Officer, PhotoStore, SyncError};

const WORKFLOW: &str = "workflow";
const PHOTO_STORE: &str = "photo store's setting";

/// Also the photo store that can be tried, else the check that failed. Where the server does not
/// tell, the setting that was last fetched is the one photos go by.
pub(super) async fn examine(
    officer: &Officer,
    internal: Result<(), &'static str>,
) -> Result<(Vec<Check>, Result<PhotoStore, &'static str>), SyncError> {
    let workflow = match internal {
        Ok(()) => match read(officer, Workflow::SETTING).await {
            Ok(text) => workflow(text.as_deref()),
            Err(found) => Check::fault(WORKFLOW, Who::Administrator, found),
        },
        Err(earlier) => Check::not_checked(WORKFLOW, earlier),
    };
    let (setting, store) = match internal {
        Ok(()) => match read(officer, PhotoStore::SETTING).await {
            Ok(text) => photo_store(text.as_deref()),
            Err(found) => (Check::fault(PHOTO_STORE, Who::Administrator, found), Err(PHOTO_STORE)),
        },
        Err(earlier) => {
            let fetched = officer.with_mirror(|mirror| mirror.setting(PhotoStore::SETTING)).await?;
            let store = fetched.and_then(|text| PhotoStore::parse(&text).ok()).ok_or(earlier);
            (Check::not_checked(PHOTO_STORE, earlier), store)
        }
    };
    Ok((vec![workflow, setting], store))
}

async fn read(officer: &Officer, id: &str) -> Result<Option<String>, String> {
    let document = officer.remote(Database::Internal).get(id).await;
    let document = document.map_err(|error| format!("{id} cannot be fetched: {error}."))?;
    Ok(document.map(|document| document.get().to_owned()))
}

fn workflow(text: Option<&str>) -> Check {
    let Some(text) = text else {
        let found = "There is no settings:workflow: laptops use the one built in. `wardctl init` writes it.";
        return Check::warning(WORKFLOW, Who::Administrator, found);
    };
    match serde_json::from_str::<Workflow>(text) {
        Err(error) => {
            let found = format!(
                "settings:workflow cannot be read ({error}): laptops use the one built in until it is mended."
            );
            Check::fault(WORKFLOW, Who::Administrator, found)
        }
        Ok(workflow) if TimeZone::get(&workflow.zone).is_err() => {
            let found =
                format!("settings:workflow names the time zone “{}”, which there is not.", workflow.zone);
            Check::fault(WORKFLOW, Who::Administrator, found)
        }
        Ok(workflow) => {
            let (statuses, categories) = (workflow.statuses.len(), workflow.categories.len());
            Check::ok(WORKFLOW, format!("{statuses} statuses and {categories} categories."))
        }
    }
}

fn photo_store(text: Option<&str>) -> (Check, Result<PhotoStore, &'static str>) {
    let Some(text) = text else {
        let found = "No photo store is named: photos stay on the laptops. `wardctl init --store-endpoint …` names one.";
        return (Check::fault(PHOTO_STORE, Who::Administrator, found), Err(PHOTO_STORE));
    };
    match PhotoStore::parse(text) {
        Ok(store) => (Check::ok(PHOTO_STORE, "A photo store is named."), Ok(store)),
        Err(_) => {
            let found =
                "settings:photo-store cannot be read. `wardctl init --store-endpoint …` writes it again.";
            (Check::fault(PHOTO_STORE, Who::Administrator, found), Err(PHOTO_STORE))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn a_workflow_that_laptops_pass_over_in_silence_is_a_fault() {
        let elsewhere = Workflow::DEFAULT_JSON.replace("Asia/Kolkata", "Asia/Kolkatta");
        let table = [
            (None, Verdict::Warning),
            (Some(Workflow::DEFAULT_JSON), Verdict::Ok),
            (Some(elsewhere.as_str()), Verdict::Fault),
            (Some(r#"{"zone":"Asia/Kolkata","statuses":"new"}"#), Verdict::Fault),
        ];
        for (text, verdict) in table {
            assert_eq!(workflow(text).verdict, verdict, "{text:?}");
        }
    }
}
