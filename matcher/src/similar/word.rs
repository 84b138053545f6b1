//! Numbers with a bit for each character of a query.

use std::fmt::Debug;
use std::ops::{BitAnd, BitOr, BitXor, Not, Shl};

/// A number that is used as a set of places.
pub(super) trait Word:
    Copy
    + Debug
    + Eq
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + BitXor<Output = Self>
    + Not<Output = Self>
    + Shl<u32, Output = Self>
{
    /// How many places there are.
    const PLACES: usize;
    /// No place.
    const NONE: Self;

    /// The first place if `set`, or none.
    fn when(set: bool) -> Self;
    /// The first `count` places, or all.
    fn first(count: usize) -> Self;
    /// The sum of the numbers; what goes beyond the last bit is lost.
    fn plus(self, other: Self) -> Self;
    /// Only the lowest place.
    fn lowest(self) -> Self;
    /// The number of the lowest place.
    fn lowest_place(self) -> usize;
    /// How many places are in the set.
    fn count(self) -> u32;
}

macro_rules! word {
    ($($number:ty),*) => {$(
        impl Word for $number {
            const PLACES: usize = <$number>::BITS as usize;
            const NONE: Self = 0;

            #[inline]
            fn when(set: bool) -> Self {
                Self::from(set)
            }

            fn first(count: usize) -> Self {
                if count >= Self::PLACES { Self::MAX } else { (1 << count) - 1 }
            }

            #[inline]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline]
            fn lowest(self) -> Self {
                self & self.wrapping_neg()
            }

            #[inline]
            fn lowest_place(self) -> usize {
                self.trailing_zeros() as usize
            }

            #[inline]
            fn count(self) -> u32 {
                self.count_ones()
            }
        }
    )*};
}

word!(u64, u128);
