//! The Jaro-Winkler similarity of a query and a name, a bit for each character.

use super::lcs::LANES;
use super::letter::Letter;
use super::pattern::Pattern;
use super::word::Word;

/// The characters that a query and a name have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matches<W> {
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

/// What a query has in common with each of some equally long names. From the beginning of a name on, each character
/// is matched with the first equal one in its window of the query that is still free.
#[inline]
pub(super) fn matches<T: Letter, W: Word>(
    pattern: &Pattern<W>,
    query: usize,
    names: [&[T]; LANES],
) -> [Matches<W>; LANES] {
    let [a, b, c, d] = names;
    let (bound, end) = window(query, a.len());
    let mut matches = [Matches { query: W::NONE, name: W::NONE }; LANES];
    let mut window = W::first(bound);
    let mut place = W::when(true);
    for (at, (((a, b), c), d)) in a.iter().zip(b).zip(c).zip(d).take(end).enumerate() {
        // It grows at one end as long as the other one is before the beginning.
        window = (window << 1) | W::when(at <= bound);
        step(&mut matches[0], a.places(pattern) & window, place);
        step(&mut matches[1], b.places(pattern) & window, place);
        step(&mut matches[2], c.places(pattern) & window, place);
        step(&mut matches[3], d.places(pattern) & window, place);
        place = place << 1;
    }
    matches
}

#[inline]
fn step<W: Word>(matches: &mut Matches<W>, near: W, place: W) {
    let free = near & !matches.query;
    matches.query = matches.query | free.lowest();
    matches.name = matches.name | if free == W::NONE { W::NONE } else { place };
}

impl<W: Word> Matches<W> {
    /// How many there are.
    #[inline]
    pub(super) fn count(self) -> u32 {
        self.query.count()
    }

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

/// The Jaro-Winkler similarity of a query and a name of which the characters in common are known; none if the Jaro
/// similarity is less than `least`.
#[inline]
pub(super) fn score<T: Letter, W: Word>(
    pattern: &Pattern<W>,
    query: &[char],
    name: &[T],
    matches: Matches<W>,
    least: f64,
) -> Option<f64> {
    let prefix = query.iter().zip(name).take(4).take_while(|(one, other)| **one == other.char()).count();
    let jaro = match (query.len(), name.len()) {
        (0, 0) => 1.0,
        (0, _) | (_, 0) => 0.0,
        (1, 1) => prefix as f64,
        (query, name_length) => {
            let common = f64::from(matches.count());
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
