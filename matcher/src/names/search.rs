//! The search: the best by the first score, put in order by the second.

use std::cell::RefCell;

use super::plan::{Group, Plan};
use super::query::Query;
use super::score::{Shape, Whole};
use super::words::Words;
use super::{NameIndex, Scored};

/// How many names get a second score, and so the most that a search finds.
pub const MAX_FOUND: usize = 30;

/// A name with less than this first score is not found.
pub(super) const FLOOR: f32 = 0.3;
/// A name with less than this share of the best first score is not found.
pub(super) const SHARE: f32 = 0.6;

/// What rounding may add to or take from a sum of gains.
const SLACK: f32 = 0.999;

/// Sums by slot. Kept between the searches of a thread, since clearing them would cost more than a search.
#[derive(Default)]
struct Sums {
    /// The sum of a slot, and in which round it was last written.
    sums: Vec<(u32, f32)>,
    round: u32,
    /// The round before the first of this search.
    start: u32,
    touched: Vec<u32>,
}

thread_local! {
    static SUMS: RefCell<Sums> = RefCell::default();
}

impl Sums {
    fn begin(&mut self, slots: usize) {
        if self.sums.len() < slots {
            self.sums.resize(slots, (0, 0.0));
        }
        if self.round > u32::MAX / 2 {
            self.sums.fill((0, 0.0));
            self.round = 0;
        }
        self.start = self.round;
        self.touched.clear();
    }

    /// Adds what a group's words add to the names they are in; to new names only if `open`.
    fn add(&mut self, index: &NameIndex, group: &Group, open: bool) {
        for part in &group.parts {
            self.round += 1;
            for (token, gain) in part {
                let Some(token) = index.vocabulary.get(*token) else { continue };
                for slot in token.postings.slots() {
                    let Some((round, sum)) = self.sums.get_mut(*slot as usize) else { continue };
                    if *round == self.round {
                        continue; // A better word of the same part was there.
                    }
                    if *round <= self.start {
                        if !open {
                            continue;
                        }
                        *sum = 0.0;
                        self.touched.push(*slot);
                    }
                    *sum += gain;
                    *round = self.round;
                }
            }
        }
    }

    fn sum(&self, slot: u32) -> f32 {
        self.sums.get(slot as usize).map_or(0.0, |sum| sum.1)
    }
}

/// A name that is among the best by the first score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Best {
    pub(super) slot: u32,
    pub(super) first: f32,
    /// How much of it is in the query.
    pub(super) cover: f32,
}

/// A share that at least [`MAX_FOUND`] of `shares` reach, to the nearest of 128 steps below.
fn least_of_best(shares: &[f32]) -> f32 {
    const STEPS: f32 = 128.0;
    if shares.len() < MAX_FOUND {
        return 0.0;
    }
    let mut counts = [0_usize; 129];
    for share in shares {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share is between 0 and 1"
        )]
        let step = (share.clamp(0.0, 1.0) * STEPS) as usize;
        if let Some(count) = counts.get_mut(step) {
            *count += 1;
        }
    }
    let mut above = 0;
    for (step, count) in (0_u16..).zip(counts).collect::<Vec<_>>().into_iter().rev() {
        above += count;
        if above >= MAX_FOUND {
            return f32::from(step) / STEPS;
        }
    }
    0.0
}

/// The best so far and what a name must reach to matter still.
struct Bar {
    best: f32,
    last: f32,
}

impl Bar {
    fn height(&self) -> f32 {
        FLOOR.max(self.best * SHARE).max(self.last) * SLACK
    }
}

