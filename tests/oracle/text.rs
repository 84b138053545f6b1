//! Addresses and domains, as simple as the generated data allows.

/// Suffixes below which anybody can register a name, as far as histories use them.
const SUFFIXES: [&str; 6] = ["com", "org", "uk", "co.uk", "example", "net"];
/// Hosts that belong to no company.
const FREE_MAIL: &str = "gmail.com";
const DISPOSABLE: &str = "mailinator.com";
const ROOM_HOST: &str = "calendar.google.com";
/// Local parts that are no person.
const ROLES: [&str; 2] = ["info", "sales"];
const ROBOTS: [&str; 1] = ["noreply"];

/// `jane@x.com` of ` Jane <Jane@X.com>`; `None` if there is no address.
pub fn address(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let inner = text.rsplit('<').next().unwrap().trim_end_matches('>').trim_start_matches("mailto:");
    let (local, host) = inner.split_once('@')?;
    let plain = |part: &str| !part.is_empty() && !part.contains([' ', '@']);
    (plain(local) && plain(host)).then(|| inner.to_owned())
}

/// The name under which a person is one and the same in all copies.
pub fn person(text: &str) -> String {
    address(text).unwrap_or_else(|| text.trim().to_lowercase())
}

pub fn local(address: &str) -> &str {
    address.split('@').next().unwrap()
}

pub fn host(address: &str) -> &str {
    address.split('@').nth(1).unwrap()
}

/// `x.com` of `https://www.X.com/about`; `None` if there is no domain.
pub fn domain(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let text = text.strip_prefix("https://").unwrap_or(&text);
    let text = text.split('/').next().unwrap();
    let text = text.strip_prefix("www.").unwrap_or(text);
    text.contains('.').then(|| text.to_owned())
}

pub fn is_suffix(domain: &str) -> bool {
    SUFFIXES.contains(&domain)
}

/// The host and the names above it, down to the one that was registered.
pub fn names(host: &str) -> Vec<String> {
    let mut names = Vec::new();
    if !host.contains('.') {
        return names;
    }
    let mut rest = Some(host);
    while let Some(name) = rest.filter(|name| !is_suffix(name) || *name == host) {
        names.push(name.to_owned());
        rest = name.split_once('.').map(|(_, above)| above);
    }
    names
}

pub fn is_free_mail(domain: &str) -> bool {
    domain == FREE_MAIL
}

/// Whether a mailbox there says nothing about a company.
pub fn is_nobodys(domain: &str) -> bool {
    domain == FREE_MAIL || domain == DISPOSABLE
}

/// Whether the host, or one above it, is a free-mail provider's.
pub fn is_on_free_mail(host: &str) -> bool {
    host == FREE_MAIL || host.ends_with(&format!(".{FREE_MAIL}"))
}

pub fn is_room(host: &str) -> bool {
    host == ROOM_HOST || host.ends_with(&format!(".{ROOM_HOST}"))
}

pub fn is_role(local: &str) -> bool {
    ROLES.contains(&local)
}

pub fn is_robot(local: &str) -> bool {
    ROBOTS.contains(&local)
}
