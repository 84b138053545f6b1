//! The search: the best by the first score, put in order by the second.

use std::cell::RefCell;

use super::plan::{Group, Mate, Plan};
use super::query::Query;
use super::score::{Shape, Whole};
use super::words::Words;
use super::{NameIndex, NameKind, Scored};

/// How many names get a second score, and so the most that a search finds.
pub const MAX_FOUND: usize = 30;

/// A name with less than this first score is not found.
pub(super) const FLOOR: f32 = 0.3;
/// A name with less than this share of the best first score is not found. Names of people are short, so that what has
/// less has little in common.
pub(super) fn least_share(kind: NameKind) -> f32 {
    match kind {
        NameKind::Company => 0.6,
        NameKind::Person => 0.7,
    }
}

/// What rounding may add to or take from a sum of gains.
const SLACK: f32 = 0.999;

/// Sums of names. Kept between the searches of a thread, since clearing them would cost more than a search.
#[derive(Default)]
struct Sums {
    /// For each slot where it is among the names, counted from one.
    places: Vec<u32>,
    names: Vec<Sum>,
}

/// What the words of one name have added.
#[derive(Clone, Copy)]
struct Sum {
    slot: u32,
    sum: f32,
    /// What the rarest of them is worth: the name is no shorter than that.
    worth: f32,
    /// The marks of the parts that are in it.
    parts: u32,
}

thread_local! {
    static SUMS: RefCell<Sums> = RefCell::default();
}

impl Sums {
    fn begin(&mut self, slots: usize) {
        for name in self.names.drain(..) {
            if let Some(place) = self.places.get_mut(name.slot as usize) {
                *place = 0;
            }
        }
        if self.places.len() < slots {
            self.places.resize(slots, 0);
        }
    }

    /// Adds what these words of a part add to the names they are in; to new names only if `open`.
    fn add(&mut self, index: &NameIndex, mark: u32, mates: &[Mate], open: bool) {
        for mate in mates {
            let Some(token) = index.vocabulary.get(mate.token) else { continue };
            let worth = token.worth.idf;
            for slot in token.postings.slots() {
                let Some(place) = self.places.get_mut(*slot as usize) else { continue };
                if *place == 0 {
                    if open {
                        self.names.push(Sum { slot: *slot, sum: mate.gain, worth, parts: mark });
                        // There are no more names than slots, which are 32 bits wide.
                        *place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
                    }
                } else if let Some(name) = self.names.get_mut(*place as usize - 1)
                    && name.parts & mark == 0
                {
                    // Else a better word of the same part was there.
                    name.sum += mate.gain;
                    name.worth = name.worth.max(worth);
                    name.parts |= mark;
                }
            }
        }
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

/// A name that may be among the best.
#[derive(Clone, Copy, Debug)]
struct Live {
    slot: u32,
    /// As much of the first score as is known.
    share: f32,
    /// What initials of the query add at most.
    lazy: f32,
}

impl Live {
    fn most(&self) -> f32 {
        self.share + self.lazy
    }
}

/// A share that at least [`MAX_FOUND`] names reach, to the nearest of 128 steps below, if it is above `floor`.
fn least_of_best(names: &[Live], floor: f32) -> f32 {
    const STEPS: f32 = 128.0;
    let mut counts = [0_u32; 129];
    for share in names.iter().map(|name| name.share).filter(|share| *share > floor) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share is between 0 and 1"
        )]
        let step = (share.min(1.0) * STEPS) as usize;
        if let Some(count) = counts.get_mut(step) {
            *count += 1;
        }
    }
    let mut above = 0;
    for (step, count) in (0_u16..129).zip(counts).rev() {
        above += count;
        if above as usize >= MAX_FOUND {
            return f32::from(step) / STEPS;
        }
    }
    0.0
}

/// The best so far and what a name must reach to matter still.
struct Bar {
    best: f32,
    last: f32,
    /// What share of the best is found.
    share: f32,
}

impl Bar {
    fn height(&self) -> f32 {
        FLOOR.max(self.best * self.share).max(self.last) * SLACK
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
        // What each group may add still.
        let mut caps: Vec<f32> = plan.groups.iter().map(|group| group.cap).collect();
        let rest = |caps: &[f32]| caps.iter().map(|cap| cap * cap).sum::<f32>().sqrt() / length;
        let mut bar = Bar { best: self.glimpse(plan), last: 0.0, share: least_share(self.kind) };
        let mut live: Vec<Live> = Vec::new();
        let mut done = 0;
        for (at, group) in plan.groups.iter().enumerate() {
            let mass = group.mass[0];
            let most = rest(&caps) + plan.lazy / length;
            // It costs a look at all names found so far to know whether new ones matter, which seldom do not as long as
            // they may be as good as that.
            if at > 0 && most < bar.share && mass > sums.names.len() * 4 {
                self.survey(plan, sums, length, rest(&caps), &mut bar, &mut live);
            }
            let open = most >= bar.height();
            if !open && sums.names.len() * 8 < mass {
                break; // What is found is looked at one by one.
            }
            group.parts.iter().for_each(|part| sums.add(self, part.mark, &part.firm, open));
            if let Some(cap) = caps.get_mut(at) {
                *cap = group.weak;
            }
            done = at + 1;
        }
        // A weak word adds to names that are found only, so all that find went before.
        for (group, cap) in plan.groups.iter().zip(&mut caps).take(done) {
            if sums.names.len() * 8 >= group.mass[1] {
                group.parts.iter().for_each(|part| sums.add(self, part.mark, &part.weak, false));
                *cap = 0.0;
            }
        }
        let left = rest(&caps);
        self.survey(plan, sums, length, left, &mut bar, &mut live);
        // Nothing is known yet of those found as a whole, so they come first.
        live.extend(plan.entire().map(|slot| Live { slot, share: f32::INFINITY, lazy: 0.0 }));
        live.sort_unstable_by(|one, other| {
            other.most().total_cmp(&one.most()).then(one.slot.cmp(&other.slot))
        });
        self.exact(plan, &live, left, bar)
    }

