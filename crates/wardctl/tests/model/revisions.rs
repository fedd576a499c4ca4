//! Every revision the server has of every grievance.

use std::collections::BTreeMap;

use domain::{Document, Field};
use serde_json::{Value, json};
use testkit::Couch;

/// By grievance.
pub type Trees = BTreeMap<String, Tree>;

#[derive(Default)]
pub struct Tree {
    /// Ends of branches, the winner first.
    pub leaves: Vec<String>,
    pub revisions: BTreeMap<String, Revision>,
}

pub struct Revision {
    pub parent: Option<String>,
    pub body: Value,
}

impl Tree {
    /// What the server shows; `None` when it is deleted.
    pub fn current(&self) -> Option<(&str, &Revision)> {
        let winner = self.leaves.first()?;
        let revision = &self.revisions[winner];
        (!revision.is_deletion()).then_some((winner, revision))
    }

    /// The revision that gave a field the value it has in `rev`: at the latest the first since the
    /// grievance was filed.
    pub fn last_change<'a>(&'a self, field: &Field, rev: &'a str) -> (&'a str, &'a Revision) {
        let revision = &self.revisions[rev];
        match &revision.parent {
            Some(parent)
                if !self.revisions[parent].is_deletion()
                    && self.revisions[parent].found(field) == revision.found(field) =>
            {
                self.last_change(field, parent)
            }
            Some(_) | None => (rev, revision),
        }
    }
}

impl Revision {
    /// Who decided last.
    pub fn by(&self) -> &str {
        self.body["triage"]["by"].as_str().unwrap_or_default()
    }

    /// The field in the form of an edit's values.
    pub fn found(&self, field: &Field) -> Value {
        field.found(Some(&Document::parse(&self.text()).unwrap()))
    }

    pub fn is_deletion(&self) -> bool {
        self.body["_deleted"] == true
    }

    pub fn text(&self) -> String {
        self.body.to_string()
    }
}

pub async fn read(couch: &Couch) -> Trees {
    let database = couch.database();
    let changes = format!("{database}/_changes?style=all_docs");
    let changes = couch.admin("GET".parse().unwrap(), &changes, None).await;
    let mut trees = Trees::new();
    for row in changes["results"].as_array().unwrap() {
        let leaves = row["changes"].as_array().unwrap().iter().map(|change| text(&change["rev"]));
        trees.insert(text(&row["id"]), Tree { leaves: leaves.collect(), ..Tree::default() });
    }
    let leaves = trees.iter().flat_map(|(id, tree)| tree.leaves.iter().map(move |rev| (id, rev)));
    let mut ancestors = Vec::new();
    for body in bodies(couch, leaves.map(|(id, rev)| json!({ "id": id, "rev": rev })).collect()).await {
        let id = text(&body["_id"]);
        let start = body["_revisions"]["start"].as_u64().unwrap();
        let ids = body["_revisions"]["ids"].as_array().unwrap();
        let history: Vec<String> =
            ids.iter().zip((1..=start).rev()).map(|(hash, n)| format!("{n}-{}", text(hash))).collect();
        let tree = trees.get_mut(&id).unwrap();
        for (at, rev) in history.iter().enumerate() {
            let parent = history.get(at + 1).cloned();
            tree.revisions.insert(rev.clone(), Revision { parent, body: Value::Null });
            ancestors.push(json!({ "id": id, "rev": rev }));
        }
    }
    for mut body in bodies(couch, ancestors).await {
        let (id, rev) = (text(&body["_id"]), text(&body["_rev"]));
        body.as_object_mut().unwrap().remove("_revisions");
        trees.get_mut(&id).unwrap().revisions.get_mut(&rev).unwrap().body = body;
    }
    trees
}

/// Ids of what was deleted in a database and is so still.
pub async fn deleted(couch: &Couch, database: &str) -> Vec<String> {
    let changes = couch.admin("GET".parse().unwrap(), &format!("{database}/_changes"), None).await;
    let rows = changes["results"].as_array().unwrap().iter();
    rows.filter(|row| row["deleted"] == true).map(|row| text(&row["id"])).collect()
}

async fn bodies(couch: &Couch, wanted: Vec<Value>) -> Vec<Value> {
    let path = format!("{}/_bulk_get?revs=true", couch.database());
    let found = couch.admin("POST".parse().unwrap(), &path, Some(json!({ "docs": wanted }))).await;
    let results = found["results"].as_array().unwrap();
    results
        .iter()
        .map(|result| result["docs"][0]["ok"].clone())
        .inspect(|body| assert!(body.is_object(), "{found}"))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
