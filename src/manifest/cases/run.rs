//! Deciding the meeting of a case, and comparing it with what is expected.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use acquaint_core::ids::{
    ConnectionId, MeetingId, PartitionKey, RecordKey, RecordRef, Seq, SourceName, StreamName,
};
use acquaint_core::meeting::{Meeting, MeetingAttendee};
use acquaint_core::view::CalendarEvent;

use super::given::{self, GivenAccount};
use super::{Case, CaseOutcome};
use crate::join::{self, AtHand, Bench};
use crate::manifest::problem::{Place, Problem};
use crate::manifest::{Evaluation, Manifest};

/// So many values that clauses saw are told.
const TOLD: usize = 8;

/// Decides a case and says what is not as expected.
pub(super) fn run(manifest: &Manifest, case: &Case) -> CaseOutcome {
    let mut outcome = CaseOutcome {
        number: case.number,
        name: case.name.clone(),
        place: case.place,
        title: case.title().unwrap_or_default().to_owned(),
        kept: false,
        because: None,
        problems: Vec::new(),
    };
    let mut evaluation = Evaluation::traced();
    // Copies may be several meetings; that of the first is meant.
    let Some(meeting) = decide(manifest, case, &mut evaluation) else { return outcome };
    outcome.kept = meeting.decision.kept;
    outcome.because.clone_from(&meeting.decision.because);
    let unmet = Unmet { case, meeting: &meeting, saw: saw(&evaluation, &meeting) };
    outcome.problems = unmet.problems();
    outcome
}

fn decide(manifest: &Manifest, case: &Case, evaluation: &mut Evaluation) -> Option<Meeting> {
    let users = case.given.users.iter().cloned().collect();
    let sources: BTreeMap<ConnectionId, SourceName> =
        manifest.sources().keys().map(|source| (given::connection(source), source.clone())).collect();
    let at_hand =
        AtHand::new(manifest.matching(), sources.clone(), &users, &case.given.slots, &case.given.views);
    let evaluator = manifest.evaluator();
    let bench = Bench {
        manifest,
        evaluator: &evaluator,
        sources: &sources,
        now: case.now,
        seq: Seq::default(),
        unfetched: None,
    };
    let copies: Vec<join::Copy> = case.events.iter().map(copy).collect();
    let first = copies.first()?.clone();
    let drafts = join::merge(&first.event.identity(), copies);
    let draft = drafts.into_iter().find(|draft| draft.copies.contains(&first.record))?;
    let id = MeetingId::from(format!("case-{}", case.number));
    Some(at_hand.decide(&bench, id, &draft, evaluation))
}

fn copy(event: &CalendarEvent) -> join::Copy {
    let record = RecordRef {
        connection: ConnectionId::from("case"),
        stream: StreamName::from("events"),
        partition: PartitionKey::from(event.calendar.as_str()),
        key: RecordKey::from(event.id.as_str()),
    };
    join::Copy { record, event: event.clone() }
}

/// What the clauses saw that decided: of a meeting that was dropped those that did not hold in the one that dropped it,
/// of one that is kept all that `keep` asks.
fn saw(evaluation: &Evaluation, meeting: &Meeting) -> String {
    let trace = evaluation.trace.as_deref().unwrap_or_default();
    let because = meeting.decision.because.as_deref();
    let part = |name: &str| {
        because.is_none_or(|because| {
            name.strip_prefix(because).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    };
    let told: Vec<String> = trace
        .iter()
        .filter(|(name, held, _)| part(name) && (because.is_none() || !held))
        .map(|(name, _, saw)| format!("`{name}` saw {saw}"))
        .collect();
    let mut text = told.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
    if told.len() > TOLD {
        // Writing to a String cannot fail.
        let _ = write!(text, "; and {} more", told.len() - TOLD);
    }
    text
}

/// A meeting beside what is expected of it.
struct Unmet<'a> {
    case: &'a Case,
    meeting: &'a Meeting,
    saw: String,
}

impl Unmet<'_> {
    fn problems(&self) -> Vec<Problem> {
        let (expected, meeting) = (&self.case.expected, self.meeting);
        let mut problems = Vec::new();
        let mut say = |place: Place, message: String| {
            problems.push(Problem::new(place, format!("{}: {message}", self.title())));
        };
        if let Some((place, kept)) = expected.kept
            && kept != meeting.decision.kept
        {
            let should = if kept { "kept" } else { "dropped" };
            say(place, format!("it should be {should}, but {}", self.decided()));
        }
        if let Some((place, because)) = &expected.because
            && meeting.decision.because.as_ref() != Some(because)
            // That it is kept is said already.
            && (expected.kept.is_none() || !meeting.decision.kept)
        {
            say(*place, format!("`{because}` should drop it, but {}", self.decided()));
        }
        if let Some((place, priority)) = expected.priority
            && priority != meeting.decision.priority
        {
            say(place, format!("its priority should be {priority}, but it is {}", meeting.decision.priority));
        }
        if let Some((place, accounts)) = &expected.accounts {
            let found: Vec<(&SourceName, &str)> =
                meeting.accounts.iter().map(|account| (&account.source, account.id.as_str())).collect();
            if !accounts.iter().map(|account| (&account.source, account.id.as_str())).eq(found) {
                let names =
                    meeting.accounts.iter().map(|account| label(account.name.as_deref(), &account.id));
                let (wanted, found) = (list(accounts.iter().map(GivenAccount::label)), list(names));
                say(*place, format!("its accounts should be {wanted}, but they are {found}"));
            }
        }
        for (place, email, wanted) in &expected.matches {
            let who = meeting.attendees.iter().find(|who| who.email == *email);
            let found = who.and_then(|who| who.account.as_ref());
            let same = match (found, wanted) {
                (Some(found), Some(wanted)) => found.source == wanted.source && found.id == wanted.id,
                (None, None) => true,
                _ => false,
            };
            if !same {
                let wanted = wanted.as_ref().map_or("no account", GivenAccount::label);
                say(*place, format!("{email} should be matched with {wanted}, but {}", matched(who)));
            }
        }
        for (place, key, wanted) in &expected.output {
            let found = meeting.content.get(key).unwrap_or(&serde_json::Value::Null);
            if found != wanted {
                say(*place, format!("`{key}` of the output should be {wanted}, but it is {found}"));
            }
        }
        problems
    }

    fn title(&self) -> String {
        match &self.case.name {
            Some(name) => format!("case {}, {name}", self.case.number),
            None => format!("case {}", self.case.number),
        }
    }

    fn decided(&self) -> String {
        let mut text = match &self.meeting.decision.because {
            Some(because) => format!("`{because}` dropped it"),
            None => "it is kept".to_owned(),
        };
        if !self.saw.is_empty() {
            text.push_str(": ");
            text.push_str(&self.saw);
        }
        text
    }
}

fn label<'a>(name: Option<&'a str>, id: &'a str) -> &'a str {
    name.unwrap_or(id)
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn matched(who: Option<&MeetingAttendee>) -> String {
    let Some(who) = who else { return "nobody of a private meeting is seen".to_owned() };
    let Some(account) = &who.account else {
        return format!("no strategy found an account; they are classed {}", who.class);
    };
    let strategy = who.strategy.as_deref().unwrap_or("some strategy");
    format!("{strategy} found {}", label(account.name.as_deref(), &account.id))
}
