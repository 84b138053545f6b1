use super::{Answer, Finding, Refusal, Strategy, Subject, not_mine};
use crate::evidence::{Loss, Reason};
use crate::lists::List;
use crate::lookup::AccountRef;
use crate::settle::{Settled, settle};
use crate::{Key, Lookup, domain, rank};

/// The account that has the attendee's mail host, or the nearest domain above it, as one of its domains.
///
/// Asks the [`candidates`](domain::candidates) in turn, without those on the lists of free-mail and throw-away
/// domains, and takes the first on which an account is left once merges are followed and archived accounts and the
/// tenant's own company are out. Several accounts with that domain are an ambiguity: the one with it as primary domain
/// wins, then a parent before its children, then the one with most contacts, the oldest, the smallest id.
#[derive(Clone, Copy, Debug, Default)]
pub struct Domain;

impl Strategy for Domain {
    fn name(&self) -> &'static str {
        "domain"
    }

    fn resolve(&self, who: &Subject<'_>, look: &Lookup<'_>) -> Answer {
        if who.account.is_some() {
            return not_mine(Reason::AlreadyAnswered);
        }
        let own = |account: AccountRef<'_>| {
            account.domains().any(|domain| who.classifier.is_own_domain(domain)).then_some(Loss::OwnCompany)
        };
        let mut reason = Reason::NoDomain;
        let mut candidates = vec![];
        for domain in domain::candidates(who.address.host()) {
            let lists = who.classifier.lists();
            if lists.contains(List::FreeMail, domain) {
                reason = Reason::FreeMail(domain.to_owned());
                continue;
            }
            if lists.contains(List::Disposable, domain) {
                reason = Reason::Disposable(domain.to_owned());
                continue;
            }
            if reason == Reason::NoDomain {
                reason = Reason::NoRecord;
            }
            let matched = Key::Domain(domain.to_owned());
            let found = look.accounts_with_domain(domain).into_iter();
            let starts =
                found.map(|account| (account.id().clone(), account.domains().next() == Some(domain)));
            let Settled { contenders, lost } = settle(look, &matched, starts, own);
            candidates.extend(lost);
            if let Some((account, ranked)) = rank::accounts(look, &matched, &contenders) {
                candidates.splice(0..0, ranked);
                let (account, matched, ambiguous) = (Some(account), Some(matched), contenders.len() > 1);
                return Answer::Found(Finding { contact: None, account, matched, ambiguous, candidates });
            }
        }
        if !candidates.is_empty() {
            reason = Reason::NoneLeft;
        }
        Answer::NotMine(Refusal { reason, candidates })
    }
}
