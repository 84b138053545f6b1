use super::{Answer, Finding, Refusal, Strategy, Subject, not_mine, own};
use crate::evidence::Reason;
use crate::lookup::{Found, KeyRef};
use crate::settle::follow;
use crate::{AccountRef, Ground, Lookup, rank};

/// More children than this are not looked at: which one is meant could not be said.
const MAX_CHILDREN: usize = 32;

/// The nearest account in use above one that has the attendee's mail host but is archived, as that of a company that
/// was bought and closed; or else the only account in use below it.
///
/// Hosts are asked for as by [`Domain`](super::Domain), which has answered already if an account on one of them is in
/// use.
#[derive(Clone, Copy, Debug, Default)]
pub struct ParentDomain;

impl Strategy for ParentDomain {
    fn name(&self) -> &str {
        "parent_domain"
    }

    fn version(&self) -> u32 {
        2
    }

    fn resolve<'a>(&self, who: &Subject<'a>, look: &Lookup<'a>) -> Answer<'a> {
        if who.account.is_some() {
            return not_mine(Reason::AlreadyAnswered);
        }
        let lists = who.classifier.lists();
        let usable = |account: AccountRef<'a>| {
            account.in_use() && own::refuse(look, who.classifier, account).is_none()
        };
        let mut reason = Reason::NoRecord;
        for domain in lists.employers(who.address.host()) {
            if lists.is_anybodys(domain) {
                continue;
            }
            let matched = KeyRef::domain(domain);
            let closed = look.accounts_with_domain(domain);
            // What is above one of the tenant's own is no customer.
            let closed =
                closed.into_iter().filter_map(|account| follow(look, account).0.ok()).filter(|account| {
                    account.archived() && own::refuse(look, who.classifier, *account).is_none()
                });
            // Of several, each must lead to the same one, or it is a guess.
            let mut found: Option<(AccountRef<'a>, Ground)> = None;
            let mut several = false;
            for account in closed {
                // Those below are asked for only if there is none above, however many they are.
                let above = rank::ancestors(look, account).find(|above| usable(*above));
                let mut children =
                    if above.is_some() { Found::new() } else { look.children_of(account.id()) };
                if children.len() > MAX_CHILDREN {
                    return Answer::NotMine(Refusal::from(Reason::TooMany));
                }
                children.retain(|child| usable(*child));
                let next =
                    above.map(|above| (above, Ground::ParentAccount)).or_else(|| match children.as_slice() {
                        [child] => Some((*child, Ground::OnlyChild)),
                        _ => None,
                    });
                reason = Reason::NoneLeft;
                if let Some(next) = next {
                    several |= found.is_some_and(|found| !found.0.is(next.0));
                    found = found.or(Some(next));
                }
            }
            if several {
                continue;
            }
            if let Some((account, ground)) = found {
                return Answer::Found(Finding {
                    account: Some(account),
                    ..Finding::sole(ground, false, matched)
                });
            }
        }
        not_mine(reason)
    }
}
