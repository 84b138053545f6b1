//! Company domains: as CRMs hold them, and in which order a mail host asks for them.

use std::error::Error;
use std::fmt;

use crate::{host, suffix};

/// The longest text in which a domain is looked for, in bytes.
pub const MAX_DOMAIN_INPUT: usize = 2048;

/// Why a text holds no company domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DomainError {
    /// Nothing is left once scheme, path and blanks are gone.
    Empty,
    /// Longer than [`MAX_DOMAIN_INPUT`].
    TooLong,
    /// Not a host name: a character that cannot occur, an empty or overlong label, or an IP address.
    NotAHost,
    /// A name without a dot, such as `localhost` or `com`.
    NoDot,
}

impl fmt::Display for DomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "no domain here; give one such as acme.com",
            Self::TooLong => "longer than 2048 bytes; give the domain alone, such as acme.com",
            Self::NotAHost => "not a host name; give one domain such as acme.com",
            Self::NoDot => "a domain needs a dot, as in acme.com",
        })
    }
}

impl Error for DomainError {}

/// The domain in what a CRM keeps as one: `https://www.Acme.com/about` gives `acme.com`.
///
/// Drops scheme, user, port, path, query and every leading `www.`, unless what would be left is a public suffix.
/// An e-mail address gives its host. The result is lower-case ASCII, and is its own normal form.
///
/// # Errors
/// [`DomainError`] if there is no host name with a dot in `text`.
pub fn normalise(text: &str) -> Result<String, DomainError> {
    if text.len() > MAX_DOMAIN_INPUT {
        return Err(DomainError::TooLong);
    }
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let text = if text.bytes().all(bare) { text } else { undressed(text) };
    if text.trim_end_matches('.').is_empty() {
        return Err(DomainError::Empty);
    }
    let host = host::canonical(text).ok_or(DomainError::NotAHost)?;
    let mut domain: &str = &host;
    while let Some(rest) = domain.strip_prefix("www.") {
        if suffix::is_icann(rest) {
            break;
        }
        domain = rest;
    }
    if domain.contains('.') { Ok(domain.to_owned()) } else { Err(DomainError::NoDot) }
}

/// What of a link or an address should be a host name.
fn undressed(text: &str) -> &str {
    let text = text.trim_matches(|c: char| {
        crate::address::is_blank(c) || matches!(c, '"' | '\'' | ',' | ';' | '<' | '>')
    });
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.trim_start_matches('/');
    let text = text.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let text = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    match text.rsplit_once(':') {
        Some((before, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => before,
        _ => text,
    }
}

/// The domains under which an account of `host` may be found, the most specific first.
///
/// The full host, then its ancestors down to the name that was registered, never above it: nobody at
/// `acme.com.cy` is an employee of `com.cy`. A platform's suffix is such a border too: `shop.myshopify.com` belongs to
/// a customer of Shopify, so only who is at `myshopify.com` itself is found under it. Few suffixes of that kind are one
/// organisation's own, as `rub.de` is a university's, and those are no border. At last, for a top-level domain
/// that one company owns, that domain: `ch.abb` gives `ch.abb` and `abb`.
///
/// `host` must be normalised, as [`crate::Address::host`] is. Allocates nothing.
pub fn candidates(host: &str) -> Candidates<'_> {
    Candidates { host, next: Some(host).filter(|host| above(host).is_some()), floor: None }
}

/// The iterator that [`candidates`] gives. It looks at the public suffix list only once it needs to.
#[derive(Clone, Copy, Debug)]
pub struct Candidates<'a> {
    host: &'a str,
    next: Option<&'a str>,
    /// The length of the suffix that must not be reached.
    floor: Option<usize>,
}

impl<'a> Iterator for Candidates<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if let Some(current) = self.next {
            self.next = above(current).filter(|parent| {
                // A name without a dot is above every registry.
                let host = self.host;
                above(parent).is_some()
                    && !suffix::is_known_registry(parent)
                    && parent.len() > *self.floor.get_or_insert_with(|| suffix::border(host).len())
            });
            return Some(current);
        }
        let host = std::mem::take(&mut self.host);
        suffix::brand(host)
    }
}

/// The name that was registered, at or above `host`: `acme.com.cy` of `www.acme.com.cy`.
///
/// Goes by what registries sell. The suffixes of platforms count as names like any other, since they were registered
/// too: `github.io` of `jane.github.io`. `None` if `host` is itself a registry's suffix, or has no dot.
///
/// `host` must be normalised, as [`normalise`] and [`crate::Address::host`] give it. Allocates nothing.
///
/// ```
/// use acquaint_matcher::domain::registrable;
///
/// assert_eq!(registrable("eu.mail.acme.co.uk"), Some("acme.co.uk"));
/// assert_eq!(registrable("co.uk"), None);
/// ```
pub fn registrable(host: &str) -> Option<&str> {
    let end = host.len().checked_sub(suffix::icann(host).len() + 1)?;
    let before = host.get(..end)?;
    let start = before.bytes().rposition(|byte| byte == b'.').map_or(0, |dot| dot + 1);
    host.get(start..)
}

/// What stands behind the first dot.
fn above(host: &str) -> Option<&str> {
    // Labels are too short for a search by words to pay.
    let dot = host.bytes().position(|byte| byte == b'.')?;
    host.get(dot + 1..)
}

