//! Walks a node tree, noting every problem instead of stopping at the first.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use super::node::{Body, Entry, Node};
use super::problem::{Place, Problem};
use super::rules::{Follow, Follows};
use super::span;

/// Collects problems while sections are read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    problems: RefCell<Vec<Problem>>,
    /// What is called, each with its version.
    calls: RefCell<BTreeSet<String>>,
    /// What is followed from accounts and contacts.
    follows: RefCell<Follows>,
}

impl Reader {
    pub(super) fn note(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub(super) fn say(&self, place: Place, message: impl Into<String>) {
        self.note(Problem::new(place, message));
    }

    /// Notes that something registered is called.
    pub(super) fn calls(&self, name: &str, version: u32) {
        self.calls.borrow_mut().insert(format!("{name}:{version}"));
    }

    /// What is called, each with its version, sorted.
    pub(super) fn called(&self) -> Vec<String> {
        self.calls.borrow().iter().cloned().collect()
    }

    /// Notes that something is to be followed.
    pub(super) fn follow(&self, what: Follow) {
        self.follows.borrow_mut().0.insert(what);
    }

    /// What is to be followed.
    pub(super) fn followed(&self) -> Follows {
        self.follows.borrow().clone()
    }

    /// How many problems there are so far.
    pub(super) fn count(&self) -> usize {
        self.problems.borrow().len()
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.place);
        problems.dedup();
        problems
    }

    /// The entries of a map; anything else is a problem.
    pub(super) fn map<'n>(&self, node: &'n Node, what: &str) -> &'n [Entry] {
        match &node.body {
            Body::Map(entries) => entries,
            Body::Null => &[],
            _ => {
                self.say(node.place, format!("{what} must be a map, not {}", node.kind()));
                &[]
            }
        }
    }

    /// The items of a list; a single value counts as a list of one.
    pub(super) fn list<'n>(&self, node: &'n Node) -> &'n [Node] {
        match &node.body {
            Body::List(items) => items,
            Body::Null => &[],
            _ => std::slice::from_ref(node),
        }
    }

    pub(super) fn text<'n>(&self, node: &'n Node, what: &str) -> Option<&'n str> {
        match &node.body {
            Body::Text(text) => Some(text),
            _ => {
                self.say(node.place, format!("{what} must be text, not {}", node.kind()));
                None
            }
        }
    }

    pub(super) fn flag(&self, node: &Node, what: &str) -> Option<bool> {
        match node.body {
            Body::Bool(value) => Some(value),
            _ => {
                self.say(node.place, format!("{what} must be true or false, not {}", node.kind()));
                None
            }
        }
    }

    pub(super) fn duration(&self, node: &Node, what: &str) -> Option<Duration> {
        let text = self.text(node, what)?;
        span::parse(text).map_err(|message| self.say(node.place, message)).ok()
    }

    /// Notes that `entry` has a key that is not among `known`.
    pub(super) fn unknown(&self, entry: &Entry, what: &str, known: &[&str]) {
        self.note(
            Problem::new(
                entry.place,
                format!("unknown key `{}` in {what}; known are {}", entry.key, known.join(", ")),
            )
            .closest(&entry.key, known.iter().copied()),
        );
    }
}
