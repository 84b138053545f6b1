//! The six strategies, each in the words of its documentation.

use std::collections::BTreeSet;

use acquaint_matcher::{Account, Contact, Pin, RecordId};

use super::ranking::{self, Choice, Pool, Weighed, admit};
use super::world::{Entry, World};
use super::{Answer, Guest, Half, hosts};

/// Somebody whom only the CRM knows to be one of the tenant's own.
struct Ours;

pub(crate) fn resolve(world: &World, guest: &Guest) -> Answer {
    let class = hosts::class(guest);
    let mut answer = Answer { class: class.to_owned(), contact: None, account: None, ambiguous: false };
    if !["external", "group", "role"].contains(&class) {
        return answer;
    }
    let address = hosts::bare(&guest.text);
    let host = address.split_once('@').unwrap().1;
    let shared = class != "external";
    if !pinned(world, &address, host, &mut answer) {
        return answer;
    }
    if answer.contact.is_none() {
        answer.contact = email(world, &address, shared);
    }
    let by_link = match &answer.contact {
        Some(contact) if answer.account.is_none() => contact_account(world, &contact.id, &address),
        _ => Ok(None),
    };
    let by_host = match by_link {
        Ok(None) if answer.account.is_none() => domain(world, host),
        other => other,
    };
    match by_host {
        Ok(found) => {
            answer.account = answer.account.or(found).or_else(|| parent_domain(world, host));
            if let (None, Some(account), Some(name), false) =
                (&answer.contact, &answer.account, hosts::display_name(guest), shared)
            {
                answer.contact = named(world, &name, &account.id);
            }
        }
        Err(Ours) => answer.class = "internal".to_owned(),
    }
    answer.ambiguous = answer.contact.iter().chain(&answer.account).any(|half| half.tie);
    answer
}

fn half(choice: Option<Choice>, by: &str, ground: &str, weighed: Weighed) -> Option<Half> {
    let Choice { id, tie } = choice?;
    Some(Half { id, by: by.to_owned(), ground: ground.to_owned(), tie, weighed })
}

/// Whether anybody else should try. A pin of the address to a contact alone, or to nothing that is there, leaves the
/// domain's pin its say.
fn pinned(world: &World, address: &str, host: &str, answer: &mut Answer) -> bool {
    let pin_of =
        |subject: &String| world.pins.iter().rfind(|pin| hosts::subject(pin).as_ref() == Some(subject));
    let mut weighed = Weighed::new();
    let (mut contact, mut account) = (None, None);
    if let Some(pin) = pin_of(&address.to_owned()) {
        if to_nobody(pin) {
            return false;
        }
        contact = pin.contact.as_ref().and_then(|id| still_there::<Contact>(world, id, &mut weighed));
        account = pin.account.as_ref().and_then(|id| still_there::<Account>(world, id, &mut weighed));
    }
    let pin = hosts::hosts_of(host).iter().find_map(pin_of);
    if let (Some(pin), None) = (pin, &account) {
        let mut here = Weighed::new();
        account = pin.account.as_ref().and_then(|id| still_there::<Account>(world, id, &mut here));
        // What the person is pinned to stands alone if the domain's pin has nothing to add.
        if contact.is_none() || account.is_some() {
            weighed.extend(here);
        }
        if contact.is_none() && to_nobody(pin) {
            return false;
        }
    }
    let as_pinned = |id| half(Some(Choice { id, tie: false }), "pinned", "Pinned", weighed.clone());
    answer.contact = contact.and_then(as_pinned);
    answer.account = account.and_then(as_pinned);
    true
}

fn to_nobody(pin: &Pin) -> bool {
    pin.contact.is_none() && pin.account.is_none()
}

fn still_there<R: Entry>(world: &World, id: &RecordId, weighed: &mut Weighed) -> Option<RecordId> {
    let (outcome, found) = match world.end::<R>(id) {
        None => ((id.clone(), "Unknown"), None),
        Some(Err(lost)) => (lost, None),
        Some(Ok(end)) => ((end.id().clone(), "Chosen"), Some(end.id().clone())),
    };
    weighed.insert(outcome);
    found
}

