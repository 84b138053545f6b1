//! How the people of a meeting were resolved, and who else they might have been.

use std::collections::BTreeMap;

use acquaint_core::ids::{ConnectionId, SourceName};
use acquaint_matcher::{Evidence, Loss, Record, RecordId, Resolution};

use super::parts::{AttendeeExplained, CandidateExplained};
use super::words::word;
use crate::directory::Entities;
use crate::join::{Draft, Heard, Resolved};

/// Where records are found by the matcher's names for them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) sources: &'a BTreeMap<ConnectionId, SourceName>,
    pub(super) entities: &'a Entities,
}

/// Adds how each attendee was resolved.
pub(super) fn explain(
    people: &mut [AttendeeExplained],
    draft: &Draft,
    resolved: &Resolved,
    known: Known<'_>,
) {
    for who in people {
        let written = draft.people.get(&who.email).map(|person| &person.attendee.email);
        who.written = written.filter(|written| **written != who.email).cloned();
        let Some(resolution) = resolved.people.get(&who.email) else { continue };
        let heard = resolved.heard.get(&who.email);
        who.steps = match heard {
            None => steps(resolution),
            Some(heard) => heard_of(resolution, heard),
        };
        who.candidates = losers(resolution, known);
        if let Some(heard) = heard {
            who.candidates.extend(heard.others.iter().flat_map(|(_, said)| unheard(said, heard, known)));
        }
    }
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
    let verdict = word(&evidence.verdict);
    let mut line = format!("{}: {verdict}", evidence.strategy);
    if let Some(matched) = &evidence.matched {
        line.push_str(&format!(" by {matched}"));
    }
    if let Some(reason) = &evidence.reason {
        line.push_str(&format!(" ({})", word(reason)));
    }
    if evidence.matched.is_none() && !evidence.asked.is_empty() {
        let asked: Vec<String> = evidence.asked.iter().map(ToString::to_string).collect();
        line.push_str(&format!("; asked {}", asked.join(", ")));
    }
    if let (Some(ground), Some(score)) = (&evidence.ground, evidence.score) {
        line.push_str(&format!("; {} {score}", word(ground)));
    }
    if evidence.ambiguous {
        line.push_str(&format!("; ambiguous among {} candidates", evidence.candidates.len()));
    }
    line
}

/// The records that lost within the sources whose word counts.
fn losers(resolution: &Resolution, known: Known<'_>) -> Vec<CandidateExplained> {
    let mut lost: Vec<CandidateExplained> = Vec::new();
    for evidence in &resolution.evidence {
        for candidate in &evidence.candidates {
            let acquaint_matcher::Outcome::Lost(loss) = candidate.outcome else { continue };
            let mut explained = known.candidate(&candidate.record, &evidence.strategy);
            explained.matched = candidate.matched.as_ref().map(ToString::to_string);
            explained.loss = word(&loss).replace(' ', "_");
            explained.because = because(loss);
            if !lost.contains(&explained) {
                lost.push(explained);
            }
        }
    }
    lost
}

/// What other sources would have answered.
fn unheard(said: &Resolution, heard: &Heard, known: Known<'_>) -> Vec<CandidateExplained> {
    let contact = said.contact.clone().map(Record::Contact).zip(said.contact_by.as_ref());
    let account = said.account.clone().map(Record::Account).zip(said.account_by.as_ref());
    contact
        .into_iter()
        .chain(account)
        .map(|(record, strategy)| {
            let mut explained = known.candidate(&record, strategy);
            "precedence".clone_into(&mut explained.loss);
            explained.because = format!("what {} says counts first", heard.by);
            explained
        })
        .collect()
}

impl Known<'_> {
    fn candidate(self, record: &Record, strategy: &str) -> CandidateExplained {
        let nothing = RecordId::from("");
        let (kind, id, found) = match record {
            Record::Contact(id) => {
                let found = self.entities.contacts.get(id);
                ("contact", id, found.map(|(at, one)| (&at.connection, one.id.clone(), one.name.clone())))
            }
            Record::Account(id) => {
                let found = self.entities.accounts.get(id);
                ("account", id, found.map(|(at, one)| (&at.connection, one.id.clone(), one.name.clone())))
            }
            _ => ("record", &nothing, None),
        };
        let (source, id, name) = match found {
            Some((connection, id, name)) => (self.sources.get(connection).cloned(), id, name),
            // It is not there, and only named.
            None => match id.as_str().split_once('/') {
                Some((connection, id)) => {
                    (self.sources.get(&connection.into()).cloned(), id.to_owned(), None)
                }
                None => (None, id.to_string(), None),
            },
        };
        CandidateExplained {
            source,
            id,
            kind: kind.to_owned(),
            name,
            strategy: strategy.to_owned(),
            matched: None,
            loss: String::new(),
            because: String::new(),
        }
    }
}

fn because(loss: Loss) -> String {
    match loss {
        Loss::Additional => {
            "it has this only as a further address, domain or link, the other one as its main one"
        }
        Loss::Child => "it belongs to another company that fits as well",
        Loss::FewerContacts => "it has fewer contacts than the other",
        Loss::Younger => "the other is older",
        Loss::LargerId => "nothing tells them apart, and the other has the smaller id",
        Loss::Archived => "it is archived in the CRM",
        Loss::MergedAway => "it was merged into a record that is not there",
        Loss::MergeLoop => "its merges lead in a circle",
        Loss::Unknown => "it is named by a link, and not there",
        Loss::OwnCompany => "it is the tenant's own company, or belongs to it",
        Loss::SharedMailbox => "several people share this mailbox",
        Loss::OtherAccount => "it belongs to another account than the one that was found",
        Loss::OtherName => "its name is not the one that goes with this domain",
        other => return word(&other),
    }
    .to_owned()
}
