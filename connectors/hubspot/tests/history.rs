//! Random histories of a CRM, read page by page while they happen: in the end the mirror equals the portal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::connector::PassKind;
use acquaint_core::view::{View, Views};
use acquaint_testkit::sandbox::hubspot::{Link, SearchOrder};
use chrono::TimeDelta;
use proptest::prelude::*;
use support::{Mirror, PORTAL, World, settings, truth};

/// Something that happens. Numbers pick among the records there are.
#[derive(Debug, Clone)]
enum Step {
    NewContact,
    NewCompany,
    EditContact(usize),
    EditCompany(usize),
    /// Several contacts in one millisecond.
    BulkEdit(usize),
    /// A link to a company, with an edit of the contact or without.
    Link {
        contact: usize,
        company: usize,
        primary: bool,
        edited: bool,
    },
    Unlink {
        contact: usize,
        company: usize,
        edited: bool,
    },
    ArchiveContact(usize),
    RestoreContact(usize),
    ArchiveCompany(usize),
    MergeContacts(usize, usize),
    MergeCompanies(usize, usize),
    Erase(usize),
    Wait(u64),
    /// A page of a pass, which begins if none is under way.
    Page {
        contacts: bool,
        baseline: bool,
    },
    Archived {
        contacts: bool,
    },
    Shuffle(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let some = || 0usize..64;
    prop_oneof![
        4 => Just(Step::NewContact),
        2 => Just(Step::NewCompany),
        4 => some().prop_map(Step::EditContact),
        3 => some().prop_map(Step::EditCompany),
        1 => some().prop_map(Step::BulkEdit),
        4 => (some(), some(), any::<bool>(), any::<bool>())
            .prop_map(|(contact, company, primary, edited)| Step::Link { contact, company, primary, edited }),
        2 => (some(), some(), any::<bool>())
            .prop_map(|(contact, company, edited)| Step::Unlink { contact, company, edited }),
        2 => some().prop_map(Step::ArchiveContact),
        1 => some().prop_map(Step::RestoreContact),
        1 => some().prop_map(Step::ArchiveCompany),
        1 => (some(), some()).prop_map(|(a, b)| Step::MergeContacts(a, b)),
        1 => (some(), some()).prop_map(|(a, b)| Step::MergeCompanies(a, b)),
        1 => some().prop_map(Step::Erase),
        5 => prop_oneof![Just(1), Just(700), Just(20_000), Just(900_000)].prop_map(Step::Wait),
        8 => (any::<bool>(), prop::bool::weighted(0.1))
            .prop_map(|(contacts, baseline)| Step::Page { contacts, baseline }),
        1 => any::<bool>().prop_map(|contacts| Step::Archived { contacts }),
        1 => any::<u64>().prop_map(Step::Shuffle),
    ]
}

struct Story {
    world: World,
    contacts: Mirror,
    companies: Mirror,
    /// Only what an incremental pass can see: links change with an edit of their contact and companies stay.
    calm: bool,
    erased: BTreeSet<String>,
    made: usize,
}

impl Story {
    fn new(calm: bool, lag: i64) -> Self {
        let fields = settings("contacts", &["jobtitle"]);
        let world = World::with(
            |config| {
                config.list_page = 3;
                config.search_page = 3;
                config.batch_size = 2;
                config.association_batch_size = 2;
            },
            fields,
        );
        world.sandbox.configure(|config| {
            config.index_lag = TimeDelta::seconds(lag);
            config.association_page = 2;
        });
        let (contacts, companies) = (Mirror::default(), Mirror::default());
        Self { world, contacts, companies, calm, erased: BTreeSet::new(), made: 0 }
    }

    fn pick(&self, kind: &str, index: usize) -> Option<u64> {
        let live: Vec<u64> = self.world.sandbox.records(PORTAL, kind).unwrap().into_keys().collect();
        (!live.is_empty()).then(|| live[index % live.len()])
    }

