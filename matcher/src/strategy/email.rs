use super::{Answer, Finding, Refusal, Strategy, Subject, not_mine};
use crate::evidence::{Candidate, Loss, Outcome, Reason};
use crate::lookup::ContactRef;
use crate::settle::{Settled, settle};
use crate::{Key, Lookup, rank};

/// The contact that has the attendee's address, as its primary one or as another.
///
/// If several have it, one that has it as the primary address wins, then the oldest, then the smallest id, and the
/// answer is ambiguous. At a shared mailbox ([`Class::is_shared`](crate::Class::is_shared)) none of several is
/// chosen; one alone is, because then the CRM itself says that this is its address.
#[derive(Clone, Copy, Debug, Default)]
pub struct Email;

impl Strategy for Email {
    fn name(&self) -> &'static str {
        "email"
    }

    fn resolve(&self, who: &Subject<'_>, look: &Lookup<'_>) -> Answer {
        if who.contact.is_some() {
            return not_mine(Reason::AlreadyAnswered);
        }
        let email = who.address.as_str();
        let found = look.contacts_with_email(email);
        if found.is_empty() {
            return not_mine(Reason::NoRecord);
        }
        let matched = Key::Email(email.to_owned());
        let starts =
            found.into_iter().map(|contact| (contact.id().clone(), contact.emails().next() == Some(email)));
        let Settled { contenders, lost } = settle(look, &matched, starts, |_: ContactRef<'_>| None);
        if who.class.is_shared() && contenders.len() > 1 {
            let shared =
                contenders.iter().map(|one| one.candidate(&matched, Outcome::Lost(Loss::SharedMailbox)));
            let candidates: Vec<Candidate> = shared.chain(lost).collect();
            return Answer::NotMine(Refusal { reason: Reason::SharedMailbox, candidates });
        }
        match rank::contacts(&matched, &contenders) {
            None => Answer::NotMine(Refusal { reason: Reason::NoneLeft, candidates: lost }),
            Some((contact, mut candidates)) => {
                candidates.extend(lost);
                let (contact, matched, ambiguous) = (Some(contact), Some(matched), contenders.len() > 1);
                Answer::Found(Finding { contact, account: None, matched, ambiguous, candidates })
            }
        }
    }
}
