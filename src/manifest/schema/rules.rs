//! Rules, and what is asked of fields in them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::referring;
use super::sections::{mapping, order};
use super::shape::{Property, any, array, described, flag, needed, refer, text, words};
use crate::manifest::describe::rules::noun;
use crate::manifest::problem::Place;
use crate::manifest::reader::Reader;
use crate::manifest::rules::{
    ATTENDEE, COUNT, COUNT_OF_MEETINGS, DEAL, ENTITY, Field, FieldType, Fields, MEETING, MEETINGS, OWNER,
    Scope, WHICH, allowed, compile_field,
};
use crate::manifest::span;
use crate::registry::Registry;

/// Everything that the sections refer to.
pub(super) fn definitions() -> Value {
    let mut all = Map::new();
    all.insert("duration".to_owned(), duration());
    all.insert("instant".to_owned(), instant());
    let scopes = [
        Scope::Meeting,
        Scope::Attendee,
        Scope::Account,
        Scope::Deal,
        Scope::AccountItem,
        Scope::ContactItem,
    ];
    for scope in scopes {
        all.insert(rule_name(scope).to_owned(), rule(scope));
        all.insert(mapping_name(scope).to_owned(), mapping(scope));
        if !matches!(scope, Scope::AccountItem | Scope::ContactItem) {
            all.insert(order_name(scope).to_owned(), order(scope));
        }
        for (name, field) in fields(scope) {
            if let Some(words) = field.words() {
                all.insert(
                    test_name(name, &field),
                    test(field.kind(), &test_name(name, &field), Some(words)),
                );
            }
        }
    }
    let mut kinds: Vec<FieldType> =
        scopes.into_iter().flat_map(fields).map(|(_, field)| field.kind()).collect();
    kinds.retain(|kind| *kind != FieldType::Meetings);
    kinds.push(FieldType::Open);
    for kind in kinds {
        all.insert(kind_name(kind).to_owned(), test(kind, kind_name(kind), None));
    }
    Value::Object(all)
}

pub(super) fn duration() -> Value {
    json!({
        "type": "string",
        "pattern": span::PATTERN,
        "description": "A length of time: a number and one of s, m, h, d, w, as in 10m; or hourly, daily, weekly.",
    })
}

pub(super) fn instant() -> Value {
    json!({
        "type": "string",
        "pattern": "^\\s*(now|[0-9+-])",
        "description": "A point in time: 2026-03-01, 2026-03-01T09:00:00Z, now, now+30d or now-2h.",
    })
}

pub(super) fn duration_ref() -> Value {
    refer("duration")
}

pub(super) fn rule_ref(scope: Scope) -> Value {
    refer(rule_name(scope))
}

fn rule_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Meeting => "rule_of_meeting",
        Scope::Attendee => "rule_of_attendee",
        Scope::Account => "rule_of_account",
        Scope::Deal => "rule_of_deal",
        Scope::AccountItem => "rule_of_account_item",
        Scope::ContactItem => "rule_of_contact_item",
    }
}

pub(super) fn mapping_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Meeting => "mapping_of_meeting",
        Scope::Attendee => "mapping_of_attendee",
        Scope::Account => "mapping_of_account",
        Scope::Deal => "mapping_of_deal",
        Scope::AccountItem => "mapping_of_account_item",
        Scope::ContactItem => "mapping_of_contact_item",
    }
}

pub(super) fn order_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Meeting => "order_of_meetings",
        Scope::Attendee => "order_of_attendees",
        Scope::Deal => "order_of_deals",
        _ => "order_of_accounts",
    }
}

fn kind_name(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => "test_of_text",
        FieldType::Flag => "test_of_flag",
        FieldType::Instant => "test_of_instant",
        FieldType::OptionalInstant => "test_of_instant_if_any",
        FieldType::Duration => "test_of_duration",
        FieldType::Number => "test_of_number",
        FieldType::People => "test_of_attendees",
        FieldType::Entities => "test_of_accounts",
        FieldType::Deals => "test_of_deals",
        FieldType::Meetings => "test_of_meetings",
        FieldType::Entity => "test_of_account",
        FieldType::Open => "test_of_mapped_field",
    }
}

fn test_name(name: &str, field: &Field) -> String {
    match field.words() {
        Some(_) => format!("test_of_{name}"),
        None => kind_name(field.kind()).to_owned(),
    }
}

