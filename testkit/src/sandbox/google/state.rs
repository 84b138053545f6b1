//! Everything the sandbox remembers but the tokens.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::calendar::Calendar;
use super::config::GoogleConfig;
use super::error::ApiError;
use super::event::Look;
use super::list::Listings;

/// What somebody may do on a calendar, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessRole {
    /// Sees when it is busy.
    FreeBusyReader,
    /// Sees events, private ones without details.
    Reader,
    /// Changes events, but sees private ones without details.
    WriterWithoutPrivateAccess,
    /// Sees and changes everything.
    Writer,
    /// Also shares the calendar.
    Owner,
}

impl AccessRole {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::FreeBusyReader => "freeBusyReader",
            Self::Reader => "reader",
            Self::WriterWithoutPrivateAccess => "writerWithoutPrivateAccess",
            Self::Writer => "writer",
            Self::Owner => "owner",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::FreeBusyReader, Self::Reader, Self::WriterWithoutPrivateAccess, Self::Writer, Self::Owner]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// A calendar in somebody's list.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) role: AccessRole,
    pub(super) primary: bool,
    pub(super) hidden: bool,
    pub(super) deleted: bool,
    pub(super) revision: u64,
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

    /// The calendar that `account` calls `id`, and what it may do there.
    pub(super) fn access(&self, account: &str, id: &str) -> Result<(&Calendar, AccessRole), ApiError> {
        let id = if id == "primary" { account } else { id };
        let entry = self.lists.get(account).and_then(|list| list.get(id)).filter(|entry| !entry.deleted);
        Ok((self.calendar(id)?, entry.ok_or_else(ApiError::not_found)?.role))
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
        calendar.generation = self.config.first_generation;
        self.calendars.insert(id.to_owned(), calendar);
        self.set_entry(owner, id, AccessRole::Owner);
    }

    pub(super) fn remove_calendar(&mut self, id: &str) {
        self.calendars.remove(id);
        for list in self.lists.values_mut() {
            list.remove(id);
        }
    }

    pub(super) fn set_entry(&mut self, account: &str, calendar: &str, role: AccessRole) {
        let revision = self.next_revision();
        let entry = Entry { role, primary: account == calendar, hidden: false, deleted: false, revision };
        self.lists.entry(account.to_owned()).or_default().insert(calendar.to_owned(), entry);
    }

    /// How the calendar's owner sees its events.
    pub(super) fn owner_look<'a>(&self, calendar: &'a Calendar) -> Look<'a> {
        Look {
            calendar: &calendar.id,
            zone: calendar.zone,
            max_attendees: None,
            private: true,
            cancelled_details: self.config.cancelled_details,
        }
    }

    pub(super) fn show(&self, calendar: &str, id: &str) -> Result<Value, ApiError> {
        let calendar = self.calendar(calendar)?;
        let event = calendar.find(id).ok_or_else(ApiError::not_found)?;
        Ok(self.owner_look(calendar).render(&event))
    }
}

const BASE32HEX: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
