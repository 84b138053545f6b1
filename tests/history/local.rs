//! What the product pushes itself, and the model of what it has pushed.

use std::collections::BTreeMap;

use acquaint::Tenant;
use acquaint::core::view::{
    Account, Association, Attendee, CalendarEvent, Colleague, Contact, Deal, EntityKind, EventStatus,
    EventTime, Organiser, Response, View, Visibility,
};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::Value;

use super::deals::{self, DealEdit, Pushed};
use super::pools::{self, pick};

/// One push.
#[derive(Debug, Clone)]
pub enum LocalEdit {
    PutEvent(EventEdit),
    /// The same event again, with one thing changed.
    TouchEvent(usize, Touch),
    RemoveEvent(usize),
    PutAccount {
        id: usize,
        domains: Vec<usize>,
        stage: usize,
        seats: usize,
        renewal: Option<i64>,
        parent: Option<usize>,
        age: Option<i64>,
        takes_in: Option<usize>,
    },
    RemoveAccount(usize),
    /// The second goes, and the first carries on for it.
    MergeAccounts(usize, usize),
    PutContact {
        id: usize,
        emails: Vec<usize>,
        accounts: Vec<usize>,
        role: usize,
        age: Option<i64>,
    },
    RemoveContact(usize),
    PutUser(usize, usize),
    RemoveUser(usize),
    Deal(DealEdit),
}

#[derive(Debug, Clone)]
pub struct EventEdit {
    pub calendar: usize,
    pub id: usize,
    pub uid: usize,
    pub occurrence: Option<i64>,
    /// From now.
    pub hours: i64,
    pub minutes: i64,
    pub all_day: bool,
    pub title: usize,
    pub organiser: Option<(usize, bool)>,
    pub guests: Vec<Guest>,
    pub status: EventStatus,
    pub private: bool,
    pub cut: bool,
    pub sequence: i64,
}

#[derive(Debug, Clone)]
pub struct Guest {
    pub who: usize,
    pub odd: bool,
    pub response: Response,
    pub optional: bool,
    pub resource: bool,
    pub is_self: bool,
}

#[derive(Debug, Clone)]
pub enum Touch {
    Move(i64),
    Retitle(usize),
    Status(EventStatus),
    Private(bool),
    Guests(Vec<Guest>),
    Uid(usize),
}

/// Everything that has been pushed.
#[derive(Debug, Default)]
pub struct Model {
    pub events: BTreeMap<(String, String), CalendarEvent>,
    pub accounts: BTreeMap<String, Account>,
    pub contacts: BTreeMap<String, (Contact, Vec<String>)>,
    pub users: BTreeMap<String, Colleague>,
    pub deals: BTreeMap<String, Pushed>,
}

impl Model {
    /// The views of every record, by stream.
    pub fn views(&self) -> BTreeMap<&'static str, Vec<Vec<View>>> {
        let events = self.events.values().map(|event| vec![View::Event(Box::new(event.clone()))]);
        let accounts = self.accounts.values().map(|account| vec![View::Account(account.clone())]);
        let contacts = self.contacts.values().map(|(contact, accounts)| {
            let links = accounts.iter().enumerate().map(|(index, account)| {
                View::Association(Association::contact_to_account(&contact.id, account, index == 0))
            });
            std::iter::once(View::Contact(contact.clone())).chain(links).collect()
        });
        let users = self.users.values().map(|user| vec![View::Colleague(user.clone())]);
        BTreeMap::from([
            ("events", events.collect()),
            ("accounts", accounts.collect()),
            ("contacts", contacts.collect()),
            ("users", users.collect()),
            ("deals", self.deals.values().map(deals::views).collect()),
        ])
    }
}