    fn edit(&mut self, kind: &str, id: u64) {
        self.made += 1;
        let value = format!("edit {}", self.made);
        let name = if kind == "contacts" { "jobtitle" } else { "name" };
        self.world.sandbox.update(PORTAL, kind, id, &[(name, &value)]).unwrap();
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
            Step::Link { contact, company, primary, edited } => {
                if let Some((contact, company)) =
                    self.pick("contacts", contact).zip(self.pick("companies", company))
                {
                    let link = if primary { Link::Primary } else { Link::Unlabelled };
                    if edited || !self.calm {
                        sandbox
                            .associate(PORTAL, ("contacts", contact), ("companies", company), link)
                            .unwrap();
                    }
                    if edited {
                        self.edit("contacts", contact);
                    }
                }
            }
            Step::Unlink { contact, company, edited } => {
                if let Some((contact, company)) =
                    self.pick("contacts", contact).zip(self.pick("companies", company))
                {
                    if edited || !self.calm {
                        let (from, to) = (("contacts", contact), ("companies", company));
                        sandbox.dissociate(PORTAL, from, to, Link::Unlabelled).unwrap();
                    }
                    if edited {
                        self.edit("contacts", contact);
                    }
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
            Step::MergeCompanies(a, b) if !self.calm => self.merge("companies", a, b),
            Step::ArchiveCompany(index) if !self.calm => {
                if let Some(id) = self.pick("companies", index) {
                    sandbox.archive(PORTAL, "companies", id).unwrap();
                }
            }
            Step::Erase(index) if !self.calm => {
                if let Some(id) = self.pick("contacts", index) {
                    // Nothing tells of it any more, nor of those that were merged into it: only a baseline sees it.
                    let record = sandbox.record(PORTAL, "contacts", id).unwrap().unwrap();
                    let merged = record.properties.get("hs_merged_object_ids").cloned().unwrap_or_default();
                    self.erased.extend(merged.split(';').map(str::to_owned).chain([id.to_string()]));
                    sandbox.gdpr_delete(PORTAL, "contacts", id).unwrap();
                }
            }
            Step::MergeCompanies(..) | Step::ArchiveCompany(_) | Step::Erase(_) => {}
            Step::Wait(millis) => self.world.wait(millis),
            Step::Page { contacts, baseline } => {
                let kind = if baseline { PassKind::Baseline } else { PassKind::Incremental };
                let (mirror, stream) = match contacts {
                    true => (&mut self.contacts, "contacts"),
                    false => (&mut self.companies, "companies"),
                };
                mirror.page(&self.world, stream, kind).await.unwrap();
            }
            Step::Archived { contacts: true } => {
                self.contacts.archived(&self.world, "contacts").await.unwrap()
            }
            Step::Archived { contacts: false } => {
                self.companies.archived(&self.world, "companies").await.unwrap()
            }
            Step::Shuffle(seed) => sandbox.shuffle_search(SearchOrder::ShuffledEachRequest(seed)),
        }
    }

    fn merge(&mut self, kind: &str, a: usize, b: usize) {
        if let Some((a, b)) = self.pick(kind, a).zip(self.pick(kind, b)).filter(|(a, b)| a != b) {
            self.world.sandbox.merge(PORTAL, kind, a, b).unwrap();
        }
    }

    /// What remains to be seen without a baseline, and then with one.
    async fn end(mut self) {
        self.world.wait(60_000);
        for (mirror, stream) in [(&mut self.contacts, "contacts"), (&mut self.companies, "companies")] {
            mirror.finish_and_run(&self.world, stream, PassKind::Incremental).await.unwrap();
            mirror.archived(&self.world, stream).await.unwrap();
        }
        let further = &["jobtitle"];
        let visible = |views: BTreeMap<String, Views>| -> BTreeMap<String, Views> {
            let mut views = views;
            views.retain(|key, _| !self.erased.contains(key));
            if !self.calm {
                views
                    .values_mut()
                    .for_each(|views| views.retain(|view| !matches!(view, View::Association(_))));
            }
            views
        };
        let seen = self.contacts.views(&self.world, "contacts");
        assert_eq!(
            visible(seen),
            visible(truth(&self.world, "contacts", further)),
            "contacts, incrementally"
        );
        assert_eq!(
            self.companies.views(&self.world, "companies"),
            truth(&self.world, "companies", &[]),
            "companies"
        );

        self.world.wait(60_000);
        for (mirror, stream) in [(&mut self.contacts, "contacts"), (&mut self.companies, "companies")] {
            mirror.run(&self.world, stream, PassKind::Baseline).await.unwrap();
        }
        assert_eq!(
            self.contacts.views(&self.world, "contacts"),
            truth(&self.world, "contacts", further),
            "contacts"
        );
        assert_eq!(
            self.companies.views(&self.world, "companies"),
            truth(&self.world, "companies", &[]),
            "companies"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_mirror_equals_the_portal_whatever_happened_meanwhile(
        calm in any::<bool>(),
        lag in prop_oneof![Just(0i64), Just(3), Just(45)],
        steps in prop::collection::vec(step(), 1..90),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut story = Story::new(calm, lag);
            for step in steps {
                story.step(step).await;
            }
            story.end().await;
        });
    }
}
