//! How a test edits calendars, and who has them.

use chrono_tz::Tz;

use super::GoogleSandbox;
use super::access::AccessRole;
use super::error::ApiError;
use crate::sandbox::oauth::Account;

impl GoogleSandbox {
    /// Adds an account and its primary calendar, whose id is the account's address.
    pub fn add_account(&self, address: &str, zone: Tz) -> Account {
        self.edit(|state, now| state.add_calendar(address, address, zone, address, now));
        self.oauth.add_account(address, address)
    }

    /// Adds a further calendar of an account.
    pub fn add_calendar(&self, owner: &str, id: &str, summary: &str, zone: Tz) {
        self.edit(|state, now| state.add_calendar(id, summary, zone, owner, now));
    }

    /// Whether there is a calendar of this id.
    pub fn has_calendar(&self, id: &str) -> bool {
        self.state().calendars.contains_key(id)
    }

    /// Deletes a calendar: everybody's list tells it as deleted, and whatever is asked of it answers 404.
    ///
    /// # Errors
    /// If there is no such calendar.
    pub fn delete_calendar(&self, id: &str) -> Result<(), ApiError> {
        self.edit(|state, _| state.delete_calendar(id))
    }

    /// Puts a calendar into another account's list. As in Google, a change of access ends its sync tokens.
    ///
    /// # Errors
    /// If there is no such calendar.
    pub fn share_calendar(&self, calendar: &str, with: &str, role: AccessRole) -> Result<(), ApiError> {
        self.edit(|state, _| {
            state.calendar_mut(calendar)?.generation += 1;
            state.share(calendar, with, role);
            Ok(())
        })
    }

    /// Takes a calendar out of an account's list and its access to it: it answers 404 there from now on.
    pub fn unshare_calendar(&self, calendar: &str, with: &str) {
        self.edit(|state, _| state.unshare(calendar, with));
    }

    /// Takes a calendar out of an account's list, as people do with calendars that they no longer care for. Its
    /// events can still be read by those who remember its id.
    pub fn leave_calendar(&self, calendar: &str, account: &str) {
        self.edit(|state, _| state.drop_entry(account, calendar));
    }

    /// Gives a calendar another title. Lists since a sync token do not tell, as the API's reference says.
    ///
    /// # Errors
    /// If there is no such calendar.
    pub fn rename_calendar(&self, calendar: &str, summary: &str) -> Result<(), ApiError> {
        self.edit(|state, _| {
            state.touch_properties(calendar)?.summary = summary.to_owned();
            Ok(())
        })
    }

    /// Moves a calendar to another time zone: its days begin at other instants, and times are shown in another
    /// offset. Timed events and series stay where they are. Lists since a sync token do not tell.
    ///
    /// # Errors
    /// If there is no such calendar.
    pub fn set_zone(&self, calendar: &str, zone: Tz) -> Result<(), ApiError> {
        self.edit(|state, _| {
            state.touch_properties(calendar)?.zone = zone;
            Ok(())
        })
    }

    /// Makes a calendar's lists end without a sync token from now on, as those of some calendars do.
    ///
    /// # Errors
    /// If there is no such calendar.
    pub fn withhold_sync_tokens(&self, calendar: &str) -> Result<(), ApiError> {
        self.edit(|state, _| {
            state.calendar_mut(calendar)?.withholds_tokens = true;
            Ok(())
        })
    }

    /// Makes a calendar refuse channels from now on, as those of holidays and birthdays do: 400
    /// `pushNotSupportedForRequestedResource`. Channels that it has stay.
    ///
    /// # Errors
    /// If there is no such calendar.
    pub fn refuse_push(&self, calendar: &str) -> Result<(), ApiError> {
        self.edit(|state, _| {
            state.calendar_mut(calendar)?.refuses_push = true;
            Ok(())
        })
    }
}
