//! What a case expects.

use acquaint_core::view::CalendarEvent;
use serde_json::Value;

use super::Known;
use super::given::{self, Given, GivenAccount};
use crate::join::address;
use crate::manifest::node::{Body, Entry, Node};
use crate::manifest::problem::{Place, Problem};
use crate::manifest::reader::Reader;
use crate::manifest::rules::{Clause, Predicate};

/// What is expected, each with the place at which it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Expected {
    pub(super) kept: Option<(Place, bool)>,
    /// The whole name of a clause.
    pub(super) because: Option<(Place, String)>,
    pub(super) priority: Option<(Place, i64)>,
    /// In their order.
    pub(super) accounts: Option<(Place, Vec<GivenAccount>)>,
    /// Normalised addresses; `None` is nobody.
    pub(super) matches: Vec<(Place, String, Option<GivenAccount>)>,
    pub(super) output: Vec<(Place, String, Value)>,
}

impl Expected {
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_none()
            && self.because.is_none()
            && self.priority.is_none()
            && self.accounts.is_none()
            && self.matches.is_empty()
            && self.output.is_empty()
    }
}

pub(in crate::manifest) const KEYS: &[&str] =
    &["kept", "because", "priority", "accounts", "matches", "output"];

/// What a cancelled meeting is dropped for.
pub(super) const CANCELLED: &str = "cancelled";

pub(super) fn compile(
    reader: &Reader,
    known: &Known<'_>,
    given: &Given,
    events: Option<&[CalendarEvent]>,
    entries: &[Entry],
) -> Expected {
    let mut expected = Expected::default();
    for entry in entries {
        let (place, value) = (entry.place, &entry.value);
        match entry.key.as_str() {
            "kept" => expected.kept = reader.flag(value, "`kept`").map(|kept| (place, kept)),
            "because" => expected.because = because(reader, known, value).map(|name| (place, name)),
            "priority" => match value.body {
                Body::Int(number) => expected.priority = Some((place, number)),
                _ => reader
                    .say(value.place, format!("`priority` must be a whole number, not {}", value.kind())),
            },
            "accounts" => {
                let items = reader.list(value).iter();
                let accounts = items.filter_map(|item| given::find(reader, given, item)).cloned();
                expected.accounts = Some((place, accounts.collect()));
            }
            "matches" => matches(reader, given, events, value, &mut expected),
            "output" => {
                for line in reader.map(value, "`output`") {
                    output(reader, known, line);
                    expected.output.push((line.place, line.key.clone(), line.value.to_json()));
                }
            }
            _ => {}
        }
    }
    if let (Some((_, true)), Some((place, _))) = (&expected.kept, &expected.because) {
        reader.say(*place, "`because` says why a meeting is dropped, and this one is to be kept");
    }
    expected
}

/// The whole name of the clause that is meant: by its name, or by the last part of it if no other ends so.
fn because(reader: &Reader, known: &Known<'_>, node: &Node) -> Option<String> {
    let text = reader.text(node, "`because`")?;
    if text == CANCELLED || !known.sound {
        return Some(text.to_owned());
    }
    let mut names = Vec::new();
    blamed(known.keep, &mut names);
    names.extend(known.output.dropping());
    if names.contains(&text) {
        return Some(text.to_owned());
    }
    let ends =
        |name: &&str| name.strip_suffix(text).is_some_and(|rest| rest.ends_with('.') && !text.is_empty());
    let meant: Vec<&str> = names.iter().copied().filter(ends).collect();
    match meant.as_slice() {
        [name] => Some((*name).to_owned()),
        [] => {
            let message = format!(
                "no clause `{text}` can drop a meeting; those that can are {}",
                names.iter().chain(&[CANCELLED]).copied().collect::<Vec<_>>().join(", ")
            );
            let parts = names.iter().map(|name| name.rsplit('.').next().unwrap_or(name));
            let close = parts.chain(names.iter().copied()).chain([CANCELLED]);
            reader.note(Problem::new(node.place, message).closest(text, close));
            None
        }
        several => {
            let list = several.join(" or ");
            reader.say(node.place, format!("several clauses end in `{text}`: write {list}"));
            None
        }
    }
}

/// The clauses that a decision may name: each of `all`, but neither what is in `any` nor what is negated.
pub(super) fn blamed<'c>(clause: &'c Clause, names: &mut Vec<&'c str>) {
    match &clause.predicate {
        Predicate::All(clauses) => clauses.iter().for_each(|clause| blamed(clause, names)),
        _ => names.push(&clause.name),
    }
}

fn matches(
    reader: &Reader,
    given: &Given,
    events: Option<&[CalendarEvent]>,
    node: &Node,
    expected: &mut Expected,
) {
    for line in reader.map(node, "`matches`") {
        let who = address(&line.key);
        if let Some(events) = events {
            let mut people: Vec<String> = Vec::new();
            for event in events {
                let attendees = event.attendees.iter().map(|attendee| attendee.email.as_str());
                let who = attendees.chain(event.organiser.email.as_deref()).map(address);
                who.for_each(|who| {
                    if !people.contains(&who) {
                        people.push(who)
                    }
                });
            }
            if !people.contains(&who) {
                let list = if people.is_empty() { "nobody".to_owned() } else { people.join(", ") };
                let message = format!("`{}` is not in this meeting; in it are {list}", line.key);
                reader
                    .note(Problem::new(line.place, message).closest(&who, people.iter().map(String::as_str)));
                continue;
            }
        }
        let account = match line.value.body {
            Body::Null => None,
            _ => match given::find(reader, given, &line.value) {
                Some(account) => Some(account.clone()),
                None => continue,
            },
        };
        expected.matches.push((line.place, who, account));
    }
}

fn output(reader: &Reader, known: &Known<'_>, line: &Entry) {
    if known.sound && !known.output.names().any(|name| name == line.key) {
        let list = known.output.names().collect::<Vec<_>>().join(", ");
        let message = format!("the output has no `{}`; it has {list}", line.key);
        reader.note(Problem::new(line.place, message).closest(&line.key, known.output.names()));
    }
}
