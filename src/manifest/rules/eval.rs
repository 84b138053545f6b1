//! Evaluating rules on a meeting.
//!
//! Without tracing and the product's own predicates this allocates nothing, but for a text with a capital sigma and
//! what a regular expression makes room for when it is first used.

use std::sync::Arc;

use acquaint_core::ids::SourceName;
use acquaint_core::meeting::{Meeting, MeetingAttendee};
use acquaint_core::view::EntityKind;
use chrono::{DateTime, TimeDelta, Utc};

use super::test::{Instant, Test};
use super::truth::{Truth, Unfetched};
use super::value::{Found, Subject, elements, read};
use super::{Clause, Predicate};

/// What an evaluation knows and has found out.
#[derive(Debug, Default)]
pub(crate) struct Evaluation {
    /// The clause at which it failed or could not be told, the innermost one that stands for the whole.
    pub(crate) failed: Option<Arc<str>>,
    /// The last instant, up to now, at which some clause that depends on the clock may have turned.
    pub(crate) valid_from: Option<DateTime<Utc>>,
    /// The first instant at which some clause that depends on the clock may turn.
    pub(crate) valid_until: Option<DateTime<Utc>>,
    /// With tracing: every clause that was looked at, in order, and whether it held.
    pub(crate) trace: Option<Vec<(Arc<str>, bool, String)>>,
    /// Once a meeting was judged: the clause for which it cannot be told whether the meeting is kept.
    pub(crate) unknown: Option<Arc<str>>,
    /// Whether a priority or a value of the output depends on what has not been fetched.
    pub(crate) unknown_output: bool,
    /// What has not been fetched.
    unfetched: Option<Arc<Unfetched>>,
    /// The addresses of those of whose accounts it cannot be told whether they count.
    undecided: Vec<String>,
    /// Which element of a list is looked at.
    element: Option<String>,
}

impl Evaluation {
    /// An evaluation that notes every clause it looks at.
    pub(crate) fn traced() -> Self {
        Self { trace: Some(Vec::new()), ..Self::default() }
    }

    /// From here on these fields are unknown.
    pub(crate) fn without(&mut self, unfetched: Option<&Arc<Unfetched>>) {
        self.unfetched = unfetched.cloned();
    }

    /// From here on it is unknown whether the account of this attendee counts.
    pub(crate) fn leave_undecided(&mut self, who: &MeetingAttendee) {
        self.undecided.push(who.email.clone());
    }

    /// Another evaluation of the same meeting, which knows as much and has found out nothing.
    pub(crate) fn beside(&self) -> Self {
        Self { unfetched: self.unfetched.clone(), undecided: self.undecided.clone(), ..Self::default() }
    }

    /// Takes over when another evaluation may turn, and nothing else of it.
    pub(crate) fn turns_with(&mut self, other: &Self) {
        self.valid_from = self.valid_from.max(other.valid_from);
        self.valid_until = self.valid_until.into_iter().chain(other.valid_until).min();
    }

    fn turns_at(&mut self, at: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        // Whether the boundary itself belongs to one side or the other, looking on both sides of it is right.
        let next =
            at.into_iter().flat_map(|at| [Some(at), at.checked_add_signed(TimeDelta::microseconds(1))]);
        for at in next.flatten() {
            if at > now {
                self.valid_until = Some(self.valid_until.map_or(at, |known| known.min(at)));
            } else {
                self.valid_from = self.valid_from.max(Some(at));
            }
        }
    }

    pub(super) fn lacks(&self, source: &SourceName, kind: EntityKind, field: &str) -> bool {
        self.unfetched.as_ref().is_some_and(|unfetched| unfetched.contains(source, kind, field))
    }

    /// Whether a field of the meeting itself is missing.
    pub(super) fn lacks_of(&self, meeting: &Meeting, field: &str) -> bool {
        self.unfetched.as_ref().is_some_and(|unfetched| unfetched.lacks_of(meeting, field))
    }

    /// Whether this mapped field of deals is missing of any source.
    pub(super) fn lacks_of_deals(&self, field: &str) -> bool {
        self.unfetched.as_ref().is_some_and(|unfetched| unfetched.contains_of_any(EntityKind::Deal, field))
    }

    /// Whether it cannot be told whether this attendee's account counts, or which it is.
    pub(super) fn undecided(&self, who: &MeetingAttendee) -> bool {
        self.lacks_people() || self.undecided.contains(&who.email)
    }

    /// Whether people were not looked up everywhere.
    pub(super) fn lacks_people(&self) -> bool {
        self.unfetched.as_ref().is_some_and(|unfetched| unfetched.people())
    }

    /// Whether it cannot be told who is internal.
    pub(super) fn lacks_users(&self) -> bool {
        self.unfetched.as_ref().is_some_and(|unfetched| unfetched.users())
    }

    /// Whether it cannot be told which deals there are.
    pub(super) fn lacks_deals(&self) -> bool {
        self.unfetched.as_ref().is_some_and(|unfetched| unfetched.deals())
    }

    /// Whether it cannot be told which accounts the meeting has.
    pub(super) fn accounts_undecided(&self, meeting: &Meeting) -> bool {
        let (users, may) = (self.lacks_users(), self.lacks_people() || !self.undecided.is_empty());
        may && meeting.attendees.iter().any(|who| (users || who.external) && self.undecided(who))
    }

