//! A matcher that walks all records for every question.

use acquaint::core::view::{Account, Contact};

use super::facts::{Facts, Known};
use super::internal::Internal;
use super::text;

/// Who somebody is.
#[derive(Debug, Default)]
pub struct Found<'a> {
    pub contact: Option<&'a Known<Contact>>,
    pub account: Option<&'a Known<Account>>,
    contact_by: Option<&'static str>,
    account_by: Option<&'static str>,
    pub ambiguous: bool,
    /// Whether it is the tenant's own company that they belong to.
    pub ours: bool,
}

impl Found<'_> {
    pub fn strategy(&self) -> Option<&'static str> {
        self.account_by.or(self.contact_by)
    }
}

/// An account that may be the answer, and whether it was found by its first domain or its main link.
type Candidate<'a> = (&'a Known<Account>, bool);

/// The tie-breaks in their order, the smallest first: not primary, a child, age, name.
type Rank = (bool, bool, (bool, i64), String);

/// Asks the strategies in their order until contact and account are known.
pub fn resolve<'a>(
    facts: &'a Facts,
    internal: &Internal,
    strategies: &[&'static str],
    address: &str,
    class: &str,
) -> Found<'a> {
    let mut found = Found::default();
    if class != "external" && class != "role" {
        return found;
    }
    for strategy in strategies.iter().copied() {
        match strategy {
            _ if found.ours => break,
            "email" if found.contact.is_none() => by_email(facts, address, class, &mut found),
            "contact_account" if found.account.is_none() => by_links(facts, internal, address, &mut found),
            "domain" if found.account.is_none() => by_domain(facts, internal, address, &mut found),
            _ => {}
        }
    }
    found
}

/// The contact with this address: by its first one, else the oldest, else the smallest name. Several people
/// behind a shared mailbox are nobody.
fn by_email<'a>(facts: &'a Facts, address: &str, class: &str, found: &mut Found<'a>) {
    let mut with: Vec<(Rank, &Known<Contact>)> = Vec::new();
    for known in &facts.contacts {
        let emails: Vec<String> =
            known.record.emails.iter().filter_map(|email| text::address(email)).collect();
        if emails.iter().any(|email| email == address) {
            let rank =
                (emails[0] != address, false, age(known.record.created), name(known, &known.record.id));
            with.push((rank, known));
        }
    }
    if class == "role" && with.len() > 1 {
        return;
    }
    with.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some((_, first)) = with.first() {
        found.contact = Some(first);
        found.contact_by = Some("email");
        found.ambiguous |= with.len() > 1;
    }
}

/// The account that the contact is linked to. Whoever is linked to the tenant's own company alone is the tenant's,
/// unless the mail host is somebody else's.
fn by_links<'a>(facts: &'a Facts, internal: &Internal, address: &str, found: &mut Found<'a>) {
    let Some(contact) = found.contact else { return };
    let mut candidates: Vec<Candidate<'a>> = Vec::new();
    let mut own = false;
    for link in &facts.links {
        if link.connection == contact.connection && link.record.from == contact.record.id {
            let account = account(facts, &link.connection, &link.record.to);
            own |= admit(facts, internal, &mut candidates, account, link.record.primary);
        }
    }
    let somebody_elses = text::names(text::host(address)).iter().any(|domain| {
        let mut with = facts.accounts.iter().filter(|known| domains(&known.record).contains(domain));
        !text::is_nobodys(domain) && with.any(|known| !is_own(facts, internal, known))
    });
    if candidates.is_empty() && own && !somebody_elses {
        found.ours = true;
        return;
    }
    let main = candidates.iter().filter(|(_, main)| *main).count();
    if let Some(best) = best(facts, &candidates) {
        found.account = Some(best);
        found.account_by = Some("contact_account");
        found.ambiguous |= candidates.len() > 1 && main != 1;
    }
}

