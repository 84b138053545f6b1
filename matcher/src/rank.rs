//! The tie-breaks between records that are equally good answers.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::evidence::{Candidate, Loss, Outcome};
use crate::lookup::{AccountRef, ContactRef};
use crate::settle::{Contender, Entry, follow};
use crate::{Key, Lookup, RecordId};

/// How far up a company's hierarchy a parent is looked for.
const MAX_PARENTS: usize = 16;

/// Where a candidate stands; the smallest wins. The fields are in the order of the tie-breaks.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    additional: bool,
    child: bool,
    contacts: Reverse<u32>,
    /// Seconds since 1970; what has no date counts as younger than all that have one.
    created: (bool, i64),
    id: RecordId,
}

impl Standing {
    /// The first tie-break by which `self` loses against `winner`.
    fn loss(&self, winner: &Self) -> Loss {
        if self.additional != winner.additional {
            Loss::Additional
        } else if self.child != winner.child {
            Loss::Child
        } else if self.contacts != winner.contacts {
            Loss::FewerContacts
        } else if self.created != winner.created {
            Loss::Younger
        } else {
            Loss::LargerId
        }
    }
}

/// The best account: found by its primary domain or link, then a parent before its children, then the one with most
/// contacts, the oldest, the smallest id. And all of them as candidates, the best first.
pub(crate) fn accounts<'a>(
    look: &Lookup<'a>,
    matched: &Key,
    contenders: &[Contender<AccountRef<'a>>],
) -> Option<(RecordId, Vec<Candidate>)> {
    // With one candidate there is no tie, and its parents need not be asked for.
    let ids: BTreeSet<&RecordId> = contenders.iter().map(|one| one.record.id()).collect();
    best(matched, contenders, |one| Standing {
        additional: !one.primary,
        child: ids.len() > 1 && has_parent_among(look, one.record, &ids),
        contacts: Reverse(one.record.contacts().unwrap_or(0)),
        created: date(one.record.created()),
        id: one.record.id().clone(),
    })
}

/// The best contact: found by its primary address, then the oldest, then the smallest id.
/// And all of them as candidates, the best first.
pub(crate) fn contacts<'a>(
    matched: &Key,
    contenders: &[Contender<ContactRef<'a>>],
) -> Option<(RecordId, Vec<Candidate>)> {
    best(matched, contenders, |one| Standing {
        additional: !one.primary,
        child: false,
        contacts: Reverse(0),
        created: date(one.record.created()),
        id: one.record.id().clone(),
    })
}

fn best<'a, R: Entry<'a>>(
    matched: &Key,
    contenders: &[Contender<R>],
    standing: impl Fn(&Contender<R>) -> Standing,
) -> Option<(RecordId, Vec<Candidate>)> {
    let mut ranked: Vec<_> = contenders.iter().map(|one| (standing(one), one)).collect();
    ranked.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    let (winner, chosen) = ranked.first()?;
    let rest = ranked
        .iter()
        .skip(1)
        .map(|(standing, one)| one.candidate(matched, Outcome::Lost(standing.loss(winner))));
    let candidates = std::iter::once(chosen.candidate(matched, Outcome::Chosen)).chain(rest).collect();
    Some((winner.id.clone(), candidates))
}

fn date(created: Option<i64>) -> (bool, i64) {
    (created.is_none(), created.unwrap_or_default())
}

/// Whether one of the companies above `account` is among `ids`. Two that are each other's parents are both children.
fn has_parent_among<'a>(look: &Lookup<'a>, account: AccountRef<'a>, ids: &BTreeSet<&RecordId>) -> bool {
    let mut current = account;
    for _ in 0..MAX_PARENTS {
        let Some(parent) = current.parent() else { return false };
        let (Ok(parent), _) = follow::<AccountRef<'a>>(look, parent) else { return false };
        if parent.id() == account.id() {
            return false;
        }
        if ids.contains(parent.id()) {
            return true;
        }
        current = parent;
    }
    false
}
