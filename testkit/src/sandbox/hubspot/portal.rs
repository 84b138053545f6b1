//! One account of HubSpot: its records, associations and definitions.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, Duration, Utc};

use super::definitions::Definitions;
use super::error::CrmError;
use super::failures::ItemFailure;
use super::kinds::Kind;
use super::limits::Meter;
use super::link_types::{self, LinkType};
use super::links::End;
use super::news::{Happening, Newsroom};
use super::people::Owner;
use super::pipelines::Pipelines;
use super::record::{Properties, Record, is_system, split_list};
use super::schemas::Schemas;

/// The first id that a new record of any type gets: equal in every portal, so that a mix-up shows.
const FIRST_ID: u64 = 1001;

/// What the rules of a change depend on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) now: DateTime<Utc>,
    pub(super) lag: Duration,
    pub(super) associations_touch: bool,
    pub(super) restore_touches: bool,
}

#[derive(Debug, Default)]
pub(super) struct Objects {
    /// Live and archived records.
    pub(super) records: BTreeMap<u64, Record>,
    /// Where merged-away ids lead.
    pub(super) merged: BTreeMap<u64, u64>,
    erased: BTreeSet<u64>,
    last_id: u64,
}

#[derive(Debug)]
pub(super) struct Portal {
    pub(super) id: u64,
    pub(super) domain: String,
    pub(super) user: String,
    pub(super) user_id: u64,
    pub(super) gone: bool,
    /// Whether the app is (again) installed; until it is uninstalled it counts as such.
    pub(super) installed: bool,
    pub(super) news: Newsroom,
    /// What fails in batches.
    pub(super) failing: BTreeMap<End, ItemFailure>,
    pub(super) objects: BTreeMap<Kind, Objects>,
    /// Both directions of every association, with their types.
    pub(super) links: BTreeMap<End, BTreeMap<End, BTreeSet<u32>>>,
    pub(super) labels: BTreeMap<(Kind, Kind), Vec<LinkType>>,
    pub(super) owners: BTreeMap<u64, Owner>,
    pub(super) definitions: Definitions,
    pub(super) schemas: Schemas,
    pub(super) pipelines: Pipelines,
    pub(super) meter: Meter,
    /// The contact of each address in use, additional ones included.
    pub(super) emails: BTreeMap<String, u64>,
    pub(super) erased_emails: BTreeSet<String>,
    /// What was archived when, oldest first; restored and erased records are still in it.
    bin: VecDeque<(DateTime<Utc>, End)>,
}

impl Portal {
    pub(super) fn new(id: u64, domain: String, user: String) -> Self {
        Self {
            id,
            domain,
            user,
            user_id: 7_000_000 + id % 1_000_000,
            gone: false,
            installed: true,
            news: Newsroom::default(),
            failing: BTreeMap::new(),
            objects: BTreeMap::new(),
            links: BTreeMap::new(),
            labels: BTreeMap::new(),
            owners: BTreeMap::new(),
            definitions: Definitions::default(),
            schemas: Schemas::default(),
            pipelines: Pipelines::default(),
            meter: Meter::default(),
            emails: BTreeMap::new(),
            erased_emails: BTreeSet::new(),
            bin: VecDeque::new(),
        }
    }

    /// The record that `id` means: itself, or the survivor of a merge.
    pub(super) fn find(&self, kind: &Kind, id: u64) -> Option<&Record> {
        let objects = self.objects.get(kind)?;
        objects.records.get(objects.merged.get(&id).unwrap_or(&id))
    }

    /// Like [`Self::find`], for records that are not archived.
    pub(super) fn live(&self, kind: &Kind, id: u64) -> Option<&Record> {
        self.find(kind, id).filter(|record| record.archived.is_none())
    }

    fn live_mut(&mut self, kind: &Kind, id: u64) -> Result<&mut Record, CrmError> {
        let missing = || CrmError::NoSuchRecord { kind: kind.singular().to_owned(), id };
        let objects = self.objects.get_mut(kind).ok_or_else(missing)?;
        let id = *objects.merged.get(&id).unwrap_or(&id);
        objects.records.get_mut(&id).filter(|record| record.archived.is_none()).ok_or_else(missing)
    }

    /// A contact's id by one of its addresses.
    pub(super) fn by_email(&self, email: &str) -> Option<u64> {
        self.emails.get(&email.trim().to_lowercase()).copied()
    }

    pub(super) fn id_is_taken(&self, kind: &Kind, id: u64) -> bool {
        self.objects.get(kind).is_some_and(|objects| {
            objects.records.contains_key(&id)
                || objects.merged.contains_key(&id)
                || objects.erased.contains(&id)
        })
    }

