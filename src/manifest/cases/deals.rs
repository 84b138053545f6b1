//! Deals that a case takes for given, and who looks after records.

use acquaint_core::ids::SourceName;
use acquaint_core::view::{Association, Colleague, Deal, EntityKind, View};
use chrono::{DateTime, Utc};

use super::given::{self, CONTACTS, Given, Sort, address, id, merged, record, source_of, text};
use super::{Known, meeting};
use crate::join;
use crate::manifest::node::{Body, Entry, Node};
use crate::manifest::problem::Problem;
use crate::manifest::reader::Reader;

pub(in crate::manifest) const DEAL: &[&str] = &[
    "name", "pipeline", "stage", "amount", "currency", "closes", "created", "owner", "account", "contact",
    "id", "merged", "archived", "source",
];
pub(in crate::manifest) const OWNER: &[&str] = &["name", "email"];

const DEALS: Sort = Sort { stream: "deals", noun: "deal", keys: DEAL, fields: |source| &source.deal_fields };

/// Reads a deal with what it hangs on.
pub(super) fn deal(
    reader: &Reader,
    known: &Known<'_>,
    given: &mut Given,
    now: DateTime<Utc>,
    node: &Node,
) -> Option<()> {
    let entries = reader.map(node, "a deal");
    let find = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
    let items = |key: &str| find(key).map(|node| reader.list(node)).unwrap_or_default();
    let mut view = Deal::default();
    view.name = text(reader, entries, "name");
    view.pipeline = text(reader, entries, "pipeline");
    view.stage = text(reader, entries, "stage");
    view.currency = text(reader, entries, "currency");
    view.amount = find("amount").and_then(|node| amount(reader, node));
    view.closes = find("closes").and_then(|node| meeting::instant(reader, node, Some(now)));
    view.created = find("created").and_then(|node| meeting::instant(reader, node, Some(now)));
    view.merged = merged(reader, entries);
    let mut links = Vec::new();
    for item in items("account") {
        let Some(account) = given::find(reader, given, item) else { continue };
        links.push((item, EntityKind::Account, account.source.clone(), account.named_as(item)));
    }
    for item in items("contact") {
        let Some((source, id)) = contact(reader, given, item) else { continue };
        links.push((item, EntityKind::Contact, source, id));
    }
    let beside = links.first().map(|(_, _, source, _)| source.clone());
    let source = source_of(reader, known, &DEALS, node, entries, beside)?;
    view.fields = given::fields(known, &source, &DEALS, entries);
    view.id = id(reader, given, &DEALS, &source, entries);
    view.owner = find("owner").and_then(|node| owner(reader, given, &source, node));
    let record = record(&source, &DEALS, &view.id);
    for (item, kind, there, to) in links {
        if there != source {
            let message = format!("this is of source `{there}`, and the deal is one of `{source}`");
            reader.say(item.place, message);
            continue;
        }
        let link = Association::new((EntityKind::Deal, view.id.as_str()), (kind, to.as_str()));
        given.views.push((record.clone(), View::Association(link)));
    }
    if !given::is_archived(reader, entries) {
        given.views.push((record, View::Deal(view)));
    }
    Some(())
}

/// A decimal number, as a number or as text.
fn amount(reader: &Reader, node: &Node) -> Option<String> {
    let number = match &node.body {
        Body::Text(text) => text.trim().to_owned(),
        Body::Int(_) | Body::Float(_) => node.to_json().to_string(),
        _ => String::new(),
    };
    if number.parse::<f64>().is_ok_and(f64::is_finite) {
        return Some(number);
    }
    reader.say(node.place, format!("`amount` must be a number, not {}", node.kind()));
    None
}

/// The given contact that has an address or an id.
fn contact(reader: &Reader, given: &Given, node: &Node) -> Option<(SourceName, String)> {
    let text = reader.text(node, "the address of a contact")?;
    let known = || given.contacts.iter();
    let normalised = join::address(text);
    let has = |emails: &[String]| emails.iter().any(|email| join::address(email) == normalised);
    if let Some(found) = known().find(|found| found.id == text || has(&found.emails)) {
        return Some((found.source.clone(), found.id.clone()));
    }
    let labels: Vec<&str> =
        known().map(|one| one.emails.first().map_or(one.id.as_str(), String::as_str)).collect();
    let list = if labels.is_empty() { "none".to_owned() } else { labels.join(", ") };
    let message = format!("no contact `{text}` is given; given are {list}");
    reader.note(Problem::new(node.place, message).closest(text, labels));
    None
}

/// Who looks after a record: an address, or `{ name, email }`. Gives their id.
pub(super) fn owner(reader: &Reader, given: &mut Given, source: &SourceName, node: &Node) -> Option<String> {
    let mut colleague = Colleague::default();
    let email = match &node.body {
        Body::Null => return None,
        Body::Map(entries) => {
            entries
                .iter()
                .filter(|entry| !OWNER.contains(&entry.key.as_str()))
                .for_each(|entry: &Entry| reader.unknown(entry, "an owner", OWNER));
            colleague.name = text(reader, entries, "name");
            entries.iter().find(|entry| entry.key == "email").map(|entry| &entry.value)
        }
        _ => Some(node),
    };
    if let Some(node) = email {
        let text = reader.text(node, "the address of an owner")?;
        colleague.emails.extend(address(reader, text, node.place).then(|| text.to_owned()));
    }
    let known = colleague.emails.first().or(colleague.name.as_ref());
    let Some(id) = known.cloned() else {
        reader.say(node.place, "an owner has a name or an address");
        return None;
    };
    colleague.id.clone_from(&id);
    let own = record(source, &Sort { stream: "owners", noun: "owner", ..CONTACTS }, &id);
    given.views.push((own, View::Colleague(colleague)));
    Some(id)
}
