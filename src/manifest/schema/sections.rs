//! The sections of a manifest.

use acquaint_core::connector::PrivateEvents;
use acquaint_matcher::strategy;
use serde_json::{Value, json};

use super::rules::{duration_ref, rule_ref};
use super::shape::{Property, any, array, closed, flag, list, named, needed, open, refer, text};
use super::{cases, rules};
use crate::manifest::output::{MISSING, OF_ITEM, OF_LIST, OF_SORT, OF_VALUE, SECTIONS, SHAPES};
use crate::manifest::rules::{FieldType, Scope};
use crate::manifest::section::{INTERNAL, MATCH};
use crate::manifest::{priority, privacy, slots, source};

/// What no table speaks of: a key that was added there, and is still to be described here.
fn unknown() -> Property {
    (json!({}), "")
}

pub(super) fn section(key: &str) -> Property {
    match key {
        "acquaint" => (json!({ "const": 1 }), "The version of the language: 1."),
        "name" => (text(), "What the manifest is called."),
        "sources" => (sources(), "What is mirrored: each source a name of your own and its settings."),
        "match" => (
            closed(MATCH, matching),
            "Who counts: which domains are the tenant's own, which accounts are of interest, how people are looked up.",
        ),
        "keep" => {
            (rule_ref(Scope::Meeting), "Which meetings matter: what must hold of one for it to be kept.")
        }
        "priority" => (
            array(needed(priority::KEYS, priority::KEYS, addend)),
            "What is added up for a meeting that is kept.",
        ),
        "output" => (
            output(),
            "What a destination gets: names of your own and where each value is read from, or sections of such.",
        ),
        "deliver" => (
            list(json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]+$" })),
            "Where changes go: the names of destinations that the product has registered, without address or secret.",
        ),
        "privacy" => {
            (closed(privacy::KEYS, privacy), "What never reaches the mirror, and how long it stays there.")
        }
        "cases" => {
            (array(cases::case()), "Examples that say what the rules do; `test` and `check` decide them.")
        }
        _ => unknown(),
    }
}

fn sources() -> Value {
    let source = |key: &str| match key {
        "connector" => (text(), "The connector that reads it, such as `local`."),
        "window" => (slotted(closed(source::WINDOW, window), false), "How far around now events are read."),
        "sync" => (slotted(closed(source::SYNC, sync), false), "When it is read."),
        "scopes" => (
            closed(source::SCOPES, scopes),
            "Which scopes are asked for, instead of those that the manifest needs.",
        ),
        "accounts" => (closed(source::MAPPED, mapped), "What is read of accounts besides name and domains."),
        "contacts" => {
            (closed(source::MAPPED, mapped), "What is read of contacts besides name and addresses.")
        }
        "deals" => (
            any([
                closed(source::MAPPED, mapped_of_deals),
                json!({ "not": { "type": "object", "required": ["fields"] } }),
            ]),
            "What is read of deals besides name, stage, amount and dates; or what the connector does with them.",
        ),
        _ => unknown(),
    };
    // The rest are settings of the connector.
    let mut one = open(source::KEYS, source, json!(true));
    one["required"] = json!(["connector"]);
    json!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": { "pattern": "^[A-Za-z0-9_-]+$" },
        "additionalProperties": one,
    })
}

fn window(key: &str) -> Property {
    match key {
        "past" => (slotted(duration_ref(), false), "How far back, such as 180d."),
        "future" => (slotted(duration_ref(), false), "How far ahead, such as 365d."),
        _ => unknown(),
    }
}

fn sync(key: &str) -> Property {
    match key {
        "every" => (slotted(duration_ref(), false), "Time between two looks for changes, such as 15m."),
        "baseline" => (slotted(duration_ref(), false), "Time between two complete readings, such as weekly."),
        "push" => (
            slotted(flag(), false),
            "Whether the provider is asked to tell of changes, where it can. True unless set.",
        ),
        _ => unknown(),
    }
}

fn scopes(key: &str) -> Property {
    let scope = || json!({ "type": "string", "pattern": "^\\S+$" });
    match key {
        "add" => (list(scope()), "These scopes besides."),
        "exactly" => (list(scope()), "These scopes, and what the connector cannot do without."),
        _ => unknown(),
    }
}

