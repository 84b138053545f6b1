//! The manifest as it is for the tenant of a case, who has filled slots.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::manifest::node::Node;
use crate::manifest::problem::Problem;
use crate::manifest::reader::Reader;
use crate::manifest::{Manifest, Slot, section, slots};
use crate::registry::Registry;

/// The manifest is compiled anew for each way of filling slots, so there must be an end to them.
const MOST: usize = 8;

/// A manifest's slots, and what has been filled into them so far.
#[derive(Debug)]
pub(in crate::manifest) struct Filled<'k> {
    root: &'k Arc<Node>,
    slots: &'k [Slot],
    /// `None` for what was wrong.
    known: RefCell<BTreeMap<String, Option<Manifest>>>,
}

impl<'k> Filled<'k> {
    pub(in crate::manifest) fn new(root: &'k Arc<Node>, slots: &'k [Slot]) -> Self {
        Self { root, slots, known: RefCell::default() }
    }

    /// The manifest with what a case fills in; `None` if that is nothing, or wrong.
    pub(super) fn with(&self, reader: &Reader, registry: &Registry, node: &Node) -> Option<Manifest> {
        let (values, problems) = slots::given(reader.map(node, "`slots`"), self.slots);
        problems.into_iter().for_each(|problem| reader.note(problem));
        if values.is_empty() {
            return None;
        }
        let key: Map<String, Value> =
            values.iter().map(|(name, node)| ((*name).to_owned(), node.to_json())).collect();
        let key = Value::Object(key).to_string();
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        if self.known.borrow().len() >= MOST {
            reader.note(Problem::new(node.place, format!("cases may fill slots in {MOST} different ways")));
            return None;
        }
        let compiled = section::compile(self.root, &values, registry, false);
        let manifest = match compiled {
            Ok(compiled) => Some(Manifest(Arc::new(compiled))),
            Err(wrong) => {
                wrong.problems.into_iter().for_each(|problem| reader.note(problem));
                None
            }
        };
        self.known.borrow_mut().insert(key, manifest.clone());
        manifest
    }
}
