//! What hangs on the accounts and contacts of a batch: their deals, and who looks after them.
//!
//! Loaded in at most three rounds, whatever the size of the batch: links, deals, colleagues. A manifest that names
//! neither loads nothing and asks for no key.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::Result;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, SourceName, TenantId};
use acquaint_core::meeting::{LinkedDeal, MOST_DEALS, Owner};
use acquaint_core::store::Store;
use acquaint_core::view::{Deal, View};
use acquaint_matcher::RecordId;

use super::copies::address;
use super::decide::mapped;
use super::resolve::Resolved;
use crate::directory::{self, Entities};
use crate::manifest::{Follow, Follows, Source};
use crate::views;

/// Keys asked for in one call of the store.
const CHUNK: usize = 1_000;

/// Loads what the manifest follows from the accounts and contacts that people were resolved to. What each meeting asked
/// for is added to what it has read.
pub(super) async fn follow(
    store: &dyn Store,
    tenant: &TenantId,
    follows: &Follows,
    sources: &BTreeMap<ConnectionId, SourceName>,
    resolved: &mut [Resolved],
    entities: &mut Entities,
) -> Result<()> {
    if follows.kinds().is_empty() {
        return Ok(());
    }
    let found: Vec<Found> = resolved.iter().map(Found::of).collect();
    let links: Vec<_> = found.iter().map(|found| found.links(follows, entities)).collect();
    for (key, connection, view) in provided(store, tenant, sources, &links).await? {
        if let View::Association(link) = view {
            entities.add_link(key, &connection, &link);
        }
    }
    let deals: Vec<_> = links.iter().map(|links| deals(links, entities)).collect();
    for (key, connection, view) in provided(store, tenant, sources, &deals).await? {
        if let View::Deal(deal) = view {
            entities.add_deal(key, connection, deal);
        }
    }
    let owners: Vec<_> =
        found.iter().zip(&deals).map(|(found, deals)| found.owners(follows, deals, entities)).collect();
    for (key, connection, view) in provided(store, tenant, sources, &owners).await? {
        if let View::Colleague(colleague) = view
            && DependencyKey::colleague(&connection, &colleague.id) == key
        {
            entities.colleagues.insert(key, colleague);
        }
    }
    for (((resolved, links), deals), owners) in resolved.iter_mut().zip(links).zip(deals).zip(owners) {
        resolved.reads.extend(links.into_iter().chain(deals).chain(owners));
    }
    Ok(())
}

/// The accounts and contacts of one meeting.
#[derive(Debug)]
struct Found {
    accounts: BTreeSet<RecordId>,
    contacts: BTreeSet<RecordId>,
}

impl Found {
    fn of(resolved: &Resolved) -> Self {
        let people = || resolved.people.values();
        Self {
            accounts: people().filter_map(|who| who.account.clone()).collect(),
            contacts: people().filter_map(|who| who.contact.clone()).collect(),
        }
    }

    /// The keys by which their deals are found.
    fn links(&self, follows: &Follows, entities: &Entities) -> BTreeSet<DependencyKey> {
        let mut keys = BTreeSet::new();
        if follows.has(Follow::DealsOfAccounts) {
            let known = self.accounts.iter().filter_map(|id| entities.accounts.get(id));
            keys.extend(known.flat_map(|(record, account)| directory::deals_of_account(record, account)));
        }
        if follows.has(Follow::DealsOfContacts) {
            let known = self.contacts.iter().filter_map(|id| entities.contacts.get(id));
            keys.extend(known.flat_map(|(record, contact)| directory::deals_of_contact(record, contact)));
        }
        keys
    }

