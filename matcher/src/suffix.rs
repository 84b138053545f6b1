//! Public suffixes: where a name stops belonging to one owner.

use psl::Type;

use crate::sorted;

static BRAND_TLDS: &str = include_str!("../lists/brand_tlds.txt");
static OWN_SUFFIXES: &str = include_str!("../lists/own_suffixes.txt");

/// The suffix of `host` under which a registry sells names (`com.cy` of `www.acme.com.cy`).
///
/// The private section of the public suffix list is passed over on purpose: `rub.de` is in it, and it is
/// also where a university's staff have their mail. A top-level domain that nobody knows counts as one
/// under which names are sold. `host` must be normalised.
pub(crate) fn icann(host: &str) -> &str {
    let (pair, tld) = ends(host);
    if sells_directly(tld.as_bytes()) {
        return tld;
    }
    if sells_below(pair.as_bytes()) != Below::Unknown { pair } else { icann_by_list(host) }
}

fn icann_by_list(host: &str) -> &str {
    let mut rest = host;
    loop {
        let Some(found) = psl::suffix(rest.as_bytes()) else { return rest };
        let start = rest.len().saturating_sub(found.as_bytes().len());
        let suffix = rest.get(start..).unwrap_or(rest);
        match (found.typ(), suffix.split_once('.')) {
            // The list gives the longest rule. The registry's own rule is among the ancestors.
            (Some(Type::Private), Some((_, parent))) => rest = parent,
            _ => return suffix,
        }
    }
}

/// The suffix of `host` below which names have different owners: a registry's, or that of a platform or provider whose
/// customers have names there (`myshopify.com` of `shop.myshopify.com`). Some in the private section are those of one
/// organisation and its own hosts; they are passed over.
pub(crate) fn border(host: &str) -> &str {
    let (pair, _) = ends(host);
    if sells_below(pair.as_bytes()) == Below::Names { pair } else { border_by_list(host) }
}

fn border_by_list(host: &str) -> &str {
    let Some(found) = psl::suffix(host.as_bytes()) else { return host };
    let start = host.len().saturating_sub(found.as_bytes().len());
    let suffix = host.get(start..).unwrap_or(host);
    if found.typ() == Some(Type::Private) && sorted::contains(OWN_SUFFIXES, suffix) {
        return icann(suffix);
    }
    suffix
}

/// What stands behind the last dot but one and behind the last; the whole host where there is no such dot.
fn ends(host: &str) -> (&str, &str) {
    let behind = |end: usize| {
        let before = host.as_bytes().get(..end)?;
        before.iter().rposition(|byte| *byte == b'.')
    };
    let Some(last) = behind(host.len()) else { return (host, host) };
    let pair = behind(last).map_or(0, |dot| dot + 1);
    (host.get(pair..).unwrap_or(host), host.get(last + 1..).unwrap_or(host))
}

/// Whether this is a top-level domain that is often met and whose registry sells names right below it and nowhere else.
/// To know them spares a walk through the public suffix list. A test holds them against it.
fn sells_directly(tld: &[u8]) -> bool {
    matches!(
        tld,
        [b'c', b'o', b'm']
            | [b'n', b'e', b't']
            | [b'o', b'r', b'g']
            | [b'e', b'd', b'u']
            | [b'g', b'o', b'v']
            | [b'd', b'e' | b'k']
            | [b'e', b'u']
            | [b'n', b'l']
            | [b'c', b'h']
            | [b'l', b'i' | b'u']
            | [b't', b'v']
            | [b'i', b'n', b'f', b'o']
            | [b'b', b'i', b'z']
            | [b'a', b'p', b'p']
            | [b'd', b'e', b'v']
            | [b't', b'e', b'c', b'h']
            | [b'c', b'l', b'o', b'u', b'd']
    )
}

/// Whether `name` is one of the registries of two labels that are met most often.
pub(crate) fn is_known_registry(name: &str) -> bool {
    name.len() <= "org.au".len() && sells_below(name.as_bytes()) != Below::Unknown
}

/// What hangs below two labels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Below {
    /// Names that were registered there, each of one owner.
    Names,
    /// The same, but some of them belong to platforms.
    Platforms,
    /// The list has to say.
    Unknown,
}

