//! From a draft and its resolved people to a decided meeting.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_core::ids::ConnectionId;
use acquaint_core::ids::{MeetingId, RecordRef, Seq, SourceName};
use acquaint_core::meeting::{Decision, Entity, Meeting, MeetingAttendee};
use acquaint_core::view::Fields;
use acquaint_matcher::{RecordId, Resolution};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::copies::{Draft, Person};
use super::linked::Linked;
use super::resolve::Resolved;
use crate::directory::{self, Entities};
use crate::manifest::{Evaluation, Follow, Manifest, Mapped, Subject, Truth, Unfetched, evaluate};

/// What decisions are made with, besides the meeting itself.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) evaluator: &'a str,
    /// Which source each connection serves.
    pub(crate) sources: &'a BTreeMap<ConnectionId, SourceName>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) seq: Seq,
    /// What the manifest reads and the mirror does not hold yet; `None` in a join.
    pub(crate) unfetched: Option<Arc<Unfetched>>,
}

/// Decides one meeting. `evaluation` may trace. What was decided of it before (`stored`) stands if nothing that the
/// manifest reads has changed.
///
/// With something unfetched, `evaluation.unknown` names the clause for which it cannot be told whether the meeting is
/// kept; the meeting says then that it is not kept, because of nothing. If it is `None`, the meeting is kept or not
/// whatever is fetched, though perhaps because of another clause. If `evaluation.unknown_output` is set, its priority or
/// its content may change. An account of which it cannot be told whether it counts is counted nowhere, and whatever asks
/// for the counted accounts is unknown.
pub(crate) fn decide(
    bench: &Bench<'_>,
    id: MeetingId,
    draft: &Draft,
    resolved: &Resolved,
    entities: &Entities,
    stored: Option<&Meeting>,
    evaluation: &mut Evaluation,
) -> Meeting {
    evaluation.without(bench.unfetched.as_ref());
    let lead = &draft.lead;
    let decision = Decision::new(false, bench.manifest.revision().clone(), bench.evaluator, bench.seq);
    let mut meeting = Meeting::new(id, draft.identity.clone(), lead.start, lead.end, decision);
    meeting.zone.clone_from(&lead.zone);
    meeting.recurring = lead.series.is_some() || lead.original_start.is_some();
    meeting.status = draft.status;
    meeting.kind = lead.kind;
    meeting.private = draft.private;
    meeting.organiser.clone_from(&draft.organiser);
    meeting.copies.clone_from(&draft.copies);
    // A private copy gives times only.
    if !draft.private {
        meeting.title = lead.title.clone().unwrap_or_default();
        meeting.description.clone_from(&lead.description);
        meeting.location.clone_from(&lead.location);
        meeting.conference.clone_from(&lead.conference);
    }
    meeting.attendees = draft
        .people
        .iter()
        .filter_map(|(email, person)| {
            let resolution = resolved.people.get(email)?;
            Some(attendee(bench, email, person, resolution, entities, evaluation))
        })
        .collect();
    meeting.attendees_cut = lead.attendees_cut || draft.private;
    meeting.accounts = accounts(bench, &meeting.attendees);
    // Nobody has asked for them there, and colleagues at one account would each keep all of its deals.
    if !bench.manifest.follows().has(Follow::DealsOfAttendees) {
        let accounts = meeting.attendees.iter_mut().filter_map(|who| who.account.as_mut());
        accounts.for_each(|account| {
            account.deals.clear();
            account.deals_cut = false;
        });
    }
    if let Some(stored) = stored.filter(|stored| stands(bench, stored, &meeting)) {
        meeting.decision = stored.decision.clone();
        meeting.decision.seq = bench.seq;
        meeting.content = stored.content.clone();
        meeting.items = stored.items.clone();
        return meeting;
    }
    let judgement = bench.manifest.judge_into(&meeting, bench.now, evaluation);
    meeting.decision.kept = judgement.kept;
    meeting.decision.because = judgement.because.map(|name| name.to_string());
    meeting.decision.priority = judgement.priority;
    let mut output = evaluation.beside();
    let mapped = bench.manifest.output().map(&meeting, bench.now, &mut output);
    evaluation.turns_with(&output);
    // Of what is dropped whatever is fetched nothing is told.
    evaluation.unknown_output |= judgement.kept && output.unknown_output;
    told(&mut meeting, mapped);
    meeting.decision.valid_from = evaluation.valid_from;
    meeting.decision.valid_until = evaluation.valid_until;
    meeting
}

/// Takes over the output; without what it requires a meeting is not kept.
fn told(meeting: &mut Meeting, mapped: Mapped) {
    let decision = &mut meeting.decision;
    meeting.content = mapped.content;
    if !decision.kept {
        return;
    }
    match mapped.dropped {
        Some(missing) => {
            decision.kept = false;
            decision.because = Some(missing);
            decision.priority = 0;
        }
        None => {
            decision.incomplete = mapped.incomplete;
            meeting.items = mapped.items;
        }
    }
}

/// Whether what was decided of a meeting still stands: by the same rules and code, of the same values, between the same
/// turns of the clock.
fn stands(bench: &Bench<'_>, stored: &Meeting, meeting: &Meeting) -> bool {
    let decision = &stored.decision;
    bench.unfetched.is_none()
        && decision.revision == *bench.manifest.revision()
        && decision.evaluator == bench.evaluator
        && decision.valid_from.is_none_or(|from| from <= bench.now)
        && decision.valid_until.is_none_or(|until| bench.now < until)
        && bench.manifest.reads_alike(stored, meeting)
}

