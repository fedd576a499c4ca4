//! The lines of cases' histories on the server: what officers asked for, once, and nothing that arrived without one.

use std::collections::BTreeMap;

use domain::{Field, Said};
use serde_json::Value;

use crate::arrivals::arrivals;
use crate::revisions::Trees;
use crate::world::World;

/// A grievance, who decided, the field and its new value.
type Told = (String, String, String, String);

pub fn tell_what_arrived(world: &World, trees: &Trees) -> Result<(), String> {
    let mut lines: BTreeMap<Told, usize> = BTreeMap::new();
    for (grievance, entry) in &trees.lines {
        let Said::Change { field, after, .. } = &entry.said else { continue };
        let by = entry.by.clone().unwrap_or_default();
        *lines.entry((grievance.clone(), by, field.clone(), after.to_string())).or_default() += 1;
    }
    for (line, times) in &lines {
        let asked = asked(world, line);
        if *times > asked && line.2 != Field::Report.name() {
            return Err(format!(
                "there are {times} lines of what was asked for {asked} times: {}",
                called(world, line)
            ));
        }
    }
    for (id, tree) in trees.all() {
        // What she changed before its answer came is told by the line of that change.
        for (by, field, value) in arrivals(tree) {
            let line = (id.clone(), by.to_owned(), field.name(), value.to_string());
            let who = world.laptops.iter().position(|laptop| laptop.login.name == by);
            let Some(who) = who else { continue };
            let was_unanswered = world.unanswered.contains(&(who, id.clone(), field));
            if !was_unanswered && !lines.contains_key(&line) {
                return Err(format!("this arrived without a line: {}", called(world, &line)));
            }
        }
    }
    Ok(())
}

fn asked(world: &World, (grievance, by, field, after): &Told) -> usize {
    let who = world.laptops.iter().position(|laptop| laptop.login.name == *by);
    let words = who.and_then(|who| world.ledger.get(who, grievance, &Field::parse(field).unwrap()));
    let is_it = |wanted: &&Value| wanted.to_string() == *after;
    words.map_or(0, |words| words.wanted.iter().filter(is_it).count())
}

fn called(world: &World, (grievance, by, field, after): &Told) -> String {
    format!("{by}'s {field} of {}: {after}", world.name(grievance))
}
