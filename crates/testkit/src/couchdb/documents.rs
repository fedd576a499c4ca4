//! One document: `GET`, `PUT`, `DELETE /db/id` and `POST /db`.

use axum::http::HeaderValue;
use axum::http::header::{ETAG, HOST, IF_MATCH, IF_NONE_MATCH, LOCATION};
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::account::{self, USERS};
use super::answer::{Refusal, json_answer, quoted, text_answer};
use super::database::{Database, Revisions};
use super::edit::Edit;
use super::question::Question;
use super::rendering::{Extras, list, open_revision, rendered};
use super::revision::Revision;
use super::security::Caller;

pub fn answer(
    database: &mut Database,
    question: &Question,
    caller: &Caller,
    id: &str,
) -> Result<Response, Refusal> {
    match question.verb() {
        "GET" => get(database, question, id),
        "PUT" => {
            let edit = Edit::read(Some(id), question.json_body()?)?;
            put(database, question, caller, edit)
        }
        "DELETE" => {
            let document = database.contents.documents.get(id);
            match document.and_then(|document| document.tree.winner()) {
                None => return Err(Refusal::not_found("missing")),
                Some(winner) if winner.deleted => return Err(Refusal::not_found("deleted")),
                Some(_) => {}
            }
            let edit = Edit::read(Some(id), json!({"_deleted": true}))?;
            put(database, question, caller, edit)
        }
        _ => Err(Refusal::wrong_method("DELETE,GET,HEAD,POST,PUT,COPY")),
    }
}

/// `POST /db`: a document with its own id or one of ours.
pub fn post(database: &mut Database, question: &Question, caller: &Caller) -> Result<Response, Refusal> {
    let mut edit = Edit::read(None, Value::Object(question.posted_object()?))?;
    if edit.id.is_empty() {
        edit.id = super::random_hex::<16>();
    }
    put(database, question, caller, edit)
}

/// What every way of writing a document goes through before the database sees it.
pub fn admit(database: &Database, caller: &Caller, edit: &mut Edit) -> Result<(), Refusal> {
    if edit.id.starts_with("_design/") && !caller.is_admin_of(database) {
        return Err(Refusal::forbidden("You are not a db or server admin."));
    }
    if database.name == USERS {
        account::prepare_user(edit)?;
    }
    Ok(())
}

fn put(
    database: &mut Database,
    question: &Question,
    caller: &Caller,
    mut edit: Edit,
) -> Result<Response, Refusal> {
    let if_match = question.header(IF_MATCH.as_str()).map(|tag| tag.trim_matches('"'));
    if let Some(revision) = question.parameter("rev").or(if_match) {
        edit.history = vec![Revision::parse(revision)?];
    }
    let revisions = match question.parameter("new_edits") {
        Some("false") => Revisions::Given,
        _ => Revisions::MadeHere,
    };
    admit(database, caller, &mut edit)?;
    let (id, deleted) = (edit.id.clone(), edit.deleted);
    let revision = database.accept(edit, revisions)?.to_string();
    if question.parameter("batch") == Some("ok") {
        return Ok(json_answer(202, &json!({"ok": true, "id": id})));
    }
    let status = if deleted { 200 } else { 201 };
    let mut response = json_answer(status, &json!({"ok": true, "id": id, "rev": revision}));
    let host = question.header(HOST.as_str()).unwrap_or_default();
    let name = utf8_percent_encode(&id, NON_ALPHANUMERIC);
    let location = format!("http://{host}/{}/{name}", database.name);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    tag(&mut response, &revision);
    Ok(response)
}

fn get(database: &Database, question: &Question, id: &str) -> Result<Response, Refusal> {
    let document = database.contents.documents.get(id).ok_or_else(|| Refusal::not_found("missing"))?;
    let tree = &document.tree;
    let extras = Extras::asked(question);
    if question.parameter("open_revs").is_some() {
        return open_revisions(question, id, document, extras);
    }
    let node = match question.parameter("rev") {
        Some(text) => {
            let wanted = Revision::parse(text)?;
            open_revision(tree, &wanted, question.flag("latest"))
                .first()
                .copied()
                .ok_or_else(|| Refusal::not_found("missing"))?
        }
        None => {
            tree.winner().filter(|winner| !winner.deleted).ok_or_else(|| Refusal::not_found("deleted"))?
        }
    };
    let revision = node.revision.to_string();
    let known = question.header(IF_NONE_MATCH.as_str());
    let mut response = if known.is_some_and(|known| known.trim_matches('"') == revision) {
        let mut unchanged = Response::default();
        *unchanged.status_mut() = axum::http::StatusCode::NOT_MODIFIED;
        unchanged
    } else {
        text_answer(200, rendered(id, tree, node, extras))
    };
    tag(&mut response, &revision);
    Ok(response)
}

fn open_revisions(
    question: &Question,
    id: &str,
    document: &super::database::Document,
    extras: Extras,
) -> Result<Response, Refusal> {
    let tree = &document.tree;
    let ok = |node| format!("{{\"ok\":{}}}", rendered(id, tree, node, extras));
    if question.parameter("open_revs") == Some("all") {
        return Ok(text_answer(200, list(tree.leaves().into_iter().map(ok))));
    }
    let wanted = question.json_parameter("open_revs")?.unwrap_or_default();
    let wanted =
        wanted.as_array().ok_or_else(|| Refusal::bad_request("open_revs must be `all` or a JSON array"))?;
    let mut found = Vec::new();
    for text in wanted {
        let text = text.as_str().unwrap_or_default();
        let revision = Revision::parse(text)?;
        let nodes = open_revision(tree, &revision, question.flag("latest"));
        if nodes.is_empty() {
            found.push(format!("{{\"missing\":{}}}", quoted(text)));
        }
        found.extend(nodes.into_iter().map(ok));
    }
    Ok(text_answer(200, list(found.into_iter())))
}

fn tag(response: &mut Response, revision: &str) {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{revision}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
}
