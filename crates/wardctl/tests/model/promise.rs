//! What must be so when everybody has synced until rest. Each check returns a sentence that blames.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Document, Edit, Field, Grievance};
use mirror::{EditState, Happened};
use serde_json::{Map, Value};

use crate::ledger::Ledger;
use crate::revisions::{Revision, Tree, Trees};
use crate::world::World;

/// Judges a ward at rest; `store` says whether photos could be stored.
pub fn keeps(world: &World, trees: &Trees, store: bool) -> Result<(), String> {
    for who in 0..world.laptops.len() {
        shows_what_the_server_has(world, trees, who)?;
        has_nothing_stuck(world, who, store)?;
    }
    nothing_told_is_lost(world, trees)?;
    for (id, tree) in trees {
        if !world.grievances.contains(id) {
            return Err(format!("{id} is on the server, and nobody filed it"));
        }
        let name = world.name(id);
        if tree.leaves.len() != 1 {
            return Err(format!("{name} has branches: {:?}", tree.leaves));
        }
        for (rev, revision) in &tree.revisions {
            if !world.made_by_others.contains(&(id.clone(), rev.clone())) {
                officers_revision(world, id, tree, revision)
                    .map_err(|why| format!("revision {rev} of {name}: {why}: {}", revision.text()))?;
            }
        }
    }
    nothing_arrived_twice(world, trees)
}

fn shows_what_the_server_has(world: &World, trees: &Trees, who: usize) -> Result<(), String> {
    let laptop = &world.laptops[who];
    let name = laptop.name;
    let rows = laptop.listed();
    let listed: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    for id in trees.iter().filter(|(_, tree)| tree.current().is_some()).map(|(id, _)| id) {
        if !listed.contains(id.as_str()) {
            return Err(format!("{name} does not have {}", world.name(id)));
        }
    }
    let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
    for row in &rows {
        *statuses.entry(row.status.clone()).or_default() += 1;
        let Some(detail) = laptop.mirror().grievance(&row.id).unwrap() else {
            return Err(format!("{name} lists {} and cannot open it", world.name(&row.id)));
        };
        let grievance = world.name(&row.id);
        if detail.shown.triage.status != row.status || detail.gone != row.gone {
            return Err(format!("{name}'s list shows {grievance} otherwise than its page"));
        }
        match trees.get(&row.id).and_then(Tree::current) {
            Some((rev, revision)) => {
                let text = revision.text();
                let there = Grievance::of(&Document::parse(&text).unwrap());
                if detail.gone || detail.rev.as_deref() != Some(rev) || detail.server != Some(there) {
                    let here = (detail.gone, detail.rev, detail.server);
                    return Err(format!("{name} holds {grievance} as {here:?}, the server as {text}"));
                }
            }
            None if !detail.gone && detail.rev.is_some() => {
                return Err(format!("{name} still has {grievance}, which the server has not got"));
            }
            None => {}
        }
    }
    let counted = laptop.mirror().counts().unwrap();
    let counted: BTreeMap<String, u64> = counted.statuses.into_iter().filter(|(_, n)| *n > 0).collect();
    match counted == statuses {
        true => Ok(()),
        false => Err(format!("{name}'s counters say {counted:?}, her list {statuses:?}")),
    }
}

/// At rest only what needs a person, or a photo store, is unsent.
fn has_nothing_stuck(world: &World, who: usize, store: bool) -> Result<(), String> {
    let laptop = &world.laptops[who];
    let unsent = laptop.unsent();
    let waits_for_photo = |document: &str| {
        unsent.iter().any(|edit| edit.edit.document == document && edit.state == EditState::WaitsForPhoto)
    };
    for edit in &unsent {
        let waits = match edit.state {
            EditState::Clash { .. } => true,
            EditState::WaitsForPhoto => !store,
            EditState::Saved => !store && waits_for_photo(&edit.edit.document),
            EditState::Leaving | EditState::Refused { .. } => false,
        };
        if !waits {
            return Err(format!("{}'s edit is stuck: {edit:?}", laptop.name));
        }
    }
    Ok(())
}

/// Every value an officer was told is saved is in the document, in its history, in her delivery
/// record or among her unsent edits, unless she took it back or dropped it.
fn nothing_told_is_lost(world: &World, trees: &Trees) -> Result<(), String> {
    for ((who, id, field), words) in &world.ledger.words {
        let Some(value) = &words.last else { continue };
        let (laptop, field) = (&world.laptops[*who], Field::parse(field).unwrap());
        let on_the_server = trees.get(id).is_some_and(|tree| {
            tree.revisions
                .values()
                .any(|revision| !revision.is_deletion() && found(&field, revision) == *value)
        });
        let unsent = || {
            laptop.unsent().iter().any(|edit| edit.edit.document == *id && holds(&edit.edit, &field, value))
        };
        let delivered = || {
            let happened = laptop.mirror().grievance(id).unwrap().map(|detail| detail.happened);
            happened.into_iter().flatten().any(|event| match event.what {
                Happened::Delivered { field: of, after, .. } => of == field && is(&after, value, &field),
                _ => false,
            })
        };
        if !on_the_server && !unsent() && !delivered() {
            let (name, id) = (laptop.name, world.name(id));
            return Err(format!(
                "{name} was told that {} of {id} is saved, and it is nowhere: {value}",
                field.name()
            ));
        }
    }
    Ok(())
}