fn mapped(key: &str) -> Property {
    fields(key, source::TAKEN)
}

fn mapped_of_deals(key: &str) -> Property {
    fields(key, source::TAKEN_OF_DEALS)
}

fn fields(key: &str, taken: &[&str]) -> Property {
    let mut fields = named(slotted(text(), true));
    fields["propertyNames"] = json!({ "pattern": "^[^.]*$", "not": { "enum": taken } });
    match key {
        "fields" => (
            slotted(fields, true),
            "Our name of a field: the provider's. Rules, output and cases use only ours.",
        ),
        _ => unknown(),
    }
}

fn matching(key: &str) -> Property {
    match key {
        "internal" => (closed(INTERNAL, internal), "Who belongs to the tenant."),
        "accounts" => (
            rule_ref(Scope::Account),
            "What must hold of an account for it to count. One that does not stays visible to explanations.",
        ),
        "strategies" => {
            let name = any([json!({ "enum": strategy::NAMES }), text()]);
            (list(name), "How people are looked up, in this order.")
        }
        "precedence" => (list(text()), "The sources whose word counts before that of others, in this order."),
        _ => unknown(),
    }
}

fn internal(key: &str) -> Property {
    let fixed = || any([json!({ "const": "from_users" }), array(text())]);
    match key {
        "domains" => (
            slotted(fixed(), false),
            "Which domains are the tenant's own: a list, those of its users, or what a slot says.",
        ),
        _ => unknown(),
    }
}

/// A value, or a slot in which a tenant says it.
fn slotted(value: Value, default_needed: bool) -> Value {
    let default = match default_needed {
        true => value.clone(),
        false => any([value.clone(), json!({ "type": "null" })]),
    };
    let slot = |key: &str| match key {
        "slot" => (
            json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$" }),
            "The slot in which a tenant says it.",
        ),
        "default" => (default.clone(), "What holds where the slot is empty."),
        _ => unknown(),
    };
    let required: &[&str] = if default_needed { slots::FORM } else { &["slot"] };
    any([value, needed(slots::FORM, required, slot)])
}

fn addend(key: &str) -> Property {
    match key {
        "when" => (rule_ref(Scope::Meeting), "What must hold of the meeting."),
        "add" => (
            json!({ "type": "integer", "minimum": -priority::MOST, "maximum": priority::MOST }),
            "What is added then, or taken away.",
        ),
        _ => unknown(),
    }
}

fn privacy(key: &str) -> Property {
    match key {
        "drop" => (list(text()), "What is left out of events before they are stored, such as `description`."),
        "private_events" => (
            json!({ "enum": PrivateEvents::ALL.map(PrivateEvents::as_str) }),
            "What is stored of events that their calendar calls private: all that it shows, or when they are alone.",
        ),
        "retain" => (
            duration_ref(),
            "How long after its end an event stays, such as 400d; no shorter than any `window.past`.",
        ),
        _ => unknown(),
    }
}

/// Names and where their values come from, or sections.
fn output() -> Value {
    let lines = |scope: Scope| json!({ "type": "object", "minProperties": 1, "additionalProperties": refer(rules::mapping_name(scope)) });
    let meeting = |key: &str| match key {
        "take" => (lines(Scope::Meeting), "What is delivered of each meeting."),
        _ => unknown(),
    };
    let attendance = |key: &str| match key {
        "key" => (rules::path(Scope::Attendee, |_| true), "What identifies an item: the address unless set."),
        "where" => (rule_ref(Scope::Attendee), "Who has an item: those from outside unless set."),
        "take" => (lines(Scope::Attendee), "What is delivered of each attendee."),
        _ => unknown(),
    };
    let gather = |of: Scope| {
        let one = move |key: &str| match key {
            "key" => (
                rules::path(of, |kind| matches!(kind, FieldType::Text | FieldType::Open)),
                "What identifies an item: its source and id unless set.",
            ),
            "where" => (rule_ref(of), "Which of them have an item: all unless set."),
            "take" => (lines(of), "What is delivered of each."),
            _ => unknown(),
        };
        needed(OF_ITEM, &["take"], one)
    };
    let sections = |key: &str| match key {
        "account" => (
            gather(Scope::AccountItem),
            "An item for each account, with the kept meetings that it takes part in.",
        ),
        "contact" => (
            gather(Scope::ContactItem),
            "An item for each contact, with the kept meetings that it takes part in.",
        ),
        "meeting" => (needed(&["take"], &["take"], meeting), "The meeting itself."),
        "attendance" => (needed(OF_ITEM, &["take"], attendance), "An item of its own for each attendee."),
        _ => unknown(),
    };
    let flat = json!({ "type": ["object", "null"], "additionalProperties": refer("mapping_of_meeting") });
    any([flat, closed(SECTIONS, sections)])
}

