//! What has changed since a meeting was decided.

use std::collections::BTreeSet;

use acquaint_core::ids::RecordRef;
use acquaint_core::meeting::{Meeting, MeetingAttendee};
use acquaint_core::store::{InForce, StoredRecord};
use chrono::{DateTime, Utc};

use super::answer::Outcome;
use super::people::Known;
use super::words::{begins, list, time};
use crate::join::Resolved;

/// The stored meeting, beside what it would be decided as now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved<'a> {
    pub(super) stored: &'a Meeting,
    pub(super) now: &'a Meeting,
    pub(super) in_force: Option<&'a InForce>,
    pub(super) at: DateTime<Utc>,
    /// The records it is decided from.
    pub(super) records: &'a [StoredRecord],
}

impl Moved<'_> {
    /// Causes, then what comes of them.
    pub(super) fn sentences(self) -> Vec<String> {
        let mut sentences = self.causes();
        sentences.extend(self.effects());
        if sentences.is_empty() {
            sentences.push("something else that it shows is other than it was".to_owned());
        }
        sentences
    }

    fn causes(self) -> Vec<String> {
        let (before, now) = (&self.stored.decision, &self.now.decision);
        let mut causes = Vec::new();
        if before.revision != now.revision {
            let since = self.in_force.map(|in_force| format!(" since {}", time(in_force.since)));
            let since = since.unwrap_or_default();
            causes.push(format!(
                "it was decided under {}, and {} is in force{since}",
                before.revision, now.revision
            ));
        }
        if before.evaluator != now.evaluator {
            causes.push(format!("it was decided by {}, and {} decides now", before.evaluator, now.evaluator));
        }
        if let Some(until) = before.valid_until.filter(|until| *until <= self.at) {
            causes.push(format!("some clause depends on the clock: it held until {}", time(until)));
        }
        for record in self.records.iter().filter(|record| record.changed > before.seq) {
            let how = if self.stored.copies.contains(&record.record) { "event" } else { "record" };
            let RecordRef { stream, partition, key, .. } = &record.record;
            let place =
                if partition.as_str().is_empty() { stream.to_string() } else { partition.to_string() };
            causes.push(format!("the {how} {key} of {place} has changed ({})", time(record.seen)));
        }
        causes
    }

    fn effects(self) -> Vec<String> {
        let (before, now) = (self.stored, self.now);
        let mut effects = Vec::new();
        let outcome = (Outcome::of(before), Outcome::of(now));
        if outcome.0 != outcome.1 {
            let word = |outcome: &Outcome| match outcome {
                Outcome::Dropped { because } => format!("dropped by `{because}`"),
                _ => "kept".to_owned(),
            };
            effects.push(format!("it was {}, and is {} now", word(&outcome.0), word(&outcome.1)));
        }
        if before.title != now.title {
            effects.push(format!("its title was \"{}\"", before.title));
        }
        if (before.start, before.end) != (now.start, now.end) {
            effects.push(format!("it was from {} to {}", begins(before.start), begins(before.end)));
        }
        if before.status != now.status {
            effects.push(format!("its status was {}", super::words::word(&before.status)));
        }
        let people = |meeting: &Meeting| -> BTreeSet<String> {
            meeting.attendees.iter().map(|who| who.email.clone()).collect()
        };
        let (had, has) = (people(before), people(now));
        let came: Vec<_> = has.difference(&had).collect();
        let left: Vec<_> = had.difference(&has).collect();
        for (who, what) in [(came, "has come"), (left, "has left")] {
            if !who.is_empty() {
                effects.push(format!("{} {what}", list(&who)));
            }
        }
        for who in &now.attendees {
            let known = before.attendees.iter().find(|known| known.email == who.email);
            effects.extend(known.and_then(|known| otherwise(known, who)));
        }
        let copies = |meeting: &Meeting| meeting.copies.iter().cloned().collect::<BTreeSet<_>>();
        if copies(before) != copies(now) {
            effects.push(format!(
                "it was seen on {} calendars, and is on {}",
                before.copies.len(),
                now.copies.len()
            ));
        } else if before.copies.first() != now.copies.first() {
            effects.push("another copy leads".to_owned());
        }
        if before.content != now.content || before.items != now.items {
            effects.push("its output is another".to_owned());
        }
        effects
    }
}

/// What has become of one attendee.
fn otherwise(before: &MeetingAttendee, now: &MeetingAttendee) -> Option<String> {
    let account = |who: &MeetingAttendee| {
        who.account.as_ref().map(|account| (account.connection.clone(), account.id.clone()))
    };
    let contact = |who: &MeetingAttendee| {
        who.contact.as_ref().map(|contact| (contact.connection.clone(), contact.id.clone()))
    };
    let email = &now.email;
    if before.class != now.class {
        Some(format!("{email} was {}, and is {}", before.class, now.class))
    } else if account(before) != account(now) {
        Some(format!("{email} belongs to another account, or to one where there was none, or to none"))
    } else if contact(before) != contact(now) {
        Some(format!("{email} is another contact, or one where there was none, or none"))
    } else if before.account_counts != now.account_counts {
        let (was, is) = if now.account_counts { ("was not", "is") } else { ("was", "is not") };
        Some(format!("the account of {email} {was} counted, and {is} now"))
    } else if before.contact != now.contact || before.account != now.account {
        Some(format!("what the CRM says of {email} is another"))
    } else if before != now {
        Some(format!("what the calendar says of {email} is another"))
    } else {
        None
    }
}

/// The CRM records that the people of a meeting were found to be.
pub(super) fn records_of(resolved: &Resolved, known: Known<'_>) -> Vec<RecordRef> {
    let mut records = BTreeSet::new();
    for resolution in resolved.people.values() {
        let contact = resolution.contact.as_ref().and_then(|id| known.entities.contacts.get(id));
        let account = resolution.account.as_ref().and_then(|id| known.entities.accounts.get(id));
        records.extend(contact.map(|(record, _)| record.clone()));
        records.extend(account.map(|(record, _)| record.clone()));
    }
    records.into_iter().collect()
}
