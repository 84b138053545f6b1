//! What people do in a CRM.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use acquaint_testkit::sandbox::hubspot::{HubSpotSandbox, Link, PropertyDefinition, Subscription};
use proptest::prelude::*;

pub(crate) const PORTAL: u64 = 48_120_077;
/// A type of the tenant's own.
pub(crate) const MACHINES: &str = "machines";
/// Types that are made, changed and archived; the machines come last.
pub(crate) const KINDS: [&str; 5] = ["contacts", "companies", "deals", "meetings", MACHINES];
/// What can be linked, from the side that the mirror reads.
pub(crate) const PAIRS: [(usize, usize); 5] = [(0, 1), (2, 1), (2, 0), (3, 0), (4, 1)];

/// Numbers choose among what is there.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Create {
        kind: usize,
        secondary: bool,
    },
    Change {
        kind: usize,
        record: usize,
    },
    /// Everything of a type in one instant.
    ChangeAll {
        kind: usize,
    },
    /// Several at once, as an import makes them.
    Import {
        kind: usize,
        count: usize,
    },
    Clear {
        kind: usize,
        record: usize,
    },
    Associate {
        pair: usize,
        from: usize,
        to: usize,
        how: usize,
    },
    Dissociate {
        pair: usize,
        from: usize,
        to: usize,
        how: usize,
    },
    Archive {
        kind: usize,
        record: usize,
    },
    Restore {
        kind: usize,
        record: usize,
    },
    Merge {
        kind: usize,
        first: usize,
        second: usize,
    },
    Erase {
        record: usize,
    },
    AddOwner,
    ArchiveOwner {
        owner: usize,
    },
    /// A property that is read goes, with its values, or comes.
    DropProperty,
    DefineProperty,
}

/// A portal, and what must be known of it beyond what it tells.
#[derive(Debug)]
pub(crate) struct Crm {
    pub(crate) hubspot: Arc<HubSpotSandbox>,
    pub(crate) machines: String,
    /// Type ids of the label, from a contact to a company.
    pub(crate) label: u32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    made: usize,
    owners: Vec<u64>,
    /// Address, and whether they have left.
    people: BTreeMap<String, (Vec<String>, bool)>,
    erased: BTreeSet<u64>,
}

pub(crate) fn edits() -> BoxedStrategy<Edit> {
    let kind = || 0..KINDS.len();
    let some = || 0..24_usize;
    prop_oneof![
        8 => (kind(), any::<bool>()).prop_map(|(kind, secondary)| Edit::Create { kind, secondary }),
        6 => (kind(), some()).prop_map(|(kind, record)| Edit::Change { kind, record }),
        1 => kind().prop_map(|kind| Edit::ChangeAll { kind }),
        1 => (kind(), 2..12_usize).prop_map(|(kind, count)| Edit::Import { kind, count }),
        1 => (kind(), some()).prop_map(|(kind, record)| Edit::Clear { kind, record }),
        6 => (0..PAIRS.len(), some(), some(), 0..3_usize)
            .prop_map(|(pair, from, to, how)| Edit::Associate { pair, from, to, how }),
        3 => (0..PAIRS.len(), some(), some(), 0..3_usize)
            .prop_map(|(pair, from, to, how)| Edit::Dissociate { pair, from, to, how }),
        2 => (kind(), some()).prop_map(|(kind, record)| Edit::Archive { kind, record }),
        2 => (kind(), some()).prop_map(|(kind, record)| Edit::Restore { kind, record }),
        2 => (0..3_usize, some(), some()).prop_map(|(kind, first, second)| Edit::Merge { kind, first, second }),
        1 => some().prop_map(|record| Edit::Erase { record }),
        1 => Just(Edit::AddOwner),
        1 => some().prop_map(|owner| Edit::ArchiveOwner { owner }),
        1 => Just(Edit::DropProperty),
        1 => Just(Edit::DefineProperty),
    ]
    .boxed()
}

impl Edit {
    /// In an order in which each finds what it needs.
    pub(crate) fn one_of_each() -> Vec<Self> {
        let mut all: Vec<Self> =
            (0..KINDS.len()).map(|kind| Self::Create { kind, secondary: true }).collect();
        all.extend([
            Self::Import { kind: 0, count: 3 },
            Self::Import { kind: 1, count: 3 },
            Self::AddOwner,
            Self::Change { kind: 0, record: 0 },
            Self::ChangeAll { kind: 4 },
            Self::Clear { kind: 0, record: 0 },
            Self::DefineProperty,
            Self::DropProperty,
            Self::Archive { kind: 4, record: 0 },
            Self::Restore { kind: 4, record: 0 },
        ]);
        for pair in 0..PAIRS.len() {
            all.push(Self::Associate { pair, from: 0, to: 0, how: 0 });
        }
        all.extend([
            Self::Associate { pair: 0, from: 0, to: 1, how: 1 },
            Self::Associate { pair: 0, from: 0, to: 1, how: 2 },
            Self::Dissociate { pair: 0, from: 0, to: 1, how: 2 },
            Self::Merge { kind: 1, first: 0, second: 1 },
            Self::Merge { kind: 0, first: 0, second: 1 },
            Self::Erase { record: 0 },
            Self::ArchiveOwner { owner: 0 },
        ]);
        all
    }
}