    /// Whether something of a value as a whole has not been fetched.
    fn lacks_part_of(&self, found: &Found<'_>) -> bool {
        let Some(unfetched) = &self.unfetched else { return false };
        let of = |record: &acquaint_core::meeting::Entity| unfetched.touches(&record.source);
        match found {
            Found::People(people) => {
                people.iter().any(|who| self.undecided(who) || who.account.iter().chain(&who.contact).any(of))
            }
            Found::Entities(records) => records.iter().any(of),
            Found::Entity(record) => of(record),
            Found::Deals(_) => unfetched.touches_deals(),
            _ => false,
        }
    }
}

/// Whether `clause` holds for `subject` at `now`.
pub(crate) fn evaluate(
    clause: &Clause,
    subject: Subject<'_>,
    now: DateTime<Utc>,
    out: &mut Evaluation,
) -> Truth {
    let truth = match &clause.predicate {
        Predicate::All(clauses) => {
            // The first that cannot be told stands for the whole, unless a later one fails.
            let mut unknown = None;
            let truth = Truth::all(clauses, |clause| {
                let truth = evaluate(clause, subject, now, out);
                if truth == Truth::Unknown && unknown.is_none() {
                    unknown = out.failed.take();
                }
                truth
            });
            if truth == Truth::Unknown {
                out.failed = unknown;
            }
            truth
        }
        Predicate::Any(clauses) => Truth::any(clauses, |clause| evaluate(clause, subject, now, out)),
        Predicate::Not(inner) => !evaluate(inner, subject, now, out),
        Predicate::Field(field, test) => {
            let found = read(field, subject, out);
            let truth = passes(test, &found, now, out);
            if let Some(trace) = &mut out.trace {
                let saw = found.describe();
                let saw =
                    out.element.as_ref().map_or_else(|| saw.clone(), |element| format!("{saw} of {element}"));
                trace.push((Arc::clone(&clause.name), truth.holds(), saw));
            }
            truth
        }
    };
    match (&clause.predicate, truth.holds()) {
        (_, true) => out.failed = None,
        (Predicate::All(_), false) => {}
        // Of several that might have held no single one is to blame.
        (_, false) => out.failed = Some(Arc::clone(&clause.name)),
    }
    truth
}

fn passes(test: &Test, found: &Found<'_>, now: DateTime<Utc>, out: &mut Evaluation) -> Truth {
    if matches!(found, Found::Unknown) {
        return Truth::Unknown;
    }
    let holds = match test {
        Test::Exists(wanted) => found.exists() == *wanted,
        Test::Every(tests) => return Truth::all(tests, |test| passes(test, found, now, out)),
        Test::Call(_) if out.lacks_part_of(found) => return Truth::Unknown,
        Test::Call(call) => call.callee.holds(&found.whole(), &call.settings),
        Test::Not(inner) => return !passes(inner, found, now, out),
        Test::In(constants) => constants.iter().any(|constant| found.equals(constant)),
        Test::Contains(part) => found.as_text(|text| part.within(text)),
        Test::StartsWith(part) => found.as_text(|text| part.begins(text)),
        Test::EndsWith(part) => found.as_text(|text| part.ends(text)),
        Test::Matches(regex) => found.as_text(|text| regex.is_match(text)),
        Test::AtLeast(bound) => found.ordered().is_some_and(|value| bound.at_least(value)),
        Test::AtMost(bound) => found.ordered().is_some_and(|value| bound.at_most(value)),
        Test::Before(limit) => found.instant().is_some_and(|at| {
            out.turns_at(turning(*limit, at), now);
            at < limit.at(now)
        }),
        Test::After(limit) => found.instant().is_some_and(|at| {
            out.turns_at(turning(*limit, at), now);
            at > limit.at(now)
        }),
        Test::Within(length) => found.instant().is_some_and(|at| {
            let length = TimeDelta::from_std(*length).unwrap_or(TimeDelta::MAX);
            out.turns_at(at.checked_sub_signed(length), now);
            out.turns_at(at.checked_add_signed(length), now);
            (at - now).abs() <= length
        }),
        Test::SomeOf(clause) => {
            return Truth::any(elements(found), |element| nested(clause, element, now, out));
        }
        Test::EveryOf(clause) => {
            return Truth::all(elements(found), |element| nested(clause, element, now, out));
        }
        Test::Count { least, most } => (*least..=*most).contains(&elements(found).count()),
        Test::NoneOf(clause) => {
            return !Truth::any(elements(found), |element| nested(clause, element, now, out));
        }
    };
    holds.into()
}

/// An element's own failure is not what the list's clause failed of.
fn nested(clause: &Clause, element: Subject<'_>, now: DateTime<Utc>, out: &mut Evaluation) -> Truth {
    if out.trace.is_some() {
        out.element = match element {
            Subject::Attendee(who) => Some(who.email.clone()),
            Subject::Entity(record) => Some(record.name.clone().unwrap_or_else(|| record.id.clone())),
            Subject::Deal(deal) => Some(deal.name.clone().unwrap_or_else(|| deal.id.clone())),
            Subject::Meeting(_) | Subject::Gathered(_) => None,
        };
    }
    let truth = evaluate(clause, element, now, out);
    out.element = None;
    out.failed = None;
    truth
}

/// When `now + shift` passes `at`.
fn turning(limit: Instant, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match limit {
        Instant::At(_) => None,
        Instant::FromNow(seconds) => at.checked_sub_signed(TimeDelta::try_seconds(seconds)?),
    }
}
