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

    fn version(&self) -> u32 {
        2
    }

    fn resolve<'a>(&self, who: &Subject<'a>, look: &Lookup<'a>) -> Answer<'a> {
        let mut lost = vec![];
        let mut contact = None;
        if let Some(pin) = look.pin_of_address(who.address) {
            match decided(pin, KeyRef::email(who.address.as_str()), look) {
                // A person and no company: the domain may be pinned to one.
                Answer::Found(finding) if finding.account.is_none() => contact = Some(finding),
                // What was pinned is gone: the domain's pin and the other strategies may know better.
                Answer::NotMine(refusal) => lost = refusal.candidates,
                answer => return answer,
            }
        }
        for domain in domain::candidates(who.address.host()) {
            let Some(pin) = look.pin_of_domain(domain) else { continue };
            let mut answer = decided(pin, KeyRef::domain(domain), look);
            match (&mut answer, contact) {
                (Answer::Found(finding), Some(of_address)) => {
                    finding.contact = of_address.contact;
                    finding.candidates.splice(0..0, of_address.candidates);
                }
                (_, Some(of_address)) => return Answer::Found(of_address),
                (Answer::Found(Finding { candidates, .. }), None)
                | (Answer::NotMine(Refusal { candidates, .. }), None)
                | (Answer::Stop(Refusal { candidates, .. }), None) => candidates.extend(lost),
                (Answer::Ours(_), None) => {}
            }
            return answer;
        }
        match contact {
            Some(finding) => Answer::Found(finding),
            None if lost.is_empty() => not_mine(Reason::NoRecord),
            None => Answer::NotMine(Refusal::after(Reason::NoneLeft, lost)),
        }
    }
}

fn decided<'a>(pin: &'a Pin, matched: KeyRef<'a>, look: &Lookup<'a>) -> Answer<'a> {
    let mut finding = Finding { ground: Ground::Pinned, score: Score::ONE, ..Finding::nothing() };
    let mut candidates = vec![];
    if let Some(id) = &pin.contact {
        let end = look.contact(id.as_str()).map(|contact| follow(look, contact).0);
        let (nobody, somebody) = (RecordRef::NoContact, RecordRef::Contact);
        finding.contact = weigh(end, id.as_str(), nobody, somebody, &matched, &mut candidates);
    }
    if let Some(id) = &pin.account {
        let end = look.account(id.as_str()).map(|account| follow(look, account).0);
        let (nobody, somebody) = (RecordRef::NoAccount, RecordRef::Account);
        finding.account = weigh(end, id.as_str(), nobody, somebody, &matched, &mut candidates);
    }
    let (found, matched) = (finding.contact.is_some() || finding.account.is_some(), Some(matched));
    if found {
        Answer::Found(Finding { matched, candidates, ..finding })
    } else if pin.contact.is_none() && pin.account.is_none() {
        Answer::Stop(Refusal { reason: Reason::PinnedToNobody, matched, candidates })
    } else {
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
