//! Cookies and passwords: who is asking.
//!
//! A cookie is base64 of `name:time:signature` and lives 600 s. Nothing is kept about it, so
//! signing out only tells the client to forget it. One that is past a tenth of its life is
//! replaced by a new one in the answer to any request. Five wrong passwords lock a name out for
//! five minutes, for the right password too.

use std::time::{Duration, UNIX_EPOCH};

use axum::http::HeaderValue;
use axum::http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use url::form_urlencoded;

use super::account::{self, Account};
use super::answer::{Refusal, json_answer};
use super::question::Question;
use super::security::{Caller, Proof, user_context};
use super::server::Server;

const WRONG_PASSWORDS: u32 = 5;
/// Seconds.
const LOCKED_OUT: u64 = 300;
const COOKIE_NAME: &str = "AuthSession";

/// The caller of a request; a wrong password or an unreadable cookie refuses the request.
pub fn identify(server: &mut Server, question: &Question) -> Result<Caller, Refusal> {
    if let Some(cookie) = cookie_of(question)
        && let Some(caller) = read_cookie(server, cookie)?
    {
        return Ok(caller);
    }
    let basic = question.header(AUTHORIZATION.as_str()).and_then(account::read_basic);
    match basic {
        Some((name, password)) => {
            let account = check_password(server, &name, &password)?;
            Ok(Caller { name: Some(name), roles: account.roles, proof: Proof::Password })
        }
        None => Ok(Caller::nobody()),
    }
}

/// `GET`, `POST` and `DELETE /_session`.
pub fn answer(server: &mut Server, question: &Question, caller: &Caller) -> Result<Response, Refusal> {
    match question.verb() {
        "GET" => Ok(json_answer(200, &user_context(caller))),
        "POST" => {
            let (name, password) = credentials(question)?;
            let account = check_password(server, &name, &password)?;
            let cookie = make_cookie(server, &name, &account);
            let body = json!({"ok": true, "name": name, "roles": account.roles});
            Ok(with_cookie(server, json_answer(200, &body), &cookie))
        }
        "DELETE" => {
            let body = json_answer(200, &json!({"ok": true}));
            Ok(with_cookie(server, body, ""))
        }
        _ => Err(Refusal::wrong_method("DELETE,GET,HEAD,POST")),
    }
}

/// Gives a caller whose cookie has aged a new one.
pub fn renew(server: &Server, caller: &Caller, response: Response) -> Response {
    let (Some(name), Proof::Cookie { age }) = (&caller.name, &caller.proof) else {
        return response;
    };
    if age * 10 <= server.cookie_lifetime || response.headers().contains_key(SET_COOKIE) {
        return response;
    }
    match server.account(name) {
        Some(account) => {
            let cookie = make_cookie(server, name, &account);
            with_cookie(server, response, &cookie)
        }
        None => response,
    }
}

fn check_password(server: &mut Server, name: &str, password: &str) -> Result<Account, Refusal> {
    let wrong = || Refusal::unauthorized("Name or password is incorrect.");
    let account = server.account(name).ok_or_else(wrong)?;
    let key = (name.to_owned(), account.salt.clone());
    let now = server.now();
    let failures = server.failures.entry(key).or_insert((0, now));
    if now - failures.1 > LOCKED_OUT {
        *failures = (0, now);
    }
    if failures.0 >= WRONG_PASSWORDS {
        return Err(Refusal::forbidden(
            "Account is temporarily locked due to multiple authentication failures",
        ));
    }
    if account.has_password(password) {
        return Ok(account);
    }
    failures.0 += 1;
    Err(wrong())
}

fn cookie_of(question: &Question) -> Option<&str> {
    question
        .header(COOKIE.as_str())?
        .split(';')
        .filter_map(|cookie| cookie.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))
        .find(|value| !value.is_empty())
}

/// None for a cookie that is well made but proves nothing: expired, forged, or of a gone user.
fn read_cookie(server: &Server, cookie: &str) -> Result<Option<Caller>, Refusal> {
    let malformed = || Refusal::bad_request("Malformed AuthSession cookie. Please clear your cookies.");
    let bytes = URL_SAFE_NO_PAD.decode(cookie).map_err(|_| malformed())?;
    let mut parts = bytes.splitn(3, |byte| *byte == b':');
    let (Some(name), Some(time), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(malformed());
    };
    let name = String::from_utf8(name.to_vec()).map_err(|_| malformed())?;
    let time = std::str::from_utf8(time).map_err(|_| malformed())?;
    let made = u64::from_str_radix(time, 16).map_err(|_| malformed())?;
    let Some(account) = server.account(&name) else {
        return Ok(None);
    };
    let age = server.now().saturating_sub(made);
    if age >= server.cookie_lifetime || signature != signature_of(server, &account, &name, time) {
        return Ok(None);
    }
    Ok(Some(Caller { name: Some(name), roles: account.roles, proof: Proof::Cookie { age } }))
}

fn make_cookie(server: &Server, name: &str, account: &Account) -> String {
    let time = format!("{:X}", server.now());
    let mut bytes = format!("{name}:{time}:").into_bytes();
    bytes.extend(signature_of(server, account, name, &time));
    URL_SAFE_NO_PAD.encode(bytes)
}

fn signature_of(server: &Server, account: &Account, name: &str, time: &str) -> Vec<u8> {
    let key = [server.secret.as_bytes(), account.salt.as_bytes()].concat();
    account::sign(&key, format!("{name}:{time}").as_bytes())
}

/// An empty cookie asks the client to forget the one it has.
fn with_cookie(server: &Server, mut response: Response, cookie: &str) -> Response {
    let lifetime = server.cookie_lifetime;
    let expires = match cookie {
        "" => 0,
        _ => server.now() + lifetime,
    };
    let header = format!(
        "{COOKIE_NAME}={cookie}; Version=1; Expires={}; Max-Age={lifetime}; Path=/; HttpOnly",
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(expires))
    );
    if let Ok(header) = HeaderValue::from_str(&header) {
        response.headers_mut().insert(SET_COOKIE, header);
    }
    response
}

fn credentials(question: &Question) -> Result<(String, String), Refusal> {
    let kind = question.header("content-type").unwrap_or_default();
    let (name, password) = if kind.starts_with("application/json") {
        let body = question.json_body()?;
        let text = |field: &str| body[field].as_str().map(str::to_owned);
        (text("name").or_else(|| text("username")), text("password"))
    } else {
        let mut fields = form_urlencoded::parse(&question.body).into_owned().collect::<Vec<_>>();
        let mut take = |wanted: &str| {
            let index = fields.iter().position(|(name, _)| name == wanted)?;
            Some(fields.swap_remove(index).1)
        };
        (take("name").or_else(|| take("username")), take("password"))
    };
    let name = name.ok_or_else(|| Refusal::bad_request("request body must contain a username"))?;
    let password = password.ok_or_else(|| Refusal::bad_request("request body must contain a password"))?;
    Ok((name, password))
}
