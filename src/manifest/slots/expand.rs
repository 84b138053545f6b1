//! Putting what is filled in, or the default, in the place of each slot.

use std::collections::BTreeMap;

use super::{Slot, SlotKind, schema};
use crate::manifest::node::{Body, Entry, Node};
use crate::manifest::problem::{Place, Problem};
use crate::manifest::reader::Reader;

/// What a slot says.
pub(in crate::manifest) const FORM: &[&str] = &["slot", "default"];

/// The most slots of a manifest: far more than anybody fills in.
const MOST: usize = 64;

const PLACES: &str = "a slot may stand for a source's settings, for the fields that are mapped there, and for `match.internal.domains`";

/// Whether it is `{ slot: … }`.
fn is_slot(node: &Node) -> bool {
    matches!(&node.body, Body::Map(entries) if entries.iter().any(|entry| entry.key == "slot"))
}

/// A manifest without slots, and the slots that it opened. `values` are what is filled in, by slot.
pub(in crate::manifest) fn expand(
    reader: &Reader,
    root: &Node,
    values: &BTreeMap<&str, &Node>,
) -> (Node, Vec<Slot>) {
    let mut expansion = Expansion { reader, values, open: Vec::new() };
    let root = expansion.each(root, "", |this, entry, _| match entry.key.as_str() {
        "sources" => this.each(&entry.value, "sources", |this, source, path| this.source(source, path)),
        "match" => this.matching(&entry.value),
        "output" => this.output(&entry.value),
        "cases" => Some(entry.value.clone()),
        _ => Some(this.without(&entry.value)),
    });
    let slots = expansion.open.into_iter().map(|open| open.slot).collect();
    (root.unwrap_or(Node { place: Place::START, body: Body::Null }), slots)
}

/// A slot that was come across.
struct Open {
    slot: Slot,
    /// What it is a setting of, for those that only a connector understands.
    of: String,
    place: Place,
}

struct Expansion<'a> {
    reader: &'a Reader,
    values: &'a BTreeMap<&'a str, &'a Node>,
    open: Vec<Open>,
}

/// Where a slot stands.
#[derive(Clone, Copy)]
struct Spot<'s> {
    kind: SlotKind,
    path: &'s str,
    of: &'s str,
}

