//! Explain: why a meeting was kept, dropped, or is not there at all.
//!
//! Nothing is read back from a log: the meeting is decided again, with tracing, from what the mirror holds now.

mod absence;
mod absent;
mod answer;
mod audience;
mod connection;
mod copies;
mod lane;
mod moved;
mod parts;
mod people;
mod problems;
mod tell;
mod text;
mod words;

pub use absence::{Absence, OtherMeeting};
pub(crate) use absent::absent;
pub use answer::{Explanation, Outcome};
pub use audience::Audience;
pub(crate) use connection::explain_connection;
pub use connection::{
    ConnectionExplained, PartitionExplained, QuotaExplained, Reads, StreamExplained, SubscriptionExplained,
};
pub use lane::{FailureExplained, LaneExplained};
pub use parts::{
    AttendeeExplained, CandidateExplained, ClauseExplained, CopyExplained, DecidedExplained,
    DeliveryExplained, EntryExplained, PriorityExplained, ProblemExplained, RuleExplained, ToldExplained,
};

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::Error;
use acquaint_core::Result;
use acquaint_core::connector::PrivateEvents;
use acquaint_core::ids::{ConnectionId, MeetingId, SourceName};
use acquaint_core::meeting::Meeting;
use acquaint_core::store::{DeliveryQuery, MeetingQuery, MeetingRow};
use chrono::{DateTime, TimeDelta, Utc};

use crate::directory::Entities;
use crate::engine::Engine;
use crate::join::{self, Bench, address};
use crate::manifest::Evaluation;
use crate::tenant::Tenant;
use moved::Moved;
use people::Known;

/// What somebody knows of a meeting that they ask about.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WhyQuery {
    /// About when it is.
    pub near: DateTime<Utc>,
    /// On whose calendar: an address, or the provider's id of the calendar.
    pub calendar: Option<String>,
    /// Who is in it.
    pub address: Option<String>,
    /// How far from `near` it may begin. 12 hours unless set.
    pub within: TimeDelta,
}

impl WhyQuery {
    /// A meeting that begins about then.
    pub fn near(instant: DateTime<Utc>) -> Self {
        Self { near: instant, calendar: None, address: None, within: TimeDelta::hours(12) }
    }

    /// On this calendar: an address, or the provider's id of the calendar.
    #[must_use]
    pub fn on_calendar(mut self, calendar: impl Into<String>) -> Self {
        self.calendar = Some(calendar.into());
        self
    }

    /// With this person.
    #[must_use]
    pub fn with_address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// Beginning no further than this from the instant.
    #[must_use]
    pub fn within(mut self, distance: TimeDelta) -> Self {
        self.within = distance.abs();
        self
    }

    fn is_near(&self, row: &MeetingRow) -> bool {
        (row.meeting.start.instant() - self.near).abs() <= self.within
    }

    fn has(&self, row: &MeetingRow) -> bool {
        self.address.as_ref().is_none_or(|who| {
            let who = address(who);
            row.meeting.attendees.iter().any(|attendee| attendee.email == who)
        })
    }
}

/// Explains a stored meeting.
pub(crate) async fn explain(tenant: &Tenant, id: &MeetingId) -> Result<Explanation> {
    let row = tenant.engine.store.meeting(&tenant.id, id).await?.ok_or_else(|| {
        Error::not_found("there is no such meeting")
            .with("meeting", id)
            .advise("it may have been deleted or moved out of the window; ask `why` with its time")
    })?;
    of_row(tenant, row).await
}

/// Explains whatever is, or is not, at a time.
pub(crate) async fn why(tenant: &Tenant, query: &WhyQuery) -> Result<Vec<Explanation>> {
    let mut range = MeetingQuery::default();
    range.from = query.near.checked_sub_signed(query.within).and_then(|at| at.checked_sub_signed(LOOK_BACK));
    range.to = query
        .near
        .checked_add_signed(query.within)
        .and_then(|at| at.checked_add_signed(TimeDelta::seconds(1)));
    range.limit = PAGE;
    let (mut explanations, mut others) = (Vec::new(), Vec::new());
    loop {
        let rows = tenant.engine.store.meetings(&tenant.id, &range).await?;
        range.after = rows.last().map(|row| (row.meeting.start.instant(), row.meeting.id.clone()));
        let last = rows.len() < PAGE;
        for row in rows.into_iter().filter(|row| query.is_near(row)) {
            if !query.has(&row) {
                others.push(row);
            } else if on_calendar(tenant, query, &row).await? {
                explanations.push(of_row(tenant, row).await?);
            }
        }
        if last {
            break;
        }
    }
    if explanations.is_empty() {
        let mut instead = Vec::new();
        for row in others {
            if on_calendar(tenant, query, &row).await? {
                instead.push(row);
            }
        }
        explanations.extend(absent(tenant, query, instead).await?);
    }
    Ok(explanations)
}

