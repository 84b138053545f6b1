//! What a name must share with the query to pass a hurdle.
//!
//! All numbers are lower bounds: rounding is taken into account, and a name that shares as many may still fail.

/// More than every error of rounding in a score, less than any difference that matters.
const SLACK: f64 = 1e-9;

/// What is needed, by how many of the first four characters agree.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Need {
    /// The letters in common. A number that cannot be reached is 255.
    pub(super) letters: [u8; 5],
    /// The Jaro similarity; of no meaning to the other scorers.
    pub(super) jaro: [f64; 5],
}

/// What is needed for an Indel similarity of `hurdle` of two names of these lengths; none if they cannot have it.
pub(super) fn indel(query: usize, name: usize, hurdle: f64) -> Option<Need> {
    let letters = (hurdle - SLACK) * (query + name) as f64 / 2.0;
    Some(Need { letters: [possible(letters, query.min(name))?; 5], jaro: [0.0; 5] })
}

/// The same for the Jaro-Winkler similarity.
pub(super) fn jaro_winkler(query: usize, name: usize, hurdle: f64) -> Option<Need> {
    let jaro = [0, 1, 2, 3, 4].map(|prefix| jaro_for(hurdle, prefix));
    if query == 0 || name == 0 {
        return Some(Need { letters: [0; 5], jaro });
    }
    let shortest = query.min(name);
    let each = 1.0 / query as f64 + 1.0 / name as f64;
    // Jaro is a third of m/a + m/b + (m - t)/m with m letters in common; the last term is at most 1.
    let letters = jaro.map(|jaro| possible((3.0 * jaro - 1.0 - SLACK) / each, shortest));
    // The more characters agree, the less is needed.
    letters[4]?;
    Some(Need { letters: letters.map(|letters| letters.unwrap_or(u8::MAX)), jaro })
}

/// The Jaro similarity that is needed for a Jaro-Winkler similarity of `hurdle`.
fn jaro_for(hurdle: f64, prefix: u8) -> f64 {
    let hurdle = hurdle - SLACK;
    if hurdle <= 0.7 {
        // What is not raised passes by itself, and what is raised is above 0.7 before that.
        return hurdle;
    }
    let raise = 0.1 * f64::from(prefix);
    ((hurdle - raise) / (1.0 - raise)).max(0.7)
}

fn possible(need: f64, shortest: usize) -> Option<u8> {
    // A conversion to an integer stops at its limits.
    let need = need.ceil().max(0.0) as usize;
    (need <= shortest).then(|| u8::try_from(need).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::super::pattern::Pattern;
    use super::super::signature::{self, Head, SCAN, Survivor};
    use super::super::{jaro, lcs};
    use super::*;

    proptest! {
        /// No bound says no to a name whose score is the hurdle itself.
        #[test]
        fn what_passes_is_never_left_out(query in "[abc ]{1,12}", name in "[abcé ]{1,12}") {
            let (query, name): (Vec<char>, Vec<char>) = (query.chars().collect(), name.chars().collect());
            let pattern = Pattern::<u64>::new(&query);
            let signatures = [signature::of(&name)];
            let ordered = lcs::lengths(&pattern, [&name[..]; lcs::LANES])[0];
            let mut survivors = [Survivor::default(); SCAN];

            let ratio = 2.0 * f64::from(ordered) / (query.len() + name.len()) as f64;
            let need = indel(query.len(), name.len(), ratio).unwrap();
            let own = signature::of(&query);
            prop_assert_eq!(signature::scan(&own, &signatures, need.letters[0], &mut survivors), 1);

            let score = jaro::score(&pattern, &query, &name, f64::NEG_INFINITY).unwrap();
            let need = jaro_winkler(query.len(), name.len(), score).unwrap();
            let heads = [Head::of(&name)];
            let query_of = (&own, Head::of(&query));
            let count = signature::scan_with_heads(query_of, &signatures, &heads, &need.letters, &mut survivors);
            prop_assert_eq!(count, 1);
            let least = need.jaro[survivors[0].prefix()];
            let common = survivors[0].common();
            prop_assert!(jaro::can_be(query.len(), name.len(), common, ordered, least));
            prop_assert_eq!(jaro::score(&pattern, &query, &name, least), Some(score));
        }
    }

    #[test]
    fn what_cannot_pass_is_left_out() {
        assert!(indel(10, 30, 0.6).is_none() && indel(10, 30, 0.5).is_some());
        assert!(jaro_winkler(10, 100, 0.9).is_none());
        assert_eq!(jaro_winkler(10, 10, 1.0).map(|need| need.letters), Some([10; 5]));
        assert_eq!(jaro_winkler(10, 10, 0.9).map(|need| need.letters), Some([9, 9, 9, 8, 8]));
    }
}
