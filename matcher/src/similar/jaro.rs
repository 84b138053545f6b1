//! The Jaro-Winkler similarity of a query and a name, a bit for each character.

use super::letter::Letter;
use super::pattern::Pattern;
use super::word::Word;

/// The characters that a query and a name have in common.
#[derive(Clone, Copy, Debug)]
struct Matches<W> {
    query: W,
    name: W,
}

/// How far apart two equal characters may stand, and how many of the name's can be in common at all.
fn window(query: usize, name: usize) -> (usize, usize) {
    let bound = (query.max(name) / 2).saturating_sub(1);
    (bound, name.min(query + bound))
}

/// How many places a word must have for comparing texts of these lengths.
pub(super) fn places(query: usize, name: usize) -> usize {
    query.max(window(query, name).1)
}

/// Whether the Jaro similarity of texts of these lengths can be `least`, if they have at most `common` letters in
/// common and their longest common subsequence is `ordered` long.
///
/// With `m` characters matched, those that stand in the same order are a common subsequence, so at least `m -
/// ordered` do not, and half of them, rounded down, count. The bound that follows,
/// `m/query + m/name + (m + ordered + 1)/2m`, is convex in `m`: it is greatest at an end.
#[inline]
pub(super) fn can_be(query: usize, name: usize, common: u8, ordered: u32, least: f64) -> bool {
    let matched = usize::from(common).min(query).min(name) as f64;
    let ordered = f64::from(ordered) + 1.0;
    let each = 1.0 / query as f64 + 1.0 / name as f64;
    let least = 3.0 * least - 1e-9;
    // The first is also right where a length is none.
    matched <= ordered
        || ordered * each + 1.0 >= least
        || matched * each + 0.5 + ordered / (2.0 * matched) >= least
}

/// What a query and a name have in common. From the beginning of the name on, each character is matched with the
/// first equal one in its window of the query that is still free.
fn matches<T: Letter, W: Word>(pattern: &Pattern<W>, query: usize, name: &[T]) -> Matches<W> {
    let (bound, end) = window(query, name.len());
    let mut matches = Matches { query: W::NONE, name: W::NONE };
    let mut window = W::first(bound);
    let mut place = W::when(true);
    for (at, letter) in name.iter().take(end).enumerate() {
        // It grows at one end as long as the other one is before the beginning.
        window = (window << 1) | W::when(at <= bound);
        let free = letter.places(pattern) & window & !matches.query;
        matches.query = matches.query | free.lowest();
        matches.name = matches.name | if free == W::NONE { W::NONE } else { place };
        place = place << 1;
    }
    matches
}

impl<W: Word> Matches<W> {
    /// How many do not stand in the same order; none if more than `most`.
    #[inline]
    fn transposed<T: Letter>(mut self, pattern: &Pattern<W>, name: &[T], most: u32) -> Option<u32> {
        let mut transposed = 0;
        while self.name != W::NONE {
            let one = self.query.lowest();
            let places = name.get(self.name.lowest_place()).map_or(W::NONE, |letter| letter.places(pattern));
            if places & one == W::NONE {
                transposed += 1;
                if transposed > most {
                    return None;
                }
            }
            self.name = self.name ^ self.name.lowest();
            self.query = self.query ^ one;
        }
        Some(transposed)
    }
}

/// The Jaro-Winkler similarity of a query and a name; none if the Jaro similarity is less than `least`.
///
/// The word must have as many [`places`] as are needed.
pub(super) fn score<T: Letter, W: Word>(
    pattern: &Pattern<W>,
    query: &[char],
    name: &[T],
    least: f64,
) -> Option<f64> {
    let prefix = query.iter().zip(name).take(4).take_while(|(one, other)| **one == other.char()).count();
    let jaro = match (query.len(), name.len()) {
        (0, 0) => 1.0,
        (0, _) | (_, 0) => 0.0,
        (1, 1) => prefix as f64,
        (query, name_length) => {
            let matches = matches(pattern, query, name);
            let common = f64::from(matches.query.count());
            let sum = common / query as f64 + common / name_length as f64;
            // A third of it is `least` if this many are transposed; one more because half of them are rounded down.
            let most = 2.0 * common * (1.0 + sum - 3.0 * least) + 1.0 + 1e-6;
            if most < 0.0 {
                return None;
            }
            let transposed = matches.transposed(pattern, name, most as u32)?;
            jaro(query, name_length, common, transposed)
        }
    };
    Some(winkler(jaro, prefix))
}

/// The order of the operations decides the last bit, so it is that of the crate `rapidfuzz`.
fn jaro(query: usize, name: usize, common: f64, transposed: u32) -> f64 {
    if common == 0.0 {
        return 0.0;
    }
    let mut sum = common / query as f64;
    sum += common / name as f64;
    sum += (common - f64::from(transposed / 2)) / common;
    sum / 3.0
}

fn winkler(mut score: f64, prefix: usize) -> f64 {
    if score > 0.7 {
        score += prefix as f64 * 0.1 * (1.0 - score);
    }
    1.0 - (1.0 - score)
}
