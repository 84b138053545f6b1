//! The result as data.

use acquaint::core::meeting::{Entity, Meeting};
use serde_json::{Value, json};

/// Why there is no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input is not usable; nothing was written.
    Input(String),
    /// The work failed.
    Work(acquaint::Error),
}

impl From<acquaint::Error> for Failure {
    fn from(error: acquaint::Error) -> Self {
        match error.kind() {
            acquaint::ErrorKind::Invalid => Self::Input(error.to_string()),
            _ => Self::Work(error),
        }
    }
}

/// What one sync came to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) requests: u64,
    pub(crate) records: u64,
    pub(crate) kept: usize,
    pub(crate) dropped: usize,
    pub(crate) changes: u64,
}

/// What the whole run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) first_sync: Counts,
    pub(crate) second_sync: Counts,
    pub(crate) idle_sync: Counts,
    pub(crate) kept: Vec<Meeting>,
    pub(crate) dropped: Vec<Meeting>,
    /// By what is explained.
    pub(crate) explanations: Vec<(&'static str, String)>,
}

impl Outcome {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "first_sync": counts(&self.first_sync),
            "second_sync": counts(&self.second_sync),
            "idle_sync": counts(&self.idle_sync),
            "meetings": self.kept.iter().map(meeting).collect::<Vec<_>>(),
            "dropped": self.dropped.iter().map(meeting).collect::<Vec<_>>(),
            "explanations": self.explanations.iter().map(|(what, text)| ((*what).to_owned(), json!(text)))
                .collect::<serde_json::Map<_, _>>(),
        })
    }
}

fn counts(counts: &Counts) -> Value {
    json!({
        "requests": counts.requests,
        "records": counts.records,
        "meetings_kept": counts.kept,
        "meetings_dropped": counts.dropped,
        "changes": counts.changes,
    })
}

fn meeting(meeting: &Meeting) -> Value {
    let attendees: Vec<Value> = meeting
        .attendees
        .iter()
        .map(|who| {
            json!({
                "email": who.email,
                "name": who.name,
                "class": who.class,
                "external": who.external,
                "response": who.response,
                "contact": who.contact.as_ref().map(entity),
                "account": who.account.as_ref().map(entity),
                "account_counts": who.account_counts,
                "strategy": who.strategy,
                "ambiguous": who.ambiguous,
            })
        })
        .collect();
    json!({
        "id": meeting.id,
        "title": meeting.title,
        "start": meeting.start,
        "end": meeting.end,
        "kept": meeting.decision.kept,
        "because": meeting.decision.because,
        "accounts": meeting.accounts.iter().map(entity).collect::<Vec<_>>(),
        "attendees": attendees,
        "copies": meeting.copies.len(),
        "output": meeting.content,
    })
}

fn entity(entity: &Entity) -> Value {
    json!({ "id": entity.id, "name": entity.name, "domain": entity.domain })
}
