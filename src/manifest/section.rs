//! The sections of a manifest, put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_core::ids::{DestinationName, SourceName};
use acquaint_matcher::{Internal, Matcher};

use super::inputs::Inputs;
use super::node::{Body, Node};
use super::output::Output;
use super::problem::{Place, Problem, Problems};
use super::reader::Reader;
use super::rules::{Clause, Fields, Predicate, Scope, compile as compile_rule};
use super::{Compiled, Source, cases, fit, priority, privacy, revision_of, slots, source};
use crate::registry::Registry;

/// Who counts.
#[derive(Debug, Clone)]
pub(crate) struct Matching {
    pub(crate) internal: InternalDomains,
    /// Which accounts count; `None` means all.
    pub(crate) accounts: Option<Clause>,
    pub(crate) matcher: Matcher,
    /// The sources whose word counts first, in order, each with its place. All others come after, together.
    pub(crate) precedence: Vec<(SourceName, Place)>,
}

impl Matching {
    /// Whether it looks for contacts: all strategies do but those by domain alone, and pins without any other.
    pub(crate) fn reads_contacts(&self) -> bool {
        self.matcher.names().any(|strategy| !["pinned", "domain", "parent_domain"].contains(&strategy))
    }
}

/// Which domains are the tenant's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InternalDomains {
    /// These, besides the users' own if that is asked for.
    pub(crate) fixed: Vec<String>,
    /// Whether the domains of the tenant's users count.
    pub(crate) from_users: bool,
}

/// The sections.
pub(super) const SECTIONS: &[&str] =
    &["acquaint", "name", "sources", "match", "keep", "priority", "output", "deliver", "privacy", "cases"];
pub(super) const MATCH: &[&str] = &["internal", "accounts", "strategies", "precedence"];
pub(super) const INTERNAL: &[&str] = &["domains"];

/// Compiles a manifest that may name what is in `registry`. `values` are what a tenant fills in, by slot. Whether it fits
/// the connectors in the registry is looked at only if `fit` is asked for.
pub(super) fn compile(
    text: &Arc<Node>,
    values: &BTreeMap<&str, &Node>,
    registry: &Registry,
    fit: bool,
) -> Result<Compiled, Problems> {
    let reader = Reader::default();
    let (root, slots) = slots::expand(&reader, text, values);
    let root = &root;
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
    let privacy = find("privacy").map(|entry| privacy::compile(&reader, &entry.value)).unwrap_or_default();
    let mut fields = Fields::new(registry);
    let mut sources = BTreeMap::new();
    match find("sources") {
        None => reader.say(root.place, "a manifest needs `sources`: at least one calendar"),
        Some(section) => {
            for entry in reader.map(&section.value, "`sources`") {
                let compiled = source::compile(&reader, entry, &privacy, &mut fields);
                sources.extend(compiled.map(|source| (SourceName::from(entry.key.as_str()), source)));
            }
            if sources.is_empty() {
                reader.say(section.place, "`sources` names none");
            }
        }
    }
    let matching = matching(&reader, &fields, &sources, find("match").map(|entry| &entry.value));
    let keep = match find("keep") {
        Some(entry) => compile_rule(&reader, &fields, Scope::Meeting, &entry.value, "keep"),
        None => Clause { name: "keep".into(), predicate: Predicate::All(Vec::new()) },
    };
    let priority = find("priority").map(|entry| priority::compile_all(&reader, &fields, &entry.value));
    fields.decided = true;
    let output = match find("output") {
        Some(entry) => Output::compile(&reader, &fields, &entry.value),
        None => Output::standard(&reader, &fields),
    };
    let deliver = find("deliver").map(|entry| destinations(&reader, &entry.value)).unwrap_or_default();
    let follows = reader.followed();
    sources.values_mut().for_each(|source| source.settings.follow = follows.kinds());
    let sound = reader.count() == 0;
    // For a tenant alone there are none.
    let cases = find("cases").filter(|_| values.is_empty()).map(|entry| {
        let (sources, privacy, keep, output) = (&sources, &privacy, &keep, &output);
        let filled = cases::Filled::new(text, &slots);
        let known = cases::Known { sources, registry, privacy, filled: &filled, keep, output, sound };
        cases::compile(&reader, &known, &entry.value)
    });
    if fit {
        fit::check(&reader, &sources, &privacy, &matching, &follows, registry);
        fit::destinations(&reader, &deliver, registry);
    }
    let calls = reader.called();
    let problems = reader.into_problems();
    match name {
        Some(name) if problems.is_empty() => {
            let content = Arc::new(text.to_json());
            let revision = revision_of(&content);
            let (priority, cases) = (priority.unwrap_or_default(), cases.unwrap_or_default());
            let inputs = Inputs::of(matching.accounts.as_ref(), &keep, &priority, &output);
            Ok(Compiled {
                revision,
                name,
                sources,
                privacy,
                content,
                root: Arc::clone(text),
                slots,
                filled: serde_json::Map::new(),
                matching,
                follows,
                keep,
                priority,
                output,
                deliver,
                inputs,
                cases,
                calls,
            })
        }
        _ => Err(Problems { problems }),
    }
}

