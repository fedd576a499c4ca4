//! What must be so when everybody has synced until rest. Each check returns a sentence that blames.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Case, Document, Edit, Field, Grievance, Home};
use mirror::{EditState, Event, Happened, Proof, Row, UnsentEdit};
use serde_json::Value;

use crate::revisions::{Revision, Tree, Trees};
use crate::world::World;
use crate::{arrivals, lines};

/// Judges a ward at rest; `store` says whether photos could be stored.
pub fn keeps(world: &World, trees: &Trees, store: bool) -> Result<(), String> {
    for who in 0..world.laptops.len() {
        keeps_what_was_selected(world, trees, who)?;
        shows_what_the_server_has(world, trees, who)?;
        has_nothing_stuck(world, who, store)?;
        clashes_with_others(world, trees, who)?;
        deliveries_are_true(world, trees, who)?;
    }
    nothing_told_is_lost(world, trees)?;
    arrivals::are_honest(world, trees)?;
    lines::tell_what_arrived(world, trees)
}

/// Of what the server has, her list has what is of her part, what is unsent and what was altered, and nothing else. What is
/// gone there it has only if it was of her part at some time, or if she filed it herself and was told of both at once: that
/// it arrived and that it was deleted.
fn keeps_what_was_selected(world: &World, trees: &Trees, who: usize) -> Result<(), String> {
    let laptop = &world.laptops[who];
    let (name, part) = (laptop.name, laptop.part);
    let chosen = laptop.mirror().selection().unwrap();
    if chosen != part.selection() {
        return Err(format!("{name} was told that she keeps {part:?}, and keeps {chosen:?}"));
    }
    let rows = laptop.listed();
    let altered: BTreeSet<&String> = rows.iter().filter(|row| row.altered).map(|row| &row.id).collect();
    let listed: BTreeSet<&String> = rows.iter().map(|row| &row.id).collect();
    let unsent: BTreeSet<String> = laptop.unsent().into_iter().map(|edit| edit.edit.document).collect();
    for (id, tree) in &trees.grievances {
        let is_of_her_part = match tree.current() {
            Some((_, revision)) => part.holds(&revision.body),
            None => {
                let lost = world.before_set_back.iter().filter_map(|trees| trees.grievances.get(id));
                lost.chain([tree])
                    .any(|tree| tree.revisions.values().any(|revision| part.holds(&revision.body)))
            }
        };
        let (is_here, grievance) = (listed.contains(id), world.name(id));
        if !is_here && (unsent.contains(id) || (is_of_her_part && tree.current().is_some())) {
            return Err(format!("{name}, who keeps {part:?}, does not have {grievance}"));
        }
        let may_stay = unsent.contains(id) || altered.contains(id) || arrived_deleted(world, tree, who, id);
        if is_here && !is_of_her_part && !may_stay {
            return Err(format!("{name}, who keeps {part:?}, still has {grievance}"));
        }
    }
    Ok(())
}

/// Whether what her laptop names as the proof that her report arrived is its deletion.
fn arrived_deleted(world: &World, tree: &Tree, who: usize, id: &str) -> bool {
    let detail = world.laptops[who].mirror().grievance(id).unwrap();
    detail.into_iter().flat_map(|detail| detail.happened).any(|event| {
        let is_report = matches!(&event.what, Happened::Delivered { field: Field::Report, .. });
        let proof = event.rev.and_then(|rev| tree.revisions.get(&rev));
        is_report && proof.is_some_and(Revision::is_deletion)
    })
}