/// The account with the mail host as its domain, or the nearest name above it.
fn by_domain<'a>(facts: &'a Facts, internal: &Internal, address: &str, found: &mut Found<'a>) {
    for domain in text::names(text::host(address)) {
        if text::is_nobodys(&domain) {
            continue;
        }
        let mut candidates: Vec<Candidate<'a>> = Vec::new();
        let mut own = false;
        for known in &facts.accounts {
            let domains = domains(&known.record);
            if domains.contains(&domain) {
                own |= admit(facts, internal, &mut candidates, Some(known), domains[0] == domain);
            }
        }
        if candidates.is_empty() && own {
            found.ours = true;
            return;
        }
        if let Some(best) = best(facts, &candidates) {
            found.account = Some(best);
            found.account_by = Some("domain");
            found.ambiguous |= candidates.len() > 1;
            return;
        }
    }
}

/// Makes an account a candidate, once, unless it is the tenant's own company: then it says so.
fn admit<'a>(
    facts: &Facts,
    internal: &Internal,
    candidates: &mut Vec<Candidate<'a>>,
    account: Option<&'a Known<Account>>,
    primary: bool,
) -> bool {
    let Some(account) = account else { return false };
    if is_own(facts, internal, account) {
        return true;
    }
    match candidates.iter_mut().find(|(known, _)| same(known, account)) {
        Some(known) => known.1 |= primary,
        None => candidates.push((account, primary)),
    }
    false
}

/// Whether an account, or one above it, has a domain of the tenant's own.
fn is_own(facts: &Facts, internal: &Internal, of: &Known<Account>) -> bool {
    let own = |known: &Known<Account>| domains(&known.record).iter().any(|domain| internal.owns(domain));
    let mut at = of;
    for _ in 0..=16 {
        if own(at) {
            return true;
        }
        let above = at.record.parent.as_ref().and_then(|parent| account(facts, &at.connection, parent));
        match above {
            Some(parent) if !same(parent, of) => at = parent,
            _ => return false,
        }
    }
    false
}

/// The account of this id, or the one that it was merged into.
fn account<'a>(
    facts: &'a Facts,
    connection: &acquaint::core::ids::ConnectionId,
    id: &str,
) -> Option<&'a Known<Account>> {
    let mut own = facts.accounts.iter().filter(|known| known.connection == *connection);
    own.clone()
        .find(|known| known.record.id == id)
        .or_else(|| own.find(|known| known.record.merged.iter().any(|old| old == id)))
}

/// Found by what is primary; a parent before its children; the oldest; the smallest name.
fn best<'a>(facts: &'a Facts, candidates: &[Candidate<'a>]) -> Option<&'a Known<Account>> {
    let mut ranked: Vec<(Rank, &Known<Account>)> = candidates
        .iter()
        .map(|(known, primary)| {
            let child = candidates.len() > 1 && has_parent_among(facts, known, candidates);
            ((!primary, child, age(known.record.created), name(known, &known.record.id)), *known)
        })
        .collect();
    ranked.sort_by(|a, b| a.0.cmp(&b.0));
    ranked.first().map(|(_, best)| *best)
}

fn has_parent_among(facts: &Facts, of: &Known<Account>, candidates: &[Candidate<'_>]) -> bool {
    let mut at = of;
    for _ in 0..16 {
        let Some(parent) = &at.record.parent else { return false };
        let Some(parent) = account(facts, &at.connection, parent) else { return false };
        if same(parent, of) {
            return false;
        }
        if candidates.iter().any(|(known, _)| same(known, parent)) {
            return true;
        }
        at = parent;
    }
    false
}

/// An account's domains, each once.
pub fn domains(account: &Account) -> Vec<String> {
    let mut domains = Vec::new();
    for domain in account.domains.iter().filter_map(|domain| text::domain(domain)) {
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    domains
}

fn same(a: &Known<Account>, b: &Known<Account>) -> bool {
    a.connection == b.connection && a.record.id == b.record.id
}

/// The name by which records are told apart in the end.
fn name<T>(known: &Known<T>, id: &str) -> String {
    format!("{}/{id}", known.connection)
}

/// Seconds; what has no date counts as the youngest.
fn age(created: Option<chrono::DateTime<chrono::Utc>>) -> (bool, i64) {
    (created.is_none(), created.map_or(0, |at| at.timestamp()))
}
