//! Which request goes where, and who may send it.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{RETRY_AFTER, SERVER};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::account::USERS;
use super::answer::{Refusal, json_answer};
use super::question::Question;
use super::security::{Caller, read_security};
use super::server::{Server, Shared};
use super::{all_docs, bulk, documents, feed, locals, purge, random_hex, session};

const VERSION: &str = "3.5.0";

pub async fn handle(State(shared): State<Shared>, request: Request) -> Response {
    let mut response = match Question::read(request).await {
        Ok(question) => respond(&shared, &question).unwrap_or_else(Refusal::into_response),
        Err(refusal) => refusal.into_response(),
    };
    let name = HeaderValue::from_static("CouchDB/3.5.0 (MyWard stand-in)");
    response.headers_mut().insert(SERVER, name);
    response
}

fn respond(shared: &Shared, question: &Question) -> Result<Response, Refusal> {
    let mut server = shared.lock();
    if let Some((left, wait)) = server.busy {
        server.busy = left.checked_sub(1).filter(|left| *left > 0).map(|left| (left, wait));
        let mut response = Refusal::new(503, "service_unavailable", "The server is busy.").into_response();
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait));
        return Ok(response);
    }
    let caller = session::identify(&mut server, question)?;
    let path: Vec<&str> = question.path.iter().map(String::as_str).collect();
    let answer = match path.as_slice() {
        [] => of_server(&server, question),
        ["_session"] => session::answer(&mut server, question, &caller),
        [special, ..] if special.starts_with('_') && !is_system_database(special) => {
            of_server_special(&server, question, &caller, special)
        }
        [name] => of_database(&mut server, question, &caller, name),
        [name, rest @ ..] => in_database(shared, &mut server, question, &caller, name, rest),
    };
    let answer = answer.unwrap_or_else(Refusal::into_response);
    Ok(session::renew(&server, &caller, answer))
}

fn of_server(server: &Server, question: &Question) -> Result<Response, Refusal> {
    match question.verb() {
        "GET" => Ok(json_answer(
            200,
            &json!({
                "couchdb": "Welcome",
                "version": VERSION,
                "git_sha": "0000000",
                "uuid": server.uuid,
                "features": [],
                "vendor": {"name": "MyWard stand-in"},
            }),
        )),
        _ => Err(Refusal::wrong_method("GET,HEAD")),
    }
}

fn of_server_special(
    server: &Server,
    question: &Question,
    caller: &Caller,
    special: &str,
) -> Result<Response, Refusal> {
    match (question.verb(), special) {
        ("GET", "_up") => Ok(json_answer(200, &json!({"status": "ok", "seeds": {}}))),
        ("GET", "_uuids") => {
            let count = question.number_parameter("count")?.unwrap_or(1).min(1000);
            let uuids: Vec<String> = (0..count).map(|_| random_hex::<16>()).collect();
            Ok(json_answer(200, &json!({"uuids": uuids})))
        }
        ("GET", "_all_dbs") => {
            caller.must_be_server_admin()?;
            let names: Vec<&String> = server.databases.keys().collect();
            Ok(json_answer(200, &json!(names)))
        }
        ("GET", "_active_tasks") => {
            caller.must_be_server_admin()?;
            Ok(json_answer(200, &json!([])))
        }
        (_, "_up" | "_uuids" | "_all_dbs" | "_active_tasks") => Err(Refusal::wrong_method("GET,HEAD")),
        _ => Err(Refusal::not_found("missing")),
    }
}

fn of_database(
    server: &mut Server,
    question: &Question,
    caller: &Caller,
    name: &str,
) -> Result<Response, Refusal> {
    match question.verb() {
        "PUT" => {
            caller.must_be_server_admin()?;
            check_database_name(name)?;
            server.create(name)?;
            Ok(json_answer(201, &json!({"ok": true})))
        }
        "DELETE" => {
            caller.must_be_server_admin()?;
            server.drop_database(name)?;
            Ok(json_answer(200, &json!({"ok": true})))
        }
        verb => {
            let database = server.database(name)?;
            caller.must_be_member_of(database)?;
            match verb {
                "GET" => Ok(json_answer(200, &database.information())),
                "POST" => documents::post(database, question, caller),
                _ => Err(Refusal::wrong_method("DELETE,GET,HEAD,POST,PUT")),
            }
        }
    }
}

