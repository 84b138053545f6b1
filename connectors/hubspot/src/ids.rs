//! Paging by record id: the one order that edits cannot disturb.
//!
//! Pages by offset lose records when one before them leaves the result, and end at 10,000. An id never
//! changes, so what has an id in the range comes, however many records share a millisecond and whatever is
//! edited meanwhile.

use serde::{Deserialize, Serialize};

/// The ids that are still to be read. Both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IdRange {
    pub(crate) low: u64,
    /// `None` reaches to the greatest id there is.
    pub(crate) high: Option<u64>,
    /// Whether a page of this pass was not in order. No other is trusted to be then: a short one is now and then by accident.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) disorder: bool,
}

/// What a page of a range means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Its records count, and this is still to be read.
    Read(Option<IdRange>),
    /// It is not in order, so that nobody knows what it lacks: read this smaller range instead.
    Narrow(IdRange),
}

impl IdRange {
    pub(crate) const ALL: Self = Self { low: 0, high: None, disorder: false };

    /// What follows a page with the ids `found`. `more` says that the provider holds back further records of
    /// the range.
    pub(crate) fn step(self, found: &[u64], more: bool) -> Step {
        if !more {
            return Step::Read(self.after_all(found));
        }
        let inside = |id: &u64| *id >= self.low && self.high.is_none_or(|high| *id <= high);
        let ordered = !self.disorder && found.is_sorted() && found.iter().all(inside);
        if let Some(last) = found.last().filter(|_| ordered) {
            return Step::Read(self.rest_after(*last));
        }
        // A page without any id says nothing about where the others are.
        const SOMEWHERE: u64 = 1 << 52;
        let top = self.high.or_else(|| found.iter().copied().max()).unwrap_or(SOMEWHERE).max(self.low);
        let middle = self.low + (top - self.low) / 2;
        if self.high == Some(middle) {
            // One id alone, and still more is promised: there is no more to it.
            return Step::Read(self.rest_after(middle));
        }
        Step::Narrow(Self { low: self.low, high: Some(middle), disorder: true })
    }

    /// What is left once everything up to `last` is read. After a narrowed range comes the open one.
    fn rest_after(self, last: u64) -> Option<Self> {
        let high = self.high.filter(|high| *high > last);
        last.checked_add(1).map(|low| Self { low, high, ..self })
    }

    /// What is left once the whole range is read: where ids were found, about as many again as fitted.
    fn after_all(self, found: &[u64]) -> Option<Self> {
        let last = self.high?;
        let wide = (last - self.low.min(last)).saturating_add(1).saturating_mul(2);
        let high = (self.disorder && !found.is_empty()).then(|| last.saturating_add(wide));
        last.checked_add(1).map(|low| Self { low, high, ..self })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn range(low: u64, high: Option<u64>) -> IdRange {
        IdRange { low, high, disorder: false }
    }

    fn disordered(low: u64, high: Option<u64>) -> IdRange {
        IdRange { low, high, disorder: true }
    }

    #[test]
    fn a_page_in_order_is_followed_by_what_comes_after_its_last_id() {
        let step = IdRange::ALL.step(&[3, 5, 9], true);
        assert_eq!(step, Step::Read(Some(range(10, None))));
        assert_eq!(range(10, None).step(&[12], false), Step::Read(None));
    }

    #[test]
    fn a_page_out_of_order_is_read_again_in_smaller_parts() {
        let part = disordered(0, Some(50));
        assert_eq!(IdRange::ALL.step(&[9, 3, 100], true), Step::Narrow(part));
        // As many ids again, and all that is left where there are none.
        assert_eq!(part.step(&[9, 3], false), Step::Read(Some(disordered(51, Some(152)))));
        assert_eq!(disordered(51, Some(152)).step(&[], false), Step::Read(Some(disordered(153, None))));
        assert_eq!(disordered(153, None).step(&[200], false), Step::Read(None));
    }

    #[test]
    fn once_out_of_order_no_page_is_trusted_to_be_in_order() {
        assert_eq!(disordered(0, Some(50)).step(&[1, 2, 3], true), Step::Narrow(disordered(0, Some(25))));
        assert_eq!(range(0, Some(50)).step(&[1, 2, 3], true), Step::Read(Some(range(4, Some(50)))));
    }

    #[test]
    fn an_empty_page_that_promises_more_comes_to_an_end() {
        let (mut range, mut steps) = (IdRange::ALL, 0);
        while let Step::Narrow(next) = range.step(&[], true) {
            range = next;
            steps += 1;
        }
        assert!(steps <= 60 && range.low == 0 && range.high == Some(0));
    }

    /// Spreads numbers evenly (SplitMix64), so that no page is in order by accident.
    fn scatter(number: u64) -> u64 {
        let a = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let b = (a ^ (a >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        b ^ (b >> 31)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// A provider that ignores the order asked for, but filters and says truly whether there is more.
        #[test]
        fn every_id_comes_from_a_provider_that_shuffles(
            ids in prop::collection::btree_set(1u64..5_000, 0..400),
            seed in any::<u64>(),
        ) {
            let (mut range, mut got, mut calls) = (IdRange::ALL, BTreeSet::new(), 0u64);
            loop {
                calls += 1;
                prop_assert!(calls < 2_000);
                let inside = |id: &u64| *id >= range.low && range.high.is_none_or(|high| *id <= high);
                let mut held: Vec<u64> = ids.iter().copied().filter(inside).collect();
                held.sort_by_key(|id| scatter(id.wrapping_add(scatter(seed.wrapping_add(calls)))));
                let more = held.len() > 20;
                held.truncate(20);
                match range.step(&held, more) {
                    Step::Narrow(next) => range = next,
                    Step::Read(next) => {
                        got.extend(held);
                        match next { Some(next) => range = next, None => break }
                    }
                }
            }
            prop_assert_eq!(got, ids);
        }
    }
}
