//! The tie-breaks between records that are equally good answers.

use std::cmp::Reverse;

use smallvec::SmallVec;

use crate::evidence::{CandidateRef, Loss, Outcome};
use crate::lookup::{Found, KeyRef};
use crate::settle::{Contender, Entry, follow};
use crate::{AccountRef, ContactRef, Lookup};

/// How far up a company's hierarchy a parent is looked for.
pub(crate) const MAX_PARENTS: usize = 16;

/// Where a candidate stands; the smallest wins. The fields are in the order of the tie-breaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Standing<'a> {
    additional: bool,
    child: bool,
    contacts: Reverse<u32>,
    /// Seconds since 1970; what has no date counts as younger than all that have one.
    created: (bool, i64),
    id: &'a str,
}

impl Standing<'_> {
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

/// The best of several, and what became of the others.
#[derive(Debug)]
pub(crate) struct Ranked<'a, R> {
    pub(crate) best: R,
    /// By which tie-break the second lost, if there is a second.
    pub(crate) tie: Option<Loss>,
    /// All of them, the best first.
    pub(crate) candidates: Vec<CandidateRef<'a>>,
}

/// The best account: found by its primary domain or link, then a parent before its children, then the one with most
/// contacts, the oldest, the smallest id.
pub(crate) fn accounts<'a>(
    look: &Lookup<'a>,
    matched: &KeyRef<'a>,
    contenders: Found<Contender<'a, AccountRef<'a>>>,
) -> Option<Ranked<'a, AccountRef<'a>>> {
    // The contenders come by id.
    let ids: SmallVec<[&str; 4]> = contenders.iter().map(|one| one.record.id()).collect();
    best(matched, contenders, |one| Standing {
        additional: !one.primary,
        child: has_parent_among(look, one.record, &ids),
        contacts: Reverse(one.record.contacts().unwrap_or(0)),
        created: date(one.record.created()),
        id: one.record.id(),
    })
}

/// The best contact: found by its primary address, then the oldest, then the smallest id.
pub(crate) fn contacts<'a>(
    matched: &KeyRef<'a>,
    contenders: Found<Contender<'a, ContactRef<'a>>>,
) -> Option<Ranked<'a, ContactRef<'a>>> {
    best(matched, contenders, |one| Standing {
        additional: !one.primary,
        child: false,
        contacts: Reverse(0),
        created: date(one.record.created()),
        id: one.record.id(),
    })
}

fn best<'a, R: Entry<'a>>(
    matched: &KeyRef<'a>,
    mut contenders: Found<Contender<'a, R>>,
    standing: impl Fn(&Contender<'a, R>) -> Standing<'a>,
) -> Option<Ranked<'a, R>> {
    // With one candidate there is no tie, and nothing more need be asked.
    if contenders.len() < 2 {
        let one = contenders.pop()?;
        let best = one.record;
        return Some(Ranked { best, tie: None, candidates: vec![one.candidate(matched, Outcome::Chosen)] });
    }
    let mut ranked: Vec<_> = contenders.into_iter().map(|one| (standing(&one), one)).collect();
    ranked.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    let (winner, best) = ranked.first().map(|(standing, one)| (*standing, one.record))?;
    let tie = ranked.get(1).map(|second| second.0.loss(&winner));
    let candidates = ranked.into_iter().enumerate().map(|(at, (standing, one))| {
        one.candidate(matched, if at == 0 { Outcome::Chosen } else { Outcome::Lost(standing.loss(&winner)) })
    });
    Some(Ranked { best, tie, candidates: candidates.collect() })
}

fn date(created: Option<i64>) -> (bool, i64) {
    (created.is_none(), created.unwrap_or_default())
}

/// Whether one of the companies above `account` is among `ids`, which are sorted. Two that are each other's parents are
/// both children.
fn has_parent_among<'a>(look: &Lookup<'a>, account: AccountRef<'a>, ids: &[&str]) -> bool {
    ancestors(look, account).any(|parent| ids.binary_search(&parent.id()).is_ok())
}

/// The companies above `account`, the nearest first, merges followed. Ends before it comes back to where it began.
pub(crate) fn ancestors<'l, 'a>(
    look: &'l Lookup<'a>,
    account: AccountRef<'a>,
) -> impl Iterator<Item = AccountRef<'a>> + use<'l, 'a> {
    let above = move |current: &AccountRef<'a>| {
        let parent = follow(look, look.account(current.parent()?)?).0.ok()?;
        (parent.id() != account.id()).then_some(parent)
    };
    std::iter::successors(above(&account), above).take(MAX_PARENTS)
}
