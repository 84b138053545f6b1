//! Whatever is edited, and however time passes: items are what a naive evaluation of the mirror says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use acquaint::core::env::{Env, Probe};
use acquaint::core::store::OpenStore;
use acquaint::core::view::{Account, Attendee, CalendarEvent, Colleague, Contact, EventTime};
use acquaint::{Acquaint, Applied, ChangeKind, Manifest, Sqlite, Tenant};
use acquaint_testkit::sandbox::InProcess;
use acquaint_testkit::{ManualClock, MemoryStore, Script};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{SOURCES, now};

const RULES: &str = "
match: { accounts: { stage: customer }, strategies: [email, contact_account, domain] }
keep: { title: { not: { contains: hold } } }
";

const OF_ACCOUNTS: &str = "  account:
    take:
      name: name
      seats: seats
      count: meeting_count
      first: first.title
      last: last.title
      next: next.start
      recent: { each: meetings, where: { title: { contains: q } }, sort: { by: start, descending: true }, limit: 2, take: { title: title } }
";

const OF_CONTACTS: &str = "  contact:
    key: role
    where: { meeting_count: { at_least: 2 } }
    take: { who: id, last: last.start, later: { each: meetings, where: { start: { after: now+36h } }, take: { start: start } } }
";

/// Which sections a manifest has.
fn manifest(accounts: bool, contacts: bool) -> Manifest {
    let part = |there, text| if there { text } else { "" };
    let (accounts, contacts) = (part(accounts, OF_ACCOUNTS), part(contacts, OF_CONTACTS));
    let text =
        format!("{SOURCES}{RULES}output:\n  meeting: {{ take: {{ title: title }} }}\n{accounts}{contacts}");
    Manifest::parse(&text).unwrap()
}

#[derive(Debug, Clone)]
enum Edit {
    Event {
        id: usize,
        title: usize,
        half_days: i64,
        people: u8,
    },
    NoEvent(usize),
    Account {
        id: usize,
        customer: bool,
        seats: u8,
    },
    NoAccount(usize),
    Contact {
        id: usize,
        account: Option<usize>,
        role: usize,
    },
    NoContact(usize),
    Wait(i64),
    Sections(bool, bool),
    Sync,
    /// A sync that dies at a point that it passes.
    Crash(usize),
}

const TITLES: [&str; 4] = ["QBR", "Demo", "On hold", "Quick call"];
const ROLES: [&str; 2] = ["CEO", "CTO"];

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        6 => (0..6usize, 0..4usize, -8..12i64, any::<u8>())
            .prop_map(|(id, title, half_days, people)| Edit::Event { id, title, half_days, people }),
        2 => (0..6usize).prop_map(Edit::NoEvent),
        2 => (0..3usize, prop::bool::weighted(0.7), 0..3u8)
            .prop_map(|(id, customer, seats)| Edit::Account { id, customer, seats }),
        1 => (0..3usize).prop_map(Edit::NoAccount),
        2 => (0..4usize, prop::option::of(0..3usize), 0..2usize)
            .prop_map(|(id, account, role)| Edit::Contact { id, account, role }),
        1 => (0..4usize).prop_map(Edit::NoContact),
        4 => (1..30i64).prop_map(Edit::Wait),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(one, other)| Edit::Sections(one, other)),
        6 => Just(Edit::Sync),
        2 => (1..7usize).prop_map(Edit::Crash),
    ];
    prop::collection::vec(edit, 5..40)
}

/// Somebody of each account, and one besides: of four contacts two share a company.
const PEOPLE: [&str; 4] = ["a@one.com", "b@two.com", "c@three.com", "d@one.com"];
const DOMAINS: [&str; 3] = ["one.com", "two.com", "three.com"];

/// All that the product has pushed.
#[derive(Debug, Default)]
struct Model {
    events: BTreeMap<usize, (usize, DateTime<Utc>, BTreeSet<usize>)>,
    accounts: BTreeMap<usize, (bool, u8)>,
    contacts: BTreeMap<usize, (Option<usize>, usize)>,
    sections: (bool, bool),
}

/// A meeting as the naive evaluation sees it.
#[derive(Debug, Clone)]
struct Seen {
    start: DateTime<Utc>,
    id: String,
    title: &'static str,
    accounts: BTreeSet<usize>,
    /// By address.
    contacts: Vec<usize>,
}

impl Model {
    fn account_of(&self, person: usize) -> Option<usize> {
        let linked = self.contacts.get(&person).and_then(|(account, _)| *account);
        let linked = linked.filter(|account| self.accounts.contains_key(account));
        let domain = PEOPLE[person].split_once('@').unwrap().1;
        let by_domain = DOMAINS.iter().position(|known| *known == domain);
        linked.or(by_domain.filter(|account| self.accounts.contains_key(account)))
    }

