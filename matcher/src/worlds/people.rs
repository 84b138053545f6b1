//! The people as they really are: who works where, and who has left.

use std::collections::HashSet;
use std::ops::Range;

use super::firms::{Firm, Shape};
use super::random::Random;
use super::spelling::{Style, misspelt, squashed};
use super::words::{COUNTRIES, FREE_MAIL};
use super::{Mix, Size};

/// Somebody at a company.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) given: &'static str,
    pub(super) family: String,
    /// Where the CRM would have them.
    pub(super) firm: usize,
    /// The address at work.
    pub(super) address: String,
    /// Whether the local part tells the whole name.
    pub(super) telling: bool,
    /// Whether the CRM has them.
    pub(super) known: bool,
    pub(super) story: Story,
}

/// What is peculiar about somebody.
#[derive(Debug)]
pub(super) enum Story {
    Plain,
    /// The CRM has two addresses. They use the second, which is this one, or the work address if that is the second.
    SecondAddress {
        other: String,
        work_first: bool,
    },
    /// The CRM has this free-mail address of theirs, alone or after the work address.
    FreeMail {
        other: String,
        alone: bool,
    },
    /// Works for another company now, at this address.
    Left {
        to: usize,
        address: String,
        how: Leaving,
    },
    /// The CRM has this instead of the address.
    Misspelt {
        on_file: String,
    },
    /// The CRM has a colleague's address instead, and this one at the colleague's record.
    Crossed {
        on_file: String,
    },
    /// The CRM has them twice; this is the other address of the second.
    Duplicated {
        copies: Copies,
        other: String,
    },
    /// The CRM has another address alone.
    OtherAddress {
        on_file: String,
    },
    /// Not employed by the company, and on this address of their own.
    Contractor {
        own: String,
    },
    /// Put aside in the CRM.
    Archived,
    /// Called like somebody whom the CRM has elsewhere.
    Namesake,
    /// Has the address of the company that bought theirs, and had this one before.
    Moved {
        before: String,
        renewed: bool,
    },
    /// Works for a reseller, and looks after these.
    Partner {
        clients: Vec<usize>,
        employer_first: bool,
    },
}

/// What the CRM knows of somebody who has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// Nothing.
    Unnoticed,
    /// The new address, but not what it means.
    NewAddress,
    /// A private address, which is still in use.
    Private,
}

/// How the CRM has somebody twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copies {
    /// With the same address.
    SameAddress,
    /// With the work address and with a free-mail one.
    OtherAddress,
    /// One was merged into the other.
    Merged,
    /// One was merged into the other by way of a third.
    Chain,
    /// One was put aside.
    OneArchived,
}

/// Draws everybody, company by company, and says who is where and which mailboxes there are.
pub(super) fn draw(
    firms: &[Firm],
    size: Size,
    mix: &Mix,
    random: &mut Random,
) -> (Vec<Person>, Vec<Range<usize>>, HashSet<String>) {
    // Where leavers go and whom resellers look after.
    let plain: Vec<usize> = indices(firms, |firm| firm.shape == Shape::Plain);
    let strange: Vec<usize> = indices(firms, |firm| firm.shape == Shape::Stranger);
    let mut draw = Draw { firms, people: vec![], taken: HashSet::new(), plain, strange, mix, random };
    let mut staff = Vec::with_capacity(firms.len());
    for at in 0..firms.len() {
        let start = draw.people.len();
        draw.firm(at, size.people);
        staff.push(start..draw.people.len());
    }
    (draw.people, staff, draw.taken)
}

/// What a provider takes for the same mailbox: whoever has one spelling of it has all.
fn mailbox(address: &str) -> String {
    match address.split_once('@') {
        Some((local, "gmail.com")) => format!("{}@gmail.com", local.replace('.', "")),
        _ => address.to_owned(),
    }
}

fn indices(firms: &[Firm], wanted: impl Fn(&Firm) -> bool) -> Vec<usize> {
    firms.iter().enumerate().filter(|(_, firm)| wanted(firm)).map(|(at, _)| at).collect()
}

struct Draw<'a> {
    firms: &'a [Firm],
    people: Vec<Person>,
    taken: HashSet<String>,
    plain: Vec<usize>,
    strange: Vec<usize>,
    mix: &'a Mix,
    random: &'a mut Random,
}

