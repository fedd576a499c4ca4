//! `_local` documents: a client's notes on this database. There is no conflict check at all.

use axum::response::Response;
use serde_json::json;

use super::answer::{Refusal, json_answer, quoted, text_answer};
use super::database::{Database, Local};
use super::edit::Edit;
use super::question::Question;
use super::revision::Revision;

pub fn answer(database: &mut Database, question: &Question, id: &str) -> Result<Response, Refusal> {
    let missing = || Refusal::not_found("missing");
    match question.verb() {
        "GET" => {
            let local = database.contents.locals.get(id).ok_or_else(missing)?;
            Ok(text_answer(200, rendered(id, local)))
        }
        "PUT" => {
            let edit = Edit::read(Some(id), question.json_body()?)?;
            let revision = database.put_local(&edit)?;
            let body = json!({"ok": true, "id": id, "rev": revision});
            Ok(json_answer(201, &body))
        }
        "DELETE" => {
            database.contents.locals.get(id).ok_or_else(missing)?;
            let edit = Edit {
                id: id.to_owned(),
                history: Vec::<Revision>::new(),
                deleted: true,
                members: serde_json::Map::new(),
            };
            let revision = database.put_local(&edit)?;
            let body = json!({"ok": true, "id": id, "rev": revision});
            Ok(json_answer(200, &body))
        }
        _ => Err(Refusal::wrong_method("DELETE,GET,HEAD,PUT")),
    }
}

/// `GET /db/_local_docs`.
pub fn every(database: &Database) -> Response {
    let rows: Vec<_> = database
        .contents
        .locals
        .iter()
        .map(|(id, local)| json!({"id": id, "key": id, "value": {"rev": format!("0-{}", local.number)}}))
        .collect();
    json_answer(200, &json!({"total_rows": null, "offset": null, "rows": rows}))
}

fn rendered(id: &str, local: &Local) -> String {
    let comma = if local.members.is_empty() { "" } else { "," };
    format!("{{\"_id\":{},\"_rev\":\"0-{}\"{comma}{}}}", quoted(id), local.number, local.members)
}
