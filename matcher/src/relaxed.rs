//! A second, weaker key for addresses whose provider ignores part of the local part.

use crate::Address;

/// Hosts of one provider that share their mailboxes, with the name that stands for all.
const ALIASES: [(&str, &str); 3] =
    [("googlemail.com", "gmail.com"), ("mac.com", "icloud.com"), ("me.com", "icloud.com")];

/// Hosts at which `jane+anything` is `jane`. Yahoo is missing on purpose: its scheme is another one.
const TAGGED: [&str; 17] = [
    "fastmail.com",
    "fastmail.fm",
    "gmail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "msn.com",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.ch",
    "protonmail.com",
    "ya.ru",
    "yandex.com",
    "yandex.ru",
    "zoho.com",
    "zohomail.com",
];

/// No host of those above is longer.
const LONGEST: usize = "protonmail.com".len();

/// The address that `address` most likely delivers to.
///
/// Drops plus tags where the host is known to, dots at Gmail alone (they count on a company's own Google
/// domain), and joins the hosts that one provider gives to one mailbox. It is its own normal form, and equal to
/// [`Address::as_str`] at every other host.
///
/// Trust it less than the strict form: it says *probably the same person*, and two contacts may share it.
pub fn relaxed(address: &Address) -> String {
    key(address.local(), address.host()).unwrap_or_else(|| address.as_str().to_owned())
}

/// The relaxed form of an address in normal form, if its host is one at which there is a difference.
pub(crate) fn key(local: &str, host: &str) -> Option<String> {
    if host.len() > LONGEST {
        return None;
    }
    let host = ALIASES.iter().find(|(alias, _)| *alias == host).map_or(host, |(_, main)| main);
    if !TAGGED.contains(&host) {
        return None;
    }
    let untagged = match local.split_once('+') {
        Some((name, _)) if !name.is_empty() => name,
        _ => local,
    };
    let undotted = if host == "gmail.com" { untagged.replace('.', "") } else { String::new() };
    let shorter = if undotted.is_empty() { untagged } else { &undotted };
    // What is cut off may lay a quote bare, which is debris at the end of an address.
    let local = Some(shorter.trim_matches('\'')).filter(|shorter| !shorter.is_empty()).unwrap_or(local);
    Some(format!("{local}@{host}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> String {
        relaxed(&Address::parse(text).unwrap())
    }

    #[test]
    fn spellings_of_one_mailbox_share_a_key() {
        assert_eq!(key("J.ane.Doe+crm@GoogleMail.com"), "janedoe@gmail.com");
        assert_eq!(key("jane+x@outlook.com"), "jane@outlook.com");
        assert_eq!(key("jane+x@me.com"), "jane@icloud.com");
    }

    #[test]
    fn no_host_is_too_long_to_be_known() {
        let aliases = ALIASES.iter().map(|(alias, _)| *alias);
        assert!(aliases.chain(TAGGED).all(|host| host.len() <= LONGEST));
    }

    #[test]
    fn other_hosts_are_left_alone() {
        for text in [
            "jane.doe@acme.com",
            "jane+x@acme.com",
            "jane-x@yahoo.com",
            "jane+x@yahoo.com",
            "+x@gmail.com",
            "jane.doe@outlook.com",
        ] {
            assert_eq!(key(text), text);
        }
    }

    proptest! {
        #[test]
        fn a_relaxed_address_is_its_own_key(local in "[a-c.+']{1,8}", host in "gmail\\.com|googlemail\\.com|me\\.com|acme\\.com|outlook\\.com") {
            if let Ok(address) = Address::parse(&format!("{local}@{host}")) {
                let once = relaxed(&address);
                prop_assert_eq!(key(&once), once);
            }
        }
    }
}