    pub(super) fn next_id(&mut self, kind: &Kind) -> u64 {
        let objects = self.objects.entry(kind.clone()).or_default();
        objects.last_id = objects.last_id.max(FIRST_ID - 1) + 1;
        objects.last_id
    }

    /// Errs if an address of `properties` belongs to a contact other than those in `own`.
    pub(super) fn check_emails(
        &self,
        kind: &Kind,
        own: &[u64],
        properties: &Properties,
    ) -> Result<(), CrmError> {
        if *kind != Kind::CONTACT {
            return Ok(());
        }
        for email in addresses(properties) {
            if self.erased_emails.contains(&email) {
                return Err(CrmError::EmailErased(email));
            }
            if let Some(owner) = self.emails.get(&email).filter(|owner| !own.contains(owner)) {
                return Err(CrmError::EmailTaken { owner: *owner, email });
            }
        }
        Ok(())
    }

    /// Makes `record` (again) the owner of its addresses, and of no others.
    fn index_emails(&mut self, kind: &Kind, before: &Properties, after: Option<(u64, &Properties)>) {
        if *kind != Kind::CONTACT {
            return;
        }
        for email in addresses(before) {
            self.emails.remove(&email);
        }
        if let Some((id, properties)) = after {
            for email in addresses(properties) {
                self.emails.insert(email, id);
            }
        }
    }

    /// Adds a record. `times` are its creation and last change, if not now.
    pub(super) fn create(
        &mut self,
        rules: &Rules,
        kind: &Kind,
        id: Option<u64>,
        properties: Properties,
        times: Option<(DateTime<Utc>, DateTime<Utc>)>,
    ) -> Result<u64, CrmError> {
        if let Some(id) = id.filter(|id| self.id_is_taken(kind, *id)) {
            return Err(CrmError::IdTaken { kind: kind.singular().to_owned(), id });
        }
        refuse_system(kind, properties.keys())?;
        self.check_emails(kind, &[], &properties)?;
        let id = id.unwrap_or_else(|| self.next_id(kind));
        self.definitions.ensure(kind, properties.keys(), rules.now);
        let (created, updated) = times.unwrap_or((rules.now, rules.now));
        let record = Record::new(kind, id, properties, created, updated);
        self.index_emails(kind, &Properties::new(), Some((id, &record.properties)));
        let objects = self.objects.entry(kind.clone()).or_default();
        objects.last_id = objects.last_id.max(id);
        self.news.tell(kind, id, || Happening::Created);
        for (name, value) in record.properties.iter().filter(|(name, _)| !is_system(kind, name)) {
            self.news.tell(kind, id, || Happening::Changed {
                name: name.clone(),
                value: value.clone(),
                initial: true,
            });
        }
        objects.records.insert(id, record);
        self.follow_parent(rules, kind, id);
        Ok(id)
    }

