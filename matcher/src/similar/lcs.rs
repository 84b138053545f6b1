//! The longest common subsequence of a query of at most 64 characters and a name, a bit for each character.
//!
//! Hyyrö, "Bit-parallel LCS-length computation revisited" (2004).

use super::letter::Letter;
use super::pattern::Pattern;

/// How many names are compared at once. Each step of one waits for the step before, so that alone most of the
/// machine would idle.
pub(super) const LANES: usize = 4;

/// The lengths of the longest common subsequences of the query and each of the names, which are equally long.
#[inline]
pub(super) fn lengths<T: Letter>(pattern: &Pattern, names: [&[T]; LANES]) -> [u32; LANES] {
    let [a, b, c, d] = names;
    let mut open = [!0_u64; LANES];
    for (((a, b), c), d) in a.iter().zip(b).zip(c).zip(d) {
        step(&mut open[0], a.places(pattern));
        step(&mut open[1], b.places(pattern));
        step(&mut open[2], c.places(pattern));
        step(&mut open[3], d.places(pattern));
    }
    open.map(u64::count_zeros)
}

#[inline]
fn step(open: &mut u64, places: u64) {
    let taken = *open & places;
    *open = open.wrapping_add(taken) | (*open - taken);
}
