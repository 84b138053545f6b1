//! Random histories of a CRM, read page by page while they happen: in the end the mirror equals the portal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::view::{View, Views};
use acquaint_testkit::sandbox::hubspot::{Link, SearchOrder};
use chrono::TimeDelta;
use proptest::prelude::*;
use support::mirror::Mirror;
use support::truth::{true_links, truth};
use support::{PORTAL, World, settings};

/// Something that happens. Numbers pick among the records there are.
#[derive(Debug, Clone)]
enum Step {
    NewContact,
    NewCompany,
    EditContact(usize),
    EditCompany(usize),
    /// Several contacts in one millisecond.
    BulkEdit(usize),
    Link {
        contact: usize,
        company: usize,
        primary: bool,
    },
    Unlink {
        contact: usize,
        company: usize,
    },
    ArchiveContact(usize),
    RestoreContact(usize),
    ArchiveCompany(usize),
    MergeContacts(usize, usize),
    MergeCompanies(usize, usize),
    Erase(usize),
    Wait(u64),
    /// A page of a lane's pass, which begins if none is under way.
    Page {
        contacts: bool,
        lane: &'static str,
    },
    /// HubSpot tells of a record, which may be gone by the time that it is read.
    Told(usize),
    Shuffle(u64),
}

fn lane() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("head"), 2 => Just("trailing"), 2 => Just("reconcile"), 1 => Just("archived")]
}

fn step() -> impl Strategy<Value = Step> {
    let some = || 0usize..64;
    prop_oneof![
        4 => Just(Step::NewContact),
        2 => Just(Step::NewCompany),
        4 => some().prop_map(Step::EditContact),
        3 => some().prop_map(Step::EditCompany),
        1 => some().prop_map(Step::BulkEdit),
        3 => (some(), some(), any::<bool>())
            .prop_map(|(contact, company, primary)| Step::Link { contact, company, primary }),
        2 => (some(), some()).prop_map(|(contact, company)| Step::Unlink { contact, company }),
        2 => some().prop_map(Step::ArchiveContact),
        1 => some().prop_map(Step::RestoreContact),
        1 => some().prop_map(Step::ArchiveCompany),
        1 => (some(), some()).prop_map(|(a, b)| Step::MergeContacts(a, b)),
        1 => (some(), some()).prop_map(|(a, b)| Step::MergeCompanies(a, b)),
        1 => some().prop_map(Step::Erase),
        5 => prop_oneof![Just(1), Just(700), Just(20_000), Just(900_000)].prop_map(Step::Wait),
        12 => (any::<bool>(), lane()).prop_map(|(contacts, lane)| Step::Page { contacts, lane }),
        2 => some().prop_map(Step::Told),
        1 => any::<u64>().prop_map(Step::Shuffle),
    ]
}