/// What the elements of a list may be sorted by.
pub(super) fn order(scope: Scope) -> Value {
    let by = || rules::path(scope, FieldType::has_order);
    let one = |key: &str| match key {
        "by" => (by(), "The path of an element that it is sorted by."),
        "descending" => (flag(), "Whether the greatest comes first."),
        _ => unknown(),
    };
    any([by(), needed(OF_SORT, &["by"], one)])
}

/// Where a value of the output comes from.
pub(super) fn mapping(scope: Scope) -> Value {
    let paths = |kinds: fn(FieldType) -> bool| rules::path(scope, kinds);
    let missing = |key: &str| match key {
        "required" => {
            (flag(), "Whether it must be there: as `missing: drop_item`, unless that says otherwise.")
        }
        "missing" => (json!({ "enum": MISSING }), "What happens without it."),
        _ => unknown(),
    };
    let value = |key: &str| match key {
        "from" => (paths(|_| true), "The path that it is read from."),
        "zone" => (text(), "The zone in whose time a point in time is written, such as Europe/Berlin."),
        "format" => (json!({ "enum": SHAPES }), "How a point in time is written."),
        "values" => (named(json!({})), "A table: what is delivered for each value, without regard to case."),
        "default" => (json!({}), "What is delivered for a missing value, or one that is not in the table."),
        "call" => (rules::call(), "What the product's own transform makes of it."),
        key => missing(key),
    };
    let constant = |key: &str| match key {
        "value" => (json!({}), "What is always delivered."),
        _ => unknown(),
    };
    let elements = |head: &'static str, kinds: fn(FieldType) -> bool, inner: Scope| {
        let list = move |key: &str| match key {
            "each" => (paths(kinds), "The list whose elements are delivered."),
            "first" => (paths(kinds), "The list whose first element is delivered."),
            "where" => (rule_ref(inner), "What must hold of an element for it to be delivered."),
            "sort" => (
                refer(rules::order_name(inner)),
                "The order of the elements, by a value of theirs; what has none comes last. The list's own unless set.",
            ),
            "limit" => (json!({ "type": "integer", "minimum": 1 }), "The most elements."),
            "take" => (
                json!({ "type": "object", "minProperties": 1, "additionalProperties": refer(rules::mapping_name(inner)) }),
                "What is delivered of each element.",
            ),
            key => missing(key),
        };
        let other = if head == "each" { &["first"][..] } else { &["each", "limit"] };
        let keys: Vec<&str> = OF_LIST.iter().copied().filter(|key| !other.contains(key)).collect();
        needed(&keys, &[head, "take"], list)
    };
    let mut shapes =
        vec![paths(|_| true), needed(OF_VALUE, &["from"], value), needed(&["value"], &["value"], constant)];
    for head in ["each", "first"] {
        shapes.push(elements(head, |kind| kind == FieldType::People, Scope::Attendee));
        shapes.push(elements(head, |kind| kind == FieldType::Entities, Scope::Account));
        shapes.push(elements(head, |kind| kind == FieldType::Deals, Scope::Deal));
        if matches!(scope, Scope::AccountItem | Scope::ContactItem) {
            shapes.push(elements(head, |kind| kind == FieldType::Meetings, Scope::Meeting));
        }
    }
    any(shapes)
}
