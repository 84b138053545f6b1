//! `calendarList`: which calendars an account has in its list, and how it sees them
//! (<https://developers.google.com/workspace/calendar/api/v3/reference/calendarList>).

use serde_json::{Map, Value, json};

use super::access::AccessRole;
use super::error::ApiError;
use super::query::{Pairs, count};
use super::state::{Entry, State};

/// What each account sets for itself.
const OWN: &[&str] = &[
    "backgroundColor",
    "colorId",
    "defaultReminders",
    "foregroundColor",
    "notificationSettings",
    "selected",
    "summaryOverride",
];

impl State {
    /// One page of an account's calendar list.
    pub(super) fn calendar_list(&self, account: &str, pairs: &Pairs) -> Result<Value, ApiError> {
        let last =
            |name: &str| pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let flag = |name| last(name) == Some("true");
        let sync_token = last("syncToken");
        let forbidden = ["minAccessRole", "showOwnOrganizationOnly"].iter().any(|name| last(name).is_some())
            || ["showDeleted", "showHidden"].iter().any(|name| last(name) == Some("false"));
        if sync_token.is_some() && forbidden {
            return Err(ApiError::bad_request());
        }
        let since = match sync_token {
            None => None,
            Some(token) => {
                let (generation, revision) = numbers("cl-", token)
                    .ok_or_else(|| ApiError::invalid("syncToken", "Invalid sync token value."))?;
                if generation != self.list_generation {
                    return Err(ApiError::full_sync_required());
                }
                Some(revision)
            }
        };
        let least = match last("minAccessRole") {
            None => AccessRole::FreeBusyReader,
            Some(name) => {
                AccessRole::named(name).ok_or_else(|| ApiError::invalid("minAccessRole", "Invalid value"))?
            }
        };
        let size =
            last("maxResults").map(|value| count("maxResults", value)).transpose()?.unwrap_or(100).min(250);
        let size = size.min(self.config.page_cap.unwrap_or(usize::MAX).max(1));
        let (shown, offset) = match last("pageToken") {
            None => (self.revision, 0),
            Some(token) => {
                let invalid = || ApiError::invalid("pageToken", "Invalid page token value.");
                let (revision, offset) = numbers("clp-", token).ok_or_else(invalid)?;
                (revision, usize::try_from(offset).map_err(|_| invalid())?)
            }
        };
        let list = self.lists.get(account);
        let wanted: Vec<Value> = (list.into_iter().flatten())
            .filter(|(id, entry)| match since {
                Some(since) => entry.revision > since,
                None => {
                    (entry.deleted || self.role_in(account, id) >= Some(least))
                        && (!entry.deleted || flag("showDeleted"))
                        && (!entry.hidden || flag("showHidden"))
                }
            })
            .map(|(id, entry)| self.show_entry(account, id, entry))
            .collect();
        let end = offset.saturating_add(size);
        let mut page = json!({
            "kind": "calendar#calendarList",
            "etag": format!("\"p{}\"", self.revision),
        });
        if end < wanted.len() {
            page["nextPageToken"] = format!("clp-{shown}-{end}").into();
        } else {
            page["nextSyncToken"] = format!("cl-{}-{shown}", self.list_generation).into();
        }
        page["items"] = wanted.into_iter().skip(offset).take(size).collect();
        Ok(page)
    }

    /// One entry.
    pub(super) fn calendar_entry(&self, account: &str, id: &str) -> Result<Value, ApiError> {
        let (calendar, _) = self.access(account, id)?;
        let entry = self.lists.get(account).and_then(|list| list.get(&calendar.id));
        (entry.filter(|entry| !entry.deleted))
            .map(|entry| self.show_entry(account, &calendar.id, entry))
            .ok_or_else(ApiError::not_found)
    }

    /// `calendarList.insert`: of a calendar that the account has access to.
    pub(super) fn add_to_list(
        &mut self,
        account: &str,
        fields: &Map<String, Value>,
    ) -> Result<Value, ApiError> {
        let id = fields.get("id").and_then(Value::as_str).ok_or_else(|| ApiError::required("Required"))?;
        let id = self.access(account, id)?.0.id.clone();
        self.put_entry(account, &id);
        self.change_entry(account, &id, fields, false)
    }

    /// `calendarList.patch` and `update`: what the account sets for itself. With `whole`, what is not given goes.
    pub(super) fn change_entry(
        &mut self,
        account: &str,
        id: &str,
        fields: &Map<String, Value>,
        whole: bool,
    ) -> Result<Value, ApiError> {
        self.calendar_entry(account, id)?;
        let id = self.access(account, id)?.0.id.clone();
        let revision = self.next_revision();
        let entry = self.lists.get_mut(account).and_then(|list| list.get_mut(&id));
        let entry = entry.ok_or_else(ApiError::not_found)?;
        entry.revision = revision;
        if whole {
            entry.fields.clear();
            entry.hidden = false;
        }
        for (name, value) in fields {
            match value {
                Value::Bool(hidden) if name == "hidden" => entry.hidden = *hidden,
                _ if !OWN.contains(&name.as_str()) => {}
                Value::Null => drop(entry.fields.remove(name)),
                value => drop(entry.fields.insert(name.clone(), value.clone())),
            }
        }
        self.calendar_entry(account, &id)
    }

    /// `calendarList.delete`: nobody can do without their primary calendar.
    pub(super) fn remove_from_list(&mut self, account: &str, id: &str) -> Result<(), ApiError> {
        self.calendar_entry(account, id)?;
        let id = self.access(account, id)?.0.id.clone();
        if id == account {
            return Err(ApiError::forbidden());
        }
        self.drop_entry(account, &id);
        Ok(())
    }

    fn role_in(&self, account: &str, calendar: &str) -> Option<AccessRole> {
        self.calendars.get(calendar)?.rules.role_of(account)
    }

    fn show_entry(&self, account: &str, id: &str, entry: &Entry) -> Value {
        let role = self.role_in(account, id).unwrap_or(AccessRole::FreeBusyReader);
        let calendar = self.calendars.get(id);
        // Access and title are shown here too, so their changes are changes of what is shown.
        let shown_at = calendar.map_or(0, |one| one.properties_changed.max(one.rules.revision()));
        let mut shown = json!({
            "kind": "calendar#calendarListEntry",
            "etag": format!("\"{}\"", entry.revision.max(shown_at)),
            "id": id,
            "accessRole": role.name(),
        });
        if let Some(calendar) = calendar {
            shown["summary"] = calendar.summary.clone().into();
            for (name, text) in [("description", &calendar.description), ("location", &calendar.location)] {
                if let Some(text) = text {
                    shown[name] = text.clone().into();
                }
            }
            shown["timeZone"] = calendar.zone.name().into();
            if calendar.owner != id {
                shown["dataOwner"] = calendar.owner.clone().into();
            }
        }
        if entry.deleted {
            shown["deleted"] = true.into();
            return shown;
        }
        shown["selected"] = true.into();
        shown["defaultReminders"] = json!([]);
        shown["conferenceProperties"] = json!({ "allowedConferenceSolutionTypes": ["hangoutsMeet"] });
        for (name, value) in &entry.fields {
            shown[name] = value.clone();
        }
        for (name, set) in [("primary", entry.primary), ("hidden", entry.hidden)] {
            if set {
                shown[name] = true.into();
            }
        }
        shown
    }
}

pub(super) fn numbers(prefix: &str, token: &str) -> Option<(u64, u64)> {
    let (first, second) = token.strip_prefix(prefix)?.split_once('-')?;
    Some((first.parse().ok()?, second.parse().ok()?))
}
