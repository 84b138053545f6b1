//! Evaluating rules on a meeting.

use std::borrow::Cow;

use acquaint_core::meeting::{Entity, LinkedDeal, Meeting, MeetingAttendee, Owner};
use acquaint_core::view::EventTime;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::Value;

use super::compile::{BoundValue, fold};
use super::field::{EntityField, Field};
use super::linked::{mapped, read_deal, read_owner};
use super::test::{Instant, Test};
use super::{Clause, Predicate};

/// What a rule is evaluated on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    Meeting(&'a Meeting),
    Attendee(&'a MeetingAttendee),
    Entity(&'a Entity),
    Deal(&'a LinkedDeal),
}

/// What an evaluation found out.
#[derive(Debug, Default)]
pub(crate) struct Evaluation {
    /// The clause at which it failed, the innermost one that stands for the whole.
    pub(crate) failed: Option<std::sync::Arc<str>>,
    /// The first instant at which some clause that depends on the clock may turn.
    pub(crate) valid_until: Option<DateTime<Utc>>,
    /// With tracing: every clause that was looked at, in order, and whether it held.
    pub(crate) trace: Option<Vec<(std::sync::Arc<str>, bool, String)>>,
    /// Which element of a list is looked at.
    element: Option<String>,
}

impl Evaluation {
    /// An evaluation that notes every clause it looks at.
    pub(crate) fn traced() -> Self {
        Self { trace: Some(Vec::new()), ..Self::default() }
    }

    /// Takes over when another evaluation may turn, and nothing else of it.
    pub(crate) fn turns_with(&mut self, other: &Self) {
        self.valid_until = self.valid_until.into_iter().chain(other.valid_until).min();
    }

    fn turns_at(&mut self, at: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        // Whether the boundary itself belongs to one side or the other, looking on both sides of it is right.
        let next =
            at.into_iter().flat_map(|at| [Some(at), at.checked_add_signed(TimeDelta::microseconds(1))]);
        for at in next.flatten().filter(|at| *at > now) {
            self.valid_until = Some(self.valid_until.map_or(at, |known| known.min(at)));
        }
    }
}

/// Whether `clause` holds for `subject` at `now`.
pub(crate) fn evaluate(
    clause: &Clause,
    subject: Subject<'_>,
    now: DateTime<Utc>,
    out: &mut Evaluation,
) -> bool {
    let holds = match &clause.predicate {
        Predicate::All(clauses) => clauses.iter().all(|clause| evaluate(clause, subject, now, out)),
        Predicate::Any(clauses) => {
            let holds = clauses.iter().any(|clause| evaluate(clause, subject, now, out));
            // No single one of them is to blame.
            out.failed = if holds { None } else { Some(clause.name.clone()) };
            holds
        }
        Predicate::Not(inner) => {
            let holds = !evaluate(inner, subject, now, out);
            out.failed = if holds { None } else { Some(clause.name.clone()) };
            holds
        }
        Predicate::Field(field, test) => {
            let holds = passes(test, &read(field, subject), now, out);
            out.failed = if holds { None } else { Some(clause.name.clone()) };
            if let Some(trace) = &mut out.trace {
                let saw = describe(&read(field, subject));
                let saw =
                    out.element.as_ref().map_or_else(|| saw.clone(), |element| format!("{saw} of {element}"));
                trace.push((clause.name.clone(), holds, saw));
            }
            holds
        }
    };
    if holds {
        out.failed = None;
    }
    holds
}

/// A field's value.
#[derive(Debug, Clone)]
pub(crate) enum Found<'a> {
    Missing,
    Text(Cow<'a, str>),
    Flag(bool),
    Time(EventTime),
    Length(TimeDelta),
    Number(i64),
    People(&'a [MeetingAttendee]),
    Entities(&'a [Entity]),
    Entity(&'a Entity),
    Owner(&'a Owner),
    Deals(&'a [LinkedDeal]),
    /// A number as the CRM writes it.
    Decimal(&'a str),
    Open(&'a Value),
}

pub(super) fn text(value: Option<&str>) -> Found<'_> {
    value.filter(|text| !text.is_empty()).map_or(Found::Missing, |text| Found::Text(Cow::Borrowed(text)))
}

/// A serde name of a unit variant, as manifests write it.
fn word<'a>(value: &impl serde::Serialize) -> Found<'a> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Found::Text(Cow::Owned(word)),
        _ => Found::Missing,
    }
}

/// Reads a field.
pub(crate) fn read<'a>(field: &Field, subject: Subject<'a>) -> Found<'a> {
    match (subject, field) {
        (Subject::Meeting(meeting), field) => match field {
            Field::Title => text(Some(&meeting.title)),
            Field::Start => Found::Time(meeting.start),
            Field::Zone => text(meeting.zone.as_deref()),
            Field::Recurring => Found::Flag(meeting.recurring),
            Field::AttendeesCut => Found::Flag(meeting.attendees_cut),
            Field::End => Found::Time(meeting.end),
            Field::Duration => Found::Length(meeting.end.instant() - meeting.start.instant()),
            Field::AllDay => Found::Flag(meeting.start.is_day()),
            Field::Status => word(&meeting.status),
            Field::Kind => word(&meeting.kind),
            Field::Private => Found::Flag(meeting.private),
            Field::Location => text(meeting.location.as_deref()),
            Field::Description => text(meeting.description.as_deref()),
            Field::Conference => text(meeting.conference.as_deref()),
            Field::Organiser => text(meeting.organiser.as_deref()),
            Field::Attendees => Found::People(&meeting.attendees),
            Field::Accounts => Found::Entities(&meeting.accounts),
            Field::MainAccount(part) => entity(meeting.main_account(), part),
            Field::Priority => Found::Number(meeting.decision.priority),
            _ => Found::Missing,
        },
        (Subject::Attendee(who), field) => match field {
            Field::Email => text(Some(&who.email)),
            Field::Domain => text(who.email.rsplit_once('@').map(|(_, domain)| domain)),
            Field::Name => text(who.name.as_deref()),
            Field::Class => text(Some(&who.class)),
            Field::External => Found::Flag(who.external),
            Field::Response => word(&who.response),
            Field::Optional => Found::Flag(who.optional),
            Field::IsOrganiser => Found::Flag(who.organiser),
            Field::Strategy => text(who.strategy.as_deref()),
            Field::Ambiguous => Found::Flag(who.ambiguous),
            Field::Account(part) => entity(who.counted_account(), part),
            Field::Contact(part) => entity(who.contact.as_ref(), part),
            _ => Found::Missing,
        },
        (Subject::Entity(record), Field::Own(part)) => entity(Some(record), part),
        (Subject::Deal(deal), Field::Deal(part)) => read_deal(deal, part),
        (Subject::Entity(_) | Subject::Deal(_), _) => Found::Missing,
    }
}

fn entity<'a>(record: Option<&'a Entity>, part: &EntityField) -> Found<'a> {
    let Some(record) = record else { return Found::Missing };
    match part {
        EntityField::Whole => Found::Entity(record),
        EntityField::Id => text(Some(&record.id)),
        EntityField::Name => text(record.name.as_deref()),
        EntityField::Domain => text(record.domain.as_deref()),
        EntityField::Source => text(Some(record.source.as_str())),
        EntityField::Owner(part) => read_owner(record.owner.as_ref(), *part),
        EntityField::Deals => Found::Deals(&record.deals),
        EntityField::Mapped(name) => mapped(record.fields.get(name)),
    }
}

fn passes(test: &Test, found: &Found<'_>, now: DateTime<Utc>, out: &mut Evaluation) -> bool {
    match test {
        Test::Exists(wanted) => exists(found) == *wanted,
        Test::Every(tests) => tests.iter().all(|test| passes(test, found, now, out)),
        Test::Call(call) => call.callee.holds(&whole(found), &call.settings),
        Test::Not(inner) => !passes(inner, found, now, out),
        Test::In(values) => values.iter().any(|value| equals(found, value)),
        Test::Contains(part) => folded(found).is_some_and(|text| text.contains(part.as_str())),
        Test::StartsWith(part) => folded(found).is_some_and(|text| text.starts_with(part.as_str())),
        Test::EndsWith(part) => folded(found).is_some_and(|text| text.ends_with(part.as_str())),
        Test::Matches(regex) => as_text(found).is_some_and(|text| regex.is_match(&text)),
        Test::AtLeast(bound) => ordered(found).is_some_and(|value| bound.at_least(value)),
        Test::AtMost(bound) => ordered(found).is_some_and(|value| bound.at_most(value)),
        Test::Before(limit) => instant(found).is_some_and(|at| {
            out.turns_at(turning(*limit, at), now);
            at < limit.at(now)
        }),
        Test::After(limit) => instant(found).is_some_and(|at| {
            out.turns_at(turning(*limit, at), now);
            at > limit.at(now)
        }),
        Test::Within(length) => instant(found).is_some_and(|at| {
            let length = TimeDelta::from_std(*length).unwrap_or(TimeDelta::MAX);
            out.turns_at(at.checked_sub_signed(length), now);
            out.turns_at(at.checked_add_signed(length), now);
            (at - now).abs() <= length
        }),
        Test::SomeOf(clause) => elements(found).any(|element| nested(clause, element, now, out)),
        Test::EveryOf(clause) => elements(found).all(|element| nested(clause, element, now, out)),
        Test::Count { least, most } => (*least..=*most).contains(&elements(found).count()),
        Test::NoneOf(clause) => !elements(found).any(|element| nested(clause, element, now, out)),
    }
}

/// An element's own failure is not what the list's clause failed of.
fn nested(clause: &Clause, element: Subject<'_>, now: DateTime<Utc>, out: &mut Evaluation) -> bool {
    if out.trace.is_some() {
        out.element = match element {
            Subject::Attendee(who) => Some(who.email.clone()),
            Subject::Entity(record) => Some(record.name.clone().unwrap_or_else(|| record.id.clone())),
            Subject::Deal(deal) => Some(deal.name.clone().unwrap_or_else(|| deal.id.clone())),
            Subject::Meeting(_) => None,
        };
    }
    let holds = evaluate(clause, element, now, out);
    out.element = None;
    out.failed = None;
    holds
}

/// When `now + shift` passes `at`.
fn turning(limit: Instant, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match limit {
        Instant::At(_) => None,
        Instant::FromNow(seconds) => at.checked_sub_signed(TimeDelta::try_seconds(seconds)?),
    }
}

pub(in crate::manifest) fn elements<'a>(found: &Found<'a>) -> Box<dyn Iterator<Item = Subject<'a>> + 'a> {
    match *found {
        Found::People(people) => Box::new(people.iter().map(Subject::Attendee)),
        Found::Entities(records) => Box::new(records.iter().map(Subject::Entity)),
        Found::Deals(deals) => Box::new(deals.iter().map(Subject::Deal)),
        _ => Box::new(std::iter::empty()),
    }
}

fn exists(found: &Found<'_>) -> bool {
    match found {
        Found::Missing => false,
        Found::People(people) => !people.is_empty(),
        Found::Entities(records) => !records.is_empty(),
        Found::Deals(deals) => !deals.is_empty(),
        _ => true,
    }
}

fn equals(found: &Found<'_>, value: &Value) -> bool {
    match (found, value) {
        (Found::Flag(flag), Value::Bool(wanted)) => flag == wanted,
        (Found::Open(Value::Bool(flag)), Value::Bool(wanted)) => flag == wanted,
        // CRMs hand over numbers and flags as text.
        (Found::Open(_) | Found::Decimal(_), Value::Number(wanted)) => {
            number(found).zip(wanted.as_f64()).is_some_and(|(a, b)| a == b)
        }
        (Found::Open(_), Value::Bool(wanted)) => folded(found).is_some_and(|text| text == wanted.to_string()),
        (_, Value::String(wanted)) => folded(found).is_some_and(|text| text == fold(wanted)),
        _ => false,
    }
}

fn as_text<'a>(found: &'a Found<'_>) -> Option<Cow<'a, str>> {
    match found {
        Found::Text(text) => Some(Cow::Borrowed(text)),
        Found::Open(Value::String(text)) => Some(Cow::Borrowed(text)),
        Found::Open(Value::Number(number)) => Some(Cow::Owned(number.to_string())),
        Found::Open(Value::Bool(flag)) => Some(Cow::Owned(flag.to_string())),
        _ => None,
    }
}

fn folded(found: &Found<'_>) -> Option<String> {
    as_text(found).map(|text| fold(&text))
}

fn number(found: &Found<'_>) -> Option<f64> {
    match found {
        Found::Open(Value::Number(number)) => number.as_f64(),
        Found::Open(Value::String(text)) => decimal(text),
        Found::Decimal(text) => decimal(text),
        _ => None,
    }
}

fn decimal(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn ordered(found: &Found<'_>) -> Option<BoundValue> {
    match found {
        Found::Length(length) => length.to_std().ok().map(BoundValue::Length),
        _ => number(found).map(BoundValue::Number),
    }
}

fn instant(found: &Found<'_>) -> Option<DateTime<Utc>> {
    match found {
        Found::Time(time) => Some(time.instant()),
        Found::Open(Value::String(text)) => DateTime::parse_from_rfc3339(text)
            .map(|at| at.to_utc())
            .ok()
            .or_else(|| text.parse::<NaiveDate>().ok().map(|day| day.and_time(NaiveTime::MIN).and_utc())),
        _ => None,
    }
}

/// A value in few words, for explanations.
pub(crate) fn describe(found: &Found<'_>) -> String {
    match found {
        Found::Missing => "nothing".to_owned(),
        Found::Text(text) => format!("{text:?}"),
        Found::Flag(flag) => flag.to_string(),
        Found::Time(time) => time.to_string(),
        Found::Length(length) => format!("{} min", length.num_minutes()),
        Found::Number(number) => number.to_string(),
        Found::People(people) => format!("{} attendees", people.len()),
        Found::Entities(records) => format!("{} accounts", records.len()),
        Found::Entity(record) => record.name.clone().unwrap_or_else(|| record.id.clone()),
        Found::Owner(owner) => owner.name.clone().unwrap_or_else(|| owner.id.clone()),
        Found::Deals(deals) => format!("{} deals", deals.len()),
        Found::Decimal(number) => (*number).to_owned(),
        Found::Open(value) => value.to_string(),
    }
}

/// A value as a predicate of the product's own sees it: of records and people all that is known.
fn whole(found: &Found<'_>) -> Value {
    let all = |value: serde_json::Result<Value>| value.unwrap_or_default();
    match found {
        Found::People(people) => all(serde_json::to_value(people)),
        Found::Entities(records) => all(serde_json::to_value(records)),
        Found::Entity(record) => all(serde_json::to_value(record)),
        Found::Owner(owner) => all(serde_json::to_value(owner)),
        Found::Deals(deals) => all(serde_json::to_value(deals)),
        other => to_json(other),
    }
}

/// A value as JSON, for output.
pub(crate) fn to_json(found: &Found<'_>) -> Value {
    match found {
        Found::Missing => Value::Null,
        Found::Text(text) => Value::from(text.as_ref()),
        Found::Flag(flag) => Value::from(*flag),
        Found::Time(time) => Value::from(time.to_string()),
        Found::Length(length) => Value::from(length.num_seconds()),
        Found::Number(number) => Value::from(*number),
        Found::People(people) => people.iter().map(|who| Value::from(who.email.as_str())).collect(),
        Found::Entities(records) => records.iter().map(entity_json).collect(),
        Found::Entity(record) => entity_json(record),
        Found::Owner(owner) => {
            serde_json::json!({ "id": owner.id, "name": owner.name, "email": owner.email })
        }
        Found::Deals(deals) => {
            deals.iter().map(|deal| serde_json::json!({ "id": deal.id, "name": deal.name })).collect()
        }
        Found::Decimal(text) => decimal_json(text),
        Found::Open(value) => (*value).clone(),
    }
}

/// A decimal number as a number, if it is one; else as it stands.
fn decimal_json(text: &str) -> Value {
    let whole = text.trim().parse::<i64>().map(Value::from);
    whole.ok().or_else(|| decimal(text).map(Value::from)).unwrap_or_else(|| Value::from(text))
}

fn entity_json(record: &Entity) -> Value {
    serde_json::json!({ "source": record.source, "id": record.id, "name": record.name })
}
