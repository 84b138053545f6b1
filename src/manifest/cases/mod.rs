//! Cases: examples that say what the rules do.
//!
//! ```yaml
//! cases:
//!   - given: { accounts: [{ name: Globex, domain: globex.com, stage: customer }] }
//!     meeting: { title: "Hold: QBR", attendees: [jane@globex.com] }
//!     kept: false
//!     because: title
//! ```
//!
//! They are decided by the code that decides real meetings.

pub(super) mod deals;
mod describe;
pub(super) mod expect;
pub(super) mod given;
pub(super) mod meeting;
mod outcome;
mod run;
mod words;

pub use outcome::CaseOutcome;

use std::collections::BTreeMap;

use acquaint_core::ids::SourceName;
use acquaint_core::view::CalendarEvent;
use chrono::{DateTime, Utc};

use super::node::{Body, Entry, Node};
use super::output::Output;
use super::privacy::Privacy;
use super::problem::{Place, Problem, Problems};
use super::reader::Reader;
use super::rules::Clause;
use super::source::Source;
use super::{Compiled, Manifest, node};
use crate::registry::Registry;
use expect::Expected;
use given::Given;

/// One example.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// Its number, from 1.
    number: usize,
    name: Option<String>,
    place: Place,
    given: Given,
    now: DateTime<Utc>,
    /// The meeting on its own calendar, then its copies on others.
    events: Vec<CalendarEvent>,
    expected: Expected,
}

/// What cases may name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'k> {
    pub(super) sources: &'k BTreeMap<SourceName, Source>,
    pub(super) registry: &'k Registry,
    pub(super) privacy: &'k Privacy,
    /// The slot that is open.
    pub(super) slot: Option<&'k str>,
    pub(super) keep: &'k Clause,
    pub(super) output: &'k Output,
    /// Whether nothing is wrong with all that. Otherwise what it names is not known.
    pub(super) sound: bool,
}

/// What a case says, besides what it expects.
pub(super) const KEYS: &[&str] = &["name", "given", "now", "meeting"];

/// Compiles the cases of a section.
pub(super) fn compile(reader: &Reader, known: &Known<'_>, node: &Node) -> Vec<Case> {
    let Body::List(items) = &node.body else {
        reader.say(node.place, format!("`cases` must be a list, not {}", node.kind()));
        return Vec::new();
    };
    (1..).zip(items).filter_map(|(number, item)| case(reader, known, number, item)).collect()
}

fn case(reader: &Reader, known: &Known<'_>, number: usize, node: &Node) -> Option<Case> {
    let entries = reader.map(node, "a case");
    let find = |key: &str| entries.iter().find(|entry| entry.key == key);
    let all = || KEYS.iter().chain(expect::KEYS).copied();
    let strange = || entries.iter().filter(|entry| !all().any(|key| key == entry.key));
    strange().for_each(|entry| reader.unknown(entry, "a case", &all().collect::<Vec<_>>()));
    let name = find("name").and_then(|entry| reader.text(&entry.value, "`name`")).map(str::to_owned);
    let now = find("now").and_then(|entry| meeting::instant(reader, &entry.value, None));
    let now = now.unwrap_or_else(meeting::default_now);
    let given = given::compile(reader, known, now, find("given").map(|entry| &entry.value));
    let Some(entry) = find("meeting") else {
        reader.say(node.place, "a case needs `meeting`: what is on the calendar");
        return None;
    };
    let events = meeting::compile(reader, known, &given, now, &entry.value);
    let before = reader.count();
    let expected = expect::compile(reader, known, &given, events.as_deref(), entries);
    if expected.is_empty() && reader.count() == before && strange().count() == 0 {
        let keys = expect::KEYS.join(", ");
        reader.say(node.place, format!("a case says what is expected: at least one of {keys}"));
    }
    Some(Case { number, name, place: node.place, given, now, events: events?, expected })
}

/// The one text, or the texts of a list, under `one` or `several`.
fn texts<'n>(reader: &Reader, entries: &'n [Entry], one: &str, several: &str) -> Vec<(&'n str, Place)> {
    let entries = entries.iter().filter(|entry| entry.key == one || entry.key == several);
    let items = entries.flat_map(|entry| reader.list(&entry.value).iter().map(move |item| (entry, item)));
    items
        .filter_map(|(entry, item)| Some((reader.text(item, &format!("`{}`", entry.key))?, item.place)))
        .collect()
}

