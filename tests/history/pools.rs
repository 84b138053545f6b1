//! The few people, companies and words that histories are about, so that they meet.

/// Users whose calendars are connected.
pub const USERS: [&str; 2] = ["ana@us.example", "ben@us.example"];

/// Whom meetings are with, as calendars write them.
pub const PEOPLE: [&str; 16] = [
    "jane@globex.com",
    "Jane@Globex.com",
    "jim@eu.globex.com",
    "info@globex.com",
    "joe@initech.co.uk",
    "ann@shop.initech.co.uk",
    "bob@gmail.com",
    "tmp@mailinator.com",
    "noreply@partner.org",
    "cara@partner.org",
    "dan@sub.us.example",
    "room-1@resource.calendar.google.com",
    "ana@us.example",
    "ben@us.example",
    "eve@hooli.net",
    "info@hooli.net",
];

/// What no calendar server would take, but a product may push.
pub const ODD_PEOPLE: [&str; 4] = ["Jane Doe <jane@globex.com>", "mailto:joe@initech.co.uk", "Room 5", "  "];

/// Domains as CRMs keep them.
pub const DOMAINS: [&str; 11] = [
    "globex.com",
    "https://www.Globex.com/about",
    "eu.globex.com",
    "initech.co.uk",
    "www.initech.co.uk",
    "gmail.com",
    "partner.org",
    "us.example",
    "hooli.net",
    "co.uk",
    "n/a",
];

/// Addresses as CRMs keep them.
pub const CONTACTS: [&str; 9] = [
    "jane@globex.com",
    "JANE@globex.com",
    "info@globex.com",
    "joe@initech.co.uk",
    "bob@gmail.com",
    "cara@partner.org",
    "dan@sub.us.example",
    "eve@hooli.net",
    "nobody",
];

pub const TITLES: [&str; 6] = ["QBR", "Kick-off", "Renewal", "Hold: QBR", "blocked", ""];
pub const STAGES: [&str; 5] = ["customer", "customer", "Customer", "lead", ""];
pub const DEAL_STAGES: [&str; 3] = ["open", "won", "lost"];
pub const SEATS: [&str; 4] = ["10", "50", "120", "many"];
pub const ROLES: [&str; 3] = ["CFO", "Buyer", ""];

/// People of the tenant's own, besides those who connect calendars.
pub const COLLEAGUES: [&str; 5] =
    ["ana@us.example", "Ben@us.example", "cara@partner.org", "bob@gmail.com", "dan@sub.us.example"];

/// What tenants put into the slot of their own domains; `None` empties it.
pub const SLOTS: [Option<&[&str]>; 7] = [
    None,
    Some(&[]),
    Some(&["us.example"]),
    Some(&["https://us.example/", "globex.com"]),
    Some(&["initech.co.uk", "hooli.net"]),
    Some(&["gmail.com", "partner.org"]),
    Some(&["sub.us.example"]),
];

/// One of a pool.
pub fn pick<T: Copy>(pool: &[T], index: usize) -> T {
    pool[index % pool.len()]
}