impl NameIndex {
    /// The names most like `query`, at most `k` of them and at most [`MAX_FOUND`], the best first; of equally good
    /// ones the smaller number first.
    pub fn search(&self, query: &str, k: usize) -> Vec<Scored> {
        let words = Words::of(self.kind, query);
        let query = Query::of(self.kind, &words);
        let whole = Whole::of(self.kind, &words);
        let mut found: Vec<Scored> = self
            .first(&query)
            .into_iter()
            .filter_map(|best| {
                let doc = self.doc(best.slot)?;
                let score = whole.score(best.first, best.cover, &Shape::of(self.spelled(doc)));
                Some(Scored { id: doc.id, score })
            })
            .collect();
        found.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.id.cmp(&other.id)));
        found.truncate(k);
        found
    }

    /// The best names by the first score alone.
    pub(super) fn first(&self, query: &Query) -> Vec<Best> {
        if query.words.is_empty() || self.is_empty() {
            return Vec::new();
        }
        let plan = Plan::new(self, query);
        SUMS.with_borrow_mut(|sums| self.best(&plan, query.norm, sums))
    }

    fn best(&self, plan: &Plan<'_>, length: f32, sums: &mut Sums) -> Vec<Best> {
        sums.begin(self.slots());
        // What the groups from each on add together at most.
        let mut rest: Vec<f32> = vec![0.0; plan.groups.len() + 1];
        let mut squares = 0.0;
        for (at, group) in plan.groups.iter().enumerate().rev() {
            squares += group.cap * group.cap;
            if let Some(rest) = rest.get_mut(at) {
                *rest = squares.sqrt();
            }
        }
        let rest_of = |at: usize| (rest.get(at).copied().unwrap_or(0.0) + plan.lazy) / length;
        let mut bar = Bar { best: 0.0, last: 0.0 };
        let (mut shares, mut lengths, mut best): (Vec<f32>, Vec<f32>, Vec<f32>) = Default::default();
        let mut next = 0;
        let mut open = true;
        while let Some(group) = plan.groups.get(next) {
            if open && rest_of(next) < bar.height() {
                open = false;
            }
            if !open {
                // New names can no longer matter. Those that still may are looked at one by one if they are few.
                let still = shares.iter().filter(|share| **share + rest_of(next) >= bar.height()).count();
                if still < 100 || still * 8 < group.mass {
                    break;
                }
            }
            sums.add(self, group, open);
            next += 1;
            shares.clear();
            // Lengths lie far apart in memory, so each is fetched once.
            let new = sums.touched.iter().skip(lengths.len()).map(|slot| self.norm(*slot));
            lengths.extend(new);
            shares.extend(
                sums.touched.iter().zip(&lengths).map(|(slot, norm)| sums.sum(*slot) / (length * norm)),
            );
            if !plan.exact {
                // The sums may count twice; the true score of the best of them is a safe bar.
                let top = sums.touched.iter().zip(&shares).max_by(|one, other| one.1.total_cmp(other.1));
                let top = top.and_then(|(slot, _)| plan.first_score(self, *slot, &mut best));
                bar.best = bar.best.max(top.unwrap_or(0.0));
                continue;
            }
            bar.best = shares.iter().copied().fold(bar.best, f32::max).min(1.0);
            bar.last = bar.last.max(least_of_best(&shares));
        }
        let left = rest_of(next);
        let mut candidates: Vec<(f32, u32)> = sums
            .touched
            .iter()
            .zip(&shares)
            .filter(|(_, share)| **share + left >= bar.height())
            .map(|(slot, share)| (*share, *slot))
            .collect();
        // Nothing is known yet of those found as a whole, so they come first.
        candidates.extend(plan.whole().map(|slot| (f32::INFINITY, slot)));
        candidates.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        self.exact(plan, &candidates, left, bar)
    }

    /// The exact first scores of what may be among the best, and of these the best.
    fn exact(&self, plan: &Plan<'_>, candidates: &[(f32, u32)], left: f32, mut bar: Bar) -> Vec<Best> {
        let mut found: Vec<(u32, u32, f32)> = Vec::new();
        let mut best = Vec::new();
        let mut seen: Vec<u32> = Vec::new();
        let order = |one: &(u32, u32, f32), other: &(u32, u32, f32)| {
            other.2.total_cmp(&one.2).then(one.1.cmp(&other.1))
        };
        for (share, slot) in candidates {
            if share + left < bar.height() {
                break;
            }
            if share.is_infinite() {
                seen.push(*slot);
            }
            let Some(first) = plan.first_score(self, *slot, &mut best) else { continue };
            if first < bar.height() {
                continue;
            }
            let Some(doc) = self.doc(*slot) else { continue };
            found.push((*slot, doc.id, first));
            bar.best = bar.best.max(first);
            if found.len() >= 4 * MAX_FOUND {
                found.sort_unstable_by(order);
                found.dedup();
                found.truncate(MAX_FOUND);
                bar.last = bar.last.max(
                    found.last().map_or(0.0, |last| if found.len() == MAX_FOUND { last.2 } else { 0.0 }),
                );
            }
        }
        found.sort_unstable_by(order);
        found.dedup();
        let top = found.first().map_or(0.0, |best| best.2);
        found.retain(|(_, _, first)| *first >= FLOOR.max(top * SHARE));
        found.truncate(MAX_FOUND);
        let cover = |slot: u32| plan.cover(self, slot);
        found.into_iter().map(|(slot, _, first)| Best { slot, first, cover: cover(slot) }).collect()
    }
}
