//! Membership in a text of sorted lines, without an index.

/// Whether `line` is one of the lines of `text`.
///
/// `text` must be sorted by bytes and end with a line feed, as the shipped lists are. Takes time in the
/// logarithm of the text and no memory.
pub(crate) fn contains(text: &str, line: &str) -> bool {
    let bytes = text.as_bytes();
    let wanted = line.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes.get(low..middle).and_then(|part| part.iter().rposition(|byte| *byte == b'\n'));
        let start = start.map_or(low, |at| low + at + 1);
        let end = bytes.get(middle..).and_then(|part| part.iter().position(|byte| *byte == b'\n'));
        let end = end.map_or(bytes.len(), |at| middle + at);
        match bytes.get(start..end).unwrap_or_default().cmp(wanted) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::contains;

    proptest! {
        #[test]
        fn it_agrees_with_a_set(
            lines in proptest::collection::btree_set("[a-d.]{1,4}", 0..20),
            asked in proptest::collection::vec("[a-d.\\n]{0,4}", 1..20),
        ) {
            let lines: BTreeSet<String> = lines;
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            for line in &lines {
                prop_assert!(contains(&text, line));
            }
            for line in &asked {
                prop_assert_eq!(contains(&text, line), lines.contains(line), "{:?}", line);
            }
        }
    }
}