impl Draw<'_> {
    fn firm(&mut self, at: usize, people: usize) {
        let firm = &self.firms[at];
        let most = match firm.shape {
            Shape::Founder => 2,
            _ => 3 * people.max(1),
        };
        // The smaller of two numbers is a third of their end on average.
        let count = 1 + self.random.below(most).min(self.random.below(most));
        let start = self.people.len();
        for _ in 0..count {
            let (given, family) = self.name(at, start);
            let address = self.address(&firm.mail, firm.style, given, &family, firm.country.writes_umlauts());
            let known = firm.shape != Shape::Stranger && self.random.chance(self.mix.known_people);
            let telling = firm.style.tells_name();
            let person = Person { given, family, firm: at, address, telling, known, story: Story::Plain };
            let person = self.with_story(person, start);
            self.people.push(person);
        }
        if firm.shape == Shape::Plain && self.random.chance(self.mix.crossed_addresses) {
            self.cross(start);
        }
    }

    /// Puts two colleagues' addresses in each other's place in the CRM.
    fn cross(&mut self, start: usize) {
        let plain = |one: &&mut Person| one.known && matches!(one.story, Story::Plain);
        let mut two = self.people[start..].iter_mut().filter(plain);
        if let (Some(one), Some(other)) = (two.next(), two.next()) {
            one.story = Story::Crossed { on_file: other.address.clone() };
            other.story = Story::Crossed { on_file: one.address.clone() };
        }
    }

    /// A name that nobody else at the company has.
    fn name(&mut self, at: usize, start: usize) -> (&'static str, String) {
        let firm = &self.firms[at];
        loop {
            let country = if self.random.chance(0.15) { self.random.pick(COUNTRIES) } else { firm.country };
            let given = country.people.given(self.random);
            let family = country.people.family(self.random);
            let colleagues = &self.people[start..];
            // Where very many work together, two may be called the same.
            if colleagues.len() > 80
                || !colleagues.iter().any(|one| one.given == given && one.family == family)
            {
                return (given, family);
            }
        }
    }

    fn address(&mut self, host: &str, style: Style, given: &str, family: &str, german: bool) -> String {
        let free = FREE_MAIL.contains(&host);
        // Free-mail addresses are all taken already, so most end in a number.
        let style = if free && style == Style::First { Style::FirstLast } else { style };
        let local = style.local(given, family, german);
        let mut address = if free && self.random.chance(0.6) {
            format!("{local}{}@{host}", self.random.between(1, 99))
        } else {
            format!("{local}@{host}")
        };
        let mut number = 1;
        while !self.taken.insert(mailbox(&address)) {
            number += self.random.between(1, 7);
            address = format!("{local}{number}@{host}");
        }
        address
    }

    fn free_mail(&mut self, person: &Person) -> String {
        let host = *self.random.pick(FREE_MAIL);
        let style = *self.random.pick(&[Style::FirstDotLast, Style::FirstLast, Style::InitialLast]);
        let german = self.firms[person.firm].country.writes_umlauts();
        self.address(host, style, person.given, &person.family, german)
    }

    fn with_story(&mut self, mut person: Person, start: usize) -> Person {
        let firm = &self.firms[person.firm];
        match firm.shape {
            Shape::Plain => self.plain_story(person, start),
            Shape::Bought(_) => {
                let Some(owner) = firm.owner else { return person };
                if self.random.chance(0.6) {
                    let buyer = &self.firms[owner];
                    let german = firm.country.writes_umlauts();
                    let new = self.address(&buyer.mail, buyer.style, person.given, &person.family, german);
                    let before = std::mem::replace(&mut person.address, new);
                    person.telling = buyer.style.tells_name();
                    person.story = Story::Moved { before, renewed: self.random.chance(0.25) };
                }
                person
            }
            Shape::Reseller { .. } => {
                if !self.plain.is_empty() {
                    let count = self.random.between(1, 3);
                    let clients = (0..count).map(|_| *self.random.pick(&self.plain)).collect();
                    person.story = Story::Partner { clients, employer_first: self.random.chance(0.5) };
                }
                person
            }
            _ => person,
        }
    }

    /// For people at companies about which nothing is peculiar.
    fn plain_story(&mut self, mut person: Person, start: usize) -> Person {
        let mix = self.mix;
        if !person.known {
            if self.random.chance(mix.namesakes) && start > 0 {
                let other = &self.people[self.random.below(start)];
                let (given, family) = (other.given, other.family.clone());
                let unique =
                    !self.people[start..].iter().any(|one| one.given == given && one.family == family);
                if other.known && other.firm != person.firm && unique {
                    let firm = &self.firms[person.firm];
                    person.address =
                        self.address(&firm.mail, firm.style, given, &family, firm.country.writes_umlauts());
                    (person.given, person.family) = (given, family);
                    person.story = Story::Namesake;
                }
            }
            return person;
        }
        let rates = [
            mix.second_addresses,
            mix.relaxed_addresses,
            mix.leavers,
            mix.misspelt_addresses,
            mix.duplicate_contacts,
            mix.other_addresses,
            mix.contractors,
            mix.archived_contacts,
        ];
        let mut left = self.random.unit();
        let which = rates.iter().position(|rate| {
            left -= rate;
            left < 0.0
        });
        person.story = match which {
            Some(0) => {
                let other =
                    if self.random.chance(0.5) { self.free_mail(&person) } else { self.alias(&person) };
                Story::SecondAddress { other, work_first: self.random.chance(0.7) }
            }
            Some(1) => {
                let host = *self.random.pick(&["gmail.com", "gmail.com", "outlook.com", "icloud.com"]);
                let german = self.firms[person.firm].country.writes_umlauts();
                let other = self.address(host, Style::FirstDotLast, person.given, &person.family, german);
                Story::FreeMail { other, alone: self.random.chance(0.5) }
            }
            Some(2) => self.leaving(&person),
            Some(3) => Story::Misspelt { on_file: self.typo(&person.address) },
            Some(4) => {
                let copies = *self.random.pick(&[
                    Copies::SameAddress,
                    Copies::OtherAddress,
                    Copies::OtherAddress,
                    Copies::Merged,
                    Copies::Merged,
                    Copies::Chain,
                    Copies::OneArchived,
                ]);
                Story::Duplicated { copies, other: self.free_mail(&person) }
            }
            Some(5) => {
                let on_file =
                    if self.random.chance(0.3) { self.free_mail(&person) } else { self.alias(&person) };
                Story::OtherAddress { on_file }
            }
            Some(6) => {
                let own = if self.random.chance(0.6) {
                    self.free_mail(&person)
                } else {
                    let label = squashed(&format!("{}{}", person.given, person.family), true);
                    let host =
                        format!("{label}-{}.com", self.random.pick(&["consulting", "advisory", "interim"]));
                    self.address(&host, Style::First, person.given, &person.family, true)
                };
                Story::Contractor { own }
            }
            Some(7) => Story::Archived,
            _ => Story::Plain,
        };
        person
    }

    /// Another address at the same company.
    fn alias(&mut self, person: &Person) -> String {
        let firm = &self.firms[person.firm];
        let styles =
            [Style::InitialLast, Style::FirstDotLast, Style::LastDotFirst, Style::First, Style::FirstLast];
        let others: Vec<Style> = styles.into_iter().filter(|one| *one != firm.style).collect();
        let style = *self.random.pick(&others);
        self.address(&firm.mail, style, person.given, &person.family, firm.country.writes_umlauts())
    }

    fn leaving(&mut self, person: &Person) -> Story {
        let pool = if self.random.chance(0.25) { &self.strange } else { &self.plain };
        if pool.is_empty() {
            return Story::Plain;
        }
        let to = *self.random.pick(pool);
        if to == person.firm {
            return Story::Plain;
        }
        let firm = &self.firms[to];
        let german = firm.country.writes_umlauts();
        let how = match self.random.below(100) {
            0..=59 => Leaving::Unnoticed,
            60..=87 => Leaving::NewAddress,
            _ => Leaving::Private,
        };
        let address = match how {
            Leaving::Private => self.free_mail(person),
            _ => self.address(&firm.mail, firm.style, person.given, &person.family, german),
        };
        Story::Left { to, address, how }
    }

    /// The address with a slip in either half, which is nobody's.
    fn typo(&mut self, address: &str) -> String {
        let (local, host) = address.split_once('@').unwrap_or((address, ""));
        let (label, rest) = host.split_once('.').unwrap_or((host, "com"));
        let wrong = if self.random.chance(0.6) {
            format!("{}@{host}", misspelt(local, self.random))
        } else {
            format!("{local}@{}.{rest}", misspelt(label, self.random))
        };
        // A slip may have changed nothing, or hit somebody else's address.
        if self.taken.insert(mailbox(&wrong)) { wrong } else { format!("{local}.x@{host}") }
    }
}
