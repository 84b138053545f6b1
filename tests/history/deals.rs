//! Deals that the product pushes.

use acquaint::core::view::{Association, Deal, EntityKind, View};
use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;

use super::local::{Model, Push};
use super::pools::{self, pick};

/// One push.
#[derive(Debug, Clone)]
pub enum DealEdit {
    Put { id: usize, stage: usize, amount: i64, age: Option<i64>, accounts: Vec<usize> },
    Remove(usize),
}

/// What a product pushes of a deal: itself, and the ids of its accounts.
pub type Pushed = (Deal, Vec<String>);

pub fn apply(model: &mut Model, edit: &DealEdit) -> Push {
    match edit {
        DealEdit::Put { id, stage, amount, age, accounts } => {
            let mut deal = Deal::new(format!("d{id}"), format!("Deal {id}"));
            deal.stage = Some(pick(&pools::DEAL_STAGES, *stage).to_owned());
            deal.amount = Some(amount.to_string());
            deal.created = age.map(|days| DateTime::UNIX_EPOCH + TimeDelta::days(days));
            let mut accounts: Vec<String> = accounts.iter().map(ToString::to_string).collect();
            accounts.sort();
            accounts.dedup();
            model.deals.insert(deal.id.clone(), (deal.clone(), accounts.clone()));
            Push::Deal(deal, accounts)
        }
        DealEdit::Remove(id) => {
            model.deals.remove(&format!("d{id}"));
            Push::NoDeal(format!("d{id}"))
        }
    }
}

pub fn views((deal, accounts): &Pushed) -> Vec<View> {
    let links = accounts.iter().map(|account| {
        View::Association(Association::new(
            (EntityKind::Deal, deal.id.clone()),
            (EntityKind::Account, account.clone()),
        ))
    });
    std::iter::once(View::Deal(deal.clone())).chain(links).collect()
}

pub fn edits() -> impl Strategy<Value = DealEdit> {
    let accounts = prop::collection::vec(0..4usize, 0..3);
    let put = (0..3usize, 0..pools::DEAL_STAGES.len(), 0..200i64, prop::option::of(0..3i64), accounts)
        .prop_map(|(id, stage, amount, age, accounts)| DealEdit::Put { id, stage, amount, age, accounts });
    prop_oneof![3 => put, 1 => (0..3usize).prop_map(DealEdit::Remove)]
}
