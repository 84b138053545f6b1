//! Events that come from elsewhere or go to another calendar: `events.import` and `events.move`.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::error::ApiError;
use super::event::Event;
use super::state::State;
use super::write::{READ_ONLY, Writer};

impl State {
    /// `events.import`: a copy of an event that somebody else organises, found again by its `iCalUID`. Nobody is
    /// invited by it. Returns its id.
    pub(super) fn import(
        &mut self,
        calendar: &str,
        fields: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<String, ApiError> {
        let uid = fields.get("iCalUID").and_then(Value::as_str).filter(|uid| !uid.is_empty());
        let uid = uid.ok_or_else(|| ApiError::required("Missing iCalUID."))?;
        if fields.get("eventType").is_some_and(|kind| kind != "default") {
            return Err(ApiError::invalid_value("resource.eventType"));
        }
        let home = self.calendar(calendar)?;
        let known = (home.ids().filter_map(|id| home.get(id)))
            .find(|event| event.recurring_event_id.is_none() && event.body["iCalUID"] == uid)
            .map(|event| event.id.clone());
        let mut fields = fields.clone();
        fields.retain(|name, _| name == "organizer" || !READ_ONLY.contains(&name.as_str()));
        fields.remove("id");
        fields.entry("status").or_insert_with(|| "confirmed".into());
        let deliver = std::mem::replace(&mut self.config.deliver_invitations, false);
        let outcome = match known {
            None => self.insert(calendar, &fields, Writer::Driver, now),
            Some(id) => self.patch(calendar, &id, &fields, Writer::Driver, now).map(|()| id),
        };
        self.config.deliver_invitations = deliver;
        outcome
    }

    /// `events.move`: another calendar organises the event from now on, under the same id. A bare cancelled stub
    /// stays behind.
    pub(super) fn move_to(
        &mut self,
        source: &str,
        id: &str,
        destination: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        let home = self.calendar(source)?;
        let event = home.find(id).ok_or_else(ApiError::not_found)?;
        if event.recurring_event_id.is_some() {
            return Err(ApiError::cannot_change_organizer(400, "cannotChangeOrganizerOfInstance"));
        }
        if event.cancelled {
            return Err(ApiError::deleted());
        }
        if !event.organizer().eq_ignore_ascii_case(source) || event.kind() != "default" {
            return Err(ApiError::cannot_change_organizer(403, "cannotChangeOrganizer"));
        }
        if source == destination {
            return Ok(());
        }
        let mut all = vec![Event::clone(&event)];
        all.extend(home.exceptions_at(id, u64::MAX).map(|exception| Event::clone(exception)));
        let organizer = self.calendar(destination)?.as_organizer();
        let revision = self.next_revision();
        let ids: Vec<String> = all.iter().map(|event| event.id.clone()).collect();
        for event in all {
            let mut moved = Event { updated: now, revision, dismissed: false, ..event };
            moved.set_organizer(organizer.clone());
            let stub = Event {
                cancelled: true,
                // Nothing is delivered to it, though its owner may be a guest.
                dismissed: true,
                gone: moved.recurring_event_id.is_some() && !self.config.cancel_exceptions_with_series,
                ..moved.clone()
            };
            self.calendar_mut(source)?.put(stub);
            self.calendar_mut(destination)?.put(moved);
        }
        ids.iter().for_each(|id| self.deliver(destination, id, now));
        Ok(())
    }
}