impl Expansion<'_> {
    /// The map with each of its values made anew. Those that come to nothing are left out.
    fn each(
        &mut self,
        node: &Node,
        path: &str,
        mut make: impl FnMut(&mut Self, &Entry, &str) -> Option<Node>,
    ) -> Option<Node> {
        let Body::Map(entries) = &node.body else { return Some(node.clone()) };
        let mut made = Vec::with_capacity(entries.len());
        for entry in entries {
            let path = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
            let value = make(self, entry, &path);
            made.extend(value.map(|value| Entry { key: entry.key.clone(), place: entry.place, value }));
        }
        Some(Node { place: node.place, body: Body::Map(made) })
    }

    fn source(&mut self, source: &Entry, path: &str) -> Option<Node> {
        if is_slot(&source.value) {
            return Some(self.misplaced(&source.value));
        }
        let connector = match &source.value.body {
            Body::Map(entries) => entries.iter().find(|entry| entry.key == "connector"),
            _ => None,
        };
        let connector = match connector.map(|entry| &entry.value.body) {
            Some(Body::Text(connector)) => connector.clone(),
            _ => String::new(),
        };
        self.each(&source.value, path, |this, line, path| {
            let of = format!("{connector} {}", line.key);
            match line.key.as_str() {
                "connector" | "scopes" => Some(this.without(&line.value)),
                "window" => this.map(&line.value, path, SlotKind::Window, |_| SlotKind::Duration),
                "sync" => this.map(&line.value, path, SlotKind::Sync, |key| match key {
                    "push" => SlotKind::Flag,
                    _ => SlotKind::Duration,
                }),
                "accounts" | "contacts" => this.mapped(&line.value, path),
                "deals" if maps_fields(&line.value) => this.mapped(&line.value, path),
                _ => this.setting(&line.value, path, &of),
            }
        })
    }

    /// A map of which the whole, or each value, may be a slot.
    fn map(
        &mut self,
        node: &Node,
        path: &str,
        whole: SlotKind,
        part: impl Fn(&str) -> SlotKind,
    ) -> Option<Node> {
        if is_slot(node) {
            return self.slot(node, Spot { kind: whole, path, of: "" });
        }
        self.each(node, path, |this, entry, path| match is_slot(&entry.value) {
            true => this.slot(&entry.value, Spot { kind: part(&entry.key), path, of: "" }),
            false => Some(this.without(&entry.value)),
        })
    }

    fn mapped(&mut self, node: &Node, path: &str) -> Option<Node> {
        if is_slot(node) {
            return Some(self.misplaced(node));
        }
        self.each(node, path, |this, entry, path| {
            this.map(&entry.value, path, SlotKind::Fields, |_| SlotKind::Field)
        })
    }

    fn setting(&mut self, node: &Node, path: &str, of: &str) -> Option<Node> {
        if is_slot(node) {
            return self.slot(node, Spot { kind: SlotKind::Setting, path, of });
        }
        match &node.body {
            Body::Map(_) => self.each(node, path, |this, entry, path| {
                this.setting(&entry.value, path, &format!("{of}.{}", entry.key))
            }),
            Body::List(items) => {
                let items = items.iter().enumerate();
                let of = format!("{of}[]");
                let items = items.filter_map(|(at, item)| self.setting(item, &format!("{path}[{at}]"), &of));
                Some(Node { place: node.place, body: Body::List(items.collect()) })
            }
            _ => Some(node.clone()),
        }
    }

    fn matching(&mut self, node: &Node) -> Option<Node> {
        self.each(node, "match", |this, entry, path| {
            if entry.key != "internal" || is_slot(&entry.value) {
                return Some(this.without(&entry.value));
            }
            this.each(&entry.value, path, |this, line, path| {
                match line.key == "domains" && is_slot(&line.value) {
                    true => this.slot(&line.value, Spot { kind: SlotKind::Domains, path, of: "" }),
                    false => Some(this.without(&line.value)),
                }
            })
        })
    }

    /// What is delivered may be called anything, `slot` too.
    fn output(&mut self, node: &Node) -> Option<Node> {
        self.each(node, "", |this, entry, _| {
            if is_slot(&entry.value) {
                return Some(this.misplaced(&entry.value));
            }
            this.each(&entry.value, "", |this, line, _| match line.key.as_str() {
                "take" => this.output(&line.value),
                "where" => Some(this.without(&line.value)),
                _ => Some(line.value.clone()),
            })
        })
    }

    /// What has no place for a slot.
    fn without(&mut self, node: &Node) -> Node {
        if is_slot(node) {
            return self.misplaced(node);
        }
        let body = match &node.body {
            Body::List(items) => Body::List(items.iter().map(|item| self.without(item)).collect()),
            Body::Map(entries) => {
                let line = |entry: &Entry| Entry {
                    key: entry.key.clone(),
                    place: entry.place,
                    value: self.without(&entry.value),
                };
                Body::Map(entries.iter().map(line).collect())
            }
            other => other.clone(),
        };
        Node { place: node.place, body }
    }

    /// Goes on with the default, so that what else is wrong is found too.
    fn misplaced(&mut self, node: &Node) -> Node {
        self.reader.say(node.place, format!("no slot can stand here; {PLACES}"));
        let default = lines(node).iter().find(|entry| entry.key == "default");
        default.map_or(Node { place: node.place, body: Body::Null }, |entry| entry.value.clone())
    }

    /// What stands in the place of a slot.
    fn slot(&mut self, node: &Node, spot: Spot<'_>) -> Option<Node> {
        let mut name = None;
        let mut default = None;
        for entry in lines(node) {
            match entry.key.as_str() {
                "slot" => {
                    name = self.reader.text(&entry.value, "`slot`").filter(|name| self.names(name, entry))
                }
                "default" if matches!(entry.value.body, Body::Null) => {}
                "default" => {
                    if let Some(inner) = slot_within(&entry.value) {
                        self.reader.say(inner.place, "a default cannot be another slot");
                        return None;
                    }
                    default = Some(&entry.value);
                }
                _ => self.reader.unknown(entry, "a slot", FORM),
            }
        }
        let Some(name) = name else { return default.cloned() };
        let needed = matches!(spot.kind, SlotKind::Fields | SlotKind::Field);
        if needed && default.is_none() {
            self.reader.say(
                node.place,
                format!("slot `{name}` needs a `default` here: rules use the field whether a tenant fills the slot or not"),
            );
            return None;
        }
        if spot.kind == SlotKind::Fields && !default.is_some_and(|node| matches!(node.body, Body::Map(_))) {
            // The compiler says what is wrong with it.
            return default.cloned();
        }
        self.note(name, default, node.place, spot);
        let fallback = || match spot.kind {
            // An empty slot without a default leaves the users' own.
            SlotKind::Domains => {
                default.cloned().or(Some(Node { place: node.place, body: Body::Text("from_users".into()) }))
            }
            _ => default.cloned(),
        };
        let Some(value) = self.values.get(name) else { return fallback() };
        match (spot.kind, default) {
            (SlotKind::Fields, Some(default)) => Some(self.overlaid(default, value)),
            // Without the field, rules that are right would be found wrong.
            (SlotKind::Field, _) if !self.names_field(value) => fallback(),
            _ => Some((*value).clone()),
        }
    }

    fn names_field(&self, value: &Node) -> bool {
        let named = matches!(value.body, Body::Text(_));
        if !named {
            self.reader.say(value.place, "write the provider's name of the field, as text");
        }
        named
    }

    fn names(&self, name: &str, entry: &Entry) -> bool {
        let fits = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if !fits {
            self.reader.say(
                entry.value.place,
                format!("`{name}` cannot name a slot: use letters, digits, `_` and `-`"),
            );
        }
        fits
    }

    /// Notes a use. All of one name are filled with one value, so they must agree.
    fn note(&mut self, name: &str, default: Option<&Node>, place: Place, spot: Spot<'_>) {
        let default = default.map(Node::to_json);
        let path = spot.path.to_owned();
        let Some(known) = self.open.iter_mut().find(|open| open.slot.name == name) else {
            if self.open.len() == MOST {
                return self
                    .reader
                    .say(place, format!("this is one slot more than the {MOST} that a manifest may open"));
            }
            let schema = schema::of(spot.kind, default.as_ref());
            let slot = Slot { name: name.to_owned(), kind: spot.kind, default, uses: vec![path], schema };
            return self.open.push(Open { slot, of: spot.of.to_owned(), place });
        };
        let first = format!("at {} ({})", known.slot.uses.first().map_or("", String::as_str), known.place);
        let same = known.slot.kind == spot.kind && known.of == spot.of;
        if !same {
            self.reader.say(
                place,
                format!("slot `{name}` stands for something else {first}: give one of them another name"),
            );
        } else if known.slot.default != default {
            self.reader
                .say(place, format!("slot `{name}` has another default {first}: write the same at both"));
        }
        known.slot.uses.push(path);
    }

    /// The fields of a default, where a tenant has not said otherwise. Rules use our names, so there are no others.
    fn overlaid(&self, default: &Node, value: &Node) -> Node {
        let given = self.reader.map(value, "what is filled in for fields");
        let ours = || lines(default).iter().map(|entry| entry.key.as_str());
        for entry in given {
            if !ours().any(|known| known == entry.key) {
                let known = ours().collect::<Vec<_>>().join(", ");
                let message = format!("the manifest has no field `{}` here; known are {known}", entry.key);
                self.reader.note(Problem::new(entry.place, message).closest(&entry.key, ours()));
            }
        }
        let said = |key: &str| given.iter().find(|entry| entry.key == key);
        let entries = lines(default).iter().map(|entry| match said(&entry.key) {
            Some(own) if self.names_field(&own.value) => own.clone(),
            _ => entry.clone(),
        });
        Node { place: value.place, body: Body::Map(entries.collect()) }
    }
}

