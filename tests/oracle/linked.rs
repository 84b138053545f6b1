//! Who looks after a record, and which deals hang on it.

use acquaint::core::meeting::{LinkedDeal, Owner};
use acquaint::core::view::{Account, EntityKind};

use super::facts::{Facts, Known};
use super::text;

/// The colleague whom a record names, as far as they are known.
pub fn owner<T>(facts: &Facts, of: &Known<T>, id: Option<&str>) -> Option<Owner> {
    let mut owner = Owner::new(id?);
    for known in &facts.colleagues {
        if known.connection == of.connection && known.record.id == owner.id {
            owner.name = known.record.name.clone();
            owner.email = known.record.emails.first().map(|email| text::person(email));
        }
    }
    Some(owner)
}

/// The deals that are linked to an account, or to one that it has taken in.
pub fn deals_of_account(facts: &Facts, account: &Known<Account>) -> Vec<LinkedDeal> {
    let is_it = |id: &String| *id == account.record.id || account.record.merged.contains(id);
    let linked = |id: &String| {
        facts.links.iter().any(|link| {
            link.connection == account.connection
                && (link.record.from_kind, link.record.to_kind) == (EntityKind::Deal, EntityKind::Account)
                && link.record.from == *id
                && is_it(&link.record.to)
        })
    };
    let own = facts.deals.iter().filter(|deal| deal.connection == account.connection);
    let mut deals: Vec<LinkedDeal> = own
        .filter(|deal| linked(&deal.record.id))
        .map(|known| {
            let mut deal = LinkedDeal::new(known.record.id.clone());
            deal.name = known.record.name.clone();
            deal.stage = known.record.stage.clone();
            deal.amount = known.record.amount.clone();
            deal.created = known.record.created;
            deal
        })
        .collect();
    deals.sort_by_key(|deal| (deal.created, deal.id.clone()));
    deals.reverse();
    deals
}
