//! What a case takes for given: accounts, contacts, deals, users and slots.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::connector::StreamKind;
use acquaint_core::ids::{ConnectionId, PartitionKey, RecordKey, RecordRef, SourceName, StreamName};
use acquaint_core::view::{Account, Association, Contact, View};
use acquaint_matcher::{Address, Internal, domain};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Known, deals, texts};
use crate::manifest::node::{Body, Entry, Node};
use crate::manifest::problem::{Place, Problem};
use crate::manifest::reader::Reader;
use crate::manifest::source::Source;

/// What is there before the meeting is decided.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    pub(super) accounts: Vec<GivenAccount>,
    /// Whether an account could not be read, so that others may be known than these.
    incomplete: bool,
    /// The tenant's own people, in the order of the text.
    pub(super) users: Vec<String>,
    pub(super) slots: Map<String, Value>,
    /// Those that deals may name.
    pub(super) contacts: Vec<GivenContact>,
    /// Accounts, contacts, deals, their owners and links, each as if a record had said it.
    pub(super) views: Vec<(RecordRef, View)>,
    ids: BTreeSet<(&'static str, SourceName, String)>,
}

/// An account as expectations name it.
#[derive(Debug, Clone)]
pub(super) struct GivenAccount {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) source: SourceName,
    /// Ids of what was merged into it.
    merged: Vec<String>,
}

/// A contact as deals name it.
#[derive(Debug, Clone)]
pub(super) struct GivenContact {
    pub(super) id: String,
    pub(super) emails: Vec<String>,
    pub(super) source: SourceName,
}

impl GivenAccount {
    /// The id by which others name it: its own, or that of what was merged into it if the text says so.
    pub(super) fn named_as(&self, node: &Node) -> String {
        match &node.body {
            Body::Text(text) if self.merged.contains(text) => text.clone(),
            _ => self.id.clone(),
        }
    }

    /// Its name, or else its id.
    pub(super) fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

pub(in crate::manifest) const KEYS: &[&str] = &["accounts", "contacts", "deals", "users", "slots"];
pub(in crate::manifest) const ACCOUNT: &[&str] =
    &["name", "domain", "domains", "id", "parent", "owner", "merged", "archived", "source"];
pub(in crate::manifest) const CONTACT: &[&str] =
    &["email", "emails", "name", "account", "id", "owner", "merged", "archived", "source"];

/// A kind of record, with what sources say of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sort {
    pub(super) stream: &'static str,
    pub(super) noun: &'static str,
    pub(super) keys: &'static [&'static str],
    pub(super) fields: fn(&Source) -> &BTreeMap<String, String>,
}

const ACCOUNTS: Sort =
    Sort { stream: "accounts", noun: "account", keys: ACCOUNT, fields: |source| &source.account_fields };
pub(super) const CONTACTS: Sort =
    Sort { stream: "contacts", noun: "contact", keys: CONTACT, fields: |source| &source.contact_fields };

pub(super) fn compile(reader: &Reader, known: &Known<'_>, now: DateTime<Utc>, node: Option<&Node>) -> Given {
    let entries = node.map(|node| reader.map(node, "`given`")).unwrap_or_default();
    let mut given = Given::default();
    for entry in entries.iter().filter(|entry| !KEYS.contains(&entry.key.as_str())) {
        reader.unknown(entry, "`given`", KEYS);
    }
    let of = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
    let items = |key: &str| of(key).map(|node| reader.list(node)).unwrap_or_default();
    for item in items("users") {
        let user = reader.text(item, "a user");
        given.users.extend(user.filter(|user| address(reader, user, item.place)).map(str::to_owned));
    }
    for entry in of("slots").map(|node| reader.map(node, "`slots`")).unwrap_or_default() {
        slot(reader, known, &mut given, entry);
    }
    // Accounts name one another as parents, wherever they stand.
    let accounts: Vec<_> = items("accounts")
        .iter()
        .filter_map(|item| {
            let read = account(reader, known, &mut given, item);
            given.incomplete |= read.is_none();
            Some((item, read?))
        })
        .collect();
    for (item, (index, mut view)) in accounts {
        let parent = reader.map(item, "an account").iter().find(|entry| entry.key == "parent");
        let parent = parent.and_then(|entry| find(reader, &given, &entry.value));
        view.parent = parent.map(|parent| parent.id.clone());
        let entries = reader.map(item, "an account");
        if let Some(own) = given.accounts.get(index)
            && !is_archived(reader, entries)
        {
            let record = record(&own.source, &ACCOUNTS, &own.id);
            given.views.push((record, View::Account(view)));
        }
    }
    for item in items("contacts") {
        contact(reader, known, &mut given, item);
    }
    for item in items("deals") {
        deals::deal(reader, known, &mut given, now, item);
    }
    given
}

