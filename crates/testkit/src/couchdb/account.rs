//! Names and passwords: the administrator given at start, and the documents of `_users`.
//!
//! A real server spends 600,000 rounds of PBKDF2 on a password; the stand-in spends ten, so that
//! tests do not wait. Everything else about a user's document is the same.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::answer::Refusal;
use super::database::Database;
use super::edit::Edit;

pub const USERS: &str = "_users";
const USER_ID: &str = "org.couchdb.user:";
const ROUNDS: u32 = 10;

/// Someone a password or a cookie can be checked against.
pub struct Account {
    pub roles: Vec<String>,
    /// Changes with the password, so a cookie from before does not outlive it.
    pub salt: String,
    derived_key: String,
    rounds: u32,
}

impl Account {
    pub fn administrator(password: &str) -> Self {
        Self {
            roles: vec!["_admin".to_owned()],
            salt: String::new(),
            derived_key: derive(password, "", ROUNDS),
            rounds: ROUNDS,
        }
    }

    pub fn find(users: &Database, name: &str) -> Option<Self> {
        let members = users.live_members(&format!("{USER_ID}{name}"))?;
        let document: Map<String, Value> = serde_json::from_str(&format!("{{{members}}}")).ok()?;
        let text = |field: &str| document.get(field)?.as_str().map(str::to_owned);
        Some(Self {
            roles: document
                .get("roles")?
                .as_array()?
                .iter()
                .filter_map(|role| role.as_str().map(str::to_owned))
                .collect(),
            salt: text("salt")?,
            derived_key: text("derived_key")?,
            rounds: u32::try_from(document.get("iterations")?.as_u64()?).ok()?,
        })
    }

    pub fn has_password(&self, password: &str) -> bool {
        derive(password, &self.salt, self.rounds) == self.derived_key
    }
}

/// Turns a `password` in a user's document into what is kept, and refuses what is no user.
pub fn prepare_user(edit: &mut Edit) -> Result<(), Refusal> {
    if edit.deleted || edit.id.starts_with("_design/") {
        return Ok(());
    }
    let members = &mut edit.members;
    if members.get("type") != Some(&json!("user")) {
        return Err(Refusal::forbidden("doc.type must be user"));
    }
    let name = members.get("name").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() {
        return Err(Refusal::forbidden("doc.name is required"));
    }
    if edit.id != format!("{USER_ID}{name}") {
        return Err(Refusal::forbidden("Doc ID must be of the form org.couchdb.user:name"));
    }
    let Some(roles) = members.get("roles").and_then(Value::as_array) else {
        return Err(Refusal::forbidden("doc.roles must be an array"));
    };
    for role in roles {
        match role.as_str() {
            None => return Err(Refusal::forbidden("doc.roles can only contain strings")),
            Some(role) if role.starts_with('_') => {
                return Err(Refusal::forbidden("No system roles (starting with underscore) in users db."));
            }
            Some(_) => {}
        }
    }
    if let Some(password) = members.shift_remove("password") {
        let Value::String(password) = password else {
            return Err(Refusal::bad_request("Password is invalid."));
        };
        let salt = super::random_hex::<16>();
        let derived_key = derive(&password, &salt, ROUNDS);
        members.insert("password_scheme".into(), json!("pbkdf2"));
        members.insert("pbkdf2_prf".into(), json!("sha256"));
        members.insert("salt".into(), json!(salt));
        members.insert("iterations".into(), json!(ROUNDS));
        members.insert("derived_key".into(), json!(derived_key));
    }
    Ok(())
}

/// The name and password of an `Authorization: Basic` header.
pub fn read_basic(header: &str) -> Option<(String, String)> {
    let text = header.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

pub fn sign(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// PBKDF2 with HMAC-SHA256, one block of 32 bytes, in hex.
fn derive(password: &str, salt: &str, rounds: u32) -> String {
    let mut block = sign(password.as_bytes(), &[salt.as_bytes(), &[0, 0, 0, 1]].concat());
    let mut key = block.clone();
    for _ in 1..rounds {
        block = sign(password.as_bytes(), &block);
        for (byte, other) in key.iter_mut().zip(&block) {
            *byte ^= other;
        }
    }
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7914, section 11: PBKDF2-HMAC-SHA256 of "passwd", "salt", one round.
    #[test]
    fn derivation_is_pbkdf2() {
        assert_eq!(
            derive("passwd", "salt", 1),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        );
    }
}
