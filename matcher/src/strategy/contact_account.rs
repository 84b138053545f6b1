use super::{Answer, Finding, Refusal, Strategy, Subject, not_mine, own};
use crate::evidence::Reason;
use crate::lookup::{Found, KeyRef};
use crate::settle::{Settled, follow, settle};
use crate::{AccountRef, AddressRef, ContactRef, Ground, Lookup, domain, rank, relaxed};

/// The account that the CRM links the contact to: its main company if the CRM names one.
///
/// Several links without a main company, or with more than one, are an ambiguity, settled as for
/// [`Domain`](super::Domain). If another account has the attendee's mail host, the link may be an old one: it stands,
/// with a lower score. The tenant's own company and those below it are never the answer; who belongs to them alone is
/// one of the tenant's own, unless an account in use has the mail host.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContactAccount;

impl Strategy for ContactAccount {
    fn name(&self) -> &str {
        "contact_account"
    }

    fn version(&self) -> u32 {
        3
    }

    fn resolve<'a>(&self, who: &Subject<'a>, look: &Lookup<'a>) -> Answer<'a> {
        if who.account.is_some() {
            return not_mine(Reason::AlreadyAnswered);
        }
        let Some(contact) = who.contact else { return not_mine(Reason::NoContact) };
        let links = look.accounts_of(contact);
        if links.is_empty() {
            return not_mine(Reason::NoLink);
        }
        let matched = KeyRef::accounts_of(contact);
        if let [(Ok(account), main)] = links.as_slice()
            && account.in_use()
            && own::refuse(look, who.classifier, *account).is_none()
        {
            let sole = Finding::sole(ground(who, look, *account), *main, matched);
            return Answer::Found(Finding { account: Some(*account), ..sole });
        }
        let refuse = |account: AccountRef<'a>| own::refuse(look, who.classifier, account);
        let Settled { contenders, lost } = settle(look, &matched, links.into_iter(), refuse);
        let main = contenders.iter().filter(|one| one.primary).count();
        match rank::accounts(look, &matched, contenders) {
            // Somebody of ours, unless the mail host says that it is somebody else's.
            None if own::is_among(&lost) && owners(who, look).is_empty() => {
                Answer::Ours(Refusal::after(Reason::OwnCompany, lost))
            }
            None => Answer::NotMine(Refusal::after(Reason::NoneLeft, lost)),
            Some(ranked) => {
                let best = ranked.best;
                let tie = ranked.tie.filter(|_| main != 1);
                let ground = ground(who, look, best);
                Answer::Found(Finding {
                    account: Some(best),
                    ..Finding::ranked(ranked, lost, ground, tie, matched)
                })
            }
        }
    }
}

/// What the attendee's mail host says to the link.
fn ground<'a>(who: &Subject<'a>, look: &Lookup<'a>, account: AccountRef<'a>) -> Ground {
    let lists = who.classifier.lists();
    let mut hosts = lists.employers(who.address.host()).filter(|host| !lists.is_anybodys(host));
    // All names below a brand's own top-level domain are one company's.
    if hosts.any(|host| account.domains().any(|own| domain::keys(own).any(|key| key == host))) {
        return Ground::ConfirmedLink;
    }
    let owners = owners(who, look);
    if owners.is_empty() {
        let host = who.address.host();
        match who.contact.and_then(|contact| place(contact, who.address)) {
            None | Some(0) => Ground::Link,
            _ if lists.is_anybodys(host) || lists.students(host).is_some() => Ground::LinkAside,
            _ => Ground::LinkElsewhere,
        }
    } else if related(look, account, &owners) {
        Ground::ConfirmedLink
    } else {
        Ground::ContradictedLink
    }
}

/// At which place among the contact's addresses the first is that leads to the same mailbox. It may be at none, if
/// another strategy has found the contact.
fn place(contact: ContactRef<'_>, address: AddressRef<'_>) -> Option<usize> {
    if contact.is_primary(address) {
        return Some(0);
    }
    let relaxed = |email: &str| email.rsplit_once('@').and_then(|(local, host)| relaxed::key(local, host));
    let mailbox = relaxed(address.as_str());
    contact
        .emails()
        .position(|email| email == address.as_str() || mailbox.is_some() && relaxed(&email) == mailbox)
}

/// The accounts in use that have the attendee's mail host, or the nearest domain above it that any has. A host of
/// students or alumni has nobody above it: where they work is not for their university to say.
fn owners<'a>(who: &Subject<'a>, look: &Lookup<'a>) -> Found<AccountRef<'a>> {
    let lists = who.classifier.lists();
    for domain in lists.employers(who.address.host()) {
        if lists.is_anybodys(domain) {
            continue;
        }
        let owners: Found<_> = look
            .accounts_with_domain(domain)
            .into_iter()
            .filter_map(|owner| follow(look, owner).0.ok())
            .filter(|owner| owner.in_use() && own::refuse(look, who.classifier, *owner).is_none())
            .collect();
        if !owners.is_empty() {
            return owners;
        }
    }
    Found::new()
}

/// Whether one of `others` is above or below `account`.
fn related<'a>(look: &Lookup<'a>, account: AccountRef<'a>, others: &[AccountRef<'a>]) -> bool {
    let is_below = |other: &AccountRef<'a>| {
        other.is(account) || rank::ancestors(look, *other).any(|above| above.is(account))
    };
    others.iter().any(is_below)
        || rank::ancestors(look, account).any(|above| others.iter().any(|other| other.is(above)))
}
