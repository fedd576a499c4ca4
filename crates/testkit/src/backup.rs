//! Going back to an older copy of a database.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Couch, couchdb};

/// A copy of one database as it was.
pub enum Backup {
    /// Of our own server, which goes back under the same sequences, as one restored from its files does.
    Files(couchdb::Backup),
    /// Of a real server: every version of every document, from which the database is made anew.
    Documents { database: String, security: Value, documents: Vec<Value> },
}

impl Couch {
    pub async fn back_up(&self, database: &str) -> Backup {
        if let Some(own) = self.own() {
            return Backup::Files(own.back_up(database).expect("a database to copy"));
        }
        let changes = self.admin(Method::GET, &format!("{database}/_changes?style=all_docs"), None).await;
        let mut wanted = Vec::new();
        for row in changes["results"].as_array().expect("changes") {
            for leaf in row["changes"].as_array().expect("revisions") {
                wanted.push(json!({ "id": row["id"], "rev": leaf["rev"] }));
            }
        }
        let body = json!({ "docs": wanted });
        let found = self.admin(Method::POST, &format!("{database}/_bulk_get?revs=true"), Some(body)).await;
        let found = found["results"].as_array().expect("documents");
        let documents = found.iter().map(|found| found["docs"][0]["ok"].clone()).collect();
        let security = self.admin(Method::GET, &format!("{database}/_security"), None).await;
        Backup::Documents { database: database.to_owned(), security, documents }
    }

    pub async fn restore(&self, backup: &Backup) {
        match (backup, self.own()) {
            (Backup::Files(files), Some(own)) => own.restore(files).expect("a database to set back"),
            (Backup::Documents { database, security, documents }, None) => {
                self.remove_database(database).await;
                self.create(database).await;
                self.admin(Method::PUT, &format!("{database}/_security"), Some(security.clone())).await;
                let body = json!({ "new_edits": false, "docs": documents });
                self.admin(Method::POST, &format!("{database}/_bulk_docs"), Some(body)).await;
            }
            (Backup::Files(_), None) | (Backup::Documents { .. }, Some(_)) => {
                panic!("a backup of another server")
            }
        }
    }
}
