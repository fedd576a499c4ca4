//! What must be so of the server's revisions: each is somebody's doing, and says what she meant, once.

use std::collections::BTreeSet;

use domain::Field;
use serde_json::{Map, Value};

use crate::revisions::{Revision, Tree, Trees};
use crate::world::World;

pub fn are_honest(world: &World, trees: &Trees) -> Result<(), String> {
    for (id, tree) in trees.all() {
        if !world.grievances.contains(id) {
            return Err(format!("{id} is on the server, and nobody filed it"));
        }
        let name = world.name(id);
        if tree.leaves.len() != 1 {
            return Err(format!("{name} has branches: {:?}", tree.leaves));
        }
        for (rev, revision) in &tree.revisions {
            if !world.made_by_others.contains(&(revision.document().to_owned(), rev.clone())) {
                officers_revision(world, id, tree, revision)
                    .map_err(|why| format!("revision {rev} of {name}: {why}: {}", revision.text()))?;
            }
        }
    }
    nothing_arrived_twice(world, trees)
}

/// A revision that no phone and no administrator made: whose it is, and whether she asked for it.
fn officers_revision(world: &World, id: &str, tree: &Tree, revision: &Revision) -> Result<(), String> {
    if revision.is_deletion() {
        return Err("an officer's laptop deleted it".to_owned());
    }
    let Some(parent) = tree.parent(revision) else {
        let filed = (0..world.laptops.len()).any(|who| world.ledger.filed.contains(&(who, id.to_owned())));
        return if filed { Ok(()) } else { Err("nobody filed it".to_owned()) };
    };
    let by = revision.by();
    let Some(who) = world.laptops.iter().position(|laptop| laptop.login.name == by) else {
        return Err("nobody made it".to_owned());
    };
    if not_an_officers(revision) != not_an_officers(parent) {
        return Err(format!("it changes what is not an officer's, of {}", parent.text()));
    }
    let fields = fields(revision, parent);
    // Who takes back what may still arrive has to say so, or it would arrive after that.
    let has_to = fields.iter().any(|field| world.unanswered.contains(&(who, id.to_owned(), field.clone())));
    // So has who took back what a set-back server lost with its case: it may return from somebody's laptop.
    let begins_case = revision.parent.is_none() && revision.document().starts_with("case:");
    if !has_to && !begins_case && fields.iter().all(|field| parent.found(field) == revision.found(field)) {
        return Err("it decides what its parent had decided".to_owned());
    }
    let mut asked = false;
    for field in fields {
        let (before, after) = (parent.found(&field), revision.found(&field));
        let words = world.ledger.get(who, id, &field);
        asked |= words.is_some_and(|words| words.wanted.contains(&after));
        if before == after {
            continue;
        }
        let Some(words) = words.filter(|words| words.wanted.contains(&after)) else {
            return Err(format!("{by} never asked for this {}", field.name()));
        };
        if !words.seen.contains(&before) && !words.wanted.contains(&before) {
            return Err(format!("{by} never saw the {} it overwrites: {before}", field.name()));
        }
    }
    if asked { Ok(()) } else { Err(format!("{by} asked for nothing in it")) }
}

/// The members that no officer of the model changes.
fn not_an_officers(revision: &Revision) -> Map<String, Value> {
    let mut body = revision.body.as_object().cloned().unwrap_or_default();
    let officers: &[&str] = if revision.is_of_case() { &["priority", "by", "at"] } else { &["triage"] };
    for member in officers.iter().chain(&["_rev"]) {
        body.remove(*member);
    }
    body
}

/// What officers may change, of all that either revision holds.
fn fields(revision: &Revision, parent: &Revision) -> Vec<Field> {
    if revision.is_of_case() {
        return vec![Field::Priority];
    }
    let photos = [revision, parent].into_iter().flat_map(|revision| photo_ids(&revision.body));
    let photos: BTreeSet<String> = photos.collect();
    let mut fields = vec![Field::Status, Field::Category, Field::Reply];
    fields.extend(photos.into_iter().map(Field::Photo));
    fields
}

fn photo_ids(body: &Value) -> Vec<String> {
    let photos = body["triage"]["photos"].as_array().into_iter().flatten();
    photos.filter_map(|photo| Some(photo["id"].as_str()?.to_owned())).collect()
}

/// No value went up more often than it was asked for, no photo is named twice, no report has two documents. Only where an
/// answer may have been lost a value may go up again: somebody who set the field back to what she had seen, before her
/// laptop heard, cannot be told from a value that never arrived.
fn nothing_arrived_twice(world: &World, trees: &Trees) -> Result<(), String> {
    let mut reports = BTreeSet::new();
    for (id, tree) in trees.all() {
        for revision in tree.revisions.values() {
            let ids = photo_ids(&revision.body);
            if ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
                return Err(format!("{} names a photo twice: {}", world.name(id), revision.text()));
            }
        }
        let arrivals = arrivals(tree);
        for arrival in &arrivals {
            let (by, field, value) = arrival;
            let Some(who) = world.laptops.iter().position(|laptop| laptop.login.name == *by) else {
                continue;
            };
            let words = world.ledger.get(who, id, field);
            let asked =
                words.map_or(0, |words| words.wanted.iter().filter(|wanted| *wanted == value).count());
            let times = arrivals.iter().filter(|other| *other == arrival).count();
            if times > asked && !world.unheard.contains(&who) {
                let (name, field) = (world.name(id), field.name());
                return Err(format!("{by}'s {field} went up {times} times to {name}: {value}"));
            }
        }
        if let Some((_, current)) = tree.current().filter(|(_, current)| !current.is_of_case()) {
            let members = ["reportedBy", "reportedDateTime", "problemDescription"];
            if !reports.insert(members.map(|name| current.body[name].to_string())) {
                return Err(format!("{} is on the server twice", world.name(id)));
            }
        }
    }
    Ok(())
}

/// Every change of a field: who decided last in that revision, the field, and its new value.
pub fn arrivals(tree: &Tree) -> Vec<(&str, Field, Value)> {
    let mut arrivals = Vec::new();
    for revision in tree.revisions.values().filter(|revision| !revision.is_deletion()) {
        let Some(parent) = tree.parent(revision) else { continue };
        for field in fields(revision, parent) {
            let after = revision.found(&field);
            if parent.found(&field) != after {
                arrivals.push((revision.by(), field, after));
            }
        }
    }
    arrivals
}