const OF_ITEM: &[&str] = &["id", "name", "domain", "source", "owner", "deals", COUNT_OF_MEETINGS, MEETINGS];

/// A field of one of the meetings that an item gathers.
fn of_a_meeting() -> String {
    format!("^({})\\.", WHICH.join("|"))
}

/// What has a name in a scope, whatever the sources map.
fn fields(scope: Scope) -> Vec<(&'static str, Field)> {
    let names = match scope {
        Scope::Meeting => MEETING,
        Scope::Attendee => ATTENDEE,
        Scope::Account => ENTITY,
        Scope::Deal => DEAL,
        Scope::AccountItem | Scope::ContactItem => OF_ITEM,
    };
    names.iter().filter_map(|name| Some((*name, field(scope, name)?))).collect()
}

/// The compiler itself says what a path is.
fn field(scope: Scope, path: &str) -> Option<Field> {
    let (reader, registry) = (Reader::default(), Registry::default());
    compile_field(&reader, &Fields::new(&registry), scope, path, Place::START)
}

/// The parts of a field, whatever the sources map: of an account or a contact, or of an owner.
fn parts(field: &Field) -> &'static [&'static str] {
    match field.kind() {
        FieldType::Entity if field.is_owner() => OWNER,
        FieldType::Entity => ENTITY,
        _ => &[],
    }
}