fn shows_what_the_server_has(world: &World, trees: &Trees, who: usize) -> Result<(), String> {
    let laptop = &world.laptops[who];
    let name = laptop.name;
    let rows = laptop.listed();
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
        shows_the_servers_case(world, trees, who, &row.id, detail.case.as_ref())?;
        match trees.grievances.get(&row.id).and_then(Tree::current) {
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

fn shows_the_servers_case(
    world: &World,
    trees: &Trees,
    who: usize,
    id: &str,
    shown: Option<&Case>,
) -> Result<(), String> {
    let laptop = &world.laptops[who];
    let is_of_case = |edit: &UnsentEdit| edit.edit.document == id && edit.edit.field.home() == Home::Case;
    let current = trees.cases.get(id).and_then(Tree::current);
    let there = current
        .map(|(_, revision)| Case::of(&Document::parse(&revision.text()).unwrap()))
        .unwrap_or_default();
    match laptop.unsent().iter().any(is_of_case) || shown == Some(&there) {
        true => Ok(()),
        false => {
            let (name, grievance) = (laptop.name, world.name(id));
            Err(format!("{name} holds the case of {grievance} as {shown:?}, the server as {there:?}"))
        }
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

/// Nobody is asked about what nobody else did.
fn clashes_with_others(world: &World, trees: &Trees, who: usize) -> Result<(), String> {
    let laptop = &world.laptops[who];
    for clash in laptop.mirror().clashes().unwrap() {
        let (id, field) = (&clash.edit.document, &clash.edit.field);
        let Some((rev, revision)) =
            trees.holding(field, id).and_then(|tree| Some(tree.last_change(field, tree.current()?.0)))
        else {
            continue;
        };
        // Who files a deleted grievance again brings its old content back with it.
        let files = trees.holding(field, id).is_some_and(|tree| tree.parent(revision).is_none());
        let filed_again = files && revision.parent.is_some();
        let by_others = world.made_by_others.contains(&(revision.document().to_owned(), rev.to_owned()));
        // What was kept over a deletion is asked about again where a set-back server has undone the deletion.
        let kept_over_deletion = clash.edit.seen == clash.edit.wanted;
        // A laptop knows whose a revision is, and not whose a value in it: hers may have come back in somebody else's.
        let came_back = !world.before_set_back.is_empty()
            && trees
                .holding(field, id)
                .and_then(Tree::current)
                .is_some_and(|(_, shown)| shown.by() != laptop.login.name);
        let hers = revision.by() == laptop.login.name;
        if !filed_again && !kept_over_deletion && !came_back && !by_others && hers {
            let (name, grievance) = (laptop.name, world.name(id));
            return Err(format!(
                "{name} clashes with herself over {} of {grievance}: {clash:?}",
                field.name()
            ));
        }
    }
    Ok(())
}

/// Every value an officer was told is saved is in the document, in its history or among her unsent
/// edits, unless she took it back or dropped it.
fn nothing_told_is_lost(world: &World, trees: &Trees) -> Result<(), String> {
    for ((who, id, field), words) in &world.ledger.words {
        let Some(value) = &words.last else { continue };
        let (laptop, field) = (&world.laptops[*who], Field::parse(field).unwrap());
        let on_the_server = trees.holding(&field, id).is_some_and(|tree| {
            let mut revisions = tree.revisions.values();
            revisions.any(|revision| !revision.is_deletion() && revision.found(&field) == *value)
        });
        let unsent = || {
            let mut edits = laptop.unsent().into_iter().filter(|edit| edit.edit.document == *id);
            edits.any(|edit| holds(&edit.edit, &field, value))
        };
        // Of what was deleted and then lost with all its revisions, only the laptop's own history tells.
        let in_her_history =
            || !trees.grievances.contains_key(id) && was_delivered(world, *who, id, &field, value);
        // Of what had left with her selection when the server lost it, the record says so, until it is back.
        let is_back = trees.grievances.get(id).is_some_and(|tree| tree.current().is_some());
        let recorded_as_lost = || !is_back && is_recorded_as_lost(world, *who, id, &field, value);
        if !on_the_server && !unsent() && !in_her_history() && !recorded_as_lost() {
            let (name, id, field) = (laptop.name, world.name(id), field.name());
            return Err(format!("{name} was told that {field} of {id} is saved, and it is nowhere: {value}"));
        }
    }
    Ok(())
}

fn was_delivered(world: &World, who: usize, id: &str, of: &Field, value: &Value) -> bool {
    let detail = world.laptops[who].mirror().grievance(id).unwrap();
    let is_it = |event: &Event| matches!(&event.what, Happened::Delivered { field, after, .. } if field == of && after == value);
    detail.is_some_and(|detail| detail.gone && detail.happened.iter().any(is_it))
}

fn is_recorded_as_lost(world: &World, who: usize, id: &str, of: &Field, value: &Value) -> bool {
    let deliveries = world.laptops[who].mirror().deliveries(jiff::Timestamp::now().as_second()).unwrap();
    deliveries.iter().any(|delivery| {
        let is_it = delivery.grievance == id && delivery.field == *of && delivery.after == *value;
        is_it && matches!(delivery.proof, Proof::Lost { .. })
    })
}

/// The revision that a delivery record names holds what it says. Of what the server has not got in
/// any revision, because it was deleted and then set back, nobody can say.
fn deliveries_are_true(world: &World, trees: &Trees, who: usize) -> Result<(), String> {
    let laptop = &world.laptops[who];
    let has = |row: &Row| trees.grievances.contains_key(&row.id) || !row.gone;
    for row in laptop.listed().into_iter().filter(has) {
        let happened = laptop.mirror().grievance(&row.id).unwrap().map(|detail| detail.happened);
        for event in happened.into_iter().flatten() {
            let Happened::Delivered { field, after, .. } = &event.what else { continue };
            let named = event.rev.as_ref();
            let revision = trees.holding(field, &row.id).and_then(|tree| tree.revisions.get(named?));
            // A deletion proves that our report had come there.
            let holds = |there: &Revision| *field == Field::Report || there.found(field) == *after;
            if !revision.is_some_and(holds) {
                let (name, id) = (laptop.name, world.name(&row.id));
                return Err(format!(
                    "{name}'s record says {} of {id} was delivered, and it was not: {event:?}",
                    field.name()
                ));
            }
        }
    }
    Ok(())
}

/// Whether it is an edit of the field, or the report that the field belongs to.
fn holds(edit: &Edit, field: &Field, value: &Value) -> bool {
    match &edit.field {
        Field::Report => field.found(Some(&Document::parse(&edit.wanted.to_string()).unwrap())) == *value,
        of => of == field && edit.wanted == *value,
    }
}