/// The keys under which an account with this (normalised) domain is found.
pub(crate) fn keys(domain: &str) -> impl Iterator<Item = &str> {
    std::iter::once(domain).chain(suffix::brand(domain))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn all(host: &str) -> Vec<&str> {
        candidates(host).collect()
    }

    #[test]
    fn what_a_crm_holds_becomes_a_domain() {
        for text in [
            "acme.com",
            "ACME.com",
            " acme.com ",
            "www.acme.com",
            "http://acme.com",
            "https://www.Acme.com/about",
            "acme.com.",
            "//acme.com",
            "acme.com:8443",
            "https://user:secret@www.acme.com:443/x?y#z",
            "jane@acme.com",
            "acme.com/a/b@c",
            "www.www.acme.com",
            "'acme.com';",
            "\u{200b}acme.com",
        ] {
            assert_eq!(normalise(text).as_deref(), Ok("acme.com"), "{text}");
        }
        assert_eq!(normalise("www.com").as_deref(), Ok("www.com"));
        assert_eq!(normalise("www.co.uk").as_deref(), Ok("www.co.uk"));
        assert_eq!(normalise("www.bücher.example").as_deref(), Ok("xn--bcher-kva.example"));
        assert_eq!(normalise("www.acme.co.uk").as_deref(), Ok("acme.co.uk"));
    }

    #[test]
    fn what_holds_no_domain_says_so() {
        assert_eq!(normalise("  "), Err(DomainError::Empty));
        assert_eq!(normalise("https://"), Err(DomainError::Empty));
        assert_eq!(normalise("n/a"), Err(DomainError::NoDot));
        assert_eq!(normalise("localhost:80"), Err(DomainError::NoDot));
        assert_eq!(normalise("acme.com, acme.de"), Err(DomainError::NotAHost));
        assert_eq!(normalise("10.0.0.1"), Err(DomainError::NotAHost));
        assert_eq!(normalise(&"x".repeat(10_000)), Err(DomainError::TooLong));
    }

    #[test]
    fn the_most_specific_host_comes_first() {
        assert_eq!(
            all("a.accounts.printtest.com"),
            ["a.accounts.printtest.com", "accounts.printtest.com", "printtest.com"]
        );
    }

    #[test]
    fn nothing_above_the_registered_name_is_asked() {
        assert_eq!(all("mail.acme.com.cy"), ["mail.acme.com.cy", "acme.com.cy"]);
        assert_eq!(all("com.cy"), ["com.cy"]);
        assert_eq!(all("localhost"), [""; 0]);
    }

    #[test]
    fn a_platform_is_not_asked_for_its_customers() {
        assert_eq!(all("jane.github.io"), ["jane.github.io"]);
        assert_eq!(all("mail.shop.myshopify.com"), ["mail.shop.myshopify.com", "shop.myshopify.com"]);
        assert_eq!(all("x.dyndns.org"), ["x.dyndns.org"]);
        assert_eq!(all("acme.uk.com"), ["acme.uk.com"]);
        assert_eq!(all("github.io"), ["github.io"]);
    }

    #[test]
    fn a_university_that_is_a_private_suffix_has_hosts_of_its_own() {
        assert_eq!(all("mail.rub.de"), ["mail.rub.de", "rub.de"]);
        assert_eq!(
            all("a.b.ruhr-uni-bochum.de"),
            ["a.b.ruhr-uni-bochum.de", "b.ruhr-uni-bochum.de", "ruhr-uni-bochum.de"]
        );
    }

    #[test]
    fn the_registered_name_hangs_below_a_registry() {
        for (host, expected) in [
            ("acme.com", Some("acme.com")),
            ("a.b.acme.com", Some("acme.com")),
            ("www.acme.com.cy", Some("acme.com.cy")),
            ("com.cy", None),
            ("com", None),
            ("localhost", None),
            ("", None),
            ("jane.github.io", Some("github.io")),
            ("mail.rub.de", Some("rub.de")),
            ("ch.abb", Some("ch.abb")),
            ("x.acme.unknowntld", Some("acme.unknowntld")),
            ("www.city.kawasaki.jp", Some("city.kawasaki.jp")),
            ("x.acme.kawasaki.jp", Some("x.acme.kawasaki.jp")),
        ] {
            assert_eq!(registrable(host), expected, "{host}");
        }
    }

    #[test]
    fn a_brand_is_its_own_last_candidate() {
        assert_eq!(all("mail.ch.abb"), ["mail.ch.abb", "ch.abb", "abb"]);
        assert_eq!(keys("global.abb").collect::<Vec<_>>(), ["global.abb", "abb"]);
        assert_eq!(keys("acme.com").collect::<Vec<_>>(), ["acme.com"]);
    }

    proptest! {
        #[test]
        fn a_normal_form_is_its_own(text in "\\PC{0,60}|([a-zA-Z0-9ü:/@?#.-]|www\\.|https?://){0,20}") {
            if let Ok(domain) = normalise(&text) {
                prop_assert_eq!(normalise(&domain), Ok(domain.clone()));
                prop_assert!(candidates(&domain).count() <= 128);
            }
        }
    }
}
