//! The sections of a manifest, put together.

use std::collections::BTreeMap;

use acquaint_core::ids::{RevisionId, SourceName};
use acquaint_matcher::{Internal, Matcher};

use super::node::{Body, Node};
use super::output::Output;
use super::problem::{Problem, Problems};
use super::reader::Reader;
use super::rules::{Clause, Fields, Predicate, Scope, compile as compile_rule};
use super::{Compiled, source};

/// Who counts.
#[derive(Debug, Clone)]
pub(crate) struct Matching {
    pub(crate) internal: InternalDomains,
    /// Which accounts count; `None` means all.
    pub(crate) accounts: Option<Clause>,
    pub(crate) matcher: Matcher,
}

/// Which domains are the tenant's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InternalDomains {
    /// The slot in which a tenant names its own.
    pub(crate) slot: Option<String>,
    /// Those that hold where the slot is empty, besides the users' own if that is asked for.
    pub(crate) fixed: Vec<String>,
    /// Whether the domains of the tenant's users count.
    pub(crate) from_users: bool,
}

const SECTIONS: &[&str] = &["acquaint", "name", "sources", "match", "keep", "output", "privacy"];

pub(super) fn compile(root: &Node, revision: RevisionId) -> Result<Compiled, Problems> {
    let reader = Reader::default();
    let entries = reader.map(root, "a manifest");
    let find = |key: &str| entries.iter().find(|entry| entry.key == key);
    for entry in entries {
        if !SECTIONS.contains(&entry.key.as_str()) {
            reader.unknown(entry, "a manifest", SECTIONS);
        }
    }
    match find("acquaint").map(|entry| (&entry.value.body, entry.value.place)) {
        Some((Body::Int(1), _)) => {}
        Some((_, place)) => reader.say(place, "this release reads manifests of version 1: `acquaint: 1`"),
        None => reader.say(root.place, "a manifest begins with its version: `acquaint: 1`"),
    }
    let name = find("name").and_then(|entry| reader.text(&entry.value, "`name`")).map(str::to_owned);
    if find("name").is_none() {
        reader.say(root.place, "a manifest needs `name`");
    }
    let drop = find("privacy").map(|entry| privacy(&reader, &entry.value)).unwrap_or_default();
    let mut fields = Fields::default();
    let mut sources = BTreeMap::new();
    match find("sources") {
        None => reader.say(root.place, "a manifest needs `sources`: at least one calendar"),
        Some(section) => {
            for entry in reader.map(&section.value, "`sources`") {
                let compiled = source::compile(&reader, entry, &drop, &mut fields);
                sources.extend(compiled.map(|source| (SourceName::from(entry.key.as_str()), source)));
            }
            if sources.is_empty() {
                reader.say(section.place, "`sources` names none");
            }
        }
    }
    let matching = matching(&reader, &fields, find("match").map(|entry| &entry.value));
    let keep = match find("keep") {
        Some(entry) => compile_rule(&reader, &fields, Scope::Meeting, &entry.value, "keep"),
        None => Clause { name: "keep".into(), predicate: Predicate::All(Vec::new()) },
    };
    let output = match find("output") {
        Some(entry) => Output::compile(&reader, &fields, &entry.value),
        None => Output::standard(&reader, &fields),
    };
    let problems = reader.into_problems();
    match name {
        Some(name) if problems.is_empty() => Ok(Compiled { revision, name, sources, matching, keep, output }),
        _ => Err(Problems { problems }),
    }
}

fn privacy(reader: &Reader, node: &Node) -> Vec<String> {
    let mut drop = Vec::new();
    for entry in reader.map(node, "`privacy`") {
        match entry.key.as_str() {
            "drop" => drop.extend(
                reader
                    .list(&entry.value)
                    .iter()
                    .filter_map(|item| reader.text(item, "a name of something to drop"))
                    .map(str::to_owned),
            ),
            _ => reader.unknown(entry, "`privacy`", &["drop"]),
        }
    }
    drop.sort();
    drop.dedup();
    drop
}

fn matching(reader: &Reader, fields: &Fields, node: Option<&Node>) -> Matching {
    let mut internal = InternalDomains { slot: None, fixed: Vec::new(), from_users: true };
    let mut accounts = None;
    let mut matcher = Matcher::default();
    for entry in node.map(|node| reader.map(node, "`match`")).unwrap_or_default() {
        match entry.key.as_str() {
            "internal" => {
                for line in reader.map(&entry.value, "`internal`") {
                    match line.key.as_str() {
                        "domains" => internal = internal_domains(reader, &line.value),
                        _ => reader.unknown(line, "`internal`", &["domains"]),
                    }
                }
            }
            "accounts" => {
                accounts = Some(compile_rule(reader, fields, Scope::Account, &entry.value, "match.accounts"));
            }
            "strategies" => {
                let names: Vec<_> = reader
                    .list(&entry.value)
                    .iter()
                    .filter_map(|item| Some((reader.text(item, "a strategy")?, item.place)))
                    .collect();
                let known = acquaint_matcher::strategy::NAMES;
                for (name, place) in &names {
                    if !known.contains(name) {
                        reader.note(
                            Problem::new(
                                *place,
                                format!("unknown strategy `{name}`; known are {}", known.join(", ")),
                            )
                            .closest(name, known),
                        );
                    }
                }
                let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
                if let Ok(chosen) = Matcher::from_names(&names) {
                    matcher = chosen;
                }
            }
            _ => reader.unknown(entry, "`match`", &["internal", "accounts", "strategies"]),
        }
    }
    Matching { internal, accounts, matcher }
}

/// A list of domains, `from_users`, or `{ slot: name, default: … }`.
fn internal_domains(reader: &Reader, node: &Node) -> InternalDomains {
    let mut internal = InternalDomains { slot: None, fixed: Vec::new(), from_users: false };
    match &node.body {
        Body::Text(word) if word == "from_users" => internal.from_users = true,
        Body::List(items) => {
            for item in items {
                let Some(domain) = reader.text(item, "a domain") else { continue };
                if let Some(ignored) = Internal::new().domain(domain).ignored().first() {
                    reader.say(item.place, format!("`{domain}` is no domain of one's own: {}", ignored.why));
                }
                internal.fixed.push(domain.to_owned());
            }
        }
        Body::Map(entries) if entries.iter().any(|entry| entry.key == "slot") => {
            // An empty slot without a default still leaves the users' own.
            internal.from_users = true;
            for entry in entries {
                match entry.key.as_str() {
                    "slot" => internal.slot = reader.text(&entry.value, "`slot`").map(str::to_owned),
                    "default" => {
                        let inner = internal_domains(reader, &entry.value);
                        if inner.slot.is_some() {
                            reader.say(entry.value.place, "a default cannot be another slot");
                        }
                        internal.fixed = inner.fixed;
                        internal.from_users = inner.from_users;
                    }
                    _ => reader.unknown(entry, "`domains`", &["slot", "default"]),
                }
            }
        }
        _ => reader
            .say(node.place, "write a list of domains, `from_users`, or { slot: NAME, default: from_users }"),
    }
    internal
}
