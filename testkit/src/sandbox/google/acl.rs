//! `acl`: who has access to a calendar
//! (<https://developers.google.com/workspace/calendar/api/v3/reference/acl>).
//!
//! A new rule gives access and nothing else: the calendar comes into nobody's list by it.

use serde_json::{Map, Value, json};

use super::access::{AccessRole, Rule, user_rule};
use super::calendar_list::numbers;
use super::error::ApiError;
use super::query::{Pairs, count};
use super::state::State;

impl State {
    /// `acl.list`, for whoever may write.
    pub(super) fn acl_list(&self, account: &str, calendar: &str, pairs: &Pairs) -> Result<Value, ApiError> {
        let (calendar, role) = self.access(account, calendar)?;
        if role < AccessRole::WriterWithoutPrivateAccess {
            return Err(ApiError::forbidden());
        }
        let last =
            |name: &str| pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let token = |name: &'static str, prefix| {
            let invalid = || ApiError::invalid(name, "Invalid token value.");
            last(name).map(|token| numbers(prefix, token).ok_or_else(invalid)).transpose()
        };
        let since = token("syncToken", "as-")?;
        if since.is_some_and(|(generation, _)| generation != self.list_generation) {
            return Err(ApiError::full_sync_required());
        }
        let (shown, offset) = token("pageToken", "ap-")?.unwrap_or((self.revision, 0));
        let size = last("maxResults").map(|value| count("maxResults", value)).transpose()?;
        let size = size.unwrap_or(100).min(250).min(self.config.page_cap.unwrap_or(usize::MAX).max(1));
        let wanted: Vec<Value> = (calendar.rules.0.iter())
            .filter(|(_, rule)| match since {
                Some((_, since)) => rule.revision > since,
                None => rule.role.is_some() || last("showDeleted") == Some("true"),
            })
            .map(|(id, rule)| show(id, rule))
            .collect();
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = offset.saturating_add(size);
        let mut page = json!({ "kind": "calendar#acl", "etag": format!("\"p{}\"", self.revision) });
        if end < wanted.len() {
            page["nextPageToken"] = format!("ap-{shown}-{end}").into();
        } else {
            page["nextSyncToken"] = format!("as-{}-{shown}", self.list_generation).into();
        }
        page["items"] = wanted.into_iter().skip(offset).take(size).collect();
        Ok(page)
    }

    /// `acl.get`.
    pub(super) fn acl_rule(&self, account: &str, calendar: &str, id: &str) -> Result<Value, ApiError> {
        let (calendar, role) = self.access(account, calendar)?;
        if role < AccessRole::WriterWithoutPrivateAccess {
            return Err(ApiError::forbidden());
        }
        let rule = calendar.rules.0.get(id).filter(|rule| rule.role.is_some());
        rule.map(|rule| show(id, rule)).ok_or_else(ApiError::not_found)
    }

    /// `acl.insert`, also in place of an earlier rule for the same people.
    pub(super) fn acl_insert(
        &mut self,
        account: &str,
        calendar: &str,
        fields: &Map<String, Value>,
    ) -> Result<Value, ApiError> {
        let scope = fields.get("scope").ok_or_else(|| ApiError::required("Required"))?;
        let id = match (scope["type"].as_str(), scope["value"].as_str()) {
            (Some("default"), _) => "default".to_owned(),
            (Some(kind @ ("user" | "group" | "domain")), Some(value)) if !value.is_empty() => {
                format!("{kind}:{value}")
            }
            _ => return Err(ApiError::invalid_value("resource.scope")),
        };
        self.set_rule(account, calendar, &id, fields)
    }

    /// `acl.patch` and `update`.
    pub(super) fn acl_change(
        &mut self,
        account: &str,
        calendar: &str,
        id: &str,
        fields: &Map<String, Value>,
    ) -> Result<Value, ApiError> {
        self.acl_rule(account, calendar, id)?;
        self.set_rule(account, calendar, id, fields)
    }

    /// `acl.delete`.
    pub(super) fn acl_delete(&mut self, account: &str, calendar: &str, id: &str) -> Result<(), ApiError> {
        self.acl_rule(account, calendar, id)?;
        let none = Map::from_iter([("role".to_owned(), "none".into())]);
        self.set_rule(account, calendar, id, &none).map(drop)
    }

    /// Sets a rule, which ends the calendar's sync tokens.
    fn set_rule(
        &mut self,
        account: &str,
        calendar: &str,
        id: &str,
        fields: &Map<String, Value>,
    ) -> Result<Value, ApiError> {
        let calendar = self.owned(account, calendar)?;
        let role = match fields.get("role").and_then(Value::as_str) {
            Some("none") => None,
            Some(name) => {
                Some(AccessRole::named(name).ok_or_else(|| ApiError::invalid_value("resource.role"))?)
            }
            None => return Err(ApiError::required("Required")),
        };
        let revision = self.next_revision();
        let known = self.calendar_mut(&calendar)?;
        if id == user_rule(&known.owner) {
            return Err(ApiError::cannot_change_own_acl());
        }
        known.rules.set(id, role, revision);
        known.generation += 1;
        let lost: Vec<String> =
            (self.lists.keys()).filter(|account| self.access(account, &calendar).is_err()).cloned().collect();
        lost.iter().for_each(|account| self.drop_entry(account, &calendar));
        Ok(show(id, &Rule { role, revision }))
    }
}

fn show(id: &str, rule: &Rule) -> Value {
    let scope = match id.split_once(':') {
        Some((kind, value)) => json!({ "type": kind, "value": value }),
        None => json!({ "type": id }),
    };
    json!({
        "kind": "calendar#aclRule",
        "etag": format!("\"{}\"", rule.revision),
        "id": id,
        "scope": scope,
        "role": rule.role.map_or("none", AccessRole::name),
    })
}
