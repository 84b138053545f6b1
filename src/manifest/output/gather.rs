//! Output of an account or a contact, which gathers the kept meetings that it takes part in.

use acquaint_core::meeting::{Entity, Meeting};
use acquaint_core::store::{Gathering, ItemKey};
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::apply::Run;
use super::{Gather, Mapping, Output};
use crate::manifest::rules::{
    Evaluation, Field, Gathered, GatheredField, Scope, Subject, kind_of, read_record, to_json,
};

/// The most meetings of one item that are listed of those that have begun, and as many of those that have not.
pub(crate) const AROUND: usize = 100;

/// What an account or a contact comes to.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Item {
    /// What is told of it; `None` if it is not wanted, or left out for what is missing.
    pub(crate) content: Option<Value>,
    /// The values without which nothing may be told of it, by their places, sorted.
    pub(crate) incomplete: Vec<String>,
    /// Until when that holds if no meeting changes.
    pub(crate) valid_until: Option<DateTime<Utc>>,
}

impl Output {
    /// The items of accounts and contacts by which a meeting is gathered: those of all that takes part in it, once it is
    /// kept and complete.
    pub(crate) fn gathered_by(&self, meeting: &Meeting) -> Vec<ItemKey> {
        let decision = &meeting.decision;
        if !decision.kept || !decision.incomplete.is_empty() {
            return Vec::new();
        }
        let mut items: Vec<ItemKey> = Vec::new();
        for gather in &self.gathers {
            let keys = gather.records(meeting).filter_map(|record| gather.key_of(record));
            items.extend(keys.map(|key| ItemKey::new(gather.section(), key)));
        }
        items.sort();
        items.dedup();
        items
    }

    /// Whether accounts or contacts have items.
    pub(crate) fn gathers_meetings(&self) -> bool {
        !self.gathers.is_empty()
    }

    /// Whether meetings of an item are listed, and not single ones named alone.
    pub(crate) fn lists_meetings(&self) -> bool {
        let lists = |mapping: &Mapping| match mapping {
            Mapping::List(list) => list.of.field == Field::Gathered(GatheredField::Meetings),
            _ => false,
        };
        self.gathers.iter().flat_map(|gather| &gather.take).any(|line| lists(&line.mapping))
    }

    /// What an item comes to, by what it gathers at `now`.
    pub(crate) fn gather(&self, gathering: &Gathering, now: DateTime<Utc>) -> Item {
        let ItemKey { section, key } = &gathering.row.item;
        let gather = self.gathers.iter().find(|gather| gather.section() == section);
        let found = gather.zip(gathering.latest.as_ref()).and_then(|(gather, latest)| {
            let record = gather.records(latest).find(|record| gather.key_of(record).as_ref() == Some(key));
            Some((gather, record?.clone()))
        });
        let Some((gather, record)) = found else { return Item::default() };
        let begun = gathering.past.len();
        let meetings = gathering.past.iter().chain(&gathering.ahead).cloned().collect();
        let (kind, count, first) = (kind_of(gather.of), gathering.count, gathering.first.clone());
        let item = Gathered { kind, record, count, first, meetings, begun };
        let mut evaluation = Evaluation::default();
        let mut run = Run { meeting: None, now, evaluation: &mut evaluation, refused: Vec::new() };
        let subject = Subject::Gathered(&item);
        let mut content = None;
        if run.wanted(gather.only.as_ref(), subject)
            && let (told, None) = run.item(&gather.take, subject)
        {
            content = Some(told);
        }
        let mut incomplete = run.refused;
        incomplete.sort();
        incomplete.dedup();
        // The next one begins.
        let turns = gathering.ahead.first().map(|next| next.start.instant());
        let valid_until = evaluation.valid_until.into_iter().chain(turns).min();
        Item { content, incomplete, valid_until }
    }
}

impl Gather {
    /// Whoever of a meeting has an item: the accounts that it counts, or the contacts from outside.
    fn records<'m>(&self, meeting: &'m Meeting) -> impl Iterator<Item = &'m Entity> + use<'m> {
        let contacts = self.of == Scope::ContactItem;
        let accounts = meeting.accounts.iter().filter(move |_| !contacts);
        let people = meeting.attendees.iter().filter(move |who| contacts && who.external);
        accounts.chain(people.filter_map(|who| who.contact.as_ref()))
    }

    /// The key of a record's item, if it has one.
    fn key_of(&self, record: &Entity) -> Option<String> {
        let Some(part) = &self.key else { return Some(format!("{}/{}", record.source, record.id)) };
        match to_json(&read_record(record, kind_of(self.of), part)) {
            Value::String(key) if !key.is_empty() => Some(key),
            Value::Number(key) => Some(key.to_string()),
            _ => None,
        }
    }
}
