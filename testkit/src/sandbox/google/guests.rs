//! What guests may change on their copy of an event, and what they see of each other.

use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::event::{Event, LOCAL};
use super::write::set_answer;

impl Event {
    /// A flag that is set unless an event says otherwise (`guestsCanInviteOthers`, `guestsCanSeeOtherGuests`).
    pub(super) fn allows(&self, name: &str) -> bool {
        self.body.get(name) != Some(&Value::Bool(false))
    }

    /// Whether a calendar's owner may change what all copies share.
    pub(super) fn may_change(&self, calendar: &str) -> bool {
        self.organizer().eq_ignore_ascii_case(calendar)
            || self.body.get("guestsCanModify") == Some(&Value::Bool(true))
    }

    /// Takes over what a guest may change of a guest list: the own answer, and further guests if guests may invite.
    pub(super) fn guests_list(&self, given: &Value, who: &str) -> Option<Value> {
        let given: Vec<&Value> = given.as_array().into_iter().flatten().collect();
        let address = |one: &Value| one["email"].as_str().unwrap_or_default().to_owned();
        let mut event = self.clone();
        let own = given.iter().find(|one| address(one).eq_ignore_ascii_case(who));
        if let Some(answer) = own.and_then(|one| one["responseStatus"].as_str()) {
            set_answer(&mut event, who, answer);
        }
        let invited = given.into_iter().filter(|one| {
            self.allows("guestsCanInviteOthers")
                && !address(one).is_empty()
                && !self.has_attendee(&address(one))
        });
        let invited: Vec<Value> = invited
            .map(|one| {
                let mut guest = json!({ "email": one["email"], "responseStatus": "needsAction" });
                for name in ["displayName", "optional"] {
                    if !one[name].is_null() {
                        guest[name] = one[name].clone();
                    }
                }
                guest
            })
            .collect();
        let list = event.body.get_mut("attendees")?;
        list.as_array_mut()?.extend(invited);
        Some(list.clone())
    }

    /// Whether all that copies share is the same, but for the guest list.
    pub(super) fn shares_all_with(&self, other: &Self) -> bool {
        let apart = |name: &str| name == "attendees" || name == "status" || LOCAL.contains(&name);
        let body = |event: &Self| -> Map<String, Value> {
            let shared = event.body.iter().filter(|(name, _)| !apart(name));
            shared.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        let status = |event: &Self| event.body.get("status").cloned().unwrap_or_else(|| "confirmed".into());
        (&self.start, &self.end, &self.recurrence_lines, self.cancelled)
            == (&other.start, &other.end, &other.recurrence_lines, other.cancelled)
            && status(self) == status(other)
            && body(self) == body(other)
    }

    /// The patch that leaves of this event only what `given` says, and what is `kept` besides.
    pub(super) fn replaced_by(
        &self,
        mut given: Map<String, Value>,
        kept: &[&str],
    ) -> Result<Map<String, Value>, ApiError> {
        for (side, message) in [("start", "Missing start time."), ("end", "Missing end time.")] {
            if given.get(side).is_none_or(Value::is_null) {
                return Err(ApiError::required(message));
            }
        }
        // Properties are patched one by one, so those that go are named.
        if let Some(Value::Object(groups)) = given.get_mut("extendedProperties") {
            for (group, known) in
                self.body.get("extendedProperties").and_then(Value::as_object).into_iter().flatten()
            {
                let group = groups.entry(group.clone()).or_insert_with(|| json!({}));
                for name in known.as_object().into_iter().flat_map(Map::keys) {
                    if group.get(name).is_none() {
                        group[name] = Value::Null;
                    }
                }
            }
        }
        given.entry("status").or_insert_with(|| "confirmed".into());
        let absent = self.body.keys().filter(|name| !kept.contains(&name.as_str())).cloned();
        for name in absent.chain(self.is_master().then(|| "recurrence".to_owned())) {
            given.entry(name).or_insert(Value::Null);
        }
        Ok(given)
    }
}