impl Manifest {
    /// What becomes of its cases, in their order.
    ///
    /// A case says what is `given` (`accounts`, `contacts`, `deals`, `users`, `slots`), what is on the calendar (`meeting`),
    /// and at least one of `kept`, `because`, `priority`, `accounts`, `matches` and `output`. Accounts, contacts and deals
    /// may have every field that a source maps, under our name; an `owner`; ids that were `merged` into them, by which
    /// others may name them; and be `archived`, so that others name what is not there. Unless it says otherwise it is 2026-01-05T09:00:00Z, nobody is the
    /// tenant's own, and the meeting begins in a day, lasts half an hour and is called by the first user.
    ///
    /// - `copies` of the meeting are on the `calendar` of another person each, and show what the meeting does unless they say
    ///   otherwise.
    /// - `because` is the name of a clause, or the last part of it if no other ends so; `cancelled` is one too.
    /// - `accounts` are those that count, the main one first; `matches` says of addresses which account was found, whether
    ///   it counts or not, and `null` for none.
    /// - `output` says what is delivered under some names; others are not looked at.
    ///
    /// ```
    /// let manifest = acquaint::Manifest::parse("
    /// acquaint: 1
    /// name: reviews
    /// sources: { calendar: { connector: google-calendar } }
    /// keep: { title: { contains: review } }
    /// cases:
    ///   - { meeting: { title: Review of the quarter }, kept: true }
    ///   - { meeting: { title: Lunch }, kept: true }
    /// ").unwrap();
    /// let passed: Vec<bool> = manifest.run_cases().iter().map(|case| case.passed()).collect();
    /// assert_eq!(passed, [true, false]);
    /// ```
    pub fn run_cases(&self) -> Vec<CaseOutcome> {
        self.0.cases.iter().map(|case| run::run(self, case)).collect()
    }

    /// What becomes, under this manifest, of cases that stand beside it: `text` has the section `cases` and nothing
    /// else.
    ///
    /// # Errors
    /// Everything that is wrong with the text, each with line and column. A case that does not come out as it
    /// expects is none of that: see [`CaseOutcome::problems`].
    pub fn run_cases_beside(&self, text: &str, registry: &Registry) -> Result<Vec<CaseOutcome>, Problems> {
        let cases = self.beside(text, registry)?;
        Ok(cases.iter().map(|case| run::run(self, case)).collect())
    }

    /// Looks whether cases that stand beside this manifest come out as they expect: `text` has the section `cases` and
    /// nothing else.
    ///
    /// # Errors
    /// Everything that is wrong with the text or, if it can be read, every expectation that is not met, each with line
    /// and column.
    pub fn check_cases(&self, text: &str, registry: &Registry) -> Result<(), Problems> {
        unmet(self.run_cases_beside(text, registry)?)
    }

    fn beside(&self, text: &str, registry: &Registry) -> Result<Vec<Case>, Problems> {
        let root = node::parse(text).map_err(|problem| Problems { problems: vec![problem] })?;
        let reader = Reader::default();
        let Compiled { sources, privacy, matching, keep, output, .. } = &*self.0;
        let slot = matching.internal.slot.as_deref();
        let known = Known { sources, registry, privacy, slot, keep, output, sound: true };
        let mut cases = None;
        for entry in reader.map(&root, "a file of cases") {
            match entry.key.as_str() {
                "cases" => cases = Some(compile(&reader, &known, &entry.value)),
                _ => reader.unknown(entry, "a file of cases", &["cases"]),
            }
        }
        if cases.is_none() {
            reader.say(root.place, "a file of cases needs `cases`: a list of them");
        }
        let problems = reader.into_problems();
        if problems.is_empty() { Ok(cases.unwrap_or_default()) } else { Err(Problems { problems }) }
    }
}

/// Every expectation that is not met.
pub(super) fn unmet(outcomes: Vec<CaseOutcome>) -> Result<(), Problems> {
    let mut problems: Vec<Problem> = outcomes.into_iter().flat_map(|outcome| outcome.problems).collect();
    problems.sort_by_key(|problem| problem.place);
    if problems.is_empty() { Ok(()) } else { Err(Problems { problems }) }
}
