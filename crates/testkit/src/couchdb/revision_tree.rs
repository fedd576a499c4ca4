//! Every revision of one document, and the one that wins: not deleted before deleted, then the
//! longest history, then the greatest hash. Every replica reaches the same verdict.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::revision::Revision;

#[derive(Debug, Clone)]
pub struct Node {
    pub revision: Revision,
    pub deleted: bool,
    /// The document's own members as JSON without the braces, ready to be sent;
    /// none for an ancestor known by name only.
    pub members: Option<Arc<str>>,
    parent: Option<usize>,
    leaf: bool,
}

#[derive(Debug, Clone, Default)]
pub struct RevisionTree {
    nodes: Vec<Node>,
}

impl RevisionTree {
    /// Adds `history[0]` with its ancestors, newest first. False: it was all known.
    pub fn add(&mut self, history: &[Revision], deleted: bool, members: Arc<str>) -> bool {
        let Some(newest) = history.first() else {
            return false;
        };
        if let Some(known) = self.position(newest) {
            let node = &mut self.nodes[known];
            let filled = node.members.is_none();
            if filled {
                node.members = Some(members);
                node.deleted = deleted;
            }
            return filled;
        }
        let mut ancestors = history[1..].iter();
        let mut parent = None;
        let mut missing = Vec::new();
        for ancestor in ancestors.by_ref() {
            parent = self.position(ancestor);
            if parent.is_some() {
                break;
            }
            missing.push(ancestor);
        }
        for ancestor in missing.into_iter().rev() {
            parent = Some(self.push(ancestor, parent, false, None));
        }
        self.push(newest, parent, deleted, Some(members));
        true
    }

    /// Leaves, the winner first.
    pub fn leaves(&self) -> Vec<&Node> {
        let mut leaves: Vec<&Node> = self.nodes.iter().filter(|node| node.leaf).collect();
        if leaves.len() > 1 {
            leaves.sort_by_key(|node| Reverse((!node.deleted, &node.revision)));
        }
        leaves
    }

    /// A tree in a database always has a winner; an empty one has none.
    pub fn winner(&self) -> Option<&Node> {
        self.nodes.iter().filter(|node| node.leaf).max_by_key(|node| (!node.deleted, &node.revision))
    }

    pub fn node(&self, revision: &Revision) -> Option<&Node> {
        self.position(revision).map(|index| &self.nodes[index])
    }

    pub fn is_leaf(&self, revision: &Revision) -> bool {
        self.node(revision).is_some_and(|node| node.leaf)
    }

    /// The revision and its ancestors, newest first, each with its node.
    pub fn history(&self, revision: &Revision) -> Vec<&Node> {
        let mut path = Vec::new();
        let mut next = self.position(revision);
        while let Some(index) = next {
            path.push(&self.nodes[index]);
            next = self.nodes[index].parent;
        }
        path
    }

    /// Leaves that descend from `revision`, or the leaf itself.
    pub fn leaves_above(&self, revision: &Revision) -> Vec<&Node> {
        self.leaves()
            .into_iter()
            .filter(|leaf| self.history(&leaf.revision).iter().any(|node| node.revision == *revision))
            .collect()
    }

    /// The tree that is left when a leaf, and all that only it descends from, is forgotten.
    pub fn without(&self, leaf: &Revision) -> RevisionTree {
        let mut left = RevisionTree::default();
        for other in self.leaves().into_iter().filter(|other| other.revision != *leaf) {
            let nodes = self.history(&other.revision);
            let history: Vec<Revision> = nodes.iter().map(|node| node.revision.clone()).collect();
            for (index, node) in nodes.into_iter().enumerate() {
                if let Some(members) = &node.members {
                    left.add(&history[index..], node.deleted, Arc::clone(members));
                }
            }
        }
        left
    }

