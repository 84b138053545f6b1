//! What the texts of the generators mean: addresses, hosts, mailboxes, names.

use acquaint_matcher::{Account, Contact, Kind, Pin};

use super::Guest;

pub(crate) const HOSTS: [&str; 22] = [
    "acme.com",
    "mail.acme.com",
    "eu.mail.acme.com",
    "gmail.com",
    "notacme.com",
    "acme.com.cy",
    "other.com.cy",
    "com.cy",
    "jane.github.io",
    "github.io",
    "ch.abb",
    "global.abb",
    "x.gmail.com",
    "googlemail.com",
    "outlook.com",
    "icloud.com",
    "me.com",
    "mailinator.com",
    "us.example",
    "eu.us.example",
    "notus.example",
    "localhost",
];
pub(crate) const LOCALS: [&str; 8] = ["jane", "jane", "j.ane", "jane+x", "john", "info", "info+7", "noreply"];
pub(crate) const NAMES: [&str; 11] = [
    "Jane Doe",
    "doe, JANE",
    "Dr. Jan\u{e9} X. Doe",
    "Doe Jane\u{301}, MBA",
    "John Smith",
    "Jane",
    "Dr. Doe",
    "J. Doe",
    "Robert Smith",
    "SMITH, Bob",
    "Rob Smith",
];
pub(crate) const COMPANIES: [&str; 3] = ["Acme", "Gmail Inc.", "Our Company"];

const REGISTRIES: [&str; 5] = ["com", "com.cy", "io", "abb", "example"];
/// The one whose customers have names below it.
const PLATFORM: &str = "github.io";
const FREE: [&str; 5] = ["gmail.com", "googlemail.com", "outlook.com", "icloud.com", "me.com"];
const THROWN_AWAY: &str = "mailinator.com";
/// The one internal domain.
const OURS: &str = "us.example";

pub(crate) fn is_free(host: &str) -> bool {
    FREE.contains(&host)
}

pub(crate) fn is_thrown_away(host: &str) -> bool {
    cfg!(feature = "disposable") && host == THROWN_AWAY
}

pub(crate) fn has_our_domain(account: &Account) -> bool {
    domains(account).iter().any(|domain| domain == OURS)
}

/// Without the dressing that the generators put on.
pub(crate) fn bare(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let text = text.rsplit('<').next().unwrap().trim_end_matches('>');
    let text = text.trim_start_matches("mailto:").trim_start_matches("https://").trim_end_matches("/about");
    // `www.com.cy` is a name below the registry like any other, and so is `www.localhost`.
    let site = text.trim_start_matches("www.");
    if REGISTRIES.contains(&site) || !site.contains('.') { text.to_owned() } else { site.to_owned() }
}

pub(crate) fn emails(contact: &Contact) -> Vec<String> {
    contact.emails.iter().map(|text| bare(text)).filter(|text| text.contains('@')).collect()
}

pub(crate) fn domains(account: &Account) -> Vec<String> {
    account.domains.iter().map(|text| bare(text)).filter(|text| text.contains('.')).collect()
}

/// The host, the names above it that somebody can have registered, and the brand's own top-level domain.
pub(crate) fn hosts_of(host: &str) -> Vec<String> {
    let labels: Vec<&str> = host.split('.').collect();
    if labels.len() < 2 {
        return vec![];
    }
    let mut all = vec![host.to_owned()];
    for from in 1..labels.len() {
        let name = labels[from..].join(".");
        let above = labels[from + 1..].join(".");
        // A name may be asked for if it hangs directly or further down below a registry, and is neither one itself
        // nor a platform's.
        if !REGISTRIES.contains(&name.as_str())
            && name != PLATFORM
            && REGISTRIES.iter().any(|one| above == *one || above.ends_with(&format!(".{one}")))
        {
            all.push(name);
        }
    }
    if host.ends_with(".abb") {
        all.push("abb".to_owned());
    }
    all
}

/// Whether the account is found under this name, and whether as its primary domain.
pub(crate) fn has(account: &Account, host: &str) -> Option<bool> {
    let domains = domains(account);
    let brand = host == "abb" && domains.iter().any(|one| one.ends_with(".abb"));
    (brand || domains.iter().any(|one| one == host)).then(|| domains[0] == host)
}

/// What the pin is for, if it can be for anything.
pub(crate) fn subject(pin: &Pin) -> Option<String> {
    let subject = bare(&pin.subject);
    let domain = subject.contains('.') && pin.contact.is_none() && !REGISTRIES.contains(&subject.as_str());
    (subject.contains('@') || domain).then_some(subject)
}

/// The mailbox that an address leads to, at a host that ignores part of it.
pub(crate) fn mailbox(address: &str) -> Option<String> {
    let (local, host) = address.split_once('@').unwrap();
    let host = match host {
        "gmail.com" | "googlemail.com" => "gmail.com",
        "icloud.com" | "me.com" => "icloud.com",
        "outlook.com" => "outlook.com",
        _ => return None,
    };
    let local = local.split('+').next().unwrap();
    let local = if host == "gmail.com" { local.replace('.', "") } else { local.to_owned() };
    Some(format!("{local}@{host}"))
}

/// What the calendar calls the guest, in a field of its own or before the address.
pub(crate) fn display_name(guest: &Guest) -> Option<String> {
    let before = || Some(guest.text.split_once('<')?.0.trim().trim_matches('"').to_owned());
    guest.name.clone().or_else(before)
}

/// First and last word, whichever stands first, without accents and titles. Neither may be an initial.
pub(crate) fn full_name(name: &str) -> Option<[String; 2]> {
    let name = name.to_lowercase().replace('\u{e9}', "e").replace('\u{301}', "").replace([',', '.'], " ");
    let words: Vec<&str> = name.split_whitespace().filter(|word| !["dr", "mba"].contains(word)).collect();
    let [first, .., last] = words[..] else { return None };
    if first.len() < 2 || last.len() < 2 {
        return None;
    }
    let mut both = [first.to_owned(), last.to_owned()];
    both.sort();
    Some(both)
}

/// The same name with another given name that may stand for it, by alphabet.
pub(crate) fn nicknames(name: &[String; 2]) -> Vec<[String; 2]> {
    let alike = ["bob", "rob", "robert"];
    let swapped = |at: usize| {
        let others =
            alike.into_iter().filter(move |other| alike.contains(&name[at].as_str()) && name[at] != *other);
        others.map(move |other| {
            let mut both = name.clone();
            both[at] = other.to_owned();
            both.sort();
            both
        })
    };
    (0..2).flat_map(swapped).collect()
}

/// The class as JSON has it.
pub(crate) fn class(guest: &Guest) -> &'static str {
    let address = bare(&guest.text);
    let (local, host) = address.split_once('@').unwrap();
    let local = local.split('+').next().unwrap();
    if address == "john@gmail.com" {
        "internal"
    } else if guest.kind == Kind::Resource {
        "resource"
    } else if local == "noreply" {
        "robot"
    } else if host == OURS || host.ends_with(".us.example") {
        "internal"
    } else if guest.kind == Kind::Group {
        "group"
    } else if local == "info" {
        "role"
    } else {
        "external"
    }
}
