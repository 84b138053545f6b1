//! The Jaro-Winkler similarity of a query of at most 64 characters and a name, a bit for each character.

use super::letter::Letter;
use super::pattern::{Pattern, WORD};

/// The characters that a query and a name have in common.
#[derive(Clone, Copy, Debug, Default)]
struct Matches {
    query: u64,
    name: u64,
}

/// How far apart two equal characters may stand, and how many of the name's can be in common at all.
fn window(query: usize, name: usize) -> (usize, usize) {
    let bound = (query.max(name) / 2).saturating_sub(1);
    (bound, name.min(query + bound))
}

/// Whether [`score`] can compare names of this length with such a query.
pub(super) fn fits(query: usize, name: usize) -> bool {
    query <= WORD && window(query, name).1 <= WORD
}

/// The Jaro-Winkler similarity of a query and a name, which must [fit](fits); none if they have less than `need`
/// characters in common.
pub(super) fn score<T: Letter>(pattern: &Pattern, query: &[char], name: &[T], need: u8) -> Option<f64> {
    let prefix = query.iter().zip(name).take(4).take_while(|(one, other)| **one == other.char()).count();
    let jaro = match (query.len(), name.len()) {
        (0, 0) => 1.0,
        (0, _) | (_, 0) => 0.0,
        (1, 1) => prefix as f64,
        _ => {
            let matches = matches(pattern, query.len(), name);
            let common = matches.query.count_ones();
            if common < u32::from(need) {
                return None;
            }
            jaro(query.len(), name.len(), common, transposed(pattern, name, matches))
        }
    };
    Some(winkler(jaro, prefix))
}

/// From the beginning of the name on, each character is matched with the first equal one in the window of the query
/// that is still free.
#[inline]
fn matches<T: Letter>(pattern: &Pattern, query: usize, name: &[T]) -> Matches {
    let (bound, end) = window(query, name.len());
    let mut matches = Matches::default();
    let mut window = if bound >= WORD { u64::MAX } else { (1 << bound) - 1 };
    for (place, letter) in name.iter().take(end).enumerate() {
        // It grows at one end as long as the other one is before the beginning.
        window = (window << 1) | u64::from(place <= bound);
        let free = letter.places(pattern) & window & !matches.query;
        matches.query |= free & free.wrapping_neg();
        matches.name |= u64::from(free != 0) << place;
    }
    matches
}

/// How many of the characters in common do not stand in the same order.
fn transposed<T: Letter>(pattern: &Pattern, name: &[T], mut matches: Matches) -> u32 {
    let mut transposed = 0;
    while matches.name != 0 {
        let place = matches.name.trailing_zeros() as usize;
        let bit = matches.query & matches.query.wrapping_neg();
        let places = name.get(place).map_or(0, |letter| letter.places(pattern));
        transposed += u32::from(places & bit == 0);
        matches.name &= matches.name - 1;
        matches.query ^= bit;
    }
    transposed
}

/// The order of the operations decides the last bit, so it is that of the crate `rapidfuzz`.
fn jaro(query: usize, name: usize, common: u32, transposed: u32) -> f64 {
    if common == 0 {
        return 0.0;
    }
    let matched = f64::from(common);
    let mut sum = 0.0;
    sum += matched / query as f64;
    sum += matched / name as f64;
    sum += (matched - f64::from(transposed / 2)) / matched;
    sum / 3.0
}

fn winkler(mut score: f64, prefix: usize) -> f64 {
    if score > 0.7 {
        score += prefix as f64 * 0.1 * (1.0 - score);
    }
    1.0 - (1.0 - score)
}