/// Knows the two labels of the registries that are met most often. A test holds them against the public suffix list.
fn sells_below(pair: &[u8]) -> Below {
    let [second @ .., b'.', first, last] = pair else { return Below::Unknown };
    let names = match second {
        [b'c', b'o', b'm'] => match [*first, *last] {
            [b'a', b'u'] | [b'b', b'r'] => return Below::Platforms,
            [b'a', b'r'] | [b'c', b'o'] | [b'e', b'c' | b'g'] | [b'g', b'r'] | [b'h', b'k'] => true,
            [b'm', b'x' | b'y'] | [b'n', b'g'] | [b'p', b'e' | b'h' | b'k' | b'l'] => true,
            [b's', b'a' | b'g'] | [b't', b'r'] | [b'u', b'a' | b'y'] | [b'v', b'n'] => true,
            _ => false,
        },
        [b'c', b'o'] => match [*first, *last] {
            [b'u', b'k'] => return Below::Platforms,
            [b'i', b'd' | b'n'] | [b'j', b'p'] | [b'k', b'e' | b'r'] => true,
            [b'n', b'z'] | [b't', b'h'] | [b'z', b'a'] => true,
            _ => false,
        },
        [b'a', b'c'] => matches!([*first, *last], [b'i', b'n'] | [b'j', b'p'] | [b'u', b'k']),
        [b'o', b'r', b'g'] => matches!([*first, *last], [b'a', b'u'] | [b'b', b'r']),
        [b'o', b'r'] | [b'g', b'o'] => matches!([*first, *last], [b'j', b'p']),
        _ => false,
    };
    if names { Below::Names } else { Below::Unknown }
}

/// Whether `host` is itself a registry's suffix, so that it can have many owners.
pub(crate) fn is_icann(host: &str) -> bool {
    icann(host).len() == host.len()
}

/// The label that the owner of `host` chose, and the domain that begins with it: `acme` and `acme.co.uk` of
/// `mail.acme.co.uk`.
///
/// Unlike in [`icann`] a private suffix is a border, because this is asked about hosts of which nothing is known:
/// `jane.github.io` is Jane's. A top-level domain of one company is both the label and the domain. `host` must be
/// normalised.
pub(crate) fn owned(host: &str) -> Option<(&str, &str)> {
    if let Some(brand) = brand(host) {
        return Some((brand, brand));
    }
    let length = psl::suffix(host.as_bytes()).map(|suffix| suffix.as_bytes().len());
    let length = length.filter(|length| *length < host.len()).unwrap_or_else(|| icann(host).len());
    let before = host.get(..host.len().checked_sub(length)?)?.strip_suffix('.')?;
    let start = before.rfind('.').map_or(0, |dot| dot + 1);
    let label = before.get(start..).filter(|label| !label.is_empty())?;
    Some((label, host.get(start..)?))
}

/// The top-level domain of `host` if one company owns it and uses it alone, as in `global.abb`.
pub(crate) fn brand(host: &str) -> Option<&str> {
    let (_, tld) = host.rsplit_once('.')?;
    // No brand has two letters, which are for countries, and most of the rest is here.
    if tld.len() == 2 || matches!(tld, "com" | "net" | "org") {
        return None;
    }
    sorted::contains(BRAND_TLDS, tld).then_some(tld)
}

/// The text of the brand list, for the fingerprint.
pub(crate) fn brand_list() -> &'static str {
    BRAND_TLDS
}

