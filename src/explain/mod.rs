//! Explain: why a meeting was kept, dropped, or is not there at all.
//!
//! Nothing is read back from a log: the meeting is decided again, with tracing, from what the mirror holds now.

mod absent;
mod answer;
mod text;

pub(crate) use absent::absent;
pub use answer::{AttendeeExplained, ClauseExplained, Explanation, Outcome};

use std::collections::BTreeSet;

use acquaint_core::Error;
use acquaint_core::Result;
use acquaint_core::ids::MeetingId;
use acquaint_core::meeting::Meeting;
use acquaint_core::store::{MeetingQuery, MeetingRow};
use acquaint_matcher::{Evidence, Resolution};
use chrono::{DateTime, TimeDelta, Utc};

use crate::directory::Entities;
use crate::join::{self, Bench, Heard, address};
use crate::manifest::Evaluation;
use crate::tenant::Tenant;

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

    fn fits(&self, row: &MeetingRow) -> bool {
        let meeting = &row.meeting;
        let with = self.address.as_ref().is_none_or(|who| {
            let who = address(who);
            meeting.attendees.iter().any(|attendee| attendee.email == who)
        });
        with && (meeting.start.instant() - self.near).abs() <= self.within
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
    let mut explanations = Vec::new();
    loop {
        let rows = tenant.engine.store.meetings(&tenant.id, &range).await?;
        range.after = rows.last().map(|row| (row.meeting.start.instant(), row.meeting.id.clone()));
        let last = rows.len() < PAGE;
        for row in rows.into_iter().filter(|row| query.fits(row)) {
            if on_calendar(tenant, query, &row).await? {
                explanations.push(of_row(tenant, row).await?);
            }
        }
        if last {
            break;
        }
    }
    if explanations.is_empty() {
        explanations.extend(absent(tenant, query).await?);
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
    Ok(Some(Now { draft, resolved, entities, meeting }))
}

async fn of_row(tenant: &Tenant, row: MeetingRow) -> Result<Explanation> {
    let stored = row.meeting;
    let mut evaluation = Evaluation::traced();
    let Some(now) = decided_now(tenant, &stored, &mut evaluation).await? else {
        let mut explanation = Explanation::of(&stored);
        explanation.moved_since = true;
        explanation.sentence = text::sentence(&explanation);
        return Ok(explanation);
    };
    let Now { resolved, meeting: mut now, .. } = now;
    let mut explanation = Explanation::of(&now);
    // When it turned last and would turn next depends on when it is asked.
    now.decision.valid_from = stored.decision.valid_from;
    now.decision.valid_until = stored.decision.valid_until;
    explanation.moved_since = now != stored;
    explanation.clauses = evaluation
        .trace
        .unwrap_or_default()
        .into_iter()
        .map(|(clause, held, saw)| ClauseExplained { clause: clause.to_string(), held, saw })
        .collect();
    for attendee in &mut explanation.attendees {
        if let Some(resolution) = resolved.people.get(&attendee.email) {
            attendee.steps = match resolved.heard.get(&attendee.email) {
                None => steps(resolution),
                Some(heard) => heard_of(resolution, heard),
            };
        }
    }
    explanation.sentence = text::sentence(&explanation);
    Ok(explanation)
}

/// One line for each strategy that was asked in each group of sources, in the one whose word counts first.
fn heard_of(resolution: &Resolution, heard: &Heard) -> Vec<String> {
    let own = steps(resolution).into_iter().map(|step| format!("in {}: {step}", heard.by));
    let others = heard.others.iter().flat_map(|(source, said)| {
        steps(said).into_iter().map(move |step| format!("in {source}, which does not count: {step}"))
    });
    own.chain(others).collect()
}

/// One line for each strategy that was asked.
fn steps(resolution: &Resolution) -> Vec<String> {
    resolution.evidence.iter().map(step).collect()
}

fn step(evidence: &Evidence) -> String {
    let verdict = text::word(&evidence.verdict);
    let mut line = format!("{}: {verdict}", evidence.strategy);
    if let Some(matched) = &evidence.matched {
        line.push_str(&format!(" by {matched}"));
    }
    if let Some(reason) = &evidence.reason {
        line.push_str(&format!(" ({})", text::word(reason)));
    }
    if evidence.matched.is_none() && !evidence.asked.is_empty() {
        let asked: Vec<String> = evidence.asked.iter().map(ToString::to_string).collect();
        line.push_str(&format!("; asked {}", asked.join(", ")));
    }
    if let (Some(ground), Some(score)) = (&evidence.ground, evidence.score) {
        line.push_str(&format!("; {} {score}", text::word(ground)));
    }
    if evidence.ambiguous {
        line.push_str(&format!("; ambiguous among {} candidates", evidence.candidates.len()));
    }
    line
}