/// A record, by type and id.
type End = (&'static str, u64);

struct Story {
    world: World,
    contacts: Mirror,
    companies: Mirror,
    /// Whether only some contacts are selected at HubSpot.
    selected: bool,
    erased: BTreeSet<String>,
    made: usize,
}

impl Story {
    fn new(lag: i64, few: bool, selected: bool) -> Self {
        let mut fields = settings("contacts", &["jobtitle"]);
        if selected {
            let native = serde_json::json!({"contacts": {"lifecyclestage": ["customer", "opportunity"]}});
            fields.options.insert("native".to_owned(), native);
        }
        let world = World::with(
            |config| {
                config.list_page = 3;
                config.search_page = 3;
                config.batch_size = 2;
                config.association_batch_size = 2;
                if few {
                    (config.batch_properties, config.url_limit, config.search_body_limit) = (3, 150, 300);
                }
            },
            fields,
        );
        world.sandbox.configure(|config| {
            config.index_lag = TimeDelta::seconds(lag);
            config.association_page = 2;
        });
        let (contacts, companies) = (Mirror::default(), Mirror::default());
        Self { world, contacts, companies, selected, erased: BTreeSet::new(), made: 0 }
    }

    fn pick(&self, kind: &str, index: usize) -> Option<u64> {
        let live: Vec<u64> = self.world.sandbox.records(PORTAL, kind).unwrap().into_keys().collect();
        (!live.is_empty()).then(|| live[index % live.len()])
    }

    fn edit(&mut self, kind: &str, id: u64) {
        self.made += 1;
        let value = format!("edit {}", self.made);
        let name = if kind == "contacts" { "jobtitle" } else { "name" };
        let stage = ["customer", "lead", "opportunity"][self.made % 3];
        self.world.sandbox.update(PORTAL, kind, id, &[(name, &value), ("lifecyclestage", stage)]).unwrap();
    }

    async fn step(&mut self, step: Step) {
        let sandbox = std::sync::Arc::clone(&self.world.sandbox);
        self.made += 1;
        match step {
            Step::NewContact => {
                let (first, email) = (format!("n{}", self.made), format!("n{}@globex.example", self.made));
                let more = format!("m{}@globex.example; k{}@globex.example", self.made, self.made);
                let values = [
                    ("firstname", &*first),
                    ("lastname", "Doe"),
                    ("email", &email),
                    ("hs_additional_emails", &more),
                ];
                sandbox.create(PORTAL, "contacts", &values).unwrap();
            }
            Step::NewCompany => {
                let parent = self.pick("companies", self.made).map(|id| id.to_string()).unwrap_or_default();
                let name = format!("c{}", self.made);
                let domain = format!("{name}.example");
                let values = [("name", &*name), ("domain", &domain), ("hs_parent_company_id", &parent)];
                sandbox.create(PORTAL, "companies", &values).unwrap();
            }
            Step::EditContact(index) => {
                if let Some(id) = self.pick("contacts", index) {
                    self.edit("contacts", id);
                }
            }
            Step::EditCompany(index) => {
                if let Some(id) = self.pick("companies", index) {
                    self.edit("companies", id);
                }
            }
            Step::BulkEdit(skip) => {
                let ids: Vec<u64> =
                    sandbox.records(PORTAL, "contacts").unwrap().into_keys().skip(skip % 4).collect();
                for id in ids {
                    self.edit("contacts", id);
                }
            }
            Step::Link { contact, company, primary } => {
                if let Some((from, to)) = self.ends(contact, company) {
                    let link = if primary { Link::Primary } else { Link::Unlabelled };
                    sandbox.associate(PORTAL, from, to, link).unwrap();
                }
            }
            Step::Unlink { contact, company } => {
                if let Some((from, to)) = self.ends(contact, company) {
                    sandbox.dissociate(PORTAL, from, to, Link::Unlabelled).unwrap();
                }
            }
            Step::ArchiveContact(index) => {
                if let Some(id) = self.pick("contacts", index) {
                    sandbox.archive(PORTAL, "contacts", id).unwrap();
                }
            }
            Step::RestoreContact(index) => {
                let bin: Vec<u64> =
                    sandbox.archived_records(PORTAL, "contacts").unwrap().into_keys().collect();
                if !bin.is_empty() {
                    sandbox.restore(PORTAL, "contacts", bin[index % bin.len()]).unwrap();
                }
            }
            Step::MergeContacts(a, b) => self.merge("contacts", a, b),
            Step::MergeCompanies(a, b) => self.merge("companies", a, b),
            Step::ArchiveCompany(index) => {
                if let Some(id) = self.pick("companies", index) {
                    sandbox.archive(PORTAL, "companies", id).unwrap();
                }
            }
            Step::Erase(index) => {
                if let Some(id) = self.pick("contacts", index) {
                    // Nothing tells of it any more, nor of those that were merged into it: only a baseline sees it.
                    let record = sandbox.record(PORTAL, "contacts", id).unwrap().unwrap();
                    let merged = record.properties.get("hs_merged_object_ids").cloned().unwrap_or_default();
                    self.erased.extend(merged.split(';').map(str::to_owned).chain([id.to_string()]));
                    sandbox.gdpr_delete(PORTAL, "contacts", id).unwrap();
                }
            }
            Step::Wait(millis) => self.world.wait(millis),
            Step::Page { contacts: true, lane } => {
                self.contacts.page(&self.world, "contacts", lane).await.unwrap();
            }
            Step::Page { contacts: false, lane } => {
                self.companies.page(&self.world, "companies", lane).await.unwrap();
            }
            Step::Told(index) => {
                let known: Vec<String> = self.contacts.entries.keys().cloned().collect();
                let live = self.pick("contacts", index).map(|id| id.to_string());
                let picked = known.get(index % known.len().max(1)).cloned();
                for key in picked.into_iter().chain(live) {
                    self.contacts.told(&self.world, "contacts", &[&key]).await.unwrap();
                }
            }
            Step::Shuffle(seed) => sandbox.shuffle_search(SearchOrder::ShuffledEachRequest(seed)),
        }
    }

    fn merge(&mut self, kind: &str, a: usize, b: usize) {
        if let Some((a, b)) = self.pick(kind, a).zip(self.pick(kind, b)).filter(|(a, b)| a != b) {
            self.world.sandbox.merge(PORTAL, kind, a, b).unwrap();
        }
    }

    fn ends(&self, contact: usize, company: usize) -> Option<(End, End)> {
        let (contact, company) = (self.pick("contacts", contact)?, self.pick("companies", company)?);
        Some((("contacts", contact), ("companies", company)))
    }

    /// The contacts that ought to be there.
    fn true_contacts(&self) -> BTreeMap<String, Views> {
        let mut all = truth(&self.world, "contacts", &["jobtitle"]);
        if self.selected {
            all.retain(|_, views| match views.as_slice() {
                [View::Contact(contact)] => {
                    contact.stage.as_deref().is_some_and(|stage| ["customer", "opportunity"].contains(&stage))
                }
                other => panic!("{other:?} is not one contact"),
            });
        }
        all
    }

    /// What remains to be seen without a complete pass, and then with one.
    async fn end(mut self) {
        self.world.wait(60_000);
        for (mirror, stream) in [(&mut self.contacts, "contacts"), (&mut self.companies, "companies")] {
            mirror.finish_and_run(&self.world, stream, "head").await.unwrap();
            mirror.finish_and_run(&self.world, stream, "archived").await.unwrap();
        }
        let visible = |views: BTreeMap<String, Views>| -> BTreeMap<String, Views> {
            views.into_iter().filter(|(key, _)| !self.erased.contains(key)).collect()
        };
        assert_eq!(
            visible(self.contacts.views(&self.world, "contacts")),
            visible(self.true_contacts()),
            "contacts, incrementally"
        );
        assert_eq!(
            self.companies.views(&self.world, "companies"),
            truth(&self.world, "companies", &[]),
            "companies, incrementally"
        );

        self.world.wait(60_000);
        for (mirror, stream) in [(&mut self.contacts, "contacts"), (&mut self.companies, "companies")] {
            mirror.finish_and_run(&self.world, stream, "reconcile").await.unwrap();
        }
        let contacts = self.contacts.views(&self.world, "contacts");
        assert_eq!(contacts, self.true_contacts(), "contacts");
        let companies = self.companies.views(&self.world, "companies");
        assert_eq!(companies, truth(&self.world, "companies", &[]), "companies");
        let mut links = Mirror::of(self.world.partition("associations", "contacts/companies").await);
        links.follow(&self.world, "associations", &self.contacts).await.unwrap();
        let mut expected = true_links(&self.world);
        expected.retain(|contact, _| contacts.contains_key(contact));
        assert_eq!(links.links(&self.world), expected, "links");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_mirror_equals_the_portal_whatever_happened_meanwhile(
        few in any::<bool>(),
        selected in any::<bool>(),
        lag in prop_oneof![Just(0i64), Just(3), Just(45)],
        steps in prop::collection::vec(step(), 1..90),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut story = Story::new(lag, few, selected);
            for step in steps {
                story.step(step).await;
            }
            story.end().await;
        });
    }
}
