//! Telling most texts that are not in a set from those that are, at the cost of one read.

/// A bit for each of some texts, set by its ends and its length. Several texts may share a bit.
///
/// No secret goes into the place of a bit: whoever chooses texts so that they share one makes the set itself be asked,
/// and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sieve {
    /// None, or a power of two of them.
    words: Vec<u64>,
}

impl Sieve {
    /// Sixteen bits for each text at least, so that some sixteenth of all others is not told apart.
    pub(crate) fn new<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Self {
        let count = texts.clone().count();
        if count == 0 {
            return Self::default();
        }
        let mut words = vec![0; (count / 4).next_power_of_two()];
        for text in texts {
            let (word, bit) = place(text, words.len());
            if let Some(word) = words.get_mut(word) {
                *word |= 1 << bit;
            }
        }
        Self { words }
    }

    /// `false` if `text` is none of the texts.
    #[inline]
    pub(crate) fn may_have(&self, text: &str) -> bool {
        if self.words.is_empty() {
            return false;
        }
        let (word, bit) = place(text, self.words.len());
        self.words.get(word).is_some_and(|word| word >> bit & 1 == 1)
    }
}

#[inline]
fn place(text: &str, words: usize) -> (usize, u64) {
    let text = text.as_bytes();
    let ends = match (text.first_chunk(), text.last_chunk(), text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last), ..) => {
            u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(27)
        }
        (_, _, Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => text.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    };
    let mixed = (ends ^ text.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed >> 24) as usize & (words - 1), mixed >> 58)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_it_passes_and_most_others_do_not() {
        let texts: Vec<String> = (0..5_000).map(|n| format!("{n}.example")).collect();
        let sieve = Sieve::new(texts.iter().map(String::as_str));
        assert!(texts.iter().all(|text| sieve.may_have(text)));
        let passed = (5_000..25_000).filter(|n| sieve.may_have(&format!("{n}.example"))).count();
        assert!(passed < 4_000, "{passed}");
        assert!(!Sieve::default().may_have("") && !Sieve::default().may_have("a"));
    }

    #[test]
    fn short_texts_are_told_apart() {
        let sieve = Sieve::new(["", "a", "info"].into_iter());
        assert!(["", "a", "info"].iter().all(|text| sieve.may_have(text)));
    }
}