/// All paths of a scope, whatever the sources map.
fn paths(scope: Scope) -> Vec<(String, Field)> {
    let mut all: Vec<(String, Field)> = Vec::new();
    let mut open: Vec<(String, Field)> =
        fields(scope).into_iter().map(|(name, field)| (name.to_owned(), field)).collect();
    while let Some((path, known)) = open.pop() {
        for part in parts(&known) {
            let longer = format!("{path}.{part}");
            open.extend(field(scope, &longer).map(|field| (longer, field)));
        }
        all.push((path, known));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// A map from path to test, or what combines such maps. All must hold.
fn rule(scope: Scope) -> Value {
    let inner = || rule_ref(scope);
    let mut properties = Map::from_iter([
        ("all".to_owned(), described((array(inner()), "All of these must hold."))),
        ("any".to_owned(), described((array(inner()), "At least one of these must hold."))),
        ("not".to_owned(), described((inner(), "This must not hold."))),
    ]);
    for (path, field) in paths(scope).into_iter().filter(|(_, field)| field.kind() != FieldType::Meetings) {
        let name = path.rsplit('.').next().unwrap_or_default();
        properties.insert(path.clone(), referring(&test_name(name, &field), &sentence(&noun(&field))));
    }
    let mut rule = json!({ "type": "object", "minProperties": 1, "properties": properties });
    match scope {
        // Every other name is a field that a source maps.
        Scope::Account | Scope::Deal => rule["additionalProperties"] = refer(kind_name(FieldType::Open)),
        Scope::AccountItem | Scope::ContactItem => {
            let kinds: BTreeSet<&str> =
                fields(Scope::Meeting).iter().map(|(_, field)| kind_name(field.kind())).collect();
            let kinds = kinds.into_iter().chain([kind_name(FieldType::Open), kind_name(FieldType::Deals)]);
            rule["patternProperties"] = json!({ of_a_meeting(): any(kinds.map(refer)) });
            rule["additionalProperties"] = refer(kind_name(FieldType::Open));
        }
        Scope::Meeting | Scope::Attendee => {
            rule["additionalProperties"] = json!(false);
            // Every other part is a field that a source maps, whose tests are all that text has and more.
            let tests = || {
                any([FieldType::Open, FieldType::Entity, FieldType::Deals].map(|kind| refer(kind_name(kind))))
            };
            let records = fields(scope).into_iter().filter(|(_, field)| field.kind() == FieldType::Entity);
            let mapped = records.map(|(name, _)| (format!("^{name}\\."), tests()));
            rule["patternProperties"] = mapped.collect::<Map<_, _>>().into();
        }
    }
    rule
}

/// The path of something of some kind.
pub(super) fn path(scope: Scope, kinds: fn(FieldType) -> bool) -> Value {
    let mut all = paths(scope);
    if scope == Scope::Meeting {
        all.push(("priority".to_owned(), Field::Priority));
    }
    let names: Vec<&str> =
        all.iter().filter(|(_, field)| kinds(field.kind())).map(|(path, _)| path.as_str()).collect();
    let mut shapes = if names.is_empty() { Vec::new() } else { vec![json!({ "enum": names })] };
    if kinds(FieldType::Open) {
        let records = fields(scope).into_iter().filter(|(_, field)| field.kind() == FieldType::Entity);
        shapes.extend(records.map(|(name, _)| json!({ "pattern": format!("^{name}\\.") })));
        if matches!(scope, Scope::Account | Scope::Deal | Scope::AccountItem | Scope::ContactItem) {
            // Mapped fields have no prefix there.
            shapes.push(json!({ "pattern": "^[^.]+$" }));
        }
    }
    if matches!(scope, Scope::AccountItem | Scope::ContactItem) {
        shapes.push(json!({ "pattern": of_a_meeting() }));
    } else if scope != Scope::Meeting {
        shapes.push(json!({ "pattern": "^meeting\\." }));
    }
    json!({ "type": "string", "anyOf": shapes })
}

/// What may be asked of a value: a value that it must be, or a map of tests that must all hold.
fn test(kind: FieldType, own: &str, of: Option<&[&str]>) -> Value {
    let value = scalar(kind, of);
    let ask = |word: &str| asked(kind, own, value.as_ref(), word);
    let mut tests = needed(allowed(kind), &[], ask);
    tests["minProperties"] = json!(1);
    any(value.clone().into_iter().chain([tests]))
}

/// What a value can be compared with, if it can.
fn scalar(kind: FieldType, of: Option<&[&str]>) -> Option<Value> {
    Some(match kind {
        FieldType::Text => of.map_or_else(text, words),
        FieldType::Flag => flag(),
        FieldType::Duration => duration_ref(),
        FieldType::Number => json!({ "type": "number" }),
        FieldType::Open => json!({ "type": ["string", "boolean", "number"] }),
        _ => return None,
    })
}

fn asked(kind: FieldType, own: &str, value: Option<&Value>, word: &str) -> Property {
    let value = || value.cloned().unwrap_or_default();
    let bound = || match kind {
        FieldType::Duration => duration_ref(),
        _ => json!({ "type": "number" }),
    };
    let elements = || match kind {
        FieldType::People => rule_ref(Scope::Attendee),
        FieldType::Deals => rule_ref(Scope::Deal),
        _ => rule_ref(Scope::Account),
    };
    match word {
        "is" => (value(), "It is this, without regard to case."),
        "in" => (array(value()), "It is one of these, without regard to case."),
        "contains" => (text(), "It contains this, without regard to case."),
        "starts_with" => (text(), "It begins with this, without regard to case."),
        "ends_with" => (text(), "It ends in this, without regard to case."),
        "matches" => (text(), "It fits this regular expression; `(?i)` at the beginning ignores case."),
        "exists" => (flag(), "Whether it is there at all."),
        "at_least" => (bound(), "It is this or more."),
        "at_most" => (bound(), "It is this or less."),
        "before" => (refer("instant"), "It is before this."),
        "after" => (refer("instant"), "It is after this."),
        "within" => (duration_ref(), "It is no further from now than this, on either side."),
        "call" => (call(), "The product's own predicate holds of it."),
        "not" => (refer(own), "This does not hold of it."),
        "some" => (elements(), "This holds of some element."),
        "every" => (elements(), "This holds of every element; an empty list passes."),
        "none" => (elements(), "This holds of no element; an empty list passes."),
        "count" => (count(), "How many elements there are."),
        // A test that was added to the compiler, and is still to be described here.
        _ => (json!({}), ""),
    }
}

fn count() -> Value {
    let whole = || json!({ "type": "integer", "minimum": 0 });
    let bound = |word: &str| match word {
        "at_least" => (whole(), "So many or more."),
        "at_most" => (whole(), "So many or fewer."),
        _ => (json!({}), ""),
    };
    any([whole(), needed(COUNT, &[], bound)])
}

/// A name, or a name with settings.
pub(super) fn call() -> Value {
    any([text(), json!({ "type": "object", "minProperties": 1, "maxProperties": 1 })])
}

fn sentence(noun: &str) -> String {
    let mut letters = noun.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}
