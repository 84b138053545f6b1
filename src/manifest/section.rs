//! The sections of a manifest, put together.

use std::collections::BTreeMap;

use acquaint_core::ids::SourceName;
use acquaint_matcher::{Internal, Matcher};

use super::inputs::Inputs;
use super::node::{Body, Node};
use super::output::Output;
use super::problem::{Place, Problem, Problems};
use super::reader::Reader;
use super::rules::{Clause, Fields, Predicate, Scope, compile as compile_rule};
use super::{Compiled, Source, cases, fit, priority, privacy, revision_of, source};
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
    /// The slot in which a tenant names its own.
    pub(crate) slot: Option<String>,
    /// Those that hold where the slot is empty, besides the users' own if that is asked for.
    pub(crate) fixed: Vec<String>,
    /// Whether the domains of the tenant's users count.
    pub(crate) from_users: bool,
}

/// The sections.
pub(super) const SECTIONS: &[&str] =
    &["acquaint", "name", "sources", "match", "keep", "priority", "output", "privacy", "cases"];
pub(super) const MATCH: &[&str] = &["internal", "accounts", "strategies", "precedence"];
pub(super) const INTERNAL: &[&str] = &["domains"];
pub(super) const DOMAINS: &[&str] = &["slot", "default"];

/// Compiles a manifest that may name what is in `registry`. Whether it fits the connectors there is looked at only if
/// `fit` is asked for.
pub(super) fn compile(root: &Node, registry: &Registry, fit: bool) -> Result<Compiled, Problems> {
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
    let follows = reader.followed();
    sources.values_mut().for_each(|source| source.settings.follow = follows.kinds());
    let sound = reader.count() == 0;
    let cases = find("cases").map(|entry| {
        let slot = matching.internal.slot.as_deref();
        let (sources, privacy, keep, output) = (&sources, &privacy, &keep, &output);
        let known = cases::Known { sources, registry, privacy, slot, keep, output, sound };
        cases::compile(&reader, &known, &entry.value)
    });
    if fit {
        fit::check(&reader, &sources, &privacy, &matching, &follows, registry);
    }
    let calls = reader.called();
    let problems = reader.into_problems();
    match name {
        Some(name) if problems.is_empty() => {
            let content = root.to_json();
            let revision = revision_of(&content);
            let (priority, cases) = (priority.unwrap_or_default(), cases.unwrap_or_default());
            let inputs = Inputs::of(matching.accounts.as_ref(), &keep, &priority, &output);
            Ok(Compiled {
                revision,
                name,
                sources,
                privacy,
                content,
                matching,
                follows,
                keep,
                priority,
                output,
                inputs,
                cases,
                calls,
            })
        }
        _ => Err(Problems { problems }),
    }
}

fn matching(
    reader: &Reader,
    fields: &Fields<'_>,
    sources: &BTreeMap<SourceName, Source>,
    node: Option<&Node>,
) -> Matching {
    let mut internal = InternalDomains { slot: None, fixed: Vec::new(), from_users: true };
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
                    _ => reader.unknown(entry, "`domains`", DOMAINS),
                }
            }
        }
        _ => reader
            .say(node.place, "write a list of domains, `from_users`, or { slot: NAME, default: from_users }"),
    }
    internal
}