    /// The first score of a name that has the best words for two parts of the query, if that is soon found: the sooner
    /// the bar is high, the fewer names are touched.
    fn glimpse(&self, plan: &Plan<'_>) -> f32 {
        const FEW: usize = 4;
        let lists: Vec<&[u32]> =
            plan.groups.iter().take(FEW).filter_map(|group| self.best_list(group)).collect();
        for (at, few) in lists.iter().enumerate() {
            for many in lists.iter().skip(at + 1) {
                let mut many = *many;
                let mut both = few.iter().filter(|slot| {
                    many = many.get(many.partition_point(|one| one < *slot)..).unwrap_or_default();
                    many.first() == Some(*slot)
                });
                let mut best = Vec::new();
                let firsts =
                    both.by_ref().take(FEW).filter_map(|slot| plan.first_score(self, *slot, &mut best));
                let first = firsts.fold(0.0_f32, f32::max);
                if first > 0.0 {
                    return first;
                }
            }
        }
        0.0
    }

    /// The names with the word that answers a group best.
    fn best_list(&self, group: &Group) -> Option<&[u32]> {
        let firsts = group.parts.iter().filter_map(|part| part.firm.first());
        let best = firsts.max_by(|one, other| one.gain.total_cmp(&other.gain))?;
        Some(self.vocabulary.get(best.token)?.postings.slots())
    }

    /// Raises the bar to what the names found so far reach, and gathers those that may matter if `left` is added.
    fn survey(
        &self,
        plan: &Plan<'_>,
        sums: &Sums,
        length: f32,
        left: f32,
        bar: &mut Bar,
        live: &mut Vec<Live>,
    ) {
        live.clear();
        let (mut top, mut most) = (None, bar.best);
        let mut height = bar.height() - left;
        let lazy_most = plan.lazy / length;
        let mut least = (height - lazy_most) * length;
        // Those with several words go first, since they raise the bar.
        for several in [true, false] {
            for name in
                sums.names.iter().filter(|name| (name.parts & name.parts.wrapping_sub(1) != 0) == several)
            {
                // Lengths lie far apart in memory, so those that can make no difference are not fetched.
                if name.sum < name.worth * least {
                    continue;
                }
                let share = name.sum / (length * self.mark(name.slot).norm);
                if share > most {
                    (top, most) = (Some(name.slot), share);
                    if plan.exact {
                        bar.best = share.min(1.0);
                        height = bar.height() - left;
                        least = (height - lazy_most) * length;
                    }
                }
                let lazy = if plan.lazy > 0.0 && share + lazy_most >= height {
                    plan.lazy_of(self.mark(name.slot).initials) / length
                } else {
                    0.0
                };
                if share + lazy >= height {
                    live.push(Live { slot: name.slot, share, lazy });
                }
            }
        }
        if plan.exact {
            bar.last = bar.last.max(least_of_best(live, bar.height()));
        } else if let Some(first) = top.and_then(|slot| plan.first_score(self, slot, &mut Vec::new())) {
            // The sums may count twice; the true score of the best of them is a safe bar.
            bar.best = bar.best.max(first);
        }
        let height = bar.height() - left;
        live.retain(|name| name.most() >= height);
    }

    /// The exact first scores of what may be among the best, and of these the best.
    fn exact(&self, plan: &Plan<'_>, candidates: &[Live], left: f32, mut bar: Bar) -> Vec<Best> {
        let mut found: Vec<(u32, u32, f32)> = Vec::new();
        let mut best = Vec::new();
        let order = |one: &(u32, u32, f32), other: &(u32, u32, f32)| {
            other.2.total_cmp(&one.2).then(one.1.cmp(&other.1))
        };
        for name in candidates {
            let slot = name.slot;
            if name.most() + left < bar.height() {
                break;
            }
            let Some(first) = plan.first_score(self, slot, &mut best) else { continue };
            if first < bar.height() {
                continue;
            }
            let Some(doc) = self.doc(slot) else { continue };
            found.push((slot, doc.id, first));
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
        found.retain(|(_, _, first)| *first >= FLOOR.max(top * bar.share));
        found.truncate(MAX_FOUND);
        let cover = |slot: u32| plan.cover(self, slot);
        found.into_iter().map(|(slot, _, first)| Best { slot, first, cover: cover(slot) }).collect()
    }
}
