//! The longest common subsequence of a query and a name, a bit for each character of the query.
//!
//! Hyyrö, "Bit-parallel LCS-length computation revisited" (2004).

use super::letter::Letter;
use super::pattern::Pattern;
use super::word::Word;

/// How many names are compared at once. Each step of one waits for the step before, so that alone most of the
/// machine would idle.
pub(super) const LANES: usize = 4;

/// The lengths of the longest common subsequences of the query, which must fit in a word, and each of the names,
/// which must be equally long.
#[inline]
pub(super) fn lengths<T: Letter, W: Word>(pattern: &Pattern<W>, names: [&[T]; LANES]) -> [u32; LANES] {
    let [a, b, c, d] = names;
    let mut open = [!W::NONE; LANES];
    for (((a, b), c), d) in a.iter().zip(b).zip(c).zip(d) {
        step(&mut open[0], a.places(pattern));
        step(&mut open[1], b.places(pattern));
        step(&mut open[2], c.places(pattern));
        step(&mut open[3], d.places(pattern));
    }
    open.map(|open| (!open).count())
}

#[inline]
fn step<W: Word>(open: &mut W, places: W) {
    let taken = *open & places;
    *open = open.plus(taken) | (*open & !places);
}
