//! The companies as they really are.

use super::naming::Naming;
use super::random::Random;
use super::spelling::Style;
use super::words::{CITIES, COUNTRIES, Country, DEPARTMENTS, FREE_MAIL};
use super::{Mix, Size};

/// A company, or a part of one that the tenant takes for a customer of its own.
#[derive(Debug)]
pub(super) struct Firm {
    pub(super) name: String,
    pub(super) country: &'static Country,
    /// Where its website is.
    pub(super) site: String,
    /// Where its people have their mail.
    pub(super) mail: String,
    pub(super) shape: Shape,
    /// The company that it belongs to.
    pub(super) owner: Option<usize>,
    pub(super) style: Style,
}

/// What is peculiar about a company, in truth or in the eyes of the CRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    /// A subsidiary with its own domain.
    OwnDomain,
    /// A subsidiary with the owner's mail domain.
    GroupMail,
    /// An office; the first one of a firm may be above the others.
    Office,
    /// Bought by its owner.
    Bought(Deal),
    /// Mail is somewhere else than the website; the CRM may not even have that.
    OtherMail {
        no_site: bool,
    },
    /// Mail is below a name that others use too.
    Sibling,
    Reseller {
        known: bool,
    },
    /// Everybody uses free mail.
    Founder,
    /// A university as a whole, or one of its departments.
    University,
    Brand,
    Idn,
    Duplicated(Twins),
    /// Put aside in the CRM.
    Archived,
    /// Put aside in the CRM, while its owner is there.
    ArchivedUnderLive,
    /// Not in the CRM.
    Stranger,
}

/// What the CRM made of a takeover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deal {
    /// The bought company's account was merged into the buyer's.
    Merged,
    /// It is below the buyer's.
    Child,
    /// Nobody has noticed.
    Apart,
    /// It was put aside, and its domain was given to the buyer's.
    Absorbed,
}

/// How the CRM has one company twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twins {
    /// Both with the domain.
    SameDomain,
    /// One of them without a domain.
    OneWithout,
    /// One was merged into the other.
    Merged,
    /// One was merged into the other by way of a third.
    Chain,
    /// One was put aside.
    OneArchived,
}

/// Draws all companies: those of the CRM first, then those that it does not have.
pub(super) fn draw(size: Size, mix: &Mix, naming: &mut Naming<'_>, random: &mut Random) -> Vec<Firm> {
    let mut draw = Draw { firms: Vec::with_capacity(size.companies), mix, naming, random };
    while draw.firms.len() < size.companies {
        draw.family();
    }
    let mut strangers = 0.0;
    for known in 0..draw.firms.len() {
        strangers += mix.strangers;
        while strangers >= 1.0 {
            strangers -= 1.0;
            draw.stranger(known);
        }
    }
    draw.firms
}

struct Draw<'a, 'b> {
    firms: Vec<Firm>,
    mix: &'a Mix,
    naming: &'a mut Naming<'b>,
    random: &'a mut Random,
}

impl Draw<'_, '_> {
    /// One company, with those that belong to it.
    fn family(&mut self) {
        let mix = self.mix;
        let rates = [
            mix.groups,
            mix.regional,
            mix.takeovers,
            mix.other_mail_domains,
            mix.sibling_customers,
            mix.resellers,
            mix.founders,
            mix.universities,
            mix.brands,
            mix.idn,
            mix.duplicate_accounts,
            mix.archived_accounts,
            mix.archived_under_live,
        ];
        let mut left = self.random.unit();
        let which = rates.iter().position(|rate| {
            left -= rate;
            left < 0.0
        });
        match which {
            Some(0) => self.group(),
            Some(1) => self.offices(),
            Some(2) => self.takeover(),
            Some(3) => self.other_mail(),
            Some(4) => self.siblings(),
            Some(5) => {
                let known = self.random.chance(mix.known_resellers);
                self.add(Shape::Reseller { known });
            }
            Some(6) => self.founder(),
            Some(7) => self.university(),
            Some(8) => self.brand(),
            Some(9) => self.idn(),
            Some(10) => {
                let twins = *self.random.pick(&[
                    Twins::SameDomain,
                    Twins::OneWithout,
                    Twins::OneWithout,
                    Twins::Merged,
                    Twins::Merged,
                    Twins::Chain,
                    Twins::OneArchived,
                ]);
                self.add(Shape::Duplicated(twins));
            }
            Some(11) => {
                self.add(Shape::Archived);
            }
            Some(12) => {
                let owner = self.add(Shape::Plain);
                let child = self.add(Shape::ArchivedUnderLive);
                self.firms[child].owner = Some(owner);
            }
            _ => {
                self.add(Shape::Plain);
            }
        }
    }

    /// A company with a name and a domain of its own.
    fn add(&mut self, shape: Shape) -> usize {
        let country = self.naming.country(self.random);
        let name = self.naming.name(country, self.random);
        let domain = self.naming.domain(&name, country, self.random);
        self.push(name, country, domain.clone(), domain, shape)
    }

    fn push(
        &mut self,
        name: String,
        country: &'static Country,
        site: String,
        mail: String,
        shape: Shape,
    ) -> usize {
        let style = Style::draw(self.random);
        self.firms.push(Firm { name, country, site, mail, shape, owner: None, style });
        self.firms.len() - 1
    }