impl Crm {
    pub(crate) fn new(hubspot: Arc<HubSpotSandbox>) -> Self {
        hubspot.add_portal(PORTAL, "us.example", "admin@us.example");
        let machines = hubspot.define_object(PORTAL, MACHINES, ("Machine", "Machines"), "serial").unwrap();
        let (label, _) = hubspot.define_label(PORTAL, "contacts", "companies", "Champion").unwrap();
        Self { hubspot, machines, label, state: Mutex::default() }
    }

    /// Has the app told of everything.
    pub(crate) fn listen(&self) {
        let hubspot = &self.hubspot;
        hubspot.set_webhook_target("https://product.example/push/hubspot").unwrap();
        let subscribe = |subscription: Subscription| {
            hubspot.subscribe(subscription).unwrap();
        };
        const CHANGES: [&str; 5] = ["creation", "deletion", "merge", "restore", "associationChange"];
        for (kind, properties) in [
            ("contact", &["firstname", "email", "jobtitle", "jobfloor", "hubspot_owner_id"][..]),
            ("company", &["name", "domain", "industry", "lifecyclestage"]),
            ("deal", &["dealname", "dealstage", "amount"]),
        ] {
            CHANGES.iter().for_each(|change| subscribe(Subscription::new(format!("{kind}.{change}"))));
            for property in properties {
                subscribe(Subscription::new(format!("{kind}.propertyChange")).property(*property));
            }
        }
        subscribe(Subscription::new("contact.privacyDeletion"));
        for (kind, property) in [("0-47", "hs_meeting_title"), (&self.machines, "serial")] {
            for change in CHANGES {
                subscribe(Subscription::new(format!("object.{change}")).object(kind));
            }
            subscribe(Subscription::new("object.propertyChange").object(kind).property(property));
        }
    }

    /// The name of a type in the driving API.
    pub(crate) fn kind(&self, index: usize) -> &str {
        if KINDS[index] == MACHINES { &self.machines } else { KINDS[index] }
    }

    /// What nothing but a complete walk can know to be gone.
    pub(crate) fn erased(&self) -> BTreeSet<u64> {
        self.state.lock().unwrap().erased.clone()
    }

    /// By id: address, and whether they have left.
    pub(crate) fn owners(&self) -> BTreeMap<String, (Vec<String>, bool)> {
        self.state.lock().unwrap().people.clone()
    }

    fn pick(&self, kind: usize, index: usize) -> Option<u64> {
        let live: Vec<u64> = self.hubspot.records(PORTAL, self.kind(kind)).unwrap().into_keys().collect();
        live.get(index % live.len().max(1)).copied()
    }

    fn number(&self) -> usize {
        let mut state = self.state.lock().unwrap();
        state.made += 1;
        state.made
    }

    /// Whether it took effect.
    pub(crate) fn make(&self, edit: &Edit) -> bool {
        match *edit {
            Edit::Create { kind, secondary } => self.create(kind, secondary),
            Edit::Import { kind, count } => (0..count).all(|_| self.create(kind, false)),
            Edit::Change { kind, record } => self.pick(kind, record).is_some_and(|id| self.change(kind, id)),
            Edit::ChangeAll { kind } => {
                let ids: Vec<u64> =
                    self.hubspot.records(PORTAL, self.kind(kind)).unwrap().into_keys().collect();
                ids.iter().fold(false, |_, id| self.change(kind, *id))
            }
            Edit::Clear { kind, record } => self.pick(kind, record).is_some_and(|id| {
                self.hubspot.update(PORTAL, self.kind(kind), id, &[(name_of(kind), "")]).is_ok()
            }),
            Edit::Associate { pair, from, to, how } => self.link(pair, from, to, how, true),
            Edit::Dissociate { pair, from, to, how } => self.link(pair, from, to, how, false),
            Edit::Archive { kind, record } => self
                .pick(kind, record)
                .is_some_and(|id| self.hubspot.archive(PORTAL, self.kind(kind), id).is_ok()),
            Edit::Restore { kind, record } => {
                let bin = self.hubspot.archived_records(PORTAL, self.kind(kind)).unwrap();
                let bin: Vec<u64> = bin.into_keys().collect();
                bin.get(record % bin.len().max(1))
                    .is_some_and(|id| self.hubspot.restore(PORTAL, self.kind(kind), *id).is_ok())
            }
            Edit::Merge { kind, first, second } => {
                let pair = self.pick(kind, first).zip(self.pick(kind, second)).filter(|(a, b)| a != b);
                pair.is_some_and(|(a, b)| self.hubspot.merge(PORTAL, self.kind(kind), a, b).is_ok())
            }
            Edit::Erase { record } => self.pick(0, record).is_some_and(|id| self.erase(id)),
            Edit::AddOwner => {
                let email = format!("owner{}@us.example", self.number());
                let owner = self.hubspot.add_owner(PORTAL, &email, "Olga", "Owner").unwrap();
                let mut state = self.state.lock().unwrap();
                state.owners.push(owner);
                state.people.insert(owner.to_string(), (vec![email], false));
                true
            }
            Edit::ArchiveOwner { owner } => {
                let owners = self.state.lock().unwrap().owners.clone();
                let Some(owner) = owners.get(owner % owners.len().max(1)) else { return false };
                let mut state = self.state.lock().unwrap();
                state.people.entry(owner.to_string()).and_modify(|person| person.1 = true);
                self.hubspot.archive_owner(PORTAL, *owner).is_ok()
            }
            Edit::DropProperty => self.hubspot.remove_property(PORTAL, "contacts", "jobfloor").is_ok(),
            Edit::DefineProperty => {
                let definition = PropertyDefinition::new("jobfloor", "string");
                self.hubspot.define_property(PORTAL, "contacts", definition).is_ok()
            }
        }
    }

