//! Cases.

use serde_json::{Value, json};

use super::rules::duration_ref;
use super::shape::{Property, any, closed, flag, list, needed, open, refer, text, words};
use crate::manifest::cases::{KEYS, deals, expect, given, meeting};
use crate::manifest::rules::Field;

/// What no table speaks of: a key that was added there, and is still to be described here.
fn unknown() -> Property {
    (json!({}), "")
}

pub(super) fn case() -> Value {
    let keys = [KEYS, expect::KEYS].concat();
    let mut case = needed(&keys, &["meeting"], |key| match key {
        "name" => (text(), "What it shows."),
        "given" => (closed(given::KEYS, given), "What is there before the meeting is decided."),
        "now" => {
            (refer("instant"), "When it takes place: a fixed point in time. 2026-01-05T09:00:00Z unless set.")
        }
        "meeting" => (closed(meeting::KEYS, meeting), "What is on the calendar."),
        "kept" => (flag(), "Whether the meeting is kept."),
        "because" => (
            text(),
            "The clause that drops it: its name, such as keep.all[1].title, or the last part of it, such as title.",
        ),
        "priority" => (json!({ "type": "integer" }), "What its priority adds up to."),
        "accounts" => (list(text()), "The accounts that count, by name or id, the main one first."),
        "matches" => (
            json!({ "type": ["object", "null"], "additionalProperties": { "type": ["string", "null"] } }),
            "The account that each address is matched with, whether it counts or not; nothing for none.",
        ),
        "output" => (
            json!({ "type": ["object", "null"] }),
            "What is delivered under these names. Others are not looked at.",
        ),
        _ => unknown(),
    });
    let expectations: Vec<Value> = expect::KEYS.iter().map(|key| json!({ "required": [key] })).collect();
    case["anyOf"] = json!(expectations);
    case
}

fn given(key: &str) -> Property {
    match key {
        "accounts" => (list(open(given::ACCOUNT, account, json!(true))), "Accounts of the CRM."),
        "contacts" => (list(open(given::CONTACT, contact, json!(true))), "Contacts of the CRM."),
        "deals" => (list(open(deals::DEAL, deal, json!(true))), "Deals of the CRM."),
        "users" => (
            list(text()),
            "Addresses of the tenant's own people. The first one calls the meeting unless it says otherwise.",
        ),
        "slots" => (
            json!({ "type": ["object", "null"], "additionalProperties": list(text()) }),
            "What the tenant has filled into the slots that the manifest opens.",
        ),
        _ => unknown(),
    }
}

fn account(key: &str) -> Property {
    match key {
        "name" => (text(), "Its name."),
        "domain" => (list(text()), "Its domain."),
        "domains" => (list(text()), "Its domains, the primary one first."),
        "id" => (text(), "Its id. One is made up unless set."),
        "parent" => (text(), "The account that it belongs to, by name or id."),
        "owner" | "merged" | "archived" => of_record(key),
        "source" => (
            text(),
            "The source of the manifest that it is read from: the first one that maps all its fields unless set.",
        ),
        _ => unknown(),
    }
}

fn contact(key: &str) -> Property {
    match key {
        "email" => (list(text()), "Their address."),
        "emails" => (list(text()), "Their addresses."),
        "name" => (text(), "Their name."),
        "account" => (
            list(text()),
            "The account that they belong to, by name or id; of several the primary one first.",
        ),
        "id" => (text(), "Their id. One is made up unless set."),
        "owner" | "merged" | "archived" => of_record(key),
        "source" => {
            (text(), "The source of the manifest that they are read from: that of their account unless set.")
        }
        _ => unknown(),
    }
}

fn of_record(key: &str) -> Property {
    match key {
        "owner" => (
            any([
                text(),
                closed(deals::OWNER, |key| match key {
                    "name" => (text(), "Their name."),
                    "email" => (text(), "Their address."),
                    _ => unknown(),
                }),
            ]),
            "Who of the tenant's own people looks after it: an address, or name and address.",
        ),
        "merged" => (list(text()), "Ids of what was merged into it, by which others may still name it."),
        "archived" => (flag(), "Whether it is archived: others still name it, and it is not there."),
        _ => unknown(),
    }
}

fn deal(key: &str) -> Property {
    match key {
        "name" => (text(), "Its name."),
        "pipeline" => (text(), "The pipeline that it goes through, by the CRM's word."),
        "stage" => (text(), "How far it has come, by the CRM's word."),
        "amount" => (json!({ "type": ["number", "string"] }), "What it is worth."),
        "currency" => (text(), "The currency of the amount."),
        "closes" => (refer("instant"), "When it was or should be closed."),
        "created" => (refer("instant"), "When it was made."),
        "account" => (list(text()), "The accounts that it hangs on, by name or id."),
        "contact" => (list(text()), "The contacts that it hangs on, by address or id."),
        "id" => (text(), "Its id. One is made up unless set."),
        "owner" | "merged" | "archived" => of_record(key),
        "source" => {
            (text(), "The source of the manifest that it is read from: that of its account unless set.")
        }
        _ => unknown(),
    }
}

fn copy(key: &str) -> Property {
    match key {
        "calendar" => (text(), "The address of the person on whose calendar it is."),
        key => meeting(key),
    }
}

fn meeting(key: &str) -> Property {
    let word = |field: Field| words(field.words().unwrap_or_default());
    match key {
        "title" => (text(), "Its title."),
        "start" => {
            (refer("instant"), "When it begins. A day from now unless set; a date alone is a whole day.")
        }
        "end" => (
            refer("instant"),
            "When it ends. Half an hour after it begins unless set, or a day if it lasts whole days.",
        ),
        "duration" => (duration_ref(), "How long it lasts, instead of `end`."),
        "all_day" => (flag(), "Whether it lasts whole days."),
        "attendees" => {
            (list(any([text(), needed(meeting::ATTENDEE, &["email"], attendee)])), "Who is invited.")
        }
        "organiser" => {
            (any([text(), closed(meeting::ORGANISER, attendee)]), "Who calls it: the first user unless set.")
        }
        "description" => (text(), "Its description."),
        "location" => (text(), "Where it takes place."),
        "conference" => (text(), "The link to its conference."),
        "status" => (word(Field::Status), "Whether it stands. Confirmed unless set."),
        "kind" => (word(Field::Kind), "What kind of entry it is. Default unless set."),
        "private" => (flag(), "Whether it is private, so that only its times are seen."),
        "copies" => (
            list(needed(meeting::COPY, &["calendar"], copy)),
            "The meeting on other calendars, which show what it says here unless they say otherwise.",
        ),
        _ => unknown(),
    }
}

fn attendee(key: &str) -> Property {
    match key {
        "email" => (text(), "Their address."),
        "name" => (text(), "Their name, as the calendar shows it."),
        "response" => {
            (words(Field::Response.words().unwrap_or_default()), "Their answer. None yet unless set.")
        }
        "optional" => (flag(), "Whether they need not come."),
        "resource" => (flag(), "Whether it is a room or another thing."),
        _ => unknown(),
    }
}