fn lines(node: &Node) -> &[Entry] {
    match &node.body {
        Body::Map(entries) => entries,
        _ => &[],
    }
}

fn slot_within(node: &Node) -> Option<&Node> {
    if is_slot(node) {
        return Some(node);
    }
    match &node.body {
        Body::List(items) => items.iter().find_map(slot_within),
        Body::Map(entries) => entries.iter().find_map(|entry| slot_within(&entry.value)),
        _ => None,
    }
}

/// Whether it is `{ fields: { ours: theirs } }`, or has a slot in the place of that.
fn maps_fields(node: &Node) -> bool {
    let of = |node: &Node| match &node.body {
        Body::Map(_) if !is_slot(node) => true,
        Body::Map(entries) => {
            entries.iter().any(|entry| entry.key == "default" && matches!(entry.value.body, Body::Map(_)))
        }
        _ => false,
    };
    !is_slot(node) && lines(node).iter().any(|entry| entry.key == "fields" && of(&entry.value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::manifest::node;

    #[test]
    fn a_slot_becomes_what_is_filled_in_or_its_default() {
        let root = node::parse(
            "sources: { crm: { where: [{ slot: a }, 1, { slot: b, default: 2 }], x: { slot: c } } }\noutput: { slot: title }",
        )
        .unwrap();
        let reader = Reader::default();
        let seven = node::parse("7").unwrap();
        let (expanded, slots) = expand(&reader, &root, &BTreeMap::from([("a", &seven)]));
        assert!(reader.into_problems().is_empty());
        let expected = serde_json::json!(
            { "sources": { "crm": { "where": [7, 1, 2] } }, "output": { "slot": "title" } }
        );
        assert_eq!(expanded.to_json(), expected);
        let uses: Vec<_> = slots.iter().map(|slot| slot.uses.join(" ")).collect();
        assert_eq!(uses, ["sources.crm.where[0]", "sources.crm.where[2]", "sources.crm.x"]);
    }
}
