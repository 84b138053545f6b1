use std::borrow::Cow;

use super::{Answer, Finding, Refusal, Strategy, Subject, not_mine};
use crate::evidence::{CandidateRef, Loss, Outcome, Reason};
use crate::lookup::{Found, KeyRef};
use crate::settle::{Settled, follow, settle};
use crate::{ContactRef, Ground, Lookup, rank, relaxed};

/// The contact that has the attendee's address, as its primary one or as another; or else, at hosts that ignore part
/// of an address, one whose address leads to the same mailbox.
///
/// If several have it, one that has it as the primary address wins, then the oldest, then the smallest id, and the
/// answer is ambiguous. At a shared mailbox ([`Class::is_shared`](crate::Class::is_shared)) none of several is
/// chosen; one alone is, because then the CRM itself says that this is its address.
#[derive(Clone, Copy, Debug, Default)]
pub struct Email;

impl Strategy for Email {
    fn name(&self) -> &str {
        "email"
    }

    fn version(&self) -> u32 {
        2
    }

    fn resolve<'a>(&self, who: &Subject<'a>, look: &Lookup<'a>) -> Answer<'a> {
        if who.contact.is_some() {
            return not_mine(Reason::AlreadyAnswered);
        }
        let email = who.address;
        let found = look.contacts_with_email(email);
        if let [contact] = found.as_slice()
            && contact.in_use()
        {
            let primary = contact.is_primary(email);
            let ground = if primary { Ground::PrimaryAddress } else { Ground::OtherAddress };
            let sole = Finding::sole(ground, primary, KeyRef::email(email.as_str()));
            return Answer::Found(Finding { contact: Some(*contact), ..sole });
        }
        let mut lost = vec![];
        if !found.is_empty() {
            let primary = |contact: ContactRef<'a>| contact.is_primary(email);
            match weigh(who, look, found, KeyRef::email(email.as_str()), primary, None) {
                // One that was put aside hides no other one of the same mailbox.
                Answer::NotMine(Refusal { reason: Reason::NoneLeft, candidates, .. }) => lost = candidates,
                answer => return answer,
            }
        }
        let refused = |lost: Vec<CandidateRef<'a>>| {
            let reason = if lost.is_empty() { Reason::NoRecord } else { Reason::NoneLeft };
            Answer::NotMine(Refusal::after(reason, lost))
        };
        let Some(key) = relaxed::key(email.local(), email.host()) else { return refused(lost) };
        let mut found = look.contacts_with_relaxed(&key);
        let end = |contact| follow(look, contact).0.map_or_else(|(one, _)| one.id(), ContactRef::id);
        found.retain(|contact| !lost.iter().any(|one| one.record.id() == end(*contact)));
        if found.is_empty() {
            return refused(lost);
        }
        let primary = |contact: ContactRef<'a>| {
            contact.emails().next().is_some_and(|first| {
                first.rsplit_once('@').and_then(|(local, host)| relaxed::key(local, host)).as_deref()
                    == Some(&key)
            })
        };
        let matched = KeyRef::relaxed(Cow::Owned(key.clone()));
        match weigh(who, look, found, matched, primary, Some(Ground::RelaxedAddress)) {
            Answer::Found(mut finding) => {
                finding.candidates.extend(lost);
                Answer::Found(finding)
            }
            Answer::NotMine(mut refusal) => {
                refusal.candidates.extend(lost);
                Answer::NotMine(refusal)
            }
            answer => answer,
        }
    }
}

fn weigh<'a>(
    who: &Subject<'a>,
    look: &Lookup<'a>,
    found: Found<ContactRef<'a>>,
    matched: KeyRef<'a>,
    primary: impl Fn(ContactRef<'a>) -> bool,
    ground: Option<Ground>,
) -> Answer<'a> {
    let starts = found.into_iter().map(|contact| (Ok(contact), primary(contact)));
    let Settled { contenders, lost } = settle(look, &matched, starts, |_: ContactRef<'a>| None);
    if who.class.is_shared() && contenders.len() > 1 {
        let shared =
            contenders.into_iter().map(|one| one.candidate(&matched, Outcome::Lost(Loss::SharedMailbox)));
        return Answer::NotMine(Refusal::after(Reason::SharedMailbox, shared.chain(lost)));
    }
    match rank::contacts(&matched, contenders) {
        None => Answer::NotMine(Refusal::after(Reason::NoneLeft, lost)),
        Some(ranked) => {
            let (best, tie) = (ranked.best, ranked.tie);
            let by_primary = ranked.candidates.first().is_some_and(|one| one.primary);
            let ground =
                ground.unwrap_or(if by_primary { Ground::PrimaryAddress } else { Ground::OtherAddress });
            Answer::Found(Finding {
                contact: Some(best),
                ..Finding::ranked(ranked, lost, ground, tie, matched)
            })
        }
    }
}
