//! Every revision the server has of every grievance.

use std::collections::BTreeMap;

use domain::{Document, Entry, Field, Home, case};
use serde_json::{Value, json};
use testkit::Couch;

/// By grievance.
pub struct Trees {
    pub grievances: BTreeMap<String, Tree>,
    pub cases: BTreeMap<String, Tree>,
    /// Those of cases' histories, each with its grievance.
    pub lines: Vec<(String, Entry)>,
}

#[derive(Default)]
pub struct Tree {
    /// Ends of branches, the winner first.
    pub leaves: Vec<String>,
    pub revisions: BTreeMap<String, Revision>,
    /// What a case is before its first revision. A grievance begins with being filed.
    before: Option<Revision>,
}

pub struct Revision {
    pub parent: Option<String>,
    pub body: Value,
}

impl Trees {
    /// That of the document which holds this field of a grievance.
    pub fn holding(&self, field: &Field, grievance: &str) -> Option<&Tree> {
        match field.home() {
            Home::Case => self.cases.get(grievance),
            Home::Grievance | Home::Entry => self.grievances.get(grievance),
        }
    }

    pub fn all(&self) -> impl Iterator<Item = (&String, &Tree)> {
        self.grievances.iter().chain(&self.cases)
    }
}

impl Tree {
    /// What the server shows; `None` when it is deleted.
    pub fn current(&self) -> Option<(&str, &Revision)> {
        let winner = self.leaves.first()?;
        let revision = &self.revisions[winner];
        (!revision.is_deletion()).then_some((winner, revision))
    }

    /// What a revision changes; `None`: it files a grievance, for the first time or again.
    pub fn parent(&self, revision: &Revision) -> Option<&Revision> {
        match &revision.parent {
            Some(parent) => Some(&self.revisions[parent]).filter(|parent| !parent.is_deletion()),
            None => self.before.as_ref(),
        }
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
        let by = if self.is_of_case() { &self.body["by"] } else { &self.body["triage"]["by"] };
        by.as_str().unwrap_or_default()
    }

    /// The field in the form of an edit's values.
    pub fn found(&self, field: &Field) -> Value {
        field.found(Some(&Document::parse(&self.text()).unwrap()))
    }

    pub fn is_of_case(&self) -> bool {
        self.document().starts_with("case:")
    }

    /// The `_id` of its document.
    pub fn document(&self) -> &str {
        self.body["_id"].as_str().unwrap_or_default()
    }

    pub fn is_deletion(&self) -> bool {
        self.body["_deleted"] == true
    }

    pub fn text(&self) -> String {
        self.body.to_string()
    }
}

pub async fn read(couch: &Couch) -> Trees {
    let grievances = trees(couch, couch.database()).await;
    let internal = trees(couch, &couch.ops_database()).await;
    let of_grievance = |(id, tree): (String, Tree)| {
        let grievance = case::grievance_of(&id).filter(|grievance| case::document_id(grievance) == id)?;
        let before = Revision { parent: None, body: json!({ "_id": id }) };
        Some((grievance.to_owned(), Tree { before: Some(before), ..tree }))
    };
    let line = |(id, tree): (&String, &Tree)| {
        let (_, revision) = tree.current()?;
        let entry = Entry::of(&Document::parse(&revision.text()).unwrap())?;
        Some((case::grievance_of(id)?.to_owned(), entry))
    };
    let lines = internal.iter().filter_map(line).collect();
    Trees { grievances, lines, cases: internal.into_iter().filter_map(of_grievance).collect() }
}

/// By document.
async fn trees(couch: &Couch, database: &str) -> BTreeMap<String, Tree> {
    let changes = format!("{database}/_changes?style=all_docs");
    let changes = couch.admin("GET".parse().unwrap(), &changes, None).await;
    let mut trees = BTreeMap::new();
    for row in changes["results"].as_array().unwrap() {
        let leaves = row["changes"].as_array().unwrap().iter().map(|change| text(&change["rev"]));
        trees.insert(text(&row["id"]), Tree { leaves: leaves.collect(), ..Tree::default() });
    }
    let leaves = trees.iter().flat_map(|(id, tree)| tree.leaves.iter().map(move |rev| (id, rev)));
    let mut ancestors = Vec::new();
    for body in
        bodies(couch, database, leaves.map(|(id, rev)| json!({ "id": id, "rev": rev })).collect()).await
    {
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
    for mut body in bodies(couch, database, ancestors).await {
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

async fn bodies(couch: &Couch, database: &str, wanted: Vec<Value>) -> Vec<Value> {
    let path = format!("{database}/_bulk_get?revs=true");
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