fn email(world: &World, address: &str, shared: bool) -> Option<Half> {
    let mailbox = hosts::mailbox(address);
    let strictly = |email: &String| email == address;
    let loosely = |email: &String| mailbox.is_some() && hosts::mailbox(email) == mailbox;
    let (mut pool, mut weighed) = (Pool::new(), Weighed::new());
    let mut collect = |fits: &dyn Fn(&String) -> bool, pool: &mut Pool| {
        for contact in &world.contacts {
            if let Some(at) = hosts::emails(contact).iter().position(fits) {
                admit::<Contact>(world, &contact.id, at == 0, |_| None, pool, &mut weighed);
            }
        }
    };
    collect(&strictly, &mut pool);
    // Somebody in use who has the very address keeps the weaker form from being asked.
    let strict = !pool.is_empty();
    if !strict {
        collect(&loosely, &mut pool);
    }
    if shared && pool.len() > 1 {
        return None;
    }
    let choice = ranking::contact(world, &pool, &mut weighed)?;
    let ground = match (strict, pool[&choice.id]) {
        (false, _) => "RelaxedAddress",
        (true, true) => "PrimaryAddress",
        (true, false) => "OtherAddress",
    };
    half(Some(choice), "email", ground, weighed)
}

fn contact_account(world: &World, contact: &RecordId, address: &str) -> Result<Option<Half>, Ours> {
    let host = address.split('@').nth(1).unwrap();
    let ours = |account: &Account| world.is_ours(account).then_some("OwnCompany");
    let (mut pool, mut weighed) = (Pool::new(), Weighed::new());
    for link in world.links.iter().filter(|link| link.contact == *contact) {
        admit(world, &link.account, link.primary, ours, &mut pool, &mut weighed);
    }
    let owners = owners(world, host);
    let Some(mut choice) = ranking::account(world, &pool, &mut weighed) else {
        let own = weighed.iter().any(|one| one.1 == "OwnCompany");
        return if own && owners.is_empty() { Err(Ours) } else { Ok(None) };
    };
    choice.tie &= pool.values().filter(|main| **main).count() != 1;
    let account = world.get::<Account>(&choice.id).unwrap();
    let is_above = |one: &Account, other: &Account| world.above(one).iter().any(|above| above.id == other.id);
    let related =
        |other: &&Account| other.id == account.id || is_above(other, account) || is_above(account, other);
    let ground = if company_hosts(host).iter().any(|host| hosts::has(account, host).is_some())
        || owners.iter().any(related)
    {
        "ConfirmedLink"
    } else if owners.is_empty() {
        let same = |email: &String| {
            email == address
                || (hosts::mailbox(email).is_some() && hosts::mailbox(email) == hosts::mailbox(address))
        };
        let emails = hosts::emails(world.get::<Contact>(contact).unwrap());
        match emails.iter().position(same) {
            None | Some(0) => "Link",
            _ if hosts::is_free(host) || hosts::is_thrown_away(host) => "LinkAside",
            _ => "LinkElsewhere",
        }
    } else {
        "ContradictedLink"
    };
    Ok(half(Some(choice), "contact_account", ground, weighed))
}

/// The hosts that say something about a company.
fn company_hosts(host: &str) -> Vec<String> {
    hosts::hosts_of(host)
        .into_iter()
        .filter(|host| !hosts::is_free(host) && !hosts::is_thrown_away(host))
        .collect()
}

/// What has taken the place of the accounts with this very name, whatever has become of it.
fn with_host<'w>(world: &'w World, host: &str) -> Vec<&'w Account> {
    let all = world.accounts.iter().filter(|one| hosts::has(one, host).is_some());
    let mut ends: Vec<&Account> = all.filter_map(|one| world.end(&one.id)?.ok()).collect();
    ends.sort_by_key(|one| &one.id);
    ends.dedup_by_key(|one| &one.id);
    ends
}

/// The accounts in use with the host, or with the nearest name above it that any has.
fn owners<'w>(world: &'w World, host: &str) -> Vec<&'w Account> {
    let with = |host: &String| -> Vec<&Account> {
        with_host(world, host).into_iter().filter(|one| world.in_use(one)).collect()
    };
    company_hosts(host).iter().map(with).find(|owners| !owners.is_empty()).unwrap_or_default()
}