/// Whether one of a meeting's copies is on the calendar asked for: as the partition, or as the event itself says.
async fn on_calendar(tenant: &Tenant, query: &WhyQuery, row: &MeetingRow) -> Result<bool> {
    let Some(calendar) = &query.calendar else { return Ok(true) };
    let owner = address(calendar);
    let named = |name: &str| name == calendar || address(name) == owner;
    if row.meeting.copies.iter().any(|copy| named(copy.partition.as_str())) {
        return Ok(true);
    }
    let identities = BTreeSet::from([row.meeting.identity.clone()]);
    let copies = join::copies_of(&*tenant.engine.store, &tenant.id, &identities).await?;
    let mut copies = copies.values().flatten().filter(|copy| row.meeting.copies.contains(&copy.record));
    Ok(copies.any(|copy| named(&copy.event.calendar)))
}

/// Meetings looked at at a time.
const PAGE: usize = 500;

/// A meeting that lasts no time ends when it begins; one second makes sure that it is among those that end after.
const LOOK_BACK: TimeDelta = TimeDelta::seconds(1);

/// A meeting as it would be decided now, with what that needs.
pub(crate) struct Now {
    pub(crate) draft: join::Draft,
    pub(crate) resolved: join::Resolved,
    pub(crate) entities: Entities,
    pub(crate) meeting: Meeting,
    /// Every copy of its identity.
    pub(crate) copies: Vec<join::Copy>,
    pub(crate) sources: BTreeMap<ConnectionId, SourceName>,
}

/// Decides a stored meeting from what the mirror holds now; `None` if nothing of it is there any more.
pub(crate) async fn decided_now(
    tenant: &Tenant,
    stored: &Meeting,
    evaluation: &mut Evaluation,
) -> Result<Option<Now>> {
    let engine = &tenant.engine;
    let store = &*engine.store;
    let identities = BTreeSet::from([stored.identity.clone()]);
    let copies = join::copies_of(store, &tenant.id, &identities).await?;
    let drafts = copies.iter().flat_map(|(identity, copies)| join::merge(identity, copies.clone()));
    let mut drafts: Vec<_> = drafts.collect();
    let called = |draft: &join::Draft| draft.organiser == stored.organiser;
    let shares = |draft: &join::Draft| stored.copies.iter().any(|copy| draft.copies.contains(copy));
    let index = drafts
        .iter()
        .position(|draft| called(draft) && shares(draft))
        .or_else(|| drafts.iter().position(called))
        .or_else(|| drafts.iter().position(shares))
        .unwrap_or(0);
    if drafts.is_empty() {
        return Ok(None);
    }
    let draft = drafts.swap_remove(index);
    let matcher = join::matcher_for(engine, &tenant.id).await?;
    let sources = join::sources_of(engine, &tenant.id).await?;
    let (resolved, entities) = join::resolve(
        store,
        &tenant.id,
        (&engine.manifest, &matcher),
        &sources,
        std::slice::from_ref(&draft),
    )
    .await?;
    let Some(resolved) = resolved.into_iter().next() else {
        return Err(Error::bug("a meeting was resolved to nothing"));
    };
    let evaluator = engine.manifest.evaluator();
    let bench = Bench {
        manifest: &engine.manifest,
        evaluator: &evaluator,
        sources: &sources,
        now: engine.env.now(),
        seq: stored.decision.seq,
        unfetched: None,
    };
    let meeting = join::decide(&bench, stored.id.clone(), &draft, &resolved, &entities, None, evaluation);
    let copies = copies.into_values().flatten().collect();
    Ok(Some(Now { draft, resolved, entities, meeting, copies, sources }))
}