fn in_database(
    shared: &Shared,
    server: &mut Server,
    question: &Question,
    caller: &Caller,
    name: &str,
    rest: &[&str],
) -> Result<Response, Refusal> {
    let database = server.database(name)?;
    if name == USERS && matches!(rest, ["_all_docs" | "_changes"]) {
        caller.must_be_server_admin()?;
    }
    caller.must_be_member_of(database)?;
    match (question.verb(), rest) {
        (_, ["_all_docs"]) => all_docs::answer(database, question),
        (_, ["_changes"]) => feed::answer(shared, database, question),
        ("POST", ["_bulk_docs"]) => bulk::docs(database, question, caller),
        ("POST", ["_bulk_get"]) => bulk::get(database, question),
        ("POST", ["_revs_diff"]) => bulk::revs_diff(database, question),
        (_, ["_bulk_docs" | "_bulk_get" | "_revs_diff"]) => Err(Refusal::wrong_method("POST")),
        ("POST", ["_purge"]) => {
            caller.must_be_server_admin()?;
            purge::answer(database, question)
        }
        ("GET", ["_security"]) => Ok(json_answer(200, &database.contents.security)),
        ("PUT", ["_security"]) => {
            if !caller.is_admin_of(database) {
                return Err(Refusal::new(500, "error", "no_majority"));
            }
            database.put_security(read_security(question.json_body()?)?)?;
            Ok(json_answer(200, &json!({"ok": true})))
        }
        (_, ["_security"]) => Err(Refusal::wrong_method("PUT,GET")),
        ("GET", ["_local_docs"]) => Ok(locals::every(database)),
        (_, ["_local", id]) => locals::answer(database, question, &format!("_local/{id}")),
        ("POST", ["_ensure_full_commit"]) => {
            Ok(json_answer(201, &json!({"ok": true, "instance_start_time": database.born.to_string()})))
        }
        ("GET", ["_revs_limit"]) => Ok(json_answer(200, &json!(database.contents.revs_limit))),
        ("PUT", ["_revs_limit"]) => {
            caller.must_be_server_admin()?;
            let limit = question.json_body()?.as_u64().and_then(|limit| usize::try_from(limit).ok());
            let no_number = || Refusal::bad_request("Rev limit has to be an integer");
            database.contents.revs_limit = limit.filter(|limit| *limit > 0).ok_or_else(no_number)?;
            Ok(json_answer(200, &json!({"ok": true})))
        }
        ("POST", ["_compact"]) => {
            caller.must_be_admin_of(database)?;
            Ok(json_answer(202, &json!({"ok": true})))
        }
        (_, ["_design", design]) => {
            documents::answer(database, question, caller, &format!("_design/{design}"))
        }
        ("PUT", [id]) if id.starts_with('_') && !id.starts_with("_design/") => {
            Err(Refusal::new(400, "illegal_docid", "Only reserved document ids may start with underscore."))
        }
        (_, [id]) if id.starts_with("_local/") => locals::answer(database, question, id),
        (_, [id]) => documents::answer(database, question, caller, id),
        _ => Err(Refusal::not_found("missing")),
    }
}

fn is_system_database(name: &str) -> bool {
    matches!(name, "_users" | "_replicator" | "_global_changes")
}

fn check_database_name(name: &str) -> Result<(), Refusal> {
    let allowed = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || "_$()+-/".contains(character)
    };
    if is_system_database(name)
        || (name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(allowed))
    {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        "illegal_database_name",
        format!(
            "Name: '{name}'. Only lowercase characters (a-z), digits (0-9), and any of the \
             characters _, $, (, ), +, -, and / are allowed. Must begin with a letter."
        ),
    ))
}