    fn group(&mut self) {
        let head = self.add(Shape::Plain);
        for _ in 0..self.random.between(1, 4) {
            let shared = self.random.chance(self.mix.group_mail);
            let child = self.add(if shared { Shape::GroupMail } else { Shape::OwnDomain });
            // Some carry the group's name.
            if self.random.chance(0.4) {
                let firm = &self.firms[child];
                self.firms[child].name = format!("{} {}", self.firms[head].name, firm.country.name);
            }
            self.firms[child].owner = Some(head);
            if shared {
                self.firms[child].mail = self.firms[head].mail.clone();
                self.firms[child].style = self.firms[head].style;
            }
        }
    }

    fn offices(&mut self) {
        let first = self.add(Shape::Office);
        let above = self.random.chance(0.6);
        for _ in 1..self.random.between(3, 8) {
            let country = self.random.pick(COUNTRIES);
            let Firm { name, site, mail, style, .. } = &self.firms[first];
            let name = format!("{name} {}", country.name);
            let office = Firm {
                name,
                country,
                site: site.clone(),
                mail: mail.clone(),
                shape: Shape::Office,
                owner: above.then_some(first),
                style: *style,
            };
            self.firms.push(office);
        }
        if !above {
            let country = self.firms[first].country.name;
            self.firms[first].name = format!("{} {country}", self.firms[first].name);
        }
    }

    fn takeover(&mut self) {
        let buyer = self.add(Shape::Plain);
        let deal = *self.random.pick(&[Deal::Merged, Deal::Child, Deal::Apart, Deal::Apart, Deal::Absorbed]);
        let bought = self.add(Shape::Bought(deal));
        self.firms[bought].owner = Some(buyer);
    }

    fn other_mail(&mut self) {
        let no_site = self.random.chance(0.5);
        let firm = self.add(Shape::OtherMail { no_site });
        let Firm { name, country, .. } = &self.firms[firm];
        if !no_site {
            self.firms[firm].mail = self.naming.domain(name, country, self.random);
        }
    }

    fn siblings(&mut self) {
        let country = self.naming.country(self.random);
        let name = self.naming.name(country, self.random);
        let roof = self.naming.domain(&name, country, self.random);
        for _ in 0..self.random.between(2, 4) {
            let firm = self.add(Shape::Sibling);
            let own = self.firms[firm].site.split('.').next().unwrap_or("shop").to_owned();
            let host = self.naming.register(&own, &roof, self.random);
            self.firms[firm].site = host.clone();
            self.firms[firm].mail = host;
        }
    }

    fn founder(&mut self) {
        let firm = self.add(Shape::Founder);
        self.firms[firm].mail = (*self.random.pick(FREE_MAIL)).to_owned();
    }

    fn university(&mut self) {
        let country = self.random.pick(COUNTRIES);
        let city = *self.random.pick(CITIES);
        let name = format!("University of {city}");
        let label = format!("uni-{}", super::spelling::squashed(city, country.writes_umlauts()));
        let suffix = *self.random.pick_skewed(country.suffixes);
        let domain = self.naming.register(&label, suffix, self.random);
        let whole = self.push(name.clone(), country, domain.clone(), domain.clone(), Shape::University);
        let style = self.firms[whole].style;
        let start = self.random.below(DEPARTMENTS.len());
        for n in 0..self.random.between(0, 5) {
            let department = DEPARTMENTS[(start + n) % DEPARTMENTS.len()];
            let one = self.push(
                format!("{name}, {department}"),
                country,
                domain.clone(),
                domain.clone(),
                Shape::University,
            );
            (self.firms[one].owner, self.firms[one].style) = (Some(whole), style);
        }
    }

    fn brand(&mut self) {
        let Some((name, tld)) = self.naming.brand() else {
            self.add(Shape::Plain);
            return;
        };
        let country = self.naming.country(self.random);
        let site = format!("{}.{tld}", self.random.pick(&["global", "home", "group", "corporate"]));
        let mail = format!("{}.{tld}", self.random.pick(&["ch", "de", "mail", "us"]));
        self.push(name.to_owned(), country, site, mail, Shape::Brand);
    }

    fn idn(&mut self) {
        let families: Vec<&Country> =
            COUNTRIES.iter().filter(|one| one.people.family.iter().any(|name| !name.is_ascii())).collect();
        let country = *self.random.pick(&families);
        let odd: Vec<&&str> = country.people.family.iter().filter(|name| !name.is_ascii()).collect();
        let family = **self.random.pick(&odd);
        let trade = *self.random.pick_skewed(country.trades);
        let suffix = *self.random.pick_skewed(country.suffixes);
        let label = format!("{}-{}", family.to_lowercase(), trade.to_lowercase());
        let domain = self.naming.register(&label, suffix, self.random);
        self.push(format!("{family} {trade}"), country, domain.clone(), domain, Shape::Idn);
    }

    /// A company that the CRM does not have. Some are called like one that it has.
    fn stranger(&mut self, known: usize) {
        let stranger = self.add(Shape::Stranger);
        if self.random.chance(0.1) {
            let label = self.firms[known].site.split('.').next().unwrap_or("x").to_owned();
            let suffix = *self.random.pick_skewed(self.firms[stranger].country.suffixes);
            let domain = self.naming.register(&label, suffix, self.random);
            let name = self.firms[known].name.clone();
            let firm = &mut self.firms[stranger];
            (firm.name, firm.site, firm.mail) = (name, domain.clone(), domain);
        }
    }
}
