//! What histories came to, so that none of them can pass by doing nothing.

use std::ops::AddAssign;

/// Counts over one history or several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Syncs after which everything was compared.
    pub compared: usize,
    /// Meetings compared, kept and dropped.
    pub kept: usize,
    pub dropped: usize,
    /// Of the kept ones, those with more than one copy.
    pub merged: usize,
    /// Entries of the feed in the end.
    pub told: usize,
    /// Workers that died, and that were held up while something else happened.
    pub died: usize,
    pub held_up: usize,
    /// Syncs in which somebody else took over, or a provider failed.
    pub cut: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.compared += other.compared;
        self.kept += other.kept;
        self.dropped += other.dropped;
        self.merged += other.merged;
        self.told += other.told;
        self.died += other.died;
        self.held_up += other.held_up;
        self.cut += other.cut;
    }
}

impl Tally {
    /// Panics unless what histories are for has happened. Whether a sync is cut short is a matter of chance.
    pub fn assert_worth_it(&self) {
        let Self { compared, kept, dropped, merged, told, died, held_up, .. } = *self;
        let all = [compared, kept, dropped, merged, told, died, held_up];
        assert!(all.iter().all(|count| *count > 0), "these histories prove little: {self:?}");
    }
}
