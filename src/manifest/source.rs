//! Sources: what is mirrored.

use std::collections::BTreeMap;
use std::time::Duration;

use acquaint_core::connector::{AnyStream, PrivateEvents, SourceSettings, Window};
use acquaint_core::ids::ConnectorId;

use super::node::{Body, Entry, Node};
use super::privacy::Privacy;
use super::problem::Place;
use super::reader::Reader;
use super::rules::Fields;

/// One source of a manifest.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Source {
    /// The connector that reads it.
    pub connector: ConnectorId,
    /// What is asked of the connector.
    pub settings: SourceSettings,
    /// Time between two runs of a head lane; the connector's own if absent.
    pub every: Option<Duration>,
    /// Time between two complete baselines; the connector's own if absent.
    pub baseline: Option<Duration>,
    /// Whether the provider is asked to tell of changes, where it can and the product has a public address. Polling
    /// goes on all the same.
    pub push: bool,
    /// Which scopes are asked for.
    pub scopes: Scopes,
    /// Our name to the provider's name, for accounts.
    pub account_fields: BTreeMap<String, String>,
    /// Our name to the provider's name, for contacts.
    pub contact_fields: BTreeMap<String, String>,
    /// Our name to the provider's name, for deals.
    pub deal_fields: BTreeMap<String, String>,
    pub(super) places: Places,
}

impl Source {
    /// What a cursor of a stream is bound to under the source's settings. What private events give is the engine's own
    /// affair, so no connector knows of it.
    pub(crate) fn binding(&self, stream: &dyn AnyStream) -> String {
        let mut binding = stream.binding(&self.settings);
        let private = self.settings.private_events;
        if stream.spec().private.is_some() && private != PrivateEvents::default() {
            binding.push_str(" private_events:");
            binding.push_str(private.as_str());
        }
        binding
    }
}

/// Where a source's parts stand in the text.
#[derive(Debug, Clone)]
pub(super) struct Places {
    source: Place,
    pub(super) connector: Place,
    pub(super) scopes: Place,
    /// Where `window.past` stands, if it is said.
    pub(super) past: Option<Place>,
    /// By path, such as `calendars.access`.
    settings: BTreeMap<String, Place>,
}

impl Places {
    /// Of a setting, or of what it is in, or of the source.
    pub(super) fn of(&self, path: Option<&str>) -> Place {
        let mut path = path.unwrap_or_default();
        loop {
            if let Some(place) = self.settings.get(path) {
                return *place;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return self.source,
            }
        }
    }

    fn add(&mut self, path: String, place: Place, node: &Node) {
        match &node.body {
            Body::Map(entries) => entries.iter().for_each(|entry| {
                self.add(format!("{path}.{}", entry.key), entry.place, &entry.value);
            }),
            Body::List(items) => items.iter().enumerate().for_each(|(at, item)| {
                self.add(format!("{path}[{at}]"), item.place, item);
            }),
            _ => {}
        }
        self.settings.insert(path, place);
    }
}

/// Which scopes a source asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Scopes {
    /// These, and what the connector cannot do without; otherwise those of the streams that the manifest reads.
    pub exactly: Option<Vec<String>>,
    /// These besides.
    pub add: Vec<String>,
}

/// What every source may say; the rest is the connector's.
pub(super) const KEYS: &[&str] = &["connector", "window", "sync", "scopes", "accounts", "contacts", "deals"];
pub(super) const SYNC: &[&str] = &["every", "baseline", "push"];
pub(super) const SCOPES: &[&str] = &["add", "exactly"];
pub(super) const WINDOW: &[&str] = &["past", "future"];
pub(super) const MAPPED: &[&str] = &["fields"];
/// What no mapped field may be called.
pub(super) const TAKEN: &[&str] = &["id", "name", "domain", "source", "owner", "deals", "all", "any", "not"];