    fn kept(&self, ids: &BTreeMap<usize, String>) -> Vec<Seen> {
        let events = self.events.iter().filter(|(_, (title, _, _))| !TITLES[*title].contains("hold"));
        let mut seen: Vec<Seen> = events
            .map(|(number, (title, start, people))| Seen {
                start: *start,
                id: ids[number].clone(),
                title: TITLES[*title],
                accounts: people
                    .iter()
                    .filter_map(|person| self.account_of(*person))
                    .filter(|account| self.accounts[account].0)
                    .collect(),
                contacts: people
                    .iter()
                    .copied()
                    .filter(|person| self.contacts.contains_key(person))
                    .collect(),
            })
            .collect();
        seen.sort_by(|one, other| (one.start, &one.id).cmp(&(other.start, &other.id)));
        seen
    }

    /// Every item, by section and key.
    fn items(&self, ids: &BTreeMap<usize, String>, now: DateTime<Utc>) -> BTreeMap<(String, String), Value> {
        let kept = self.kept(ids);
        let mut items = BTreeMap::new();
        let time = |at: DateTime<Utc>| Value::from(EventTime::At(at).to_string());
        for (account, (_, seats)) in self.accounts.iter().filter(|_| self.sections.0) {
            let own: Vec<&Seen> = kept.iter().filter(|seen| seen.accounts.contains(account)).collect();
            let Some(first) = own.first() else { continue };
            let last = own.iter().rev().find(|seen| seen.start <= now);
            let next = own.iter().find(|seen| seen.start > now);
            // Of equal starts the one that comes first in the list stays first.
            let mut recent: Vec<&&Seen> =
                own.iter().filter(|seen| seen.title.to_lowercase().contains('q')).collect();
            recent.sort_by_key(|seen| std::cmp::Reverse(seen.start));
            let recent: Vec<Value> =
                recent.iter().take(2).map(|seen| json!({ "title": seen.title })).collect();
            let content = json!({
                "name": format!("Account {account}"),
                "seats": seats,
                "count": own.len(),
                "first": first.title,
                "last": last.map(|seen| seen.title),
                "next": next.map(|seen| time(seen.start)),
                "recent": recent,
            });
            items.insert(("account".to_owned(), format!("product/a{account}")), content);
        }
        for role in ROLES.iter().filter(|_| self.sections.1) {
            let has = |person: &usize| ROLES[self.contacts[person].1] == *role;
            let own: Vec<&Seen> = kept.iter().filter(|seen| seen.contacts.iter().any(&has)).collect();
            if own.len() < 2 {
                continue;
            }
            let latest = own.last().unwrap();
            let who = latest.contacts.iter().find(|person| has(person)).unwrap();
            let last = own.iter().rev().find(|seen| seen.start <= now);
            let later = own.iter().filter(|seen| seen.start > now + TimeDelta::hours(36));
            let content = json!({
                "who": format!("c{who}"),
                "last": last.map(|seen| time(seen.start)),
                "later": later.map(|seen| json!({ "start": time(seen.start) })).collect::<Vec<_>>(),
            });
            items.insert(("contact".to_owned(), (*role).to_owned()), content);
        }
        items
    }
}

struct Life {
    tenant: Tenant,
    clock: ManualClock,
    script: Script,
    model: Model,
}

impl Life {
    async fn new(store: impl OpenStore + 'static) -> Self {
        let clock = ManualClock::at(now());
        let mut env = Env::new(Arc::new(InProcess::new()));
        env.clock = Arc::new(clock.clone());
        let script = Script::new();
        env.probe = Arc::new(script.clone());
        let builder = Acquaint::builder().manifest(manifest(true, true)).store(store).env(env);
        let tenant = builder.build().await.unwrap().tenant("acme");
        tenant.local("product").put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
        tenant.sync().await.unwrap().into_result().unwrap();
        Self { tenant, clock, script, model: Model { sections: (true, true), ..Model::default() } }
    }

