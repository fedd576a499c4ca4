//! A server that says no, as its administrator may have it do.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Couch, Login};

/// Written where the server runs such a rule itself.
const RULE: &str = "_design/rule";

impl Couch {
    /// From now on no edit of this document is taken.
    pub async fn refuse_document(&self, database: &str, id: &str, reason: &str) {
        if let Some(own) = self.own() {
            own.refuse_document(database, id, reason).expect("a database with a rule");
            return;
        }
        let (id, reason) = (Value::from(id), Value::from(reason));
        let rule = format!("function (doc) {{ if (doc._id === {id}) throw {{ forbidden: {reason} }}; }}");
        self.write(database, &json!({ "_id": RULE, "validate_doc_update": rule })).await;
    }

    /// Undoes [`Couch::refuse_document`].
    pub async fn allow_document(&self, database: &str, id: &str) {
        match self.own() {
            Some(own) => own.allow_document(database, id).expect("a database with a rule"),
            None => {
                let rule = self.admin(Method::GET, &format!("{database}/{RULE}"), None).await;
                let rev = rule["_rev"].as_str().expect("a revision");
                self.admin(Method::DELETE, &format!("{database}/{RULE}?rev={rev}"), None).await;
            }
        }
    }

    /// Ends this user's sessions; the password stays. A session holds only as long as the salt it was made with.
    pub async fn end_sessions(&self, login: &Login) {
        self.change_password(login, &login.password).await;
    }

    /// Unlocks accounts that wrong passwords have locked. A lock is on the salt that those were tried against.
    pub async fn unlock(&self, logins: impl IntoIterator<Item = &Login>) {
        if let Some(own) = self.own() {
            return own.forget_wrong_passwords();
        }
        for login in logins {
            self.end_sessions(login).await;
        }
    }
}
