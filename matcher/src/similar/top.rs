//! The best names so far.

use std::cmp::Ordering;

use super::Hit;

/// At most `k` names that are good enough, the best first; of two equally good ones the smaller id.
#[derive(Debug)]
pub(super) struct Top {
    k: usize,
    cutoff: f64,
    hits: Vec<Hit>,
}

impl Top {
    pub(super) fn new(k: usize, cutoff: f64) -> Self {
        // Nothing is smaller than what is no number, so it leaves out nothing.
        let cutoff = if cutoff.is_nan() { f64::NEG_INFINITY } else { cutoff };
        Self { k, cutoff, hits: Vec::with_capacity(k.min(64)) }
    }

    /// What scores less is out.
    #[inline]
    pub(super) fn hurdle(&self) -> f64 {
        match self.hits.last() {
            Some(last) if self.hits.len() >= self.k => last.score.max(self.cutoff),
            _ => self.cutoff,
        }
    }

    /// Takes in a name, unless others are better. A name may come twice.
    #[inline]
    pub(super) fn offer(&mut self, id: u32, score: f64) {
        if score >= self.hurdle() {
            self.insert(Hit { id, score });
        }
    }

    fn insert(&mut self, hit: Hit) {
        if let Err(at) = self.hits.binary_search_by(|other| order(other, &hit))
            && at < self.k
        {
            self.hits.truncate(self.k - 1);
            self.hits.insert(at, hit);
        }
    }

    pub(super) fn into_hits(self) -> Vec<Hit> {
        self.hits
    }
}

fn order(one: &Hit, other: &Hit) -> Ordering {
    other.score.total_cmp(&one.score).then(one.id.cmp(&other.id))
}
