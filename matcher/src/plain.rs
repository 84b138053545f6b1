//! Telling quickly what is an address in plain ASCII and nothing else: what calendars mostly give.

use crate::address::MAX_LOCAL;

/// What is known of a text that is an address and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    /// Where the `@` is.
    pub(crate) at: usize,
    /// Whether a letter is a capital.
    pub(crate) upper: bool,
}

/// Where the `@` is if `text` is an address and nothing else, in plain ASCII. What is not may be an address all the
/// same; [`Address::parse`](crate::Address::parse) says.
#[inline]
pub(crate) fn plain(text: &[u8]) -> Option<Plain> {
    by_blocks(text).or_else(|| by_bytes(text))
}

/// So many bytes are judged at once.
const BLOCK: usize = 16;

/// The longest text that is judged by blocks.
const SHORT: usize = 4 * BLOCK;

/// What the bytes of a block are: a bit for each that is an `@` or a dot, and whether there is any of the others.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    at: u64,
    dots: u64,
    upper: bool,
    /// Anything but letters, digits, `_`, `@` and dots.
    odd: bool,
}

/// The same for short ones with the most usual bytes only.
#[inline]
fn by_blocks(text: &[u8]) -> Option<Plain> {
    // What fills the last block is like any letter.
    let mut padded = [b'a'; SHORT];
    padded.get_mut(..text.len())?.copy_from_slice(text);
    let mut all = Marks::default();
    let (blocks, _) = padded.as_chunks();
    for (n, block) in blocks.iter().take(text.len().div_ceil(BLOCK)).enumerate() {
        let marks = marks(block);
        all.at |= marks.at << (n * BLOCK);
        all.dots |= marks.dots << (n * BLOCK);
        all.upper |= marks.upper;
        all.odd |= marks.odd;
    }
    let at = all.at.trailing_zeros() as usize;
    if at == 0 || !all.at.is_power_of_two() {
        return None;
    }
    let len = text.len().checked_sub(at + 1)?;
    let dots = all.dots.checked_shr(u32::try_from(at + 1).ok()?).unwrap_or(0);
    // A dot stands in front of the host and behind it, so that none may stand beside another one.
    let fences = dots << 1 | 1 | 1 << (len + 1);
    let is_plain = !all.odd
        && len > 0
        && all.dots & 1 == 0
        && fences & fences >> 1 == 0
        && text.last().is_some_and(|last| !last.is_ascii_digit());
    is_plain.then_some(Plain { at, upper: all.upper })
}

/// Written so that the compiler judges all bytes at once.
#[inline]
fn marks(block: &[u8; BLOCK]) -> Marks {
    let (mut at, mut dots, mut upper, mut odd) = ([0; BLOCK], [0; BLOCK], [0; BLOCK], [0; BLOCK]);
    let places = at.iter_mut().zip(&mut dots).zip(upper.iter_mut().zip(&mut odd));
    for (byte, ((at, dot), (upper, odd))) in block.iter().zip(places) {
        let set = |holds: bool| if holds { u8::MAX } else { 0 };
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        *at = set(*byte == b'@');
        *dot = set(*byte == b'.');
        *upper = set(byte.wrapping_sub(b'A') < 26);
        *odd = !(set(letter) | set(digit) | set(*byte == b'_') | *at | *dot);
    }
    Marks {
        at: bits(&at),
        dots: bits(&dots),
        upper: u128::from_ne_bytes(upper) != 0,
        odd: u128::from_ne_bytes(odd) != 0,
    }
}

/// The first bit of each byte.
#[inline]
fn bits(bytes: &[u8; BLOCK]) -> u64 {
    let gathered = |half: u64| (half & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    let both = u128::from_le_bytes(*bytes);
    gathered(both as u64) | gathered((both >> 64) as u64) << 8
}

/// The kinds of bytes that [`by_bytes`] tells apart.
const LOCAL: u8 = 1;
const HOST: u8 = 2;
const DOT: u8 = 4;

static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => LOCAL | HOST,
            b'+' | b'=' | b'~' | b'!' | b'#' | b'$' | b'&' | b'*' | b'/' => LOCAL,
            b'.' => DOT,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// The same for what is longer or less usual.
fn by_bytes(text: &[u8]) -> Option<Plain> {
    let kind = |byte: u8| KINDS.get(usize::from(byte)).copied().unwrap_or_default();
    let at = text.iter().position(|byte| kind(*byte) & (LOCAL | DOT) == 0)?;
    let (local, host) = (text.get(..at)?, text.get(at + 1..)?);
    if text.get(at) != Some(&b'@')
        || local.is_empty()
        || local.len() > MAX_LOCAL
        || local.first() == Some(&b'.')
        || host.len() > 253
    {
        return None;
    }
    // Encoded labels may be wrongly encoded.
    let usual = |label: &[u8]| {
        (1..=63).contains(&label.len())
            && !(label.get(2..4) == Some(b"--") && label.first().is_some_and(|byte| byte | 0x20 == b'x'))
    };
    let mut label = 0;
    for (place, byte) in host.iter().enumerate() {
        let kind = kind(*byte);
        if kind & HOST != 0 {
            continue;
        }
        if kind & DOT == 0 || !usual(host.get(label..place)?) {
            return None;
        }
        label = place + 1;
    }
    let last = host.get(label..)?;
    // Most end in a letter, and then the others need not be looked at.
    let digits = last.iter().rev().all(u8::is_ascii_digit);
    (usual(last) && !digits).then(|| Plain { at, upper: text.iter().any(u8::is_ascii_uppercase) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn blocks_find_what_bytes_find(
            text in "[a-cX0-9.@_+-]{0,9}@[a-cX0-9.]{0,60}|[a-z0-9_.]{1,62}@[a-z]{0,3}|\\PC{0,9}@[a-z.]{0,60}",
        ) {
            let found = by_blocks(text.as_bytes());
            prop_assert!(found.is_none() || found == by_bytes(text.as_bytes()), "{found:?}");
        }
    }

    #[test]
    fn what_is_usual_is_found_by_blocks() {
        for text in ["jane@x.com", "Jane_D.Doe7@mail.acme.co.uk", &format!("{}@x.com", "y".repeat(58))] {
            assert!(
                by_blocks(text.as_bytes()).is_some_and(|found| by_bytes(text.as_bytes()) == Some(found)),
                "{text}"
            );
        }
    }
}