    /// Forgets what is `limit` revisions and more below every leaf.
    pub fn stem(&mut self, limit: usize) {
        if self.nodes.len() <= limit {
            return;
        }
        let mut kept = BTreeSet::new();
        for leaf in (0..self.nodes.len()).filter(|index| self.nodes[*index].leaf) {
            let path = std::iter::successors(Some(leaf), |index| self.nodes[*index].parent);
            kept.extend(path.take(limit));
        }
        let places: BTreeMap<usize, usize> = kept.into_iter().zip(0..).collect();
        let nodes = std::mem::take(&mut self.nodes).into_iter().enumerate();
        let nodes = nodes.filter(|(index, _)| places.contains_key(index));
        let parent = |node: &Node| node.parent.and_then(|parent| places.get(&parent).copied());
        self.nodes = nodes.map(|(_, node)| Node { parent: parent(&node), ..node }).collect();
    }

    fn position(&self, revision: &Revision) -> Option<usize> {
        self.nodes.iter().rposition(|node| node.revision == *revision)
    }

    fn push(
        &mut self,
        revision: &Revision,
        parent: Option<usize>,
        deleted: bool,
        members: Option<Arc<str>>,
    ) -> usize {
        if let Some(parent) = parent {
            self.nodes[parent].leaf = false;
        }
        self.nodes.push(Node { revision: revision.clone(), deleted, members, parent, leaf: true });
        self.nodes.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(generation: u64, digit: char) -> Revision {
        Revision { generation, hash: digit.to_string().repeat(32) }
    }

    fn grow(tree: &mut RevisionTree, history: &[Revision], deleted: bool) -> bool {
        tree.add(history, deleted, Arc::from(""))
    }

    #[test]
    fn a_long_history_loses_its_oldest_and_branches_keep_theirs() {
        let mut tree = RevisionTree::default();
        grow(&mut tree, &[revision(2, 'b'), revision(1, 'a')], false);
        grow(&mut tree, &[revision(2, 'e'), revision(1, 'a')], false);
        for (generation, digit, parent) in [(3, 'c', 'b'), (4, 'd', 'c')] {
            grow(&mut tree, &[revision(generation, digit), revision(generation - 1, parent)], false);
        }
        tree.stem(2);
        assert!(tree.node(&revision(2, 'b')).is_none(), "forgotten");
        let path = |leaf| tree.history(&leaf).iter().map(|node| node.revision.generation).collect::<Vec<_>>();
        assert_eq!((path(revision(4, 'd')), path(revision(2, 'e'))), (vec![4, 3], vec![2, 1]));
        assert!(tree.winner().is_some_and(|winner| winner.revision == revision(4, 'd')));
    }

    #[test]
    fn live_beats_deleted_then_length_then_hash() {
        let mut tree = RevisionTree::default();
        grow(&mut tree, &[revision(2, 'a'), revision(1, 'c')], false);
        grow(&mut tree, &[revision(2, 'b'), revision(1, 'c')], false);
        grow(&mut tree, &[revision(3, 'd'), revision(2, 'e'), revision(1, 'c')], true);
        let leaves: Vec<_> = tree.leaves().iter().map(|leaf| leaf.revision.clone()).collect();
        assert_eq!(leaves, [revision(2, 'b'), revision(2, 'a'), revision(3, 'd')]);
        assert_eq!(tree.winner().map(|node| &node.revision), Some(&revision(2, 'b')));
    }

    #[test]
    fn a_purged_leaf_takes_along_what_is_its_alone() {
        let mut tree = RevisionTree::default();
        grow(&mut tree, &[revision(2, 'a'), revision(1, 'c')], false);
        grow(&mut tree, &[revision(3, 'd'), revision(2, 'b'), revision(1, 'c')], false);
        let left = tree.without(&revision(3, 'd'));
        assert_eq!(left.winner().map(|node| &node.revision), Some(&revision(2, 'a')));
        assert!(left.node(&revision(1, 'c')).is_some() && left.node(&revision(2, 'b')).is_none());
        assert!(left.without(&revision(2, 'a')).winner().is_none());
    }

    #[test]
    fn the_same_history_twice_changes_nothing() {
        let mut tree = RevisionTree::default();
        let history = [revision(2, 'a'), revision(1, 'c')];
        assert!(grow(&mut tree, &history, false));
        assert!(!grow(&mut tree, &history, false));
        assert!(tree.node(&revision(1, 'c')).is_some_and(|node| node.members.is_none()));
        assert!(grow(&mut tree, &[revision(1, 'c')], false), "the ancestor's body is news");
    }
}