async fn of_row(tenant: &Tenant, row: MeetingRow) -> Result<Explanation> {
    let engine = &tenant.engine;
    let store = &*engine.store;
    let stored = &row.meeting;
    let mut evaluation = Evaluation::traced();
    let now = decided_now(tenant, stored, &mut evaluation).await?;
    let in_force = store.tenant(&tenant.id).await?.unwrap_or_default().in_force;
    let evaluator = engine.manifest.evaluator();
    let Some(now) = now else {
        let mut explanation = Explanation::of(stored);
        explanation.moved_since = true;
        explanation.moved = vec!["its events are gone".to_owned()];
        explanation.decided = Some(decided(engine, stored, &evaluator));
        explanation.told = Some(told(tenant, &row, None).await?);
        explanation.sentence = text::sentence(&explanation);
        return Ok(explanation);
    };
    let Now { draft, resolved, entities, meeting: mut now, copies, sources } = now;
    let mut explanation = Explanation::of(&now);
    explanation.revision = Some(stored.decision.revision.clone());
    explanation.decided = Some(decided(engine, stored, &evaluator));
    explanation.told = Some(told(tenant, &row, Some(&now)).await?);
    explanation.clauses = evaluation
        .trace
        .unwrap_or_default()
        .into_iter()
        .map(|(clause, held, saw)| ClauseExplained { clause: clause.to_string(), held, saw })
        .collect();
    explanation.rule = rule(engine, &explanation);
    explanation.priorities = priorities(engine, &now);
    let known = Known { sources: &sources, entities: &entities };
    people::explain(&mut explanation.attendees, &draft, &resolved, known);
    let mut read = moved::records_of(&resolved, known);
    read.extend(draft.copies.iter().cloned());
    let records = store.records(&tenant.id, &read).await?;
    let all: Vec<&join::Copy> = copies.iter().collect();
    explanation.copies = copies::explain(tenant, &draft.copies, &all, &records).await?;
    explanation.withheld = withheld(engine, &now);
    explanation.gathered_by = engine.manifest.output().gathered_by(&now);
    // When it turned last and would turn next depends on when it is asked.
    now.decision.valid_from = stored.decision.valid_from;
    now.decision.valid_until = stored.decision.valid_until;
    explanation.moved_since = now != *stored;
    if explanation.moved_since {
        let (in_force, records) = (in_force.as_ref(), &records[..]);
        let moved = Moved { stored, now: &now, in_force, at: engine.env.now(), records };
        explanation.moved = moved.sentences();
    }
    explanation.sentence = text::sentence(&explanation);
    Ok(explanation)
}

fn decided(engine: &Engine, stored: &Meeting, evaluator: &str) -> DecidedExplained {
    let decision = &stored.decision;
    DecidedExplained {
        revision: decision.revision.clone(),
        in_force: engine.manifest.revision().clone(),
        evaluator: decision.evaluator.clone(),
        evaluator_now: evaluator.to_owned(),
        seq: decision.seq,
        valid_until: decision.valid_until,
    }
}

/// What was told, beside what would be told now.
async fn told(tenant: &Tenant, row: &MeetingRow, now: Option<&Meeting>) -> Result<ToldExplained> {
    let engine = &tenant.engine;
    let kept = now.filter(|now| now.decision.kept);
    let content = kept.filter(|_| engine.manifest.output().tells_meetings()).map(|now| &now.content);
    let items = kept.map(|now| now.items.clone()).unwrap_or_default();
    let entries = engine.store.feed_of(&tenant.id, &row.meeting.id, ToldExplained::ENTRIES).await?;
    let mut query = DeliveryQuery::default();
    query.meeting = Some(row.meeting.id.clone());
    let deliveries = engine.store.deliveries(&tenant.id, &query).await?;
    Ok(ToldExplained {
        revision: row.revision,
        content: row.announced.clone(),
        items: row.announced_items.clone(),
        entries: entries.into_iter().map(EntryExplained::of).collect(),
        current: row.announced.as_ref() == content && row.announced_items == items,
        deliveries: deliveries.into_iter().map(DeliveryExplained::from).collect(),
    })
}

/// What the clause demands that dropped a meeting.
fn rule(engine: &Engine, explanation: &Explanation) -> Option<RuleExplained> {
    let Outcome::Dropped { because } = &explanation.outcome else { return None };
    let words = engine.manifest.clause_in_words(because)?;
    let saw = text::blamed(explanation, because).map(|clause| clause.saw.clone());
    Some(RuleExplained { demands: words.demands, about: words.about, saw })
}

fn priorities(engine: &Engine, now: &Meeting) -> Vec<PriorityExplained> {
    if !now.decision.kept {
        return Vec::new();
    }
    let held = engine.manifest.priorities_held(now, engine.env.now());
    let words = engine.manifest.addends_in_words();
    let explained = held.into_iter().zip(words).map(|(held, words)| PriorityExplained {
        rule: words.rule,
        demands: words.demands,
        adds: words.adds,
        held,
    });
    explained.collect()
}

/// What privacy keeps out.
fn withheld(engine: &Engine, now: &Meeting) -> Vec<String> {
    let private = now.private.then(|| match engine.manifest.privacy().private_events {
        PrivateEvents::BusyOnly => "it is private, and nothing of private events is stored but their times",
        _ => "it is private: only its times are read",
    });
    let private = private.map(str::to_owned);
    let dropped: Vec<&str> = engine.manifest.never_stored().collect();
    let dropped = (!dropped.is_empty())
        .then(|| format!("the manifest has these never stored of events: {}", dropped.join(", ")));
    private.into_iter().chain(dropped).collect()
}