    /// Sets properties; an empty value removes one. Moves the last-modified time even if nothing differs, as
    /// a write in HubSpot may.
    pub(super) fn update(
        &mut self,
        rules: &Rules,
        kind: &Kind,
        id: u64,
        values: &Properties,
    ) -> Result<u64, CrmError> {
        refuse_system(kind, values.keys())?;
        let record = self.live_mut(kind, id)?;
        let id = record.id;
        let before = record.properties.clone();
        let mut after = Properties::clone(&before);
        after.extend(values.iter().map(|(name, value)| (name.clone(), value.clone())));
        self.check_emails(kind, &[id], &after)?;
        self.definitions.ensure(kind, values.keys(), rules.now);
        let record = self.live_mut(kind, id)?;
        record.set(values.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        record.touch(kind, rules.now, rules.lag);
        let now = record.properties.clone();
        self.index_emails(kind, &before, Some((id, &now)));
        for name in values.keys().filter(|name| before.get(*name) != now.get(*name)) {
            let value = now.get(name).cloned().unwrap_or_default();
            self.news.tell(kind, id, || Happening::Changed { name: name.clone(), value, initial: false });
        }
        if values.contains_key("hs_parent_company_id") {
            self.follow_parent(rules, kind, id);
        }
        Ok(id)
    }

    /// Puts a record into the recycle bin.
    pub(super) fn archive(&mut self, rules: &Rules, kind: &Kind, id: u64) -> Result<(), CrmError> {
        let record = self.live_mut(kind, id)?;
        record.archived = Some(rules.now);
        record.touch(kind, rules.now, rules.lag);
        let (id, properties) = (record.id, record.properties.clone());
        self.bin.push_back((rules.now, (kind.clone(), id)));
        self.news.tell(kind, id, || Happening::Deleted);
        self.index_emails(kind, &properties, None);
        Ok(())
    }

    /// Takes a record out of the recycle bin, with its associations.
    pub(super) fn restore(&mut self, rules: &Rules, kind: &Kind, id: u64) -> Result<(), CrmError> {
        let name = || kind.singular().to_owned();
        let record = self.find(kind, id).ok_or_else(|| CrmError::NoSuchRecord { kind: name(), id })?;
        if record.archived.is_none() {
            return Err(CrmError::NotArchived { kind: name(), id });
        }
        let (id, properties) = (record.id, record.properties.clone());
        self.check_emails(kind, &[id], &properties)?;
        if let Some(record) = self.objects.get_mut(kind).and_then(|objects| objects.records.get_mut(&id)) {
            record.archived = None;
            if rules.restore_touches {
                record.touch(kind, rules.now, rules.lag);
            } else {
                record.reindex(rules.now, rules.lag);
            }
        }
        self.index_emails(kind, &Properties::new(), Some((id, &properties)));
        self.news.tell(kind, id, || Happening::Restored);
        Ok(())
    }

    /// Removes a record, archived or not, without trace, and bars its addresses.
    pub(super) fn gdpr_delete(&mut self, kind: &Kind, id: u64) -> Result<(), CrmError> {
        let missing = || CrmError::NoSuchRecord { kind: kind.singular().to_owned(), id };
        let id = self.find(kind, id).ok_or_else(missing)?.id;
        let objects = self.objects.get_mut(kind).ok_or_else(missing)?;
        let record = objects.records.remove(&id).ok_or_else(missing)?;
        let merged = std::mem::take(&mut objects.merged);
        let (gone, kept) = merged.into_iter().partition(|(_, survivor)| *survivor == id);
        objects.merged = kept;
        objects.erased.extend(BTreeMap::into_keys(gone));
        objects.erased.insert(id);
        self.unlink_all(&(kind.clone(), id));
        self.news.tell(kind, id, || Happening::Erased);
        if record.archived.is_none() {
            self.index_emails(kind, &record.properties, None);
        }
        if *kind == Kind::CONTACT {
            self.erased_emails.extend(addresses(&record.properties));
        }
        Ok(())
    }

    /// Forgets archived records of before `limit`: after 90 days nothing tells of them any more.
    pub(super) fn empty_recycle_bin(&mut self, limit: DateTime<Utc>) {
        while self.bin.front().is_some_and(|(at, _)| *at < limit) {
            let Some((at, end)) = self.bin.pop_front() else { break };
            let Some(objects) = self.objects.get_mut(&end.0) else { continue };
            // Not if it was restored meanwhile, and perhaps archived anew.
            if objects.records.get(&end.1).is_some_and(|record| record.archived == Some(at)) {
                objects.records.remove(&end.1);
                objects.erased.insert(end.1);
                self.unlink_all(&end);
            }
        }
    }

    /// Keeps the parent and child associations equal to a company's `hs_parent_company_id`.
    pub(super) fn follow_parent(&mut self, rules: &Rules, kind: &Kind, id: u64) {
        if *kind != Kind::COMPANY {
            return;
        }
        let child = (Kind::COMPANY, id);
        let value = self.live(kind, id).and_then(|record| record.get("hs_parent_company_id"));
        let wanted = (value.and_then(|text| text.parse().ok()))
            .and_then(|parent| self.live(kind, parent))
            .map(|parent| (Kind::COMPANY, parent.id))
            .filter(|parent| *parent != child);
        let is_parent = |types: &BTreeSet<u32>| types.contains(&link_types::CHILD_TO_PARENT);
        let old: Vec<_> = (self.links.get(&child).into_iter().flatten())
            .filter(|(end, types)| is_parent(types) && Some(*end) != wanted.as_ref())
            .map(|(end, _)| end.clone())
            .collect();
        for parent in old {
            self.unlink_pair(&child, &parent);
        }
        if let Some(parent) = wanted {
            self.add_link(rules, &child, &parent, link_types::CHILD_TO_PARENT, link_types::PARENT_TO_CHILD);
        }
    }
}

/// The addresses of a contact, lower-cased.
pub(super) fn addresses(properties: &Properties) -> Vec<String> {
    ["email", "hs_additional_emails"]
        .iter()
        .filter_map(|name| properties.get(*name))
        .flat_map(|value| split_list(value))
        .map(str::to_lowercase)
        .collect()
}

fn refuse_system<'a>(kind: &Kind, names: impl IntoIterator<Item = &'a String>) -> Result<(), CrmError> {
    match names.into_iter().find(|name| is_system(kind, name)) {
        Some(name) => Err(CrmError::ReadOnlyProperty(name.clone())),
        None => Ok(()),
    }
}
