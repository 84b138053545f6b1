//! Mail hosts and domains in their one canonical spelling.

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// Everything that is printable ASCII and no part of a host name. The underscore is let through: it is wrong, and in use.
const DENIED: AsciiDenyList = AsciiDenyList::new(true, "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~");

/// Longer than any host name can be, also before its encoding; what is longer is not looked at.
const MAX_INPUT: usize = 1024;

/// Lower case, ASCII (punycode), no dot at the end. `None` if `text` is no host name: empty or overlong labels,
/// characters that cannot occur, or an IP address.
pub(crate) fn canonical(text: &str) -> Option<Cow<'_, str>> {
    if text.len() > MAX_INPUT {
        return None;
    }
    if is_canonical(text) {
        return Some(Cow::Borrowed(text));
    }
    let text = text.trim_end_matches(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']);
    let host = Uts46::new().to_ascii(text.as_bytes(), DENIED, Hyphens::Allow, DnsLength::Verify).ok()?;
    let last = host.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) { None } else { Some(host) }
}

/// Whether this is the canonical spelling of a host for certain. What is not may be it too.
fn is_canonical(text: &str) -> bool {
    let (mut label, mut letters) = (0, false);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => {
                label += 1;
                letters |= !byte.is_ascii_digit();
            }
            b'.' if (1..=63).contains(&label) => (label, letters) = (0, false),
            _ => return false,
        }
    }
    // Encoded labels may be wrongly encoded.
    text.len() <= 253 && (1..=63).contains(&label) && letters && !text.contains("xn--")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_host_become_one() {
        for text in ["bücher.example", "BÜCHER.Example.", "xn--bcher-kva.example", "bücher。example。"] {
            assert_eq!(canonical(text).as_deref(), Some("xn--bcher-kva.example"), "{text}");
        }
        assert_eq!(canonical("r3---sn.acme.com").as_deref(), Some("r3---sn.acme.com"));
        assert_eq!(canonical("mail_gw.acme.com").as_deref(), Some("mail_gw.acme.com"));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        let long = "a".repeat(64) + ".com";
        let endless = "a.".repeat(5000) + "com";
        for text in
            ["", ".", "a..b", "a b.com", "a/b.com", "192.0.2.1", "[::1]", "xn--\u{0}", &long, &endless]
        {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_long_one(text in "[a-c0-2_x.-]{1,12}|(x|n|--|a|[.]){1,9}|[a-z.]{50,70}") {
            if is_canonical(&text) {
                let host = Uts46::new().to_ascii(text.as_bytes(), DENIED, Hyphens::Allow, DnsLength::Verify);
                prop_assert_eq!(host.unwrap(), text.as_str());
            }
        }
    }
}
