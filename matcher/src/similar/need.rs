//! The letters that a name must share with the query to pass a hurdle.
//!
//! All numbers are lower bounds: rounding is taken into account, and a name that shares as many may still fail.

/// More than every error of rounding in a score, less than any difference that matters.
const SLACK: f64 = 1e-9;

/// The letters that two names of these lengths must share for an Indel similarity of `hurdle`; none if no number is
/// enough.
pub(super) fn indel(query: usize, name: usize, hurdle: f64) -> Option<u8> {
    let need = (hurdle - SLACK) * (query + name) as f64 / 2.0;
    possible(need, query.min(name))
}

/// The same for the Jaro-Winkler similarity of two names of which the first `0`, `1`, …, `4` characters agree.
/// A number that cannot be reached is 255.
pub(super) fn jaro_winkler(query: usize, name: usize, hurdle: f64) -> Option<[u8; 5]> {
    if query == 0 || name == 0 {
        return Some([0; 5]);
    }
    let shortest = query.min(name);
    // Jaro is a third of m/a + m/b + (m - t)/m with m letters in common; the last term is at most 1.
    let need = |prefix: usize| {
        let sum = 3.0 * jaro_for(hurdle, prefix) - 1.0 - SLACK;
        possible(sum / (1.0 / query as f64 + 1.0 / name as f64), shortest)
    };
    need(4)?;
    Some([0, 1, 2, 3, 4].map(|prefix| need(prefix).unwrap_or(u8::MAX)))
}

/// The Jaro similarity that is needed for a Jaro-Winkler similarity of `hurdle`.
fn jaro_for(hurdle: f64, prefix: usize) -> f64 {
    let hurdle = hurdle - SLACK;
    if hurdle <= 0.7 {
        // What is not raised passes by itself, and what is raised is above 0.7 before that.
        return hurdle;
    }
    let raise = 0.1 * prefix as f64;
    ((hurdle - raise) / (1.0 - raise)).max(0.7)
}

fn possible(need: f64, shortest: usize) -> Option<u8> {
    // A conversion to an integer stops at its limits.
    let need = need.ceil().max(0.0) as usize;
    (need <= shortest).then(|| u8::try_from(need).unwrap_or(u8::MAX))
}