    /// Nothing tells of it any more, nor of those that were merged into it.
    fn erase(&self, id: u64) -> bool {
        let record = self.hubspot.record(PORTAL, "contacts", id).unwrap().unwrap();
        let merged = record.properties.get("hs_merged_object_ids").cloned().unwrap_or_default();
        let mut state = self.state.lock().unwrap();
        state.erased.extend(merged.split(';').filter_map(|id| id.trim().parse::<u64>().ok()).chain([id]));
        self.hubspot.gdpr_delete(PORTAL, "contacts", id).is_ok()
    }

    fn create(&self, kind: usize, secondary: bool) -> bool {
        let number = self.number();
        let name = format!("name {number}");
        let email = format!("n{number}@globex.example");
        let more = if secondary {
            format!("m{number}@globex.example; k{number}@globex.example")
        } else {
            String::new()
        };
        let domain = format!("c{number}.example");
        let old = if secondary { format!("old{number}.example") } else { String::new() };
        let parent = self.pick(1, number).filter(|_| secondary).map(|id| id.to_string()).unwrap_or_default();
        let owner = self.state.lock().unwrap().owners.last().map(ToString::to_string).unwrap_or_default();
        let values: Vec<(&str, &str)> = match KINDS[kind] {
            "contacts" => vec![
                ("firstname", &name),
                ("lastname", "Doe"),
                ("email", &email),
                ("hs_additional_emails", &more),
                ("lifecyclestage", "lead"),
            ],
            "companies" => vec![
                ("name", &name),
                ("domain", &domain),
                ("hs_additional_domains", &old),
                ("hs_parent_company_id", &parent),
                ("lifecyclestage", "customer"),
                ("industry", "RIVETS"),
            ],
            "deals" => {
                vec![
                    ("dealname", &name),
                    ("pipeline", "default"),
                    ("dealstage", "closedwon"),
                    ("amount", "12.50"),
                ]
            }
            "meetings" => vec![
                ("hs_meeting_title", &name),
                ("hs_meeting_start_time", "2026-10-12T09:00:00Z"),
                ("hs_meeting_end_time", "2026-10-12T09:45:00Z"),
                ("hs_meeting_outcome", "SCHEDULED"),
            ],
            _ => vec![("serial", &name)],
        };
        let with_owner = values.into_iter().chain((kind < 3).then_some(("hubspot_owner_id", owner.as_str())));
        let values: Vec<_> = with_owner.filter(|(_, value)| !value.is_empty()).collect();
        self.hubspot.create(PORTAL, self.kind(kind), &values).is_ok()
    }

    fn change(&self, kind: usize, id: u64) -> bool {
        let value = format!("changed {}", self.number());
        self.hubspot.update(PORTAL, self.kind(kind), id, &[(name_of(kind), &value)]).is_ok()
    }

    fn link(&self, pair: usize, from: usize, to: usize, how: usize, make: bool) -> bool {
        let (a, b) = PAIRS[pair];
        let Some((from, to)) = self.pick(a, from).zip(self.pick(b, to)) else { return false };
        let labels = [Link::Unlabelled, Link::Primary, Link::Type(self.label)];
        // Only contacts have labels here, and only companies can be primary.
        let link = match (pair, how) {
            (0, how) => labels[how],
            (1, 1) => Link::Primary,
            _ => Link::Unlabelled,
        };
        let (from, to) = ((self.kind(a), from), (self.kind(b), to));
        let done = if make {
            self.hubspot.associate(PORTAL, from, to, link)
        } else {
            self.hubspot.dissociate(PORTAL, from, to, link)
        };
        done.is_ok()
    }
}

/// The property that changes.
pub(crate) fn name_of(kind: usize) -> &'static str {
    ["jobtitle", "name", "dealname", "hs_meeting_title", "serial"][kind]
}
