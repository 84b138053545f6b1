//! Values: what a field of a meeting, an attendee or a record holds.

use acquaint_core::meeting::{Entity, LinkedDeal, Meeting, MeetingAttendee, Owner};
use acquaint_core::view::{EntityKind, EventTime};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::Value;

use super::eval::Evaluation;
use super::field::{EntityField, Field};
use super::gathered::{Gathered, read_gathered};
use super::linked::{mapped, read_deal, read_owner};
use super::test::{BoundValue, Constant};
use super::text::shown;

/// What a rule is evaluated on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    Meeting(&'a Meeting),
    Attendee(&'a MeetingAttendee),
    Entity(&'a Entity),
    Deal(&'a LinkedDeal),
    Gathered(&'a Gathered),
}

/// A field's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Found<'a> {
    Missing,
    /// It has not been fetched yet.
    Unknown,
    Text(&'a str),
    Flag(bool),
    Time(EventTime),
    Length(TimeDelta),
    Number(i64),
    People(&'a [MeetingAttendee]),
    Entities(&'a [Entity]),
    Entity(&'a Entity),
    Owner(&'a Owner),
    Deals(&'a [LinkedDeal]),
    Meetings(&'a [Meeting]),
    /// A number as the CRM writes it.
    Decimal(&'a str),
    Open(&'a Value),
}

pub(super) fn text(value: Option<&str>) -> Found<'_> {
    value.filter(|text| !text.is_empty()).map_or(Found::Missing, Found::Text)
}

/// Reads a field. What `known` has not fetched is unknown.
pub(crate) fn read<'a>(field: &Field, subject: Subject<'a>, known: &Evaluation) -> Found<'a> {
    match (subject, field) {
        (Subject::Meeting(meeting), field) => match field {
            Field::Title if known.lacks_of(meeting, "title") => Found::Unknown,
            Field::Location if known.lacks_of(meeting, "location") => Found::Unknown,
            Field::Description if known.lacks_of(meeting, "description") => Found::Unknown,
            Field::Conference if known.lacks_of(meeting, "conference") => Found::Unknown,
            Field::Kind if known.lacks_of(meeting, "kind") => Found::Unknown,
            Field::Title => text(Some(&meeting.title)),
            Field::Start => Found::Time(meeting.start),
            Field::Zone => text(meeting.zone.as_deref()),
            Field::Recurring => Found::Flag(meeting.recurring),
            Field::AttendeesCut => Found::Flag(meeting.attendees_cut),
            Field::End => Found::Time(meeting.end),
            Field::Duration => Found::Length(meeting.end.instant() - meeting.start.instant()),
            Field::AllDay => Found::Flag(meeting.start.is_day()),
            Field::Status => Found::Text(meeting.status.as_str()),
            Field::Kind => Found::Text(meeting.kind.as_str()),
            Field::Private => Found::Flag(meeting.private),
            Field::Location => text(meeting.location.as_deref()),
            Field::Description => text(meeting.description.as_deref()),
            Field::Conference => text(meeting.conference.as_deref()),
            Field::Organiser => text(meeting.organiser.as_deref()),
            Field::Attendees => Found::People(&meeting.attendees),
            Field::Accounts | Field::MainAccount(_) if known.accounts_undecided(meeting) => Found::Unknown,
            Field::Accounts => Found::Entities(&meeting.accounts),
            Field::MainAccount(part) => entity(meeting.main_account(), EntityKind::Account, part, known),
            Field::Priority => Found::Number(meeting.decision.priority),
            _ => Found::Missing,
        },
        (Subject::Attendee(who), field) => match field {
            Field::Email => text(Some(&who.email)),
            Field::Domain => text(who.email.rsplit_once('@').map(|(_, domain)| domain)),
            Field::Name => text(who.name.as_deref()),
            Field::Class | Field::External if known.lacks_users() => Found::Unknown,
            Field::Class => text(Some(&who.class)),
            Field::External => Found::Flag(who.external),
            Field::Response => Found::Text(who.response.as_str()),
            Field::Optional => Found::Flag(who.optional),
            Field::IsOrganiser => Found::Flag(who.organiser),
            Field::Strategy | Field::Ambiguous | Field::Contact(_) if known.lacks_people() => Found::Unknown,
            Field::Strategy => text(who.strategy.as_deref()),
            Field::Ambiguous => Found::Flag(who.ambiguous),
            Field::Account(_) if known.undecided(who) => Found::Unknown,
            Field::Account(part) => entity(who.counted_account(), EntityKind::Account, part, known),
            Field::Contact(part) => entity(who.contact.as_ref(), EntityKind::Contact, part, known),
            _ => Found::Missing,
        },
        (Subject::Entity(record), Field::Own(part)) => entity(Some(record), EntityKind::Account, part, known),
        (Subject::Deal(deal), Field::Deal(part)) => read_deal(deal, part, known),
        (Subject::Gathered(item), Field::Account(part) | Field::Contact(part)) => {
            entity(Some(&item.record), item.kind, part, known)
        }
        (Subject::Gathered(item), Field::Gathered(part)) => read_gathered(item, part, known),
        (Subject::Entity(_) | Subject::Deal(_) | Subject::Gathered(_), _) => Found::Missing,
    }
}

/// Reads a field of a record itself, with all that is fetched.
pub(in crate::manifest) fn read_record<'a>(
    record: &'a Entity,
    kind: EntityKind,
    part: &EntityField,
) -> Found<'a> {
    entity(Some(record), kind, part, &Evaluation::default())
}

fn entity<'a>(
    record: Option<&'a Entity>,
    kind: EntityKind,
    part: &EntityField,
    known: &Evaluation,
) -> Found<'a> {
    let Some(record) = record else { return Found::Missing };
    match part {
        EntityField::Whole => Found::Entity(record),
        EntityField::Id => text(Some(&record.id)),
        EntityField::Name => text(record.name.as_deref()),
        EntityField::Domain => text(record.domain.as_deref()),
        EntityField::Source => text(Some(record.source.as_str())),
        EntityField::Mapped(name) if known.lacks(&record.source, kind, name) => Found::Unknown,
        EntityField::Owner(part) => read_owner(record.owner.as_ref(), *part),
        EntityField::Deals if known.lacks_deals() => Found::Unknown,
        EntityField::Deals => Found::Deals(&record.deals),
        EntityField::Mapped(name) => mapped(record.fields.get(name)),
    }
}

/// The elements of a list.
pub(in crate::manifest) fn elements<'a>(found: &Found<'a>) -> impl Iterator<Item = Subject<'a>> + use<'a> {
    let meetings: &[Meeting] = if let Found::Meetings(meetings) = *found { meetings } else { &[] };
    let (people, records, deals): (&[MeetingAttendee], &[Entity], &[LinkedDeal]) = match *found {
        Found::People(people) => (people, &[], &[]),
        Found::Entities(records) => (&[], records, &[]),
        Found::Deals(deals) => (&[], &[], deals),
        _ => (&[], &[], &[]),
    };
    let records = records.iter().map(Subject::Entity).chain(deals.iter().map(Subject::Deal));
    let records = records.chain(meetings.iter().map(Subject::Meeting));
    people.iter().map(Subject::Attendee).chain(records)
}

/// Where a value stands among others: flags, then numbers, then points in time, then text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::manifest) enum Rank {
    Flag(bool),
    /// As whole numbers that are in the same order.
    Number(i64),
    Time(DateTime<Utc>),
    /// In lower case, then as it is.
    Text(String, String),
}

impl<'a> Found<'a> {
    /// Where it stands; `None` if there is nothing that has an order. Text that is a number, as CRMs hand over theirs,
    /// stands among numbers.
    pub(in crate::manifest) fn rank(&self) -> Option<Rank> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "what is sorted by is far below the bounds of exactness"
        )]
        let number = match self {
            Self::Length(length) => Some(length.num_milliseconds() as f64),
            _ => self.number(),
        };
        if let Some(number) = number {
            // Zero has one rank.
            let bits = (number + 0.0).to_bits().cast_signed();
            return Some(Rank::Number(if bits < 0 { i64::MIN - bits } else { bits }));
        }
        let text = |text: &str| Some(Rank::Text(text.to_lowercase(), text.to_owned()));
        match self {
            Self::Flag(flag) | Self::Open(Value::Bool(flag)) => Some(Rank::Flag(*flag)),
            Self::Time(time) => Some(Rank::Time(time.instant())),
            Self::Text(found) | Self::Decimal(found) => text(found),
            Self::Open(Value::String(found)) => text(found),
            Self::Open(value) if !value.is_null() => text(&value.to_string()),
            _ => None,
        }
    }

    pub(super) fn exists(&self) -> bool {
        match self {
            Self::Missing => false,
            Self::People(people) => !people.is_empty(),
            Self::Entities(records) => !records.is_empty(),
            Self::Deals(deals) => !deals.is_empty(),
            Self::Meetings(meetings) => !meetings.is_empty(),
            _ => true,
        }
    }

    pub(super) fn equals(&self, constant: &Constant) -> bool {
        match (self, &constant.value) {
            (Self::Flag(flag), Value::Bool(wanted)) => flag == wanted,
            (Self::Open(Value::Bool(flag)), Value::Bool(wanted)) => flag == wanted,
            // CRMs hand over numbers and flags as text.
            (Self::Open(_) | Self::Decimal(_) | Self::Number(_), Value::Number(wanted)) => {
                self.number().zip(wanted.as_f64()).is_some_and(|(a, b)| a == b)
            }
            (Self::Open(_), Value::Bool(_)) | (_, Value::String(_)) => {
                self.as_text(|text| constant.folded.is(text))
            }
            _ => false,
        }
    }

    /// Whether it is text, or is shown as text, that passes.
    pub(super) fn as_text(&self, passes: impl FnOnce(&str) -> bool) -> bool {
        match self {
            Self::Text(text) => passes(text),
            Self::Open(Value::String(text)) => passes(text),
            Self::Open(Value::Number(number)) => shown(number, passes),
            Self::Open(Value::Bool(flag)) => passes(if *flag { "true" } else { "false" }),
            _ => false,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Open(Value::Number(number)) => number.as_f64(),
            Self::Open(Value::String(text)) => decimal(text),
            Self::Decimal(text) => decimal(text),
            #[expect(clippy::cast_precision_loss, reason = "nobody has so many meetings")]
            Self::Number(number) => Some(*number as f64),
            _ => None,
        }
    }

    pub(super) fn ordered(&self) -> Option<BoundValue> {
        match self {
            Self::Length(length) => length.to_std().ok().map(BoundValue::Length),
            _ => self.number().map(BoundValue::Number),
        }
    }

    pub(super) fn instant(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Time(time) => Some(time.instant()),
            Self::Open(Value::String(text)) => DateTime::parse_from_rfc3339(text)
                .map(|at| at.to_utc())
                .ok()
                .or_else(|| text.parse::<NaiveDate>().ok().map(|day| day.and_time(NaiveTime::MIN).and_utc())),
            _ => None,
        }
    }

    /// The value in few words, for explanations.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Missing => "nothing".to_owned(),
            Self::Unknown => "what has not been fetched yet".to_owned(),
            Self::Text(text) => format!("{text:?}"),
            Self::Flag(flag) => flag.to_string(),
            Self::Time(time) => time.to_string(),
            Self::Length(length) => format!("{} min", length.num_minutes()),
            Self::Number(number) => number.to_string(),
            Self::People(people) => format!("{} attendees", people.len()),
            Self::Entities(records) => format!("{} accounts", records.len()),
            Self::Entity(record) => record.name.clone().unwrap_or_else(|| record.id.clone()),
            Self::Owner(owner) => owner.name.clone().unwrap_or_else(|| owner.id.clone()),
            Self::Deals(deals) => format!("{} deals", deals.len()),
            Self::Meetings(meetings) => format!("{} meetings", meetings.len()),
            Self::Decimal(number) => (*number).to_owned(),
            Self::Open(value) => value.to_string(),
        }
    }

    /// The value as a predicate of the product's own sees it: of records and people all that is known.
    pub(super) fn whole(&self) -> Value {
        let all = |value: serde_json::Result<Value>| value.unwrap_or_default();
        match self {
            Self::People(people) => all(serde_json::to_value(people)),
            Self::Entities(records) => all(serde_json::to_value(records)),
            Self::Entity(record) => all(serde_json::to_value(record)),
            Self::Owner(owner) => all(serde_json::to_value(owner)),
            Self::Deals(deals) => all(serde_json::to_value(deals)),
            Self::Meetings(meetings) => all(serde_json::to_value(meetings)),
            other => to_json(other),
        }
    }
}

/// A value as JSON, for output.
pub(crate) fn to_json(found: &Found<'_>) -> Value {
    match found {
        Found::Missing | Found::Unknown => Value::Null,
        Found::Text(text) => Value::from(*text),
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
        Found::Meetings(meetings) => {
            meetings.iter().map(|meeting| Value::from(meeting.id.as_str())).collect()
        }
        Found::Decimal(text) => decimal_json(text),
        Found::Open(value) => (*value).clone(),
    }
}

fn decimal(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// A decimal number as a number, if it is one; else as it stands.
fn decimal_json(text: &str) -> Value {
    let whole = text.trim().parse::<i64>().map(Value::from);
    whole.ok().or_else(|| decimal(text).map(Value::from)).unwrap_or_else(|| Value::from(text))
}

fn entity_json(record: &Entity) -> Value {
    serde_json::json!({ "source": record.source, "id": record.id, "name": record.name })
}
