//! Who may do what on a calendar.

use std::collections::BTreeMap;

use super::calendar::Calendar;
use super::error::ApiError;
use super::state::State;

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

/// To whom one rule gives access: `user:`, `group:` or `domain:` with a name, or `default` for everybody.
pub(super) type RuleId = String;

/// One rule of a calendar's access control list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// `None` once it is deleted.
    pub(super) role: Option<AccessRole>,
    pub(super) revision: u64,
}

/// A calendar's access control list.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules(pub(super) BTreeMap<RuleId, Rule>);

impl Rules {
    pub(super) fn set(&mut self, id: impl Into<RuleId>, role: Option<AccessRole>, revision: u64) {
        self.0.insert(id.into(), Rule { role, revision });
    }

    /// The most that an account may do. Members of groups are not known here.
    pub(super) fn role_of(&self, account: &str) -> Option<AccessRole> {
        let domain = account.rsplit_once('@').map(|(_, domain)| format!("domain:{domain}"));
        [Some(user_rule(account)), domain, Some("default".to_owned())]
            .into_iter()
            .flatten()
            .filter_map(|id| self.0.get(&id)?.role)
            .max()
    }

    /// The revision of the last change.
    pub(super) fn revision(&self) -> u64 {
        self.0.values().map(|rule| rule.revision).max().unwrap_or(0)
    }
}

pub(super) fn user_rule(account: &str) -> RuleId {
    format!("user:{account}")
}

impl State {
    /// The calendar that `account` calls `id`, and what it may do there. It need not be in the account's list.
    pub(super) fn access(&self, account: &str, id: &str) -> Result<(&Calendar, AccessRole), ApiError> {
        let calendar = self.calendar(if id == "primary" { account } else { id })?;
        let role = calendar.rules.role_of(account).ok_or_else(ApiError::not_found)?;
        Ok((calendar, role))
    }

    /// Gives an account access to a calendar and puts it into its list.
    pub(super) fn share(&mut self, calendar: &str, with: &str, role: AccessRole) {
        let revision = self.next_revision();
        if let Some(calendar) = self.calendars.get_mut(calendar) {
            calendar.rules.set(user_rule(with), Some(role), revision);
        }
        self.put_entry(with, calendar);
    }

    /// Takes an account's access to a calendar away, and the calendar out of its list.
    pub(super) fn unshare(&mut self, calendar: &str, with: &str) {
        let revision = self.next_revision();
        if let Some(calendar) = self.calendars.get_mut(calendar) {
            calendar.rules.set(user_rule(with), None, revision);
        }
        self.drop_entry(with, calendar);
    }
}