    async fn edit(&mut self, edit: &Edit) {
        let local = self.tenant.local("product");
        match *edit {
            Edit::Event { id, title, half_days, people } => {
                let start = now() + TimeDelta::hours(12 * half_days);
                let people: BTreeSet<usize> = (0..4).filter(|person| people >> person & 1 == 1).collect();
                let end = EventTime::At(start + TimeDelta::hours(1));
                let mut event = CalendarEvent::new("ana", format!("e{id}"), EventTime::At(start), end);
                event.uid = Some(format!("e{id}@test"));
                event.title = Some(TITLES[title].to_owned());
                event.organiser.email = Some("ana@us.example".to_owned());
                event.attendees = people.iter().map(|person| Attendee::new(PEOPLE[*person])).collect();
                local.put_events([event]).await.unwrap();
                self.model.events.insert(id, (title, start, people));
            }
            Edit::NoEvent(id) => {
                local.remove_events([("ana", format!("e{id}").as_str())]).await.unwrap();
                self.model.events.remove(&id);
            }
            Edit::Account { id, customer, seats } => {
                let account = Account::new(format!("a{id}"), format!("Account {id}")).domain(DOMAINS[id]);
                let stage = if customer { "customer" } else { "lead" };
                local.put_accounts([account.field("stage", stage).field("seats", seats)]).await.unwrap();
                self.model.accounts.insert(id, (customer, seats));
            }
            Edit::NoAccount(id) => {
                local.remove_accounts([format!("a{id}").as_str()]).await.unwrap();
                self.model.accounts.remove(&id);
            }
            Edit::Contact { id, account, role } => {
                let contact = Contact::new(format!("c{id}"), PEOPLE[id]).field("role", ROLES[role]);
                let accounts: Vec<String> = account.iter().map(|account| format!("a{account}")).collect();
                local.put_contacts([(contact, accounts)]).await.unwrap();
                self.model.contacts.insert(id, (account, role));
            }
            Edit::NoContact(id) => {
                local.remove_contacts([format!("c{id}").as_str()]).await.unwrap();
                self.model.contacts.remove(&id);
            }
            Edit::Wait(hours) => {
                let now = acquaint::core::env::Clock::now(&self.clock);
                self.clock.set(now + TimeDelta::hours(hours));
            }
            Edit::Sections(accounts, contacts) => {
                let manifest = manifest(accounts, contacts);
                let plan = self.tenant.plan(&manifest).await.unwrap();
                let applied = self.tenant.apply(&manifest).as_planned(&plan.hash).run().await.unwrap();
                match applied {
                    Applied::Done { changes, .. } => assert_eq!(changes, plan.deliveries.all, "{plan}"),
                    Applied::Already => assert_eq!(plan.deliveries.all, 0, "{plan}"),
                    moved => panic!("{moved:?}"),
                }
                self.model.sections = (accounts, contacts);
                self.check().await;
            }
            Edit::Crash(nth) => {
                self.script.crash_when_any(nth);
                drop(self.tenant.sync().await);
                // One that it did not come to comes to nothing.
                while self.script.crashed().is_none() {
                    drop(self.script.reach("nothing.left").await);
                }
                self.script.revive();
                self.clock.set(acquaint::core::env::Clock::now(&self.clock) + TimeDelta::minutes(1));
            }
            Edit::Sync => {
                self.tenant.sync().await.unwrap().into_result().unwrap();
                self.check().await;
            }
        }
    }

    async fn check(&self) {
        let mut ids = BTreeMap::new();
        for meeting in self.tenant.meetings().all().await.unwrap() {
            let number = (0..6).find(|number| meeting.identity.contains(&format!("e{number}@test"))).unwrap();
            ids.insert(number, meeting.id.as_str().to_owned());
        }
        let now = acquaint::core::env::Clock::now(&self.clock);
        let expected = self.model.items(&ids, now);
        let mut stored = BTreeMap::new();
        for section in ["account", "contact"] {
            for row in self.tenant.items(section).await.unwrap() {
                stored.insert((row.item.section, row.item.key), row.announced.unwrap());
            }
        }
        assert_eq!(stored, expected, "at {now}");
        assert_eq!(self.told().await, expected, "what a consumer holds at {now}");
    }

    /// What a consumer of the whole feed holds of items.
    async fn told(&self) -> BTreeMap<(String, String), Value> {
        let mut held: BTreeMap<(String, String), Value> = BTreeMap::new();
        let feed = self.tenant.changes(0, 10_000).await.unwrap();
        for entry in feed.into_iter().filter(acquaint::FeedEntry::gathers) {
            let place = (entry.section, entry.key.unwrap());
            let before = match entry.change {
                ChangeKind::Removed => held.remove(&place),
                _ => held.insert(place, entry.content.clone()),
            };
            assert_eq!(before.is_none(), entry.change == ChangeKind::Added, "at {}", entry.position);
            assert_ne!(before, Some(entry.content), "it tells nothing new");
        }
        held
    }
}

async fn live(store: impl OpenStore + 'static, edits: &[Edit]) {
    let mut life = Life::new(store).await;
    // Something to begin with, so that there is much to be changed.
    for id in 0..4 {
        if id < 3 {
            life.edit(&Edit::Account { id, customer: true, seats: 1 }).await;
        }
        life.edit(&Edit::Contact { id, account: None, role: id % 2 }).await;
        let half_days = [-4, -1, 4, 7][id];
        life.edit(&Edit::Event { id, title: id % 2, half_days, people: 0b1101 }).await;
    }
    life.edit(&Edit::Sync).await;
    for edit in edits {
        life.edit(edit).await;
    }
    life.edit(&Edit::Sync).await;
    let before = life.tenant.position().await.unwrap();
    life.edit(&Edit::Sync).await;
    assert_eq!(life.tenant.position().await.unwrap(), before, "nothing changed, so nothing is told");
}

fn run(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn items_are_what_a_naive_evaluation_says(edits in edits()) {
        run(live(MemoryStore::new(), &edits));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(30) })]

    #[test]
    fn items_are_what_a_naive_evaluation_says_with_sqlite(edits in edits()) {
        run(async { live(Arc::new(Sqlite::in_memory().await.unwrap()), &edits).await });
    }
}
