//! Everything the sandbox remembers but the tokens.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::access::AccessRole;
use super::calendar::Calendar;
use super::channel::Channels;
use super::config::GoogleConfig;
use super::error::ApiError;
use super::event::{Detail, Look};
use super::list::Listings;
use super::notify::Post;
use super::quota::Meter;

/// A calendar in somebody's list.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) primary: bool,
    pub(super) hidden: bool,
    pub(super) deleted: bool,
    pub(super) revision: u64,
    /// What the account has set for itself.
    pub(super) fields: Map<String, Value>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) config: GoogleConfig,
    pub(super) calendars: BTreeMap<String, Calendar>,
    /// The calendar list of each account: by address, then by calendar id.
    pub(super) lists: BTreeMap<String, BTreeMap<String, Entry>>,
    /// Calendar-list tokens of an earlier generation are dead.
    pub(super) list_generation: u64,
    pub(super) revision: u64,
    pub(super) made: u64,
    pub(super) requests: BTreeMap<String, u64>,
    pub(super) empty_pages: usize,
    pub(super) listings: Listings,
    pub(super) meter: Meter,
    /// Deleted calendars, and the generation of their last tokens.
    pub(super) buried: BTreeMap<String, u64>,
    pub(super) channels: Channels,
    /// What is to be delivered.
    pub(super) post: Post,
}

impl State {
    pub(super) fn next_revision(&mut self) -> u64 {
        self.revision += 1;
        self.revision
    }

    /// An id as Google makes them: 26 characters of base32hex, here from a counter.
    pub(super) fn make_id(&mut self) -> String {
        self.made += 1;
        let hash = Sha256::digest(format!("event {}", self.made));
        hash.iter().take(26).map(|byte| char::from(BASE32HEX[usize::from(byte & 31)])).collect()
    }

    pub(super) fn calendar(&self, id: &str) -> Result<&Calendar, ApiError> {
        self.calendars.get(id).ok_or_else(ApiError::not_found)
    }

    pub(super) fn calendar_mut(&mut self, id: &str) -> Result<&mut Calendar, ApiError> {
        self.calendars.get_mut(id).ok_or_else(ApiError::not_found)
    }

    pub(super) fn add_calendar(
        &mut self,
        id: &str,
        summary: &str,
        zone: Tz,
        owner: &str,
        now: DateTime<Utc>,
    ) {
        let mut calendar = Calendar::new(id, summary, zone, owner, now);
        // Tokens of an earlier calendar of this id stay dead.
        let buried = self.buried.get(id).map_or(0, |last| last + 1);
        calendar.generation = self.config.first_generation.max(buried);
        self.calendars.insert(id.to_owned(), calendar);
        self.share(id, owner, AccessRole::Owner);
    }

    pub(super) fn remove_calendar(&mut self, id: &str) {
        self.calendars.remove(id);
        for list in self.lists.values_mut() {
            list.remove(id);
        }
    }

    /// Deletes a calendar, which everybody's list tells.
    pub(super) fn delete_calendar(&mut self, id: &str) -> Result<(), ApiError> {
        let calendar = self.calendars.remove(id).ok_or_else(ApiError::not_found)?;
        self.buried.insert(id.to_owned(), calendar.generation);
        let accounts: Vec<String> = self.lists.keys().cloned().collect();
        accounts.iter().for_each(|account| self.drop_entry(account, id));
        Ok(())
    }

    /// A calendar whose title, zone or the like is about to change.
    pub(super) fn touch_properties(&mut self, id: &str) -> Result<&mut Calendar, ApiError> {
        let revision = self.next_revision();
        let calendar = self.calendar_mut(id)?;
        calendar.properties_changed = revision;
        Ok(calendar)
    }

    /// Puts a calendar into an account's list, if it is not in it.
    pub(super) fn put_entry(&mut self, account: &str, calendar: &str) {
        let revision = self.next_revision();
        let list = self.lists.entry(account.to_owned()).or_default();
        if list.get(calendar).is_none_or(|entry| entry.deleted) {
            let primary = account == calendar;
            let entry = Entry { primary, hidden: false, deleted: false, revision, fields: Map::new() };
            list.insert(calendar.to_owned(), entry);
        }
    }

    /// Takes a calendar out of an account's list.
    pub(super) fn drop_entry(&mut self, account: &str, calendar: &str) {
        let revision = self.next_revision();
        let entry = self.lists.get_mut(account).and_then(|list| list.get_mut(calendar));
        if let Some(entry) = entry.filter(|entry| !entry.deleted) {
            entry.deleted = true;
            entry.revision = revision;
        }
    }

    /// How the calendar's owner sees its events.
    pub(super) fn owner_look<'a>(&self, calendar: &'a Calendar) -> Look<'a> {
        Look {
            calendar: &calendar.id,
            zone: calendar.zone,
            max_attendees: None,
            detail: Detail::All,
            private_shape: self.config.private_shape,
            cancelled_details: self.config.cancelled_details,
        }
    }

    /// An event as the calendar's owner sees it.
    pub(super) fn show(&self, calendar: &str, id: &str) -> Result<Value, ApiError> {
        let calendar = self.calendar(calendar)?;
        let event = calendar.find(id).ok_or_else(ApiError::not_found)?;
        Ok(self.owner_look(calendar).render(&event))
    }
}

const BASE32HEX: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