/// Makes a push known to the model and then to the engine. Returns what to push.
pub fn apply(model: &mut Model, edit: &LocalEdit, now: DateTime<Utc>) -> Push {
    match edit {
        LocalEdit::PutEvent(edit) => put(model, event(edit, now)),
        LocalEdit::TouchEvent(index, touch) => {
            let events: Vec<&CalendarEvent> = model.events.values().collect();
            if events.is_empty() {
                return Push::Nothing;
            }
            let mut event = pick(&events, *index).clone();
            touched(&mut event, touch);
            put(model, event)
        }
        LocalEdit::RemoveEvent(index) => {
            let keys: Vec<(String, String)> = model.events.keys().cloned().collect();
            if keys.is_empty() {
                return Push::Nothing;
            }
            let key = keys[index % keys.len()].clone();
            model.events.remove(&key);
            Push::NoEvent(key)
        }
        LocalEdit::PutAccount { id, domains, stage, seats, renewal, parent, age, takes_in } => {
            let mut account = Account::new(id.to_string(), format!("Company {id}"));
            account.domains = domains.iter().map(|index| pick(&pools::DOMAINS, *index).to_owned()).collect();
            account.parent = parent.map(|parent| parent.to_string());
            account.created = age.map(|days| DateTime::UNIX_EPOCH + TimeDelta::days(days));
            // Somebody who may or may not be there, or nobody.
            account.owner = (*seats < 4).then(|| format!("u{}", stage % 4));
            account = account.field("stage", pick(&pools::STAGES, *stage));
            account = match seats % 5 {
                4 => account.field("seats", 75),
                seats => account.field("seats", pools::SEATS[seats]),
            };
            if let Some(days) = renewal {
                account = account.field("renewal", (now + TimeDelta::days(*days)).date_naive().to_string());
            }
            // A record is merged away when it is gone; nobody takes in what another has taken in before.
            let old = takes_in.map(|old| old.to_string()).filter(|old| {
                *old != account.id
                    && !model.accounts.contains_key(old)
                    && !model.accounts.values().any(|other| other.merged.contains(old))
            });
            account.merged = old.into_iter().collect();
            // What comes back under its own id is merged no longer.
            if model
                .accounts
                .values()
                .any(|other| other.id != account.id && other.merged.contains(&account.id))
            {
                return Push::Nothing;
            }
            model.accounts.insert(account.id.clone(), account.clone());
            Push::Account(account)
        }
        LocalEdit::MergeAccounts(into, old) => {
            let (into, old) = (into.to_string(), old.to_string());
            if into == old || !model.accounts.contains_key(&into) {
                return Push::Nothing;
            }
            let Some(gone) = model.accounts.remove(&old) else { return Push::Nothing };
            let account = model.accounts.get_mut(&into).unwrap();
            account.merged.extend(gone.merged.into_iter().chain([old.clone()]));
            Push::Merged(account.clone(), old)
        }
        LocalEdit::RemoveAccount(id) => {
            model.accounts.remove(&id.to_string());
            Push::NoAccount(id.to_string())
        }
        LocalEdit::PutContact { id, emails, accounts, role, age } => {
            let mut contact = Contact::default();
            contact.id = format!("c{id}");
            contact.name = Some(format!("Person {id}"));
            contact.emails = emails.iter().map(|index| pick(&pools::CONTACTS, *index).to_owned()).collect();
            contact.created = age.map(|days| DateTime::UNIX_EPOCH + TimeDelta::days(days));
            contact = contact.field("role", pick(&pools::ROLES, *role));
            let mut links: Vec<String> = Vec::new();
            for account in accounts {
                if !links.contains(&account.to_string()) {
                    links.push(account.to_string());
                }
            }
            model.contacts.insert(contact.id.clone(), (contact.clone(), links.clone()));
            Push::Contact(contact, links)
        }
        LocalEdit::RemoveContact(id) => {
            model.contacts.remove(&format!("c{id}"));
            Push::NoContact(format!("c{id}"))
        }
        LocalEdit::PutUser(id, email) => {
            let user = Colleague::new(format!("u{id}"), pick(&pools::COLLEAGUES, *email));
            model.users.insert(user.id.clone(), user.clone());
            Push::User(user)
        }
        LocalEdit::RemoveUser(id) => {
            model.users.remove(&format!("u{id}"));
            Push::NoUser(format!("u{id}"))
        }
        LocalEdit::Deal(edit) => deals::apply(model, edit),
    }
}

/// What goes to the engine.
#[derive(Debug)]
pub enum Push {
    Nothing,
    Event(Box<CalendarEvent>),
    NoEvent((String, String)),
    Account(Account),
    NoAccount(String),
    Merged(Account, String),
    Contact(Contact, Vec<String>),
    NoContact(String),
    User(Colleague),
    NoUser(String),
    Deal(Deal, Vec<String>),
    NoDeal(String),
}