/// The tenant's connection to a source: there is one for each.
pub(super) fn connection(source: &SourceName) -> ConnectionId {
    ConnectionId::from(source.as_str())
}

pub(super) fn record(source: &SourceName, sort: &Sort, id: &str) -> RecordRef {
    RecordRef {
        connection: connection(source),
        stream: StreamName::from(sort.stream),
        partition: PartitionKey::from(""),
        key: RecordKey::from(id),
    }
}

/// Whether it is an address; if not, that is a problem.
pub(super) fn address(reader: &Reader, text: &str, place: Place) -> bool {
    let readable = Address::parse(text).is_ok();
    if !readable {
        reader.say(place, format!("`{text}` is no address; write NAME@HOST"));
    }
    readable
}

/// The given account that is called so, by name or id.
pub(super) fn find<'g>(reader: &Reader, given: &'g Given, node: &Node) -> Option<&'g GivenAccount> {
    let accounts = &given.accounts;
    let text = reader.text(node, "the name of an account")?;
    let called = |account: &&GivenAccount| account.id == text || account.merged.iter().any(|id| id == text);
    if let Some(account) = accounts.iter().find(called) {
        return Some(account);
    }
    let mut named = accounts.iter().filter(|account| account.name.as_deref() == Some(text));
    match (named.next(), named.next()) {
        (Some(account), None) => Some(account),
        (Some(_), Some(_)) => {
            let ids = accounts.iter().filter(|account| account.name.as_deref() == Some(text));
            let ids: Vec<&str> = ids.map(|account| account.id.as_str()).collect();
            reader.say(
                node.place,
                format!("several accounts are called `{text}`: write one's id, {}", ids.join(" or ")),
            );
            None
        }
        (None, _) if given.incomplete => None,
        (None, _) => {
            let labels: Vec<&str> = accounts.iter().map(GivenAccount::label).collect();
            let list = if labels.is_empty() { "none".to_owned() } else { labels.join(", ") };
            let message = format!("no account `{text}` is given; given are {list}");
            reader.note(Problem::new(node.place, message).closest(text, labels));
            None
        }
    }
}

fn slot(reader: &Reader, known: &Known<'_>, given: &mut Given, entry: &Entry) {
    if known.slot != Some(entry.key.as_str()) {
        if known.sound {
            let open = known.slot.map_or("none".to_owned(), |open| format!("`{open}`"));
            let message = format!("the manifest opens no slot `{}`; open is {open}", entry.key);
            reader.note(Problem::new(entry.place, message).closest(&entry.key, known.slot));
        }
        return;
    }
    let mut domains = Vec::new();
    for item in reader.list(&entry.value) {
        let Some(domain) = reader.text(item, "a domain") else { continue };
        if let Some(ignored) = Internal::new().domain(domain).ignored().first() {
            reader.say(item.place, format!("`{domain}` is no domain of one's own: {}", ignored.why));
        }
        domains.push(Value::from(domain));
    }
    given.slots.insert(entry.key.clone(), Value::Array(domains));
}

/// Reads an account but for its parent.
fn account(reader: &Reader, known: &Known<'_>, given: &mut Given, node: &Node) -> Option<(usize, Account)> {
    let entries = reader.map(node, "an account");
    let mut view = Account::default();
    view.name = text(reader, entries, "name");
    for (domain, place) in texts(reader, entries, "domain", "domains") {
        if domain::normalise(domain).is_err() {
            reader.say(place, format!("`{domain}` is no domain; write one such as globex.com"));
        }
        view.domains.push(domain.to_owned());
    }
    let source = source_of(reader, known, &ACCOUNTS, node, entries, None)?;
    view.fields = fields(known, &source, &ACCOUNTS, entries);
    view.id = id(reader, given, &ACCOUNTS, &source, entries);
    view.merged = merged(reader, entries);
    view.owner = owner(reader, given, &source, entries);
    let (id, name, merged) = (view.id.clone(), view.name.clone(), view.merged.clone());
    given.accounts.push(GivenAccount { id, name, source, merged });
    Some((given.accounts.len() - 1, view))
}