/// Where changes go, each with its place.
fn destinations(reader: &Reader, node: &Node) -> Vec<(DestinationName, Place)> {
    let mut destinations: Vec<(DestinationName, Place)> = Vec::new();
    for item in reader.list(node) {
        let Some(name) = reader.text(item, "a destination") else { continue };
        let plain = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
        if name.is_empty() || !name.chars().all(plain) {
            reader.say(
                item.place,
                "a destination is named as the product registers it, in letters, digits, `-`, `_` and `.`; its address stays with the product",
            );
        } else if destinations.iter().any(|(known, _)| known.as_str() == name) {
            reader.say(item.place, format!("`{name}` is named twice: each destination gets everything once"));
        } else {
            destinations.push((DestinationName::from(name), item.place));
        }
    }
    destinations
}

fn matching(
    reader: &Reader,
    fields: &Fields<'_>,
    sources: &BTreeMap<SourceName, Source>,
    node: Option<&Node>,
) -> Matching {
    let mut internal = InternalDomains { fixed: Vec::new(), from_users: true };
    let mut accounts = None;
    let mut matcher = Matcher::default();
    let mut precedence = Vec::new();
    for entry in node.map(|node| reader.map(node, "`match`")).unwrap_or_default() {
        match entry.key.as_str() {
            "internal" => {
                for line in reader.map(&entry.value, "`internal`") {
                    match line.key.as_str() {
                        "domains" => internal = internal_domains(reader, &line.value),
                        _ => reader.unknown(line, "`internal`", INTERNAL),
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
                let registry = fields.registry;
                let find = |(name, place): (&str, Place)| {
                    let found = registry.find_strategy(name);
                    if found.is_none() {
                        let known = registry.strategy_names().collect::<Vec<_>>().join(", ");
                        let message = format!("unknown strategy `{name}`; known are {known}");
                        reader.note(Problem::new(place, message).closest(name, registry.strategy_names()));
                    }
                    found
                };
                matcher = Matcher::new(names.into_iter().filter_map(find));
            }
            "precedence" => precedence = before(reader, sources, &entry.value),
            _ => reader.unknown(entry, "`match`", MATCH),
        }
    }
    Matching { internal, accounts, matcher, precedence }
}

/// The sources whose word counts first, in order.
fn before(reader: &Reader, sources: &BTreeMap<SourceName, Source>, node: &Node) -> Vec<(SourceName, Place)> {
    let mut precedence: Vec<(SourceName, Place)> = Vec::new();
    for item in reader.list(node) {
        let Some(name) = reader.text(item, "a source") else { continue };
        let names = || sources.keys().map(SourceName::as_str);
        if !names().any(|known| known == name) {
            let known = names().collect::<Vec<_>>().join(", ");
            let message = format!("there is no source `{name}`; there are {known}");
            reader.note(Problem::new(item.place, message).closest(name, names()));
        } else if precedence.iter().any(|(known, _)| known.as_str() == name) {
            reader.say(
                item.place,
                format!("`{name}` is named twice: write each source once, the first one first"),
            );
        } else {
            precedence.push((SourceName::from(name), item.place));
        }
    }
    precedence
}

/// A list of domains, or `from_users`.
fn internal_domains(reader: &Reader, node: &Node) -> InternalDomains {
    let mut internal = InternalDomains { fixed: Vec::new(), from_users: false };
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
        _ => reader
            .say(node.place, "write a list of domains, `from_users`, or { slot: NAME, default: from_users }"),
    }
    internal
}
