//! Who may do what: server administrators, a database's administrators, its members.

use serde_json::{Value, json};

use super::answer::Refusal;
use super::database::Database;

/// How a caller proved a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    Nothing,
    Password,
    /// A cookie made `age` seconds ago.
    Cookie {
        age: u64,
    },
}

#[derive(Debug, Clone)]
pub struct Caller {
    pub name: Option<String>,
    pub roles: Vec<String>,
    pub proof: Proof,
}

impl Caller {
    pub fn nobody() -> Self {
        Self { name: None, roles: Vec::new(), proof: Proof::Nothing }
    }

    pub fn is_server_admin(&self) -> bool {
        self.roles.iter().any(|role| role == "_admin")
    }

    pub fn must_be_server_admin(&self) -> Result<(), Refusal> {
        if self.is_server_admin() {
            return Ok(());
        }
        Err(Refusal::unauthorized("You are not a server admin."))
    }

    pub fn is_admin_of(&self, database: &Database) -> bool {
        self.is_server_admin() || self.listed(&database.contents.security["admins"])
    }

    pub fn must_be_admin_of(&self, database: &Database) -> Result<(), Refusal> {
        if self.is_admin_of(database) {
            return Ok(());
        }
        Err(Refusal::unauthorized("You are not a server or db admin."))
    }

    /// A database that lists no member at all is open to everyone.
    pub fn must_be_member_of(&self, database: &Database) -> Result<(), Refusal> {
        let members = &database.contents.security["members"];
        if self.is_admin_of(database) || listing_is_empty(members) || self.listed(members) {
            return Ok(());
        }
        match self.name {
            Some(_) => Err(Refusal::forbidden("You are not allowed to access this db.")),
            None => Err(Refusal::unauthorized("You are not authorized to access this db.")),
        }
    }

    fn listed(&self, listing: &Value) -> bool {
        let has = |kind: &str, wanted: &str| {
            listing[kind].as_array().is_some_and(|found| found.iter().any(|one| one == wanted))
        };
        self.name.as_deref().is_some_and(|name| has("names", name))
            || self.roles.iter().any(|role| has("roles", role))
    }
}

/// A new `_security` object, or CouchDB's odd answer to a malformed one.
pub fn read_security(value: Value) -> Result<Value, Refusal> {
    let no_majority = || Refusal::new(500, "error", "no_majority");
    if !value.is_object() {
        return Err(Refusal::bad_request("Request body must be a JSON object"));
    }
    for kind in ["admins", "members"] {
        for list in ["names", "roles"] {
            let listed = &value[kind][list];
            let strings = listed.as_array().is_some_and(|found| found.iter().all(Value::is_string));
            if !listed.is_null() && !strings {
                return Err(no_majority());
            }
        }
    }
    Ok(value)
}

pub fn user_context(caller: &Caller) -> Value {
    let mut info = json!({"authentication_handlers": ["cookie", "default"]});
    match caller.proof {
        Proof::Nothing => {}
        Proof::Password => info["authenticated"] = json!("default"),
        Proof::Cookie { .. } => info["authenticated"] = json!("cookie"),
    }
    json!({
        "ok": true,
        "userCtx": {"name": caller.name, "roles": caller.roles},
        "info": info,
    })
}

fn listing_is_empty(listing: &Value) -> bool {
    ["names", "roles"].iter().all(|kind| listing[kind].as_array().is_none_or(|found| found.is_empty()))
}