impl Push {
    pub async fn send(self, tenant: &Tenant, source: &str) -> acquaint::Result<()> {
        let local = tenant.local(source);
        match self {
            Self::Nothing => Ok(()),
            Self::Event(event) => local.put_events([*event]).await,
            Self::NoEvent((calendar, id)) => local.remove_events([(calendar.as_str(), id.as_str())]).await,
            Self::Account(account) => local.put_accounts([account]).await,
            Self::NoAccount(id) => local.remove_accounts([id]).await,
            Self::Merged(account, old) => {
                local.remove_accounts([old]).await?;
                local.put_accounts([account]).await
            }
            Self::Contact(contact, accounts) => local.put_contacts([(contact, accounts)]).await,
            Self::NoContact(id) => local.remove_contacts([id]).await,
            Self::User(user) => local.put_users([user]).await,
            Self::NoUser(id) => local.remove_users([id]).await,
            Self::Deal(deal, accounts) => {
                let links = accounts.into_iter().map(|account| (EntityKind::Account, account));
                local.put_deals([(deal, links.collect())]).await
            }
            Self::NoDeal(id) => local.remove_deals([id]).await,
        }
    }
}

fn put(model: &mut Model, event: CalendarEvent) -> Push {
    model.events.insert((event.calendar.clone(), event.id.clone()), event.clone());
    Push::Event(Box::new(event))
}

fn event(edit: &EventEdit, now: DateTime<Utc>) -> CalendarEvent {
    let start = now + TimeDelta::hours(edit.hours);
    let (start, end) = if edit.all_day {
        let day = start.date_naive();
        (EventTime::Day(day), EventTime::Day(day + TimeDelta::days(1)))
    } else {
        (EventTime::At(start), EventTime::At(start + TimeDelta::minutes(edit.minutes)))
    };
    let calendar = pick(&pools::USERS, edit.calendar);
    let mut event = CalendarEvent::new(calendar, format!("e{}", edit.id), start, end);
    event.uid = uid(edit.uid);
    let first = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    event.original_start = edit.occurrence.map(|week| EventTime::At(first + TimeDelta::weeks(week)));
    event.title = Some(pick(&pools::TITLES, edit.title).to_owned()).filter(|title| !title.is_empty());
    event.status = edit.status;
    event.sequence = edit.sequence;
    event.attendees_cut = edit.cut;
    event.visibility = if edit.private { Visibility::Private } else { Visibility::Default };
    if let Some((who, is_self)) = edit.organiser {
        let mut organiser = Organiser::default();
        // Beyond the people there is a blank, which says as much as nothing.
        organiser.email = Some(pools::PEOPLE.get(who).copied().unwrap_or(" ").to_owned());
        organiser.name = Some(format!("Organiser {who}"));
        organiser.is_self = is_self;
        event.organiser = organiser;
    }
    event.attendees = edit.guests.iter().map(guest).collect();
    event
}

fn uid(index: usize) -> Option<String> {
    (index > 0).then(|| format!("uid-{index}"))
}

fn guest(guest: &Guest) -> Attendee {
    let pool: &[&str] = if guest.odd { &pools::ODD_PEOPLE } else { &pools::PEOPLE };
    let mut attendee = Attendee::new(pick(pool, guest.who));
    attendee.name = (!guest.who.is_multiple_of(3)).then(|| format!("Guest {}", guest.who));
    attendee.response = guest.response;
    attendee.optional = guest.optional;
    attendee.resource = guest.resource;
    attendee.is_self = guest.is_self;
    attendee
}

fn touched(event: &mut CalendarEvent, touch: &Touch) {
    match touch {
        Touch::Move(hours) => {
            let shift = TimeDelta::hours(*hours);
            let moved = |time: EventTime| match time {
                EventTime::At(at) => EventTime::At(at + shift),
                EventTime::Day(day) => EventTime::Day(day + TimeDelta::days(hours / 24)),
            };
            (event.start, event.end) = (moved(event.start), moved(event.end));
            event.sequence += 1;
        }
        Touch::Retitle(title) => event.title = Some(pick(&pools::TITLES, *title).to_owned()),
        Touch::Status(status) => event.status = *status,
        Touch::Private(private) => {
            event.visibility = if *private { Visibility::Private } else { Visibility::Default };
        }
        Touch::Guests(guests) => event.attendees = guests.iter().map(guest).collect(),
        Touch::Uid(index) => event.uid = uid(*index),
    }
}

pub fn response() -> impl Strategy<Value = Response> {
    prop_oneof![
        Just(Response::NeedsAction),
        Just(Response::Accepted),
        Just(Response::Declined),
        Just(Response::Tentative),
    ]
}

fn status() -> impl Strategy<Value = EventStatus> {
    prop_oneof![
        8 => Just(EventStatus::Confirmed),
        1 => Just(EventStatus::Tentative),
        1 => Just(EventStatus::Cancelled),
    ]
}