    /// The keys of those who look after them and after their deals.
    fn owners(
        &self,
        follows: &Follows,
        deals: &BTreeSet<DependencyKey>,
        entities: &Entities,
    ) -> BTreeSet<DependencyKey> {
        let mut keys = BTreeSet::new();
        let mut add = |connection: &ConnectionId, owner: Option<&String>| {
            keys.extend(owner.map(|owner| DependencyKey::colleague(connection, owner)));
        };
        if follows.has(Follow::OwnersOfAccounts) {
            let known = self.accounts.iter().filter_map(|id| entities.accounts.get(id));
            known.for_each(|(record, account)| add(&record.connection, account.owner.as_ref()));
        }
        if follows.has(Follow::OwnersOfContacts) {
            let known = self.contacts.iter().filter_map(|id| entities.contacts.get(id));
            known.for_each(|(record, contact)| add(&record.connection, contact.owner.as_ref()));
        }
        if follows.has(Follow::OwnersOfDeals) {
            let known = deals.iter().filter_map(|key| entities.deals.get(key));
            known.for_each(|(connection, deal)| add(connection, deal.owner.as_ref()));
        }
        keys
    }
}

/// The keys of the deals behind links.
fn deals(links: &BTreeSet<DependencyKey>, entities: &Entities) -> BTreeSet<DependencyKey> {
    links.iter().flat_map(|link| entities.linked(link).0).cloned().collect()
}

/// Every view of every record that provides a key that some meeting asks for.
async fn provided(
    store: &dyn Store,
    tenant: &TenantId,
    sources: &BTreeMap<ConnectionId, SourceName>,
    asked: &[BTreeSet<DependencyKey>],
) -> Result<Vec<(DependencyKey, ConnectionId, View)>> {
    let keys: BTreeSet<&DependencyKey> = asked.iter().flatten().collect();
    let keys: Vec<DependencyKey> = keys.into_iter().cloned().collect();
    let mut all = Vec::new();
    for keys in keys.chunks(CHUNK) {
        for found in store.providing(tenant, keys).await? {
            let connection = &found.record.connection;
            if sources.contains_key(connection) {
                let views = views::decode(&found.views)?.into_iter();
                all.extend(views.map(|view| (found.key.clone(), connection.clone(), view)));
            }
        }
    }
    Ok(all)
}

/// What is known of that which hangs on a record of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Linked<'a> {
    pub(super) follows: &'a Follows,
    pub(super) source: &'a Source,
    pub(super) connection: &'a ConnectionId,
    pub(super) entities: &'a Entities,
}

impl Linked<'_> {
    /// Who looks after a record that names `id`, if the manifest follows such owners.
    pub(super) fn owner(&self, follow: Follow, id: Option<&str>) -> Option<Owner> {
        let id = id.filter(|_| self.follows.has(follow))?;
        let mut owner = Owner::new(id);
        let known = self.entities.colleagues.get(&DependencyKey::colleague(self.connection, id));
        if let Some(colleague) = known {
            owner.name.clone_from(&colleague.name);
            owner.email =
                colleague.emails.first().map(|email| address(email)).filter(|email| !email.is_empty());
        }
        Some(owner)
    }

    /// The deals that were found with `keys`, the newest first, and whether there are more.
    pub(super) fn deals(&self, keys: impl Iterator<Item = DependencyKey>) -> (Vec<LinkedDeal>, bool) {
        let (mut found, mut cut) = (BTreeMap::new(), false);
        for key in keys {
            let (deals, more) = self.entities.linked(&key);
            cut |= more;
            for (_, deal) in deals.filter_map(|deal| self.entities.deals.get(deal)) {
                found.entry(&*deal.id).or_insert(deal);
            }
        }
        let mut deals: Vec<LinkedDeal> = found.into_values().map(|deal| self.deal(deal)).collect();
        LinkedDeal::newest_first(&mut deals);
        cut |= deals.len() > MOST_DEALS;
        deals.truncate(MOST_DEALS);
        (deals, cut)
    }

    fn deal(&self, deal: &Deal) -> LinkedDeal {
        let mut linked = LinkedDeal::new(&*deal.id);
        linked.name.clone_from(&deal.name);
        linked.pipeline.clone_from(&deal.pipeline);
        linked.stage.clone_from(&deal.stage);
        linked.amount.clone_from(&deal.amount);
        linked.currency.clone_from(&deal.currency);
        linked.closes = deal.closes;
        linked.created = deal.created;
        linked.owner = self.owner(Follow::OwnersOfDeals, deal.owner.as_deref());
        linked.fields = mapped(&self.source.deal_fields, &deal.fields);
        linked
    }
}