fn domain(world: &World, host: &str) -> Result<Option<Half>, Ours> {
    let mut weighed = Weighed::new();
    for name in hosts::hosts_of(host).into_iter().filter(|name| !hosts::is_thrown_away(name)) {
        let free = hosts::is_free(&name);
        let refuse = |account: &Account| {
            // The only free-mail host of which a generated account has the name.
            let provider = name == "gmail.com"
                && account.name.as_deref() == Some("Gmail Inc.")
                && account.contacts.unwrap_or(0) >= 2;
            if world.is_ours(account) {
                Some("OwnCompany")
            } else {
                (free && !provider).then_some("OtherName")
            }
        };
        let (mut pool, mut here) = (Pool::new(), Weighed::new());
        for account in &world.accounts {
            if let Some(primary) = hosts::has(account, &name) {
                admit(world, &account.id, primary, refuse, &mut pool, &mut here);
            }
        }
        if pool.is_empty() && !free && here.iter().any(|one| one.1 == "OwnCompany") {
            return Err(Ours);
        }
        weighed.extend(here);
        if free {
            weighed.extend(pool.iter().filter(|one| !one.1).map(|one| (one.0.clone(), "Additional")));
            pool.retain(|_, primary| *primary);
        }
        if let Some(choice) = ranking::account(world, &pool, &mut weighed) {
            let ground = match (free, name == host) {
                (true, _) => "FreeMailHost",
                (false, true) => "Host",
                (false, false) => "HostAbove",
            };
            return Ok(half(Some(choice), "domain", ground, weighed));
        }
    }
    Ok(None)
}

fn parent_domain(world: &World, host: &str) -> Option<Half> {
    let lead = |closed: &Account| -> Option<(RecordId, &'static str)> {
        if let Some(above) = world.above(closed).into_iter().find(|above| world.in_use(above)) {
            return Some((above.id.clone(), "ParentAccount"));
        }
        let below = world.accounts.iter().filter(|one| one.parent.as_ref() == Some(&closed.id));
        let below: Vec<&Account> = below.filter(|one| world.in_use(one)).collect();
        let [only] = below[..] else { return None };
        Some((only.id.clone(), "OnlyChild"))
    };
    for name in company_hosts(host) {
        let mut closed = with_host(world, &name);
        closed.retain(|one| one.archived && !world.is_ours(one));
        let leads: Vec<_> = closed.into_iter().filter_map(lead).collect();
        // If they lead to several, none is right.
        if leads.iter().map(|one| &one.0).collect::<BTreeSet<_>>().len() == 1 {
            let (id, ground) = leads[0].clone();
            let weighed = Weighed::from([(id.clone(), "Chosen")]);
            return half(Some(Choice { id, tie: false }), "parent_domain", ground, weighed);
        }
    }
    None
}

fn named(world: &World, name: &str, account: &RecordId) -> Option<Half> {
    let name = hosts::full_name(name)?;
    let belongs = |contact: &Contact| {
        let mut links = world.links.iter().filter(|link| link.contact == contact.id);
        links.any(|link| matches!(world.end::<Account>(&link.account), Some(Ok(end)) if end.id == *account))
    };
    let refuse = |contact: &Contact| (!belongs(contact)).then_some("OtherAccount");
    let mut weighed = Weighed::new();
    // The name itself, and then all nicknames together.
    let nicknames = hosts::nicknames(&name);
    for (names, ground) in [(vec![name], "FullName"), (nicknames, "Nickname")] {
        let mut pool = Pool::new();
        for contact in &world.contacts {
            if contact.name.as_deref().and_then(hosts::full_name).is_some_and(|name| names.contains(&name)) {
                admit(world, &contact.id, true, refuse, &mut pool, &mut weighed);
            }
        }
        if let Some(choice) = ranking::contact(world, &pool, &mut weighed) {
            return half(Some(choice), "name", ground, weighed);
        }
    }
    None
}
