//! A CRM of any size and attendees to look up in it, all from a seed.

use acquaint_matcher::{Account, Contact, Link};

const GIVEN: [&str; 32] = [
    "james",
    "mary",
    "robert",
    "patricia",
    "john",
    "jennifer",
    "michael",
    "linda",
    "david",
    "elizabeth",
    "william",
    "barbara",
    "richard",
    "susan",
    "joseph",
    "jessica",
    "thomas",
    "sarah",
    "karen",
    "charles",
    "lisa",
    "nancy",
    "daniel",
    "betty",
    "matthew",
    "sandra",
    "anthony",
    "ashley",
    "mark",
    "emily",
    "donald",
    "kimberly",
];
const FAMILY: [&str; 32] = [
    "smith",
    "johnson",
    "williams",
    "brown",
    "jones",
    "garcia",
    "miller",
    "davis",
    "rodriguez",
    "martinez",
    "hernandez",
    "lopez",
    "gonzalez",
    "wilson",
    "anderson",
    "taylor",
    "moore",
    "jackson",
    "martin",
    "lee",
    "perez",
    "thompson",
    "white",
    "harris",
    "sanchez",
    "clark",
    "ramirez",
    "lewis",
    "robinson",
    "walker",
    "young",
    "allen",
];
const WORDS: [&str; 10] =
    ["acme", "globex", "initech", "umbrella", "stark", "wayne", "hooli", "vandelay", "cyberdyne", "soylent"];
const TLDS: [&str; 12] =
    ["com", "com", "com", "com", "de", "co.uk", "fr", "io", "net", "com.au", "co.jp", "com.br"];

/// Numbers that look random and are always the same.
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

fn pick<'a>(words: &[&'a str], at: usize) -> &'a str {
    words[at % words.len()]
}

pub(crate) fn domain(n: usize) -> String {
    let tld = pick(&TLDS, n.wrapping_mul(2_654_435_761) >> 7);
    format!("{}{}{n}.{tld}", pick(&WORDS, n), pick(&WORDS, n / 10))
}

pub(crate) fn account_id(n: usize) -> String {
    format!("crm/a{n}")
}

/// The company of the contact.
fn company(n: usize, companies: usize) -> usize {
    n.wrapping_mul(7919) % companies
}

pub(crate) fn email(n: usize, companies: usize) -> String {
    let (given, family) = (pick(&GIVEN, n), pick(&FAMILY, n / 32));
    format!("{given}.{family}{}@{}", n / 1024, domain(company(n, companies)))
}

pub(crate) fn contacts(contacts: usize, companies: usize) -> impl ExactSizeIterator<Item = Contact> {
    (0..contacts).map(move |n| {
        let mut contact = Contact::new(format!("crm/{n}")).email(email(n, companies));
        contact.name = Some(format!("{} {}", pick(&GIVEN, n), pick(&FAMILY, n / 32)));
        contact.created = Some(1_600_000_000 + n as i64);
        contact
    })
}

pub(crate) fn accounts(companies: usize) -> impl ExactSizeIterator<Item = Account> {
    (0..companies).map(|n| {
        let mut account = Account::new(account_id(n)).domain(domain(n));
        account.name = Some(format!("{} {} {n} Ltd", pick(&WORDS, n), pick(&WORDS, n / 10)));
        account.created = Some(1_500_000_000 + n as i64);
        account
    })
}

pub(crate) fn links(contacts: usize, companies: usize) -> impl ExactSizeIterator<Item = Link> {
    (0..contacts).map(move |n| Link::new(format!("crm/{n}"), account_id(company(n, companies))).primary())
}

/// Addresses as calendars give them: of ten, nine are known and one is a stranger at a known company; three are in
/// mixed case, and every twentieth is dressed in blanks and capitals.
pub(crate) fn attendees(count: usize, contacts: usize, companies: usize) -> Vec<String> {
    let mut dice = Dice(7);
    (0..count)
        .map(|_| {
            let address = email(dice.below(contacts), companies);
            let address = if dice.below(10) == 0 { format!("zz{address}") } else { address };
            match dice.below(20) {
                0 => format!(" {} ", address.to_uppercase()),
                1..=6 => address.split('.').map(capitalised).collect::<Vec<_>>().join("."),
                _ => address,
            }
        })
        .collect()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