/// The text of the list of private suffixes that are one organisation's own, for the fingerprint.
pub(crate) fn own_list() -> &'static str {
    OWN_SUFFIXES
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_private_suffix_is_no_border() {
        assert_eq!(icann("jane.github.io"), "io");
        assert_eq!(icann("github.io"), "io");
        assert_eq!(icann("mail.rub.de"), "de");
        assert_eq!(icann("a.s3.dualstack.us-east-1.amazonaws.com"), "com");
        assert_eq!(icann("www.acme.msk.ru"), "ru");
    }

    #[test]
    fn a_registry_suffix_is_a_border() {
        assert_eq!(icann("www.acme.com.cy"), "com.cy");
        assert_eq!(icann("acme.co.uk"), "co.uk");
        assert_eq!(icann("shop.acme.co.jp"), "co.jp");
        assert_eq!(icann("www.city.kawasaki.jp"), "kawasaki.jp");
        assert_eq!(icann("acme.unknowntld"), "unknowntld");
        assert_eq!(icann("acme.xn--p1ai"), "xn--p1ai");
        assert!(is_icann("com.cy") && is_icann("com") && !is_icann("acme.com") && !is_icann("github.io"));
    }

    proptest! {
        #[test]
        fn what_is_known_by_heart_is_what_the_list_says(
            start in "([a-z]{1,3}\\.){0,2}",
            second in "((co|com|org|net|ac|edu|gov|go|or|ne|gob|nom|plc|ltd|github|barsy|[a-z]{1,4})\\.)?",
            tld in "com|net|org|edu|gov|de|dk|eu|nl|ch|li|lu|tv|info|biz|app|dev|tech|cloud|[a-z]{1,3}",
        ) {
            let host = format!("{start}{second}{tld}");
            prop_assert_eq!(icann(&host), icann_by_list(&host), "{}", host);
            prop_assert_eq!(border(&host), border_by_list(&host), "{}", host);
        }
    }

    #[test]
    fn every_pair_that_is_known_by_heart_is_on_the_list() {
        let letters = || b'a'..=b'z';
        let mut known = 0;
        for second in ["com", "co", "ac", "org", "or", "go"] {
            for (a, b) in letters().flat_map(|a| letters().map(move |b| (a, b))) {
                let pair = format!("{second}.{}{}", char::from(a), char::from(b));
                if sells_below(pair.as_bytes()) == Below::Unknown {
                    continue;
                }
                known += 1;
                let host = format!("www.acme.{pair}");
                assert_eq!((icann_by_list(&pair), icann_by_list(&host)), (&pair[..], &pair[..]));
                assert_eq!(border_by_list(&host), pair);
            }
        }
        assert_eq!(known, 37);
        assert_eq!(border("j.layershift.co.uk"), "j.layershift.co.uk");
        assert_eq!(border("shop.barsy.co.uk"), "barsy.co.uk");
    }

    #[test]
    fn the_owners_label_stands_before_the_suffix() {
        assert_eq!(owned("mail.acme.co.uk"), Some(("acme", "acme.co.uk")));
        assert_eq!(owned("acme.com"), Some(("acme", "acme.com")));
        assert_eq!(owned("www.jane.github.io"), Some(("jane", "jane.github.io")));
        assert_eq!(owned("rub.de"), Some(("rub", "rub.de")));
        assert_eq!(owned("global.abb"), Some(("abb", "abb")));
        assert_eq!(owned("mail.acme.unknowntld"), Some(("acme", "acme.unknowntld")));
        assert_eq!((owned("co.uk"), owned("localhost"), owned("")), (None, None, None));
    }

    #[test]
    fn below_a_private_suffix_are_its_customers() {
        assert_eq!(border("jane.github.io"), "github.io");
        assert_eq!(border("github.io"), "github.io");
        assert_eq!(border("x.dyndns.org"), "dyndns.org");
        assert_eq!(border("www.acme.com.cy"), "com.cy");
        assert_eq!(border("mail.acme.com"), "com");
        for own in OWN_SUFFIXES.lines() {
            let found = psl::suffix(own.as_bytes()).unwrap();
            assert_eq!((found.as_bytes(), found.typ()), (own.as_bytes(), Some(Type::Private)), "{own}");
            assert_eq!(border(&format!("mail.{own}")), "de");
        }
    }

    #[test]
    fn every_brand_is_a_top_level_domain() {
        for tld in BRAND_TLDS.lines() {
            assert!(!tld.contains('.'), "{tld}");
            assert!(psl::suffix(tld.as_bytes()).unwrap().is_known(), "{tld} is no top-level domain");
        }
        assert_eq!(brand("global.abb"), Some("abb"));
        assert_eq!(brand("acme.com"), None);
        assert_eq!(brand("abb"), None);
    }
}