fn contact(reader: &Reader, known: &Known<'_>, given: &mut Given, node: &Node) -> Option<()> {
    let entries = reader.map(node, "a contact");
    let mut view = Contact::default();
    view.name = text(reader, entries, "name");
    for (email, place) in texts(reader, entries, "email", "emails") {
        if address(reader, email, place) {
            view.emails.push(email.to_owned());
        }
    }
    let named = entries.iter().find(|entry| entry.key == "account");
    let named = named.map(|entry| reader.list(&entry.value)).unwrap_or_default();
    let found = named.iter().filter_map(|item| Some((find(reader, given, item)?.clone(), item)));
    let accounts: Vec<(GivenAccount, &Node)> = found.collect();
    // A link runs within one CRM.
    let beside = accounts.first().map(|(account, _)| account.source.clone());
    let source = source_of(reader, known, &CONTACTS, node, entries, beside)?;
    for (account, item) in accounts.iter().filter(|(account, _)| account.source != source) {
        let (label, there) = (account.label(), &account.source);
        reader.say(
            item.place,
            format!("`{label}` is an account of source `{there}`, and the contact is one of `{source}`"),
        );
    }
    view.fields = fields(known, &source, &CONTACTS, entries);
    view.id = id(reader, given, &CONTACTS, &source, entries);
    view.merged = merged(reader, entries);
    view.owner = owner(reader, given, &source, entries);
    let record = record(&source, &CONTACTS, &view.id);
    let links = accounts.iter().enumerate().map(|(index, (account, item))| {
        let link = Association::contact_to_account(view.id.clone(), account.named_as(item), index == 0);
        (record.clone(), View::Association(link))
    });
    given.views.extend(links.collect::<Vec<_>>());
    given.contacts.push(GivenContact { id: view.id.clone(), emails: view.emails.clone(), source });
    if !is_archived(reader, entries) {
        given.views.push((record, View::Contact(view)));
    }
    Some(())
}

/// The ids of what was merged into a record.
pub(super) fn merged(reader: &Reader, entries: &[Entry]) -> Vec<String> {
    texts(reader, entries, "merged", "merged").into_iter().map(|(id, _)| id.to_owned()).collect()
}

/// Whether a record is archived: others still name it, and it is not there.
pub(super) fn is_archived(reader: &Reader, entries: &[Entry]) -> bool {
    let archived = entries.iter().find(|entry| entry.key == "archived");
    archived.and_then(|entry| reader.flag(&entry.value, "`archived`")).unwrap_or_default()
}

fn owner(reader: &Reader, given: &mut Given, source: &SourceName, entries: &[Entry]) -> Option<String> {
    let named = entries.iter().find(|entry| entry.key == "owner")?;
    deals::owner(reader, given, source, &named.value)
}

pub(super) fn text(reader: &Reader, entries: &[Entry], key: &str) -> Option<String> {
    let entry = entries.iter().find(|entry| entry.key == key)?;
    reader.text(&entry.value, &format!("`{key}`")).map(str::to_owned)
}

/// The id that it has, or gets.
pub(super) fn id(
    reader: &Reader,
    given: &mut Given,
    sort: &Sort,
    source: &SourceName,
    entries: &[Entry],
) -> String {
    let own = entries.iter().find(|entry| entry.key == "id");
    if let Some((entry, id)) = own.and_then(|entry| Some((entry, reader.text(&entry.value, "`id`")?))) {
        if !given.ids.insert((sort.stream, source.clone(), id.to_owned())) {
            let noun = sort.noun;
            reader.say(entry.value.place, format!("another {noun} has the id `{id}` already"));
        }
        return id.to_owned();
    }
    let taken = |id: &String| given.ids.contains(&(sort.stream, source.clone(), id.clone()));
    let free = (1..).map(|number: usize| format!("{}-{number}", sort.noun)).find(|id| !taken(id));
    let free = free.unwrap_or_default();
    given.ids.insert((sort.stream, source.clone(), free.clone()));
    free
}