pub(super) fn compile(
    reader: &Reader,
    entry: &Entry,
    privacy: &Privacy,
    fields: &mut Fields<'_>,
) -> Option<Source> {
    if entry.key.is_empty()
        || !entry.key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    {
        reader.say(
            entry.place,
            format!("`{}` cannot name a source: use letters, digits, `_` and `-`", entry.key),
        );
    }
    let mut connector = None;
    let mut settings = SourceSettings::default();
    settings.drop = privacy.dropped().map(str::to_owned).collect();
    settings.private_events = privacy.private_events;
    let (mut every, mut baseline, mut push) = (None, None, true);
    let mut scopes = Scopes::default();
    let start = entry.place;
    let mut places =
        Places { source: start, connector: start, scopes: start, past: None, settings: BTreeMap::new() };
    let (mut account_fields, mut contact_fields, mut deal_fields) = Default::default();
    for line in reader.map(&entry.value, "a source") {
        match line.key.as_str() {
            "connector" => {
                connector = reader.text(&line.value, "`connector`").map(ConnectorId::from);
                places.connector = line.value.place;
            }
            "window" => (settings.window, places.past) = window(reader, &line.value),
            "sync" => {
                for setting in reader.map(&line.value, "`sync`") {
                    match setting.key.as_str() {
                        "every" => every = reader.duration(&setting.value, "`every`"),
                        "baseline" => baseline = reader.duration(&setting.value, "`baseline`"),
                        "push" => push = reader.flag(&setting.value, "`push`").unwrap_or(push),
                        _ => reader.unknown(setting, "`sync`", SYNC),
                    }
                }
            }
            "scopes" => {
                scopes = asked(reader, &line.value);
                places.scopes = line.place;
            }
            "accounts" => account_fields = mapped(reader, &line.value, TAKEN),
            "contacts" => contact_fields = mapped(reader, &line.value, TAKEN),
            // In any other form it is a setting of the connector's.
            "deals" if maps_fields(&line.value) => deal_fields = mapped(reader, &line.value, TAKEN_OF_DEALS),
            // Everything else is for the connector, which knows its own settings and refuses the rest.
            key => {
                places.add(key.to_owned(), line.place, &line.value);
                settings.options.insert(key.to_owned(), line.value.to_json());
            }
        }
    }
    fields.accounts.extend(account_fields.keys().cloned());
    fields.contacts.extend(contact_fields.keys().cloned());
    fields.deals.extend(deal_fields.keys().cloned());
    let sections = [("accounts", &account_fields), ("contacts", &contact_fields), ("deals", &deal_fields)];
    for (section, map) in sections {
        let mut names: Vec<String> = map.values().cloned().collect();
        names.sort();
        names.dedup();
        if !names.is_empty() {
            settings.fields.insert(section.to_owned(), names);
        }
    }
    if connector.is_none() {
        reader.say(entry.place, format!("source `{}` needs `connector`", entry.key));
    }
    Some(Source {
        connector: connector?,
        settings,
        every,
        baseline,
        push,
        scopes,
        account_fields,
        contact_fields,
        deal_fields,
        places,
    })
}

/// `{ add: […] }` or `{ exactly: […] }`.
fn asked(reader: &Reader, node: &Node) -> Scopes {
    let list = |node: &Node| -> Vec<String> {
        let mut scopes = Vec::new();
        for item in reader.list(node) {
            match reader.text(item, "a scope") {
                Some(scope) if scope.is_empty() || scope.contains(char::is_whitespace) => {
                    reader.say(item.place, "write one scope an entry, without space in it");
                }
                scope => scopes.extend(scope.map(str::to_owned)),
            }
        }
        scopes
    };
    let mut scopes = Scopes::default();
    for line in reader.map(node, "`scopes`") {
        match line.key.as_str() {
            "add" => scopes.add = list(&line.value),
            "exactly" => scopes.exactly = Some(list(&line.value)),
            _ => reader.unknown(line, "`scopes`", SCOPES),
        }
    }
    if scopes.exactly.is_some() && !scopes.add.is_empty() {
        reader.say(node.place, "`exactly` already says all: write either `exactly` or `add`");
    }
    scopes
}

/// How far around now events are read, and where it stands how far back.
fn window(reader: &Reader, node: &Node) -> (Window, Option<Place>) {
    let (mut window, mut past) = (Window::default(), None);
    for line in reader.map(node, "`window`") {
        let side = match line.key.as_str() {
            "past" => {
                past = Some(line.value.place);
                &mut window.past
            }
            "future" => &mut window.future,
            _ => {
                reader.unknown(line, "`window`", WINDOW);
                continue;
            }
        };
        if let Some(length) = reader.duration(&line.value, "a side of the window") {
            *side = i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
        }
    }
    (window, past)
}

/// Names that deals have already.
pub(super) const TAKEN_OF_DEALS: &[&str] = &[
    "id", "name", "pipeline", "stage", "amount", "currency", "closes", "created", "owner", "all", "any",
    "not",
];

/// Whether it is `{ fields: { ours: theirs } }`.
fn maps_fields(node: &Node) -> bool {
    let Body::Map(entries) = &node.body else { return false };
    entries.iter().any(|entry| entry.key == "fields" && matches!(entry.value.body, Body::Map(_)))
}

/// `fields: { ours: theirs }`, where ours is not `taken`.
fn mapped(reader: &Reader, node: &Node, taken: &[&str]) -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    for line in reader.map(node, "this section") {
        if line.key != "fields" {
            reader.unknown(line, "this section", MAPPED);
            continue;
        }
        for field in reader.map(&line.value, "`fields`") {
            if taken.contains(&field.key.as_str()) || field.key.contains('.') {
                reader.say(
                    field.place,
                    format!("`{}` cannot name a field: it is taken or holds a dot", field.key),
                );
            } else if matches!(field.value.body, Body::Text(_)) {
                map.extend(
                    reader.text(&field.value, "a field").map(|theirs| (field.key.clone(), theirs.to_owned())),
                );
            } else {
                reader.say(field.value.place, "write the provider's name of the field, as text");
            }
        }
    }
    map
}
