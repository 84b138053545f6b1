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
    let Some(found) = psl::suffix(host.as_bytes()) else { return host };
    let start = host.len().saturating_sub(found.as_bytes().len());
    let suffix = host.get(start..).unwrap_or(host);
    if found.typ() == Some(Type::Private) && sorted::contains(OWN_SUFFIXES, suffix) {
        return icann(suffix);
    }
    suffix
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