/// The source that a record is of: the one that it names, or else that of its account, or else the first one that maps
/// all its fields.
pub(super) fn source_of(
    reader: &Reader,
    known: &Known<'_>,
    sort: &Sort,
    node: &Node,
    entries: &[Entry],
    beside: Option<SourceName>,
) -> Option<SourceName> {
    let names = || known.sources.keys().map(SourceName::as_str);
    let mut named = None;
    if let Some(entry) = entries.iter().find(|entry| entry.key == "source") {
        let text = reader.text(&entry.value, "`source`")?;
        let Some((name, _)) = known.sources.iter().find(|(name, _)| name.as_str() == text) else {
            if known.sound {
                let list = names().collect::<Vec<_>>().join(", ");
                let message = format!("the manifest has no source `{text}`; its sources are {list}");
                reader.note(Problem::new(entry.value.place, message).closest(text, names()));
            }
            return None;
        };
        named = Some(name.clone());
    }
    let named = named.or(beside);
    let own: Vec<&Entry> = entries.iter().filter(|entry| !sort.keys.contains(&entry.key.as_str())).collect();
    let candidates =
        || known.sources.iter().filter(|(name, _)| named.as_ref().is_none_or(|own| own == *name));
    let mapped =
        |entry: &Entry| candidates().any(|(_, source)| (sort.fields)(source).contains_key(&entry.key));
    let mut strange = false;
    for entry in own.iter().filter(|entry| !mapped(entry)) {
        strange = true;
        if known.sound {
            unmapped(reader, sort, entry, named.as_ref(), candidates().map(|(_, source)| source));
        }
    }
    if strange {
        return None;
    }
    let fits = |source: &Source| own.iter().all(|entry| (sort.fields)(source).contains_key(&entry.key));
    let best = candidates()
        .filter(|(_, source)| fits(source))
        .min_by_key(|(_, source)| (!has_people(known, source), (sort.fields)(source).is_empty()));
    if best.is_none() && known.sound {
        let fields = own.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>().join(", ");
        reader.say(node.place, format!("no one source maps all of these: {fields}"));
    }
    best.map(|(name, _)| name.clone())
}

/// Whether people are looked up in a source, as far as its connector is there.
fn has_people(known: &Known<'_>, source: &Source) -> bool {
    let connector = known.registry.connectors.get(&source.connector);
    connector.is_some_and(|connector| {
        connector.streams().iter().any(|stream| stream.spec().kind == StreamKind::Directory)
    })
}

fn unmapped<'s>(
    reader: &Reader,
    sort: &Sort,
    entry: &Entry,
    source: Option<&SourceName>,
    candidates: impl Iterator<Item = &'s Source>,
) {
    let fields: BTreeSet<&str> =
        candidates.flat_map(|source| (sort.fields)(source).keys()).map(String::as_str).collect();
    let all = || sort.keys.iter().copied().chain(fields.iter().copied());
    let who = source.map_or("no source".to_owned(), |source| format!("source `{source}` does not"));
    let maps = if source.is_some() { "map" } else { "maps" };
    let (key, list) = (&entry.key, all().collect::<Vec<_>>().join(", "));
    let message = format!("{who} {maps} a field `{key}` of {}; known are {list}", sort.stream);
    reader.note(Problem::new(entry.place, message).closest(key, all()));
}

/// The mapped fields under the provider's names.
pub(super) fn fields(
    known: &Known<'_>,
    source: &SourceName,
    sort: &Sort,
    entries: &[Entry],
) -> acquaint_core::view::Fields {
    let Some(map) = known.sources.get(source).map(sort.fields) else { return BTreeMap::new() };
    let own = entries.iter().filter(|entry| !matches!(entry.value.body, Body::Null));
    own.filter_map(|entry| {
        let theirs = map.get(&entry.key)?;
        Some((theirs.clone(), entry.value.to_json()))
    })
    .collect()
}
