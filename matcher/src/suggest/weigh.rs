//! What clues are worth, alone and together.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Clue, Hint, Suggestion};
use crate::{Record, Score};

/// What no suggestion exceeds: just below the least at which nobody need look.
const MOST: u16 = 849;

/// One person's name on a domain of anybody's, and on one that says more than the name does.
const PERSON: [u32; 2] = [650, 450];
/// One company's name.
const COMPANY: u32 = 700;
/// One account with the label, and several.
const SIBLING: [u16; 2] = [800, 600];
/// All of many contacts.
const VOTES: u32 = 900;

/// Where a clue is from. Clues from one source are not independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// The label of the mail domain.
    Label,
    /// The company in the display name.
    Company,
    /// The person in the display name.
    Person,
    /// The mail host.
    Host,
}

/// The best clue of each hint and source, for each record.
pub(super) type Clues = BTreeMap<Record, BTreeMap<(Source, Hint), Clue>>;

/// Keeps a clue if it is the best of its kind: the highest score, then the smallest text.
pub(super) fn keep(found: &mut Clues, record: Record, source: Source, clue: Clue) {
    let rank = |clue: &Clue| (Reverse(clue.score), clue.matched.clone(), clue.asked.clone());
    let clues = found.entry(record).or_default();
    let better = clues.get(&(source, clue.hint)).is_none_or(|old| rank(&clue) < rank(old));
    if better {
        clues.insert((source, clue.hint), clue);
    }
}

/// A name so much alike, in thousandths, that `all` people have, `own` of whom count for the record.
pub(super) fn person(alike: u16, anybodys: bool, own: usize, all: usize) -> Score {
    let cap = if anybodys { PERSON[0] } else { PERSON[1] };
    share(cap * u32::from(alike) / 1000, own, all)
}

/// A name so much alike, in thousandths, that `all` companies have.
pub(super) fn company(alike: u16, all: usize) -> Score {
    share(COMPANY * u32::from(alike) / 1000, 1, all)
}

/// A label that `all` accounts have.
pub(super) fn sibling(all: usize) -> Score {
    Score::thousandths(if all > 1 { SIBLING[1] } else { SIBLING[0] })
}

/// So many of all contacts on a host. A few say less than many.
pub(super) fn votes(linked: u32, voters: u32) -> Score {
    let share = u64::from(VOTES) * u64::from(linked) / (u64::from(voters) + 1);
    Score::thousandths(u16::try_from(share).unwrap_or(MOST))
}

fn share(worth: u32, own: usize, all: usize) -> Score {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let part = worth.saturating_mul(count(own)) / count(all).max(1);
    Score::thousandths(u16::try_from(part).unwrap_or(MOST))
}

/// The `k` best records.
pub(super) fn best(found: Clues, k: usize) -> Vec<Suggestion> {
    let mut all: Vec<Suggestion> =
        found.into_iter().map(|(record, clues)| suggestion(record, clues)).collect();
    all.sort_by(|one, other| rank(one).cmp(&rank(other)));
    all.truncate(k);
    all
}

fn suggestion(record: Record, clues: BTreeMap<(Source, Hint), Clue>) -> Suggestion {
    let mut sources: BTreeMap<Source, Score> = BTreeMap::new();
    for ((source, _), clue) in &clues {
        let best = sources.entry(*source).or_insert(clue.score);
        *best = clue.score.max(*best);
    }
    let mut clues: Vec<Clue> = clues.into_values().collect();
    clues.sort_by(|one, other| other.score.cmp(&one.score).then_with(|| one.cmp(other)));
    Suggestion { record, score: together(sources.into_values()), clues }
}

/// Noisy-or, in thousandths, so that it is the same everywhere.
fn together(scores: impl Iterator<Item = Score>) -> Score {
    let doubt =
        scores.fold(1000_u32, |doubt, score| doubt * (1000 - u32::from(score.in_thousandths())) / 1000);
    Score::thousandths(u16::try_from(1000 - doubt).unwrap_or(MOST).min(MOST))
}

fn rank(one: &Suggestion) -> (Reverse<Score>, Option<Hint>, &str, &Record) {
    let id = match &one.record {
        Record::Contact(id) | Record::Account(id) => id.as_str(),
    };
    (Reverse(one.score), one.clues.first().map(|clue| clue.hint), id, &one.record)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_sibling_alone_is_for_review() {
        for all in [1, 2, 100] {
            assert!((Score::REVIEW..Score::AUTO_LINK).contains(&sibling(all)));
        }
    }

    #[test]
    fn agreement_raises_and_never_decides() {
        let score = Score::thousandths;
        assert_eq!(together([score(800)].into_iter()), score(800));
        assert_eq!(together([score(600), score(500)].into_iter()), score(800));
        assert_eq!(together(std::iter::repeat_n(score(999), 9)), score(MOST));
        assert!(!score(MOST).is_sure());
        assert_eq!((votes(1, 1), votes(2, 2), votes(9, 9)), (score(450), score(600), score(810)));
        assert!(votes(u32::MAX, u32::MAX) <= score(900));
    }
}