fn guests() -> impl Strategy<Value = Vec<Guest>> {
    let one = (
        0..pools::PEOPLE.len(),
        prop::bool::weighted(0.1),
        response(),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.05),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(who, odd, response, optional, resource, is_self)| Guest {
            who,
            odd,
            response,
            optional,
            resource,
            is_self,
        });
    prop::collection::vec(one, 0..5)
}

pub fn hours() -> impl Strategy<Value = i64> {
    prop_oneof![3 => -24i64..24 * 7, 1 => -24i64 * 20..24 * 50]
}

fn put_event() -> impl Strategy<Value = LocalEdit> {
    let place = (0..2usize, 0..3usize, 0..4usize, prop::option::weighted(0.2, 0..2i64));
    let time =
        (hours(), prop_oneof![1 => Just(5i64), 3 => Just(30), 2 => Just(60)], prop::bool::weighted(0.1));
    let organiser = prop::option::weighted(
        0.7,
        (prop_oneof![8 => Just(12usize), 2 => Just(13), 2 => Just(0), 1 => Just(99)], any::<bool>()),
    );
    let flags = (status(), prop::bool::weighted(0.1), prop::bool::weighted(0.2), 0..3i64);
    (place, time, 0..pools::TITLES.len(), organiser, guests(), flags).prop_map(
        |((calendar, id, uid, occurrence), (hours, minutes, all_day), title, organiser, guests, flags)| {
            let (status, private, cut, sequence) = flags;
            LocalEdit::PutEvent(EventEdit {
                calendar,
                id,
                uid,
                occurrence,
                hours,
                minutes,
                all_day,
                title,
                organiser,
                guests,
                status,
                private,
                cut,
                sequence,
            })
        },
    )
}

fn touch() -> impl Strategy<Value = Touch> {
    prop_oneof![
        hours().prop_map(Touch::Move),
        (0..pools::TITLES.len()).prop_map(Touch::Retitle),
        status().prop_map(Touch::Status),
        prop::bool::weighted(0.3).prop_map(Touch::Private),
        guests().prop_map(Touch::Guests),
        (0..4usize).prop_map(Touch::Uid),
    ]
}

/// People of the tenant's own come and go.
pub fn users() -> impl Strategy<Value = LocalEdit> {
    prop_oneof![
        2 => (0..3usize, 0..pools::COLLEAGUES.len()).prop_map(|(id, email)| LocalEdit::PutUser(id, email)),
        1 => (0..3usize).prop_map(LocalEdit::RemoveUser),
    ]
}

pub fn edits() -> impl Strategy<Value = LocalEdit> {
    let account = (
        (0..4usize, prop::collection::vec(0..pools::DOMAINS.len(), 0..3)),
        (0..pools::STAGES.len(), 0..5usize, prop::option::of(-100i64..100)),
        (prop::option::weighted(0.3, 0..4usize), prop::option::of(0..3i64)),
        prop::option::weighted(0.2, 0..4usize),
    )
        .prop_map(|((id, domains), (stage, seats, renewal), (parent, age), takes_in)| {
            LocalEdit::PutAccount { id, domains, stage, seats, renewal, parent, age, takes_in }
        });
    let contact = (
        0..4usize,
        prop::collection::vec(0..pools::CONTACTS.len(), 0..3),
        prop::collection::vec(0..4usize, 0..3),
        0..pools::ROLES.len(),
        prop::option::of(0..3i64),
    )
        .prop_map(|(id, emails, accounts, role, age)| LocalEdit::PutContact {
            id,
            emails,
            accounts,
            role,
            age,
        });
    prop_oneof![
        6 => put_event(),
        4 => (0..8usize, touch()).prop_map(|(index, touch)| LocalEdit::TouchEvent(index, touch)),
        2 => (0..8usize).prop_map(LocalEdit::RemoveEvent),
        5 => account,
        2 => (0..4usize).prop_map(LocalEdit::RemoveAccount),
        2 => (0..4usize, 0..4usize).prop_map(|(into, old)| LocalEdit::MergeAccounts(into, old)),
        4 => contact,
        1 => (0..4usize).prop_map(LocalEdit::RemoveContact),
        1 => users(),
        4 => deals::edits().prop_map(LocalEdit::Deal),
    ]
}

/// A slot's new value.
pub fn slot(index: usize) -> Value {
    pick(&pools::SLOTS, index).map_or(Value::Null, |domains| domains.iter().copied().collect())
}
