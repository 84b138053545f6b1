//! One meeting, from its copies to what is delivered.

use std::collections::BTreeMap;

use acquaint::core::ids::{MeetingId, RevisionId, Seq};
use acquaint::core::meeting::Decision;
use acquaint::core::view::{EventStatus, Fields, Visibility};
use acquaint::{Entity, Meeting, MeetingAttendee};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::copies::Group;
use super::facts::{Facts, Known};
use super::internal::Internal;
use super::people::{Person, people};
use super::resolve::{Found, domains, resolve};
use super::rules::Rules;
use super::{Expected, linked, text};

pub fn expected(
    rules: &Rules,
    facts: &Facts,
    internal: &Internal,
    group: &Group,
    now: DateTime<Utc>,
) -> Expected {
    let lead = &group.copies[0].1;
    let private = lead.visibility == Visibility::Private;
    let decision = Decision::new(false, RevisionId::from(""), "", Seq(0));
    let mut meeting =
        Meeting::new(MeetingId::from(""), group.identity.clone(), lead.start, lead.end, decision);
    meeting.zone = lead.zone.clone();
    meeting.recurring = lead.series.is_some() || lead.original_start.is_some();
    meeting.attendees_cut = lead.attendees_cut || private;
    meeting.status = status(group);
    meeting.kind = lead.kind;
    meeting.private = private;
    meeting.copies = group.copies.iter().map(|(record, _)| record.clone()).collect();
    if !private {
        meeting.organiser = group.organiser.clone();
        meeting.title = lead.title.clone().unwrap_or_default();
        meeting.description = lead.description.clone();
        meeting.location = lead.location.clone();
        meeting.conference = lead.conference.clone();
    }
    meeting.attendees =
        people(group).iter().map(|person| attendee(rules, facts, internal, person, now)).collect();
    meeting.accounts = accounts(rules, &meeting.attendees);
    // Single attendees have no deals beside them: no rule here names those.
    meeting
        .attendees
        .iter_mut()
        .filter_map(|who| who.account.as_mut())
        .for_each(|account| account.deals.clear());
    let verdict = match meeting.status {
        EventStatus::Cancelled => Err(Some("cancelled")),
        _ => rules.kept(&meeting, now),
    };
    meeting.decision.kept = verdict.is_ok();
    meeting.content = rules.content(&meeting, now);
    if verdict.is_ok() {
        meeting.items = (rules.items)(&meeting, now);
    }
    Expected { meeting, because: verdict.err().flatten() }
}

/// The organiser's own copy says whether the meeting is off; without it, all must.
fn status(group: &Group) -> EventStatus {
    let events = || group.copies.iter().map(|(_, event)| event);
    let off = match events().find(|event| event.organiser.is_self) {
        Some(own) => own.status == EventStatus::Cancelled,
        None => events().all(|event| event.status == EventStatus::Cancelled),
    };
    match group.copies[0].1.status {
        _ if off => EventStatus::Cancelled,
        EventStatus::Cancelled => EventStatus::Confirmed,
        status => status,
    }
}

fn attendee(
    rules: &Rules,
    facts: &Facts,
    internal: &Internal,
    person: &Person,
    now: DateTime<Utc>,
) -> MeetingAttendee {
    let address = text::address(&person.said.email);
    let class = internal.class(address.as_deref(), person.said.resource);
    let found = match &address {
        Some(address) => resolve(facts, internal, rules.strategies, address, class),
        None => Found::default(),
    };
    let class = if found.ours { "internal" } else { class };
    let mut who = MeetingAttendee::new(person.key.clone(), class, matches!(class, "external" | "role"));
    who.name = person.said.name.clone();
    who.response = person.said.response;
    who.optional = person.said.optional;
    who.organiser = person.organiser;
    who.only_on_copy = person.only_on_copy;
    who.strategy = found.strategy().map(str::to_owned);
    who.ambiguous = found.ambiguous;
    who.contact = found.contact.map(|known| {
        let record = &known.record;
        entity(facts, known, &record.id, record.name.clone(), rules.contact_fields, &record.fields)
    });
    who.account = found.account.map(|known| {
        let record = &known.record;
        let mut entity =
            entity(facts, known, &record.id, record.name.clone(), rules.account_fields, &record.fields);
        entity.domain = domains(record).first().cloned();
        if rules.owners {
            entity.owner = linked::owner(facts, known, record.owner.as_deref());
        }
        if rules.deals {
            entity.deals = linked::deals_of_account(facts, known);
        }
        entity
    });
    who.account_counts = who.account.as_ref().is_some_and(|account| (rules.counts)(account, now));
    who
}

fn entity<T>(
    facts: &Facts,
    known: &Known<T>,
    id: &str,
    name: Option<String>,
    map: &[(&str, &str)],
    fields: &Fields,
) -> Entity {
    let mut entity = Entity::new(facts.source(&known.connection), known.connection.clone(), id);
    entity.name = name;
    let mapped =
        map.iter().filter_map(|(ours, theirs)| Some(((*ours).to_owned(), fields.get(*theirs)?.clone())));
    entity.fields = mapped.filter(|(_, value)| !value.is_null()).collect::<Map<String, Value>>();
    entity
}

/// Counted accounts of people from outside: of most of them first, then by the earliest strategy, then by name.
fn accounts(rules: &Rules, attendees: &[MeetingAttendee]) -> Vec<Entity> {
    let mut found: BTreeMap<(String, String), (usize, usize, Entity)> = BTreeMap::new();
    for who in attendees.iter().filter(|who| who.external && who.account_counts) {
        let account = who.account.as_ref().unwrap();
        let strategy = who.strategy.as_deref().unwrap();
        let rank = rules.strategies.iter().position(|known| *known == strategy).unwrap();
        let key = (account.connection.to_string(), account.id.clone());
        let entry = found.entry(key).or_insert((0, rank, account.clone()));
        entry.0 += 1;
        entry.1 = entry.1.min(rank);
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|(a, x), (b, y)| y.0.cmp(&x.0).then(x.1.cmp(&y.1)).then(a.cmp(b)));
    found.into_iter().map(|(_, (_, _, account))| account).collect()
}
