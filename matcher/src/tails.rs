//! Telling most hosts that end in none of some names from those that do, at the cost of one read.

/// A bit for the last bytes of each of some names. Several may share a bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tails {
    /// Which of eight bytes count: as many as the shortest name has.
    mask: u64,
    bits: [u64; 16],
}

impl Tails {
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        let shortest = names.clone().map(str::len).min().unwrap_or(8).min(8);
        // The last byte is the highest one.
        let mask = u64::MAX.checked_shl(u32::try_from(64 - 8 * shortest).unwrap_or(64)).unwrap_or(0);
        let mut tails = Self { mask, bits: [0; 16] };
        for name in names {
            let bytes = name.as_bytes().iter().rev().take(8).rev();
            let tail = bytes.fold(0, |tail, byte| tail >> 8 | u64::from(*byte) << 56);
            let (word, bit) = tails.place(tail);
            if let Some(word) = tails.bits.get_mut(word) {
                *word |= 1 << bit;
            }
        }
        tails
    }

    /// What tells nothing apart.
    pub(crate) fn of_all() -> Self {
        Self { mask: 0, bits: [u64::MAX; 16] }
    }

    /// `false` if `text` ends in none of the names.
    #[inline]
    pub(crate) fn may_end(&self, text: &str) -> bool {
        let Some(tail) = text.as_bytes().last_chunk() else { return true };
        let (word, bit) = self.place(u64::from_le_bytes(*tail));
        self.bits.get(word).is_some_and(|word| word >> bit & 1 == 1)
    }

    #[inline]
    fn place(&self, tail: u64) -> (usize, u64) {
        let mixed = (tail & self.mask).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed >> 60) as usize, mixed >> 54 & 63)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_in_one_passes_and_most_others_do_not() {
        let names = ["us.example", "x.com", "resource.calendar.example"];
        let tails = Tails::new(names.into_iter());
        for name in names {
            assert!(tails.may_end(&format!("jane@{name}")) && tails.may_end(&format!("jane@mail.{name}")));
        }
        let passed = (0..1000).filter(|n| tails.may_end(&format!("jane@acme{n}.com"))).count();
        assert!(passed < 100, "{passed}");
        assert!(tails.may_end("x.com") && !tails.may_end("jane@y.com"));
    }

    #[test]
    fn none_ends_nothing_and_an_empty_one_everything() {
        assert!(!Tails::new([].into_iter()).may_end("jane@acme.com"));
        assert!(Tails::new(["", "acme.com"].into_iter()).may_end("jane@other.com"));
        assert!(Tails::of_all().may_end("jane@acme.com"));
    }
}