fn attendee(
    bench: &Bench<'_>,
    email: &str,
    person: &Person,
    resolution: &Resolution,
    entities: &Entities,
    evaluation: &mut Evaluation,
) -> MeetingAttendee {
    let class = serde_json::to_value(resolution.class)
        .ok()
        .and_then(|class| class.as_str().map(str::to_owned))
        .unwrap_or_default();
    let mut who = MeetingAttendee::new(email, class, resolution.class.is_external());
    who.name.clone_from(&person.attendee.name);
    who.response = person.attendee.response;
    who.optional = person.attendee.optional;
    who.organiser = person.organiser;
    who.only_on_copy = person.only_on_copy;
    who.strategy = resolution.strategy().map(str::to_owned);
    who.ambiguous = resolution.ambiguous;
    who.contact = resolution.contact.as_ref().and_then(|id| contact(bench, id, entities));
    who.account = resolution.account.as_ref().and_then(|id| account(bench, id, entities));
    if let Some(account) = &who.account {
        match counts(bench, account, evaluation) {
            Truth::Unknown => evaluation.leave_undecided(&who),
            counts => who.account_counts = counts.holds(),
        }
    }
    who
}

/// Whether the manifest counts an account.
fn counts(bench: &Bench<'_>, account: &Entity, evaluation: &mut Evaluation) -> Truth {
    let Some(rule) = &bench.manifest.matching().accounts else { return Truth::Yes };
    let mut own = evaluation.beside();
    let truth = evaluate(rule, Subject::Entity(account), bench.now, &mut own);
    evaluation.turns_with(&own);
    truth
}

fn contact(bench: &Bench<'_>, id: &RecordId, entities: &Entities) -> Option<Entity> {
    let (record, contact) = entities.contacts.get(id)?;
    let mut entity = entity(bench, record, &contact.id)?;
    entity.name.clone_from(&contact.name);
    let source = bench.manifest.sources().get(&entity.source)?;
    entity.fields = mapped(&source.contact_fields, &contact.fields);
    let linked =
        Linked { follows: bench.manifest.follows(), source, connection: &record.connection, entities };
    entity.owner = linked.owner(Follow::OwnersOfContacts, contact.owner.as_deref());
    if bench.manifest.follows().has(Follow::DealsOfContacts) {
        (entity.deals, entity.deals_cut) = linked.deals(directory::deals_of_contact(record, contact));
    }
    Some(entity)
}

fn account(bench: &Bench<'_>, id: &RecordId, entities: &Entities) -> Option<Entity> {
    let (record, account) = entities.accounts.get(id)?;
    let mut entity = entity(bench, record, &account.id)?;
    entity.name.clone_from(&account.name);
    entity.domain =
        account.domains.iter().find_map(|domain| acquaint_matcher::domain::normalise(domain).ok());
    let source = bench.manifest.sources().get(&entity.source)?;
    entity.fields = mapped(&source.account_fields, &account.fields);
    let linked =
        Linked { follows: bench.manifest.follows(), source, connection: &record.connection, entities };
    entity.owner = linked.owner(Follow::OwnersOfAccounts, account.owner.as_deref());
    if bench.manifest.follows().has(Follow::DealsOfAccounts) {
        (entity.deals, entity.deals_cut) = linked.deals(directory::deals_of_account(record, account));
    }
    Some(entity)
}

fn entity(bench: &Bench<'_>, record: &RecordRef, id: &str) -> Option<Entity> {
    let source = bench.sources.get(&record.connection)?.clone();
    Some(Entity::new(source, record.connection.clone(), id))
}

pub(super) fn mapped(map: &BTreeMap<String, String>, fields: &Fields) -> Map<String, Value> {
    map.iter()
        .filter_map(|(ours, theirs)| Some((ours.clone(), fields.get(theirs)?.clone())))
        .filter(|(_, value)| !value.is_null())
        .collect()
}

/// The counted accounts of external attendees: most attendees first, then the most trusted strategy, then id.
fn accounts(bench: &Bench<'_>, attendees: &[MeetingAttendee]) -> Vec<Entity> {
    let order: Vec<&str> = bench.manifest.matching().matcher.names().collect();
    let rank = |name: Option<&str>| name.and_then(|name| order.iter().position(|known| *known == name));
    let mut found: BTreeMap<(&ConnectionId, &str), (usize, usize, &Entity)> = BTreeMap::new();
    for who in attendees.iter().filter(|who| who.external) {
        let Some(account) = who.counted_account() else { continue };
        let rank = rank(who.strategy.as_deref()).unwrap_or(usize::MAX);
        let entry = found.entry((&account.connection, &account.id)).or_insert((0, rank, account));
        entry.0 += 1;
        entry.1 = entry.1.min(rank);
    }
    let mut accounts: Vec<_> = found.into_iter().collect();
    accounts.sort_by_key(|(id, (count, rank, _))| (Reverse(*count), *rank, *id));
    accounts.into_iter().map(|(_, (_, _, account))| account.clone()).collect()
}
