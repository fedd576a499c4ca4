//! What an administrator does: make databases, say who may enter, make officers' accounts.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::request::Request;
use crate::{CouchError, Server};

/// Who may enter a database. Nobody named at all means everybody, also without a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Security {
    pub admins: Members,
    pub members: Members,
}

/// Accounts by name and by role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Members {
    pub names: Vec<String>,
    pub roles: Vec<String>,
}

/// An account as the server keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    pub name: String,
    pub roles: Vec<String>,
}

impl Server {
    /// Makes a database. `false`: it was there already.
    pub async fn create_database(&self, name: &str) -> Result<bool, CouchError> {
        let request = Request::new(Method::PUT, &[name]);
        match self.ask(&request).await?.shape::<Done>() {
            Ok(Done { ok }) => Ok(ok),
            Err(CouchError::Refused { error, .. }) if error == "file_exists" => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub async fn security(&self, database: &str) -> Result<Security, CouchError> {
        let request = Request::new(Method::GET, &[database, "_security"]);
        // Every field may be missing, so any object would do; an error must not.
        let fields: Map<String, Value> = self.ask(&request).await?.shape()?;
        if fields.contains_key("error") {
            return Err(CouchError::not_ours("rules that CouchDB would not keep"));
        }
        serde_json::from_value(fields.into())
            .map_err(|_| CouchError::not_ours("rules that CouchDB would not keep"))
    }

    pub async fn put_security(&self, database: &str, security: &Security) -> Result<(), CouchError> {
        let request = Request::new(Method::PUT, &[database, "_security"]).json(security)?;
        self.ask(&request).await?.shape::<Done>().map(drop)
    }

    /// The account of that name, if there is one.
    pub async fn user(&self, name: &str) -> Result<Option<Officer>, CouchError> {
        #[derive(Deserialize)]
        struct Account {
            name: String,
            roles: Vec<String>,
        }
        let Some(document) = self.database("_users").get(&user_id(name)).await? else {
            return Ok(None);
        };
        let account: Account = serde_json::from_str(document.get())
            .map_err(|_| CouchError::not_ours("an account that CouchDB would not keep"))?;
        Ok(Some(Officer { name: account.name, roles: account.roles }))
    }

    /// Makes an account, or gives an existing one this password and these roles. `true`: it is new.
    pub async fn put_user(&self, officer: &Officer, password: &str) -> Result<bool, CouchError> {
        let users = self.database("_users");
        let id = user_id(&officer.name);
        let existing = users.get(&id).await?;
        let mut account: Map<String, Value> = match &existing {
            Some(document) => serde_json::from_str(document.get())
                .map_err(|_| CouchError::not_ours("an account that CouchDB would not keep"))?,
            None => Map::new(),
        };
        account.insert("name".to_owned(), json!(officer.name));
        account.insert("type".to_owned(), json!("user"));
        account.insert("roles".to_owned(), json!(officer.roles));
        account.insert("password".to_owned(), json!(password));
        let written = users.put(&id, &account).await;
        if let Some(Value::String(copy)) = account.remove("password") {
            drop(Zeroizing::new(copy));
        }
        written.map(|_| existing.is_none())
    }
}

/// How CouchDB says that it did as it was told.
#[derive(Deserialize)]
struct Done {
    ok: bool,
}

fn user_id(name: &str) -> String {
    format!("org.couchdb.user:{name}")
}
