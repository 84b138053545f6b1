//! Seats for those whom the CRM does not have, and for what is nobody.

use super::Cause;
use super::firms::Shape;
use super::seats::{Hall, Seat};
use super::spelling::Style;
use super::words::{
    DISPOSABLE, FREE_MAIL, OTHER_ROBOT, OTHER_ROLES, PROVIDER, ROBOTS, ROLES, ROOMS, SOCIAL, TEAMS,
};
use crate::{Class, Kind};

impl Hall<'_, '_> {
    /// A free-mail address that nobody else has.
    pub(super) fn free_address(&mut self, given: &str, family: &str) -> String {
        let style = *self.random.pick(&[Style::FirstDotLast, Style::FirstLast, Style::InitialLast]);
        let host = *self.random.pick(FREE_MAIL);
        format!("{}{}@{host}", style.local(given, family, true), self.number())
    }

    pub(super) fn free_mail_stranger(&mut self) -> Seat {
        let (_, given, family) = self.any_name();
        let address = if self.random.chance(0.04) {
            format!("{}@{PROVIDER}", Style::FirstDotLast.local(&given, &family, true))
        } else {
            self.free_address(&given, &family)
        };
        Seat::nobody(Some((given, family)), address)
    }

    pub(super) fn unknown_company(&mut self) -> Seat {
        if self.random.chance(0.01) {
            // Somebody who does work there.
            let (_, given, family) = self.any_name();
            let host = *self.random.pick(SOCIAL);
            let address = format!("{}@{host}", Style::InitialLast.local(&given, &family, true));
            return Seat::nobody(Some((given, family)), address);
        }
        if let Some(at) = self.draw(Cause::UnknownCompany) {
            return self.at_work(at);
        }
        let (country, given, family) = self.any_name();
        let name = self.naming.name(country, &mut self.random);
        let domain = self.naming.domain(&name, country, &mut self.random);
        let local = Style::draw(&mut self.random).local(&given, &family, country.writes_umlauts());
        Seat { firm: Some(name), ..Seat::nobody(Some((given, family)), format!("{local}@{domain}")) }
    }

    pub(super) fn disposable(&mut self) -> Seat {
        let (_, given, family) = self.any_name();
        let address = format!("tmp{}@{}", self.number(), self.random.pick(DISPOSABLE));
        Seat::nobody(Some((given, family)), address)
    }

    pub(super) fn role(&mut self) -> Option<Seat> {
        let at = self.plain_firm()?;
        let listed = !self.random.chance(0.04);
        let role = if listed { *self.random.pick_skewed(ROLES) } else { *self.random.pick(OTHER_ROLES) };
        let mut seat = self.of_firm(at, role, Class::Role);
        if role == "info" {
            seat.contacts.extend(self.crm.mailboxes.get(&at).cloned());
            seat.contact_resolvable = !seat.contacts.is_empty();
        }
        Some(seat)
    }

    pub(super) fn list(&mut self) -> Option<Seat> {
        let at = self.plain_firm()?;
        let team = *self.random.pick(TEAMS);
        Some(Seat { kind: Kind::Group, ..self.of_firm(at, team, Class::Group) })
    }

    /// A mailbox of a company that is nobody's in particular.
    fn of_firm(&self, at: usize, local: &str, class: Class) -> Seat {
        let firm = &self.firms[at];
        debug_assert_eq!(firm.shape, Shape::Plain);
        Seat {
            label: Some(format!("{} {}", firm.name, local)),
            accounts: self.crm.accounts_of[at].clone(),
            account_resolvable: true,
            ..Seat::of_class(class, format!("{local}@{}", firm.mail))
        }
    }

    pub(super) fn user(&mut self) -> Seat {
        let user = self.random.pick(&self.tenant.users);
        let name = Some((user.given.to_owned(), user.family.clone()));
        Seat { name, ..Seat::of_class(Class::Internal, user.address.clone()) }
    }

    pub(super) fn user_on_free_mail(&mut self) -> Option<Seat> {
        let private: Vec<_> = self.tenant.users.iter().filter(|user| user.private.is_some()).collect();
        let user = private.get(self.random.below(private.len()))?;
        let name = Some((user.given.to_owned(), user.family.clone()));
        Some(Seat { name, ..Seat::of_class(Class::Internal, user.private.clone()?) })
    }

    pub(super) fn own_subsidiary(&mut self) -> Seat {
        let (_, given, family) = self.any_name();
        let tenant = self.tenant;
        let named = self.random.chance(0.7);
        let domain = if named { &tenant.named_subsidiary } else { &tenant.other_subsidiary };
        let address = format!("{}@{domain}", Style::FirstDotLast.local(&given, &family, true));
        Seat { name: Some((given, family)), ..Seat::of_class(Class::Internal, address) }
    }

    pub(super) fn room(&mut self) -> Seat {
        let number = self.number();
        let (address, kind) = match self.random.below(3) {
            0 => (format!("c_{number}7fk2e@resource.calendar.google.com"), Kind::Resource),
            1 => (format!("c_{number}7fk2e@resource.calendar.google.com"), Kind::Person),
            _ => (format!("room-{}@{}", number % 40, self.tenant.domains[0]), Kind::Resource),
        };
        let label = Some((*self.random.pick(ROOMS)).to_owned());
        Seat { label, kind, ..Seat::of_class(Class::Resource, address) }
    }

    pub(super) fn robot(&mut self) -> Seat {
        let listed = !self.random.chance(0.05);
        let machine = if listed { *self.random.pick(ROBOTS) } else { OTHER_ROBOT };
        let address = if machine.ends_with('@') {
            match self.plain_firm() {
                Some(at) if self.random.chance(0.5) => format!("{machine}{}", self.firms[at].mail),
                _ => format!("{machine}{}", self.tenant.domains[0]),
            }
        } else {
            machine.to_owned()
        };
        Seat::of_class(Class::Robot, address)
    }

    pub(super) fn no_address(&mut self) -> Seat {
        let (_, given, family) = self.any_name();
        Seat { name: Some((given, family)), address: None, ..Seat::of_class(Class::Unknown, String::new()) }
    }
}