/// An edit of the field, or the report that the field is one of.
fn holds(edit: &Edit, field: &Field, value: &Value) -> bool {
    let of_report = || field.found(Some(&Document::parse(&edit.wanted.to_string()).unwrap())) == *value;
    (edit.field == *field && is(&edit.wanted, value, field)) || (edit.field == Field::Report && of_report())
}

/// A report is known by its id.
fn is(wanted: &Value, value: &Value, field: &Field) -> bool {
    match field {
        Field::Report => wanted["_id"] == value["_id"],
        _ => wanted == value,
    }
}

fn found(field: &Field, revision: &Revision) -> Value {
    field.found(Some(&Document::parse(&revision.text()).unwrap()))
}

/// A revision that no phone and no administrator made: whose it is, and whether she asked for it.
fn officers_revision(world: &World, id: &str, tree: &Tree, revision: &Revision) -> Result<(), String> {
    let parent = revision.parent.as_ref().map(|parent| &tree.revisions[parent]);
    let parent = parent.filter(|parent| !parent.is_deletion());
    let Some(parent) = parent else {
        let filed = (0..world.laptops.len()).any(|who| world.ledger.filed.contains(&(who, id.to_owned())));
        return if filed { Ok(()) } else { Err("nobody filed it".to_owned()) };
    };
    let by = revision.body["triage"]["by"].as_str().unwrap_or_default();
    let Some(who) = world.laptops.iter().position(|laptop| laptop.login.name == by) else {
        return Err("nobody made it".to_owned());
    };
    if outside_triage(&revision.body) != outside_triage(&parent.body) {
        return Err(format!("it changes what is not an officer's, of {}", parent.text()));
    }
    if revision.body["triage"] == parent.body["triage"] {
        return Err("it says what its parent said".to_owned());
    }
    let mut asked = false;
    for field in fields(revision, parent) {
        let (before, after) = (found(&field, parent), found(&field, revision));
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

fn outside_triage(body: &Value) -> Map<String, Value> {
    let mut body = body.as_object().cloned().unwrap_or_default();
    for member in ["_rev", "triage"] {
        body.remove(member);
    }
    body
}

/// What officers may change, of all that either revision holds.
fn fields(revision: &Revision, parent: &Revision) -> Vec<Field> {
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

/// No value went up more often than it was asked for, no photo is named twice, no report has two documents.
fn nothing_arrived_twice(world: &World, trees: &Trees) -> Result<(), String> {
    let mut reports = BTreeSet::new();
    for (id, tree) in trees {
        let mut arrivals: BTreeMap<(String, String, String), usize> = BTreeMap::new();
        for revision in tree.revisions.values() {
            let ids = photo_ids(&revision.body);
            if ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
                return Err(format!("{} names a photo twice: {}", world.name(id), revision.text()));
            }
            let Some(parent) = revision.parent.as_ref().map(|parent| &tree.revisions[parent]) else {
                continue;
            };
            if parent.is_deletion() || revision.is_deletion() {
                continue;
            }
            let by = revision.body["triage"]["by"].as_str().unwrap_or_default();
            for field in fields(revision, parent) {
                let after = found(&field, revision);
                if found(&field, parent) != after {
                    *arrivals.entry((by.to_owned(), field.name(), after.to_string())).or_default() += 1;
                }
            }
        }
        for ((by, field, value), times) in arrivals {
            let Some(who) = world.laptops.iter().position(|laptop| laptop.login.name == by) else { continue };
            if times > asked(&world.ledger, who, id, &field, &value) {
                return Err(format!("{by}'s {field} went up {times} times to {}: {value}", world.name(id)));
            }
        }
        if let Some((_, current)) = tree.current() {
            let report = ["reportedBy", "reportedDateTime", "problemDescription"]
                .map(|name| current.body[name].to_string());
            if !reports.insert(report) {
                return Err(format!("{} is on the server twice", world.name(id)));
            }
        }
    }
    Ok(())
}

fn asked(ledger: &Ledger, who: usize, id: &str, field: &str, value: &str) -> usize {
    let words = ledger.words.get(&(who, id.to_owned(), field.to_owned()));
    words.map_or(0, |words| words.wanted.iter().filter(|wanted| wanted.to_string() == value).count())
}
