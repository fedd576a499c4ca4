//! Many documents in one request: `_bulk_docs`, `_bulk_get`, `_revs_diff`.

use axum::response::Response;
use serde_json::{Map, Value, json};

use super::answer::{Refusal, json_answer, quoted, text_answer};
use super::database::{Database, Revisions};
use super::documents::admit;
use super::edit::Edit;
use super::question::Question;
use super::rendering::{Extras, list, open_revision, rendered};
use super::revision::Revision;
use super::security::Caller;

/// One unreadable document fails the request before anything is written; a conflict or a refusal
/// fails that document alone. With `new_edits: false` only failures are listed.
pub fn docs(database: &mut Database, question: &Question, caller: &Caller) -> Result<Response, Refusal> {
    let mut body = question.posted_object()?;
    let Some(Value::Array(documents)) = body.shift_remove("docs") else {
        return Err(Refusal::bad_request("POST body must include `docs` parameter."));
    };
    let revisions = match body.get("new_edits") {
        Some(Value::Bool(false)) => Revisions::Given,
        _ => Revisions::MadeHere,
    };
    let mut edits =
        documents.into_iter().map(|document| Edit::read(None, document)).collect::<Result<Vec<_>, _>>()?;
    if revisions == Revisions::Given && edits.iter().any(|edit| edit.history.is_empty()) {
        return Err(Refusal::bad_request(
            "When `new_edits: false`, the document needs `_rev` or `_revisions` specified",
        ));
    }
    let mut rows = Vec::new();
    for mut edit in edits.drain(..) {
        if edit.id.is_empty() {
            edit.id = super::random_hex::<16>();
        }
        let id = edit.id.clone();
        let given = edit.history.first().map(Revision::to_string);
        let outcome = match id.starts_with("_local/") {
            true => database.put_local(&edit),
            false => admit(database, caller, &mut edit)
                .and_then(|()| database.accept(edit, revisions))
                .map(|revision| revision.to_string()),
        };
        match (outcome, revisions) {
            (Ok(revision), Revisions::MadeHere) => {
                rows.push(json!({"ok": true, "id": id, "rev": revision}));
            }
            (Ok(_), Revisions::Given) => {}
            (Err(refusal), Revisions::MadeHere) => {
                rows.push(json!({"id": id, "error": refusal.error, "reason": refusal.reason}));
            }
            (Err(refusal), Revisions::Given) => rows.push(json!({
                "id": id, "rev": given, "error": refusal.error, "reason": refusal.reason,
            })),
        }
    }
    Ok(json_answer(201, &Value::Array(rows)))
}

/// Documents by id and revision; one that is missing answers an error inside the 200.
pub fn get(database: &Database, question: &Question) -> Result<Response, Refusal> {
    let body = question.posted_object()?;
    let wanted = body
        .get("docs")
        .and_then(Value::as_array)
        .ok_or_else(|| Refusal::bad_request("Missing JSON list of 'docs'."))?;
    let extras = Extras::asked(question);
    let mut results = Vec::new();
    for one in wanted {
        let id = one["id"].as_str().unwrap_or_default();
        let text = one["rev"].as_str();
        let revision = text.map(Revision::parse).transpose()?;
        let document = database.contents.documents.get(id);
        let found = document.map_or_else(Vec::new, |document| match &revision {
            Some(revision) => open_revision(&document.tree, revision, question.flag("latest")),
            None => document.tree.leaves(),
        });
        let shown = match (document, found.is_empty()) {
            (Some(document), false) => list(
                found
                    .into_iter()
                    .map(|node| format!("{{\"ok\":{}}}", rendered(id, &document.tree, node, extras))),
            ),
            _ => json!([{"error": {
                "id": id,
                "rev": text.unwrap_or("undefined"),
                "error": "not_found",
                "reason": "missing",
            }}])
            .to_string(),
        };
        results.push(format!("{{\"id\":{},\"docs\":{shown}}}", quoted(id)));
    }
    let results = list(results.into_iter());
    Ok(text_answer(200, format!("{{\"results\":{results}}}")))
}

/// Which of the revisions a client holds are news here.
pub fn revs_diff(database: &Database, question: &Question) -> Result<Response, Refusal> {
    let mut answer = Map::new();
    for (id, given) in question.posted_object()? {
        let given = given.as_array().ok_or_else(|| Refusal::new(500, "unknown_error", "function_clause"))?;
        let tree = database.contents.documents.get(id.as_str()).map(|found| &found.tree);
        let mut missing = Vec::new();
        for text in given {
            let revision = Revision::parse(text.as_str().unwrap_or_default())?;
            if tree.is_none_or(|tree| tree.node(&revision).is_none()) {
                missing.push(revision);
            }
        }
        if missing.is_empty() {
            continue;
        }
        let newest = missing.iter().map(|revision| revision.generation).max();
        let ancestors: Vec<String> = tree
            .map(|tree| tree.leaves())
            .unwrap_or_default()
            .into_iter()
            .filter(|leaf| Some(leaf.revision.generation) < newest)
            .map(|leaf| leaf.revision.to_string())
            .collect();
        let missing: Vec<String> = missing.iter().map(Revision::to_string).collect();
        let mut entry = json!({"missing": missing});
        if !ancestors.is_empty() {
            entry["possible_ancestors"] = json!(ancestors);
        }
        answer.insert(id, entry);
    }
    Ok(json_answer(200, &Value::Object(answer)))
}
