use super::{Answer, Finding, Refusal, Strategy, Subject, not_mine, own};
use crate::evidence::{CandidateRef, Loss, Outcome, Reason};
use crate::lists::List;
use crate::lookup::{Found, KeyRef};
use crate::settle::{Contender, Settled, settle};
use crate::{AccountRef, Ground, Lookup, rank};

/// The account that has the attendee's mail host, or the nearest domain above it, as one of its domains.
///
/// Asks the [`candidates`](crate::domain::candidates) in turn, without those on the lists of throw-away domains and of
/// domains that several schools share, and without those above a host of students or alumni. Takes the first on which an account is left once merges are followed and archived accounts and the tenant's own company
/// are out. Several accounts with that domain are an ambiguity: the one with it as primary domain wins, then a parent
/// before its children, then the one with most contacts, the oldest, the smallest id.
///
/// If all that a domain has is the tenant's own company or one below it, the attendee is one of the tenant's own.
///
/// A free-mail domain is an account's only if the account is named like it, has it as its primary domain and has two
/// contacts at least; even so the score is low, because most who write from there are somebody else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Domain;

impl Strategy for Domain {
    fn name(&self) -> &str {
        "domain"
    }

    fn version(&self) -> u32 {
        3
    }

    fn resolve<'a>(&self, who: &Subject<'a>, look: &Lookup<'a>) -> Answer<'a> {
        if who.account.is_some() {
            return not_mine(Reason::AlreadyAnswered);
        }
        let lists = who.classifier.lists();
        let host = who.address.host();
        let mut reason = (Reason::NoDomain, None);
        let mut lost: Vec<CandidateRef<'a>> = vec![];
        for domain in lists.employers(host) {
            let matched = KeyRef::domain(domain);
            let anybodys = lists.is_anybodys(domain);
            if anybodys && lists.contains(List::Disposable, domain) {
                reason = (Reason::Disposable, Some(matched));
                continue;
            }
            if anybodys && lists.contains(List::SharedEducation, domain) {
                reason = (Reason::SharedEducation, Some(matched));
                continue;
            }
            let free = anybodys && lists.contains(List::FreeMail, domain);
            if free {
                reason = (Reason::FreeMail, Some(matched.clone()));
            } else if matches!(reason.0, Reason::NoDomain) {
                reason.0 = Reason::NoRecord;
            }
            let found = look.accounts_with_domain(domain);
            if found.is_empty() {
                continue;
            }
            let number = look.host_number(domain);
            let ground = match (free, domain == host) {
                (true, _) => Ground::FreeMailHost,
                (false, true) => Ground::Host,
                (false, false) => Ground::HostAbove,
            };
            if let ([account], false, true) = (found.as_slice(), free, lost.is_empty())
                && account.in_use()
                && own::refuse(look, who.classifier, *account).is_none()
            {
                let primary = account.primary_host() == number;
                return Answer::Found(Finding {
                    account: Some(*account),
                    ..Finding::sole(ground, primary, matched)
                });
            }
            let starts = found.into_iter().map(|account| {
                (Ok(account), number.is_some_and(|number| account.primary_host() == Some(number)))
            });
            let refuse = |account: AccountRef<'a>| {
                own::refuse(look, who.classifier, account)
                    .or_else(|| (free && !is_the_provider(account, domain)).then_some(Loss::OtherName))
            };
            let Settled { mut contenders, lost: out } = settle(look, &matched, starts, refuse);
            // Half the world has a mailbox where the tenant has one too.
            let ours = !free && contenders.is_empty() && own::is_among(&out);
            lost.extend(out);
            if ours {
                return Answer::Ours(Refusal::after(Reason::OwnCompany, lost));
            }
            if free {
                let (primary, others): (Found<_>, Found<_>) =
                    contenders.into_iter().partition(|one: &Contender<'a, AccountRef<'a>>| one.primary);
                let additional = Outcome::Lost(Loss::Additional);
                lost.extend(others.into_iter().map(|one| one.candidate(&matched, additional)));
                contenders = primary;
            }
            if let Some(ranked) = rank::accounts(look, &matched, contenders) {
                let (best, tie) = (ranked.best, ranked.tie);
                return Answer::Found(Finding {
                    account: Some(best),
                    ..Finding::ranked(ranked, lost, ground, tie, matched)
                });
            }
        }
        let says_all = matches!(reason.0, Reason::FreeMail | Reason::Disposable | Reason::SharedEducation);
        if !lost.is_empty() && !says_all {
            reason.0 = Reason::NoneLeft;
        } else if reason.0 == Reason::NoRecord
            && let Some(students) = lists.students(host)
        {
            reason = (Reason::Students, Some(KeyRef::domain(students)));
        }
        Answer::NotMine(Refusal { reason: reason.0, matched: reason.1, candidates: lost })
    }
}

/// Whether the account is named like the domain and has contacts, so that it is the company that runs the mail there.
fn is_the_provider(account: AccountRef<'_>, domain: &str) -> bool {
    let label = domain.split('.').next().unwrap_or_default();
    let letters = |text: &str| -> String {
        text.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).take(80).collect()
    };
    let label = letters(label);
    let named = account.name().is_some_and(|name| !label.is_empty() && letters(name).starts_with(&label));
    named && account.contacts().unwrap_or(0) >= 2
}
