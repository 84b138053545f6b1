use super::{Answer, Finding, Refusal, Strategy, Subject, not_mine};
use crate::evidence::{CandidateRef, Reason, RecordRef};
use crate::lookup::KeyRef;
use crate::record::Pin;
use crate::settle::{End, follow};
use crate::{Ground, Lookup, Score, domain};

/// What a person has decided about the address, or else about its host or the nearest domain above it.
///
/// Merges of the records that were named are followed. Archived ones stay the answer: a person has said so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pinned;

impl Strategy for Pinned {
    fn name(&self) -> &str {
        "pinned"
    }

    fn resolve<'a>(&self, who: &Subject<'a>, look: &Lookup<'a>) -> Answer<'a> {
        if let Some(pin) = look.pin_of_address(who.address) {
            return decided(pin, KeyRef::email(who.address.as_str()), look);
        }
        for domain in domain::candidates(who.address.host()) {
            if let Some(pin) = look.pin_of_domain(domain) {
                return decided(pin, KeyRef::domain(domain), look);
            }
        }
        not_mine(Reason::NoRecord)
    }
}

fn decided<'a>(pin: &'a Pin, matched: KeyRef<'a>, look: &Lookup<'a>) -> Answer<'a> {
    let mut finding = Finding { ground: Ground::Pinned, score: Score::ONE, ..Finding::nothing() };
    let mut candidates = vec![];
    if let Some(id) = &pin.contact {
        let end = look.contact(id.as_str()).map(|contact| follow(look, contact).0);
        finding.contact =
            weigh(end, id.as_str(), RecordRef::NoContact, RecordRef::Contact, &matched, &mut candidates);
    }
    if let Some(id) = &pin.account {
        let end = look.account(id.as_str()).map(|account| follow(look, account).0);
        finding.account =
            weigh(end, id.as_str(), RecordRef::NoAccount, RecordRef::Account, &matched, &mut candidates);
    }
    let (found, matched) = (finding.contact.is_some() || finding.account.is_some(), Some(matched));
    if found {
        Answer::Found(Finding { matched, candidates, ..finding })
    } else if pin.contact.is_none() && pin.account.is_none() {
        Answer::Stop(Refusal { reason: Reason::PinnedToNobody, matched, candidates })
    } else {
        // What was pinned is gone: the other strategies may know better.
        Answer::NotMine(Refusal { reason: Reason::NoneLeft, matched, candidates })
    }
}

fn weigh<'a, R: Copy>(
    end: Option<End<'a, R>>,
    id: &'a str,
    nobody: impl Fn(&'a str) -> RecordRef<'a>,
    somebody: impl Fn(R) -> RecordRef<'a>,
    matched: &KeyRef<'a>,
    candidates: &mut Vec<CandidateRef<'a>>,
) -> Option<R> {
    let (found, candidate) = match end {
        Some(Ok(record)) => (Some(record), CandidateRef::chosen(somebody(record), matched.clone())),
        Some(Err((record, loss))) => (None, CandidateRef::lost(record, matched.clone(), loss)),
        None => (None, CandidateRef::lost(nobody(id), matched.clone(), crate::Loss::Unknown)),
    };
    candidates.push(candidate);
    found
}
