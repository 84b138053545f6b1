use super::{Answer, Finding, Refusal, Strategy, Subject, not_mine};
use crate::evidence::{Loss, Reason};
use crate::lookup::AccountRef;
use crate::settle::{Settled, settle};
use crate::{Key, Lookup, rank};

/// The account that the CRM links the contact to: its main company if the CRM names one.
///
/// Several links without a main company, or with more than one, are an ambiguity, settled as for
/// [`Domain`](super::Domain). The tenant's own company is never the answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContactAccount;

impl Strategy for ContactAccount {
    fn name(&self) -> &'static str {
        "contact_account"
    }

    fn resolve(&self, who: &Subject<'_>, look: &Lookup<'_>) -> Answer {
        if who.account.is_some() {
            return not_mine(Reason::AlreadyAnswered);
        }
        let Some(contact) = who.contact else { return not_mine(Reason::NoContact) };
        let links = look.accounts_of(contact);
        if links.is_empty() {
            return not_mine(Reason::NoLink);
        }
        let matched = Key::AccountsOf(contact.clone());
        let own = |account: AccountRef<'_>| {
            account.domains().any(|domain| who.classifier.is_own_domain(domain)).then_some(Loss::OwnCompany)
        };
        let starts = links.into_iter().map(|link| (link.account, link.primary));
        let Settled { contenders, lost } = settle(look, &matched, starts, own);
        match rank::accounts(look, &matched, &contenders) {
            None => Answer::NotMine(Refusal { reason: Reason::NoneLeft, candidates: lost }),
            Some((account, mut candidates)) => {
                candidates.extend(lost);
                let main = contenders.iter().filter(|one| one.primary).count();
                let ambiguous = contenders.len() > 1 && main != 1;
                Answer::Found(Finding {
                    contact: None,
                    account: Some(account),
                    matched: Some(matched),
                    ambiguous,
                    candidates,
                })
            }
        }
    }
}
