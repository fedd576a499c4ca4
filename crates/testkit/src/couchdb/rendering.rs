//! A revision as JSON text, put together from parts that are text already.

use super::answer::quoted;
use super::database::Document;
use super::question::Question;
use super::revision::Revision;
use super::revision_tree::{Node, RevisionTree};

/// What a reader wants to see besides the document itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras {
    pub history: bool,
    pub history_states: bool,
    pub conflicts: bool,
    pub deleted_conflicts: bool,
}

impl Extras {
    pub fn asked(question: &Question) -> Self {
        let everything = question.flag("meta");
        Self {
            history: question.flag("revs"),
            history_states: everything || question.flag("revs_info"),
            conflicts: everything || question.flag("conflicts"),
            deleted_conflicts: everything || question.flag("deleted_conflicts"),
        }
    }
}

/// Appends the document at `node`; a revision whose body is not here has no members.
pub fn render(out: &mut String, id: &str, tree: &RevisionTree, node: &Node, extras: Extras) {
    out.push_str("{\"_id\":");
    out.push_str(&quoted(id));
    out.push_str(",\"_rev\":");
    out.push_str(&quoted(&node.revision.to_string()));
    if node.deleted {
        out.push_str(",\"_deleted\":true");
    }
    let members = node.members.as_deref().unwrap_or_default();
    if !members.is_empty() {
        out.push(',');
        out.push_str(members);
    }
    if extras.history {
        let history = tree.history(&node.revision);
        let hashes = list(history.iter().map(|node| quoted(&node.revision.hash)));
        let start = node.revision.generation;
        out.push_str(&format!(",\"_revisions\":{{\"start\":{start},\"ids\":{hashes}}}"));
    }
    if extras.history_states {
        let states = list(tree.history(&node.revision).iter().map(|node| {
            let status = match (&node.members, node.deleted) {
                (None, _) => "missing",
                (Some(_), true) => "deleted",
                (Some(_), false) => "available",
            };
            format!("{{\"rev\":\"{}\",\"status\":\"{status}\"}}", node.revision)
        }));
        out.push_str(&format!(",\"_revs_info\":{states}"));
    }
    for (name, wanted, deleted) in
        [("_conflicts", extras.conflicts, false), ("_deleted_conflicts", extras.deleted_conflicts, true)]
    {
        if !wanted {
            continue;
        }
        let others: Vec<String> = tree
            .leaves()
            .into_iter()
            .skip(1)
            .filter(|leaf| leaf.deleted == deleted)
            .map(|leaf| quoted(&leaf.revision.to_string()))
            .collect();
        if !others.is_empty() {
            out.push_str(&format!(",\"{name}\":{}", list(others.into_iter())));
        }
    }
    out.push('}');
}

pub fn rendered(id: &str, tree: &RevisionTree, node: &Node, extras: Extras) -> String {
    let mut out = String::new();
    render(&mut out, id, tree, node, extras);
    out
}

/// The winning revision, deleted or not, or `null` for an impossible empty tree.
pub fn render_winner(out: &mut String, id: &str, document: &Document, extras: Extras) {
    match document.tree.winner() {
        Some(node) => render(out, id, &document.tree, node, extras),
        None => out.push_str("null"),
    }
}

/// `{"ok":document}` or `{"missing":rev}` for one wanted revision; with `latest` the leaves that
/// grew out of it.
pub fn open_revision<'a>(tree: &'a RevisionTree, wanted: &Revision, latest: bool) -> Vec<&'a Node> {
    if latest {
        return tree.leaves_above(wanted);
    }
    tree.node(wanted).filter(|node| node.members.is_some()).into_iter().collect()
}

/// JSON texts as one JSON array.
pub fn list(items: impl Iterator<Item = String>) -> String {
    let mut out = String::from("[");
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&item);
    }
    out.push(']');
    out
}
