//! `POST /db/_purge`: leaves are forgotten as if they had never been, and no change tells of it.

use axum::response::Response;
use serde_json::{Map, Value, json};

use super::answer::{Refusal, json_answer};
use super::database::Database;
use super::question::Question;
use super::revision::Revision;

pub fn answer(database: &mut Database, question: &Question) -> Result<Response, Refusal> {
    let mut purged = Map::new();
    for (id, given) in question.posted_object()? {
        let given =
            given.as_array().ok_or_else(|| Refusal::bad_request("Request body contains invalid JSON"))?;
        let mut forgotten = Vec::new();
        for text in given {
            let revision = Revision::parse(text.as_str().unwrap_or_default())?;
            if database.purge(&id, &revision)? {
                forgotten.push(Value::from(revision.to_string()));
            }
        }
        purged.insert(id, forgotten.into());
    }
    Ok(json_answer(201, &json!({"purge_seq": null, "purged": purged})))
}
