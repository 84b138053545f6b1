//! Making, changing and cancelling events, and how that reaches the calendars of those invited.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::event::{Event, LOCAL};
use super::state::State;
use crate::sandbox::ics::{Moment, Recurrence, Zone};

/// Who writes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Writer<'a> {
    /// A client of the API, as this account, bound by Google's rules.
    Client(&'a str),
    /// The test, which may write anything anywhere.
    Driver,
}

impl State {
    /// `events.insert`. Returns the new event's id.
    pub(super) fn insert(
        &mut self,
        calendar: &str,
        fields: &Map<String, Value>,
        writer: Writer<'_>,
        now: DateTime<Utc>,
    ) -> Result<String, ApiError> {
        let made = self.make_id();
        let revision = self.next_revision();
        let home = self.calendar(calendar)?;
        let id = match fields.get("id").and_then(Value::as_str) {
            None => made,
            Some(id) => {
                let fits = (5..=1024).contains(&id.len())
                    && id.bytes().all(|byte| matches!(byte, b'a'..=b'v' | b'0'..=b'9'));
                // A driver may use the ids of documentation samples, which hold other letters.
                if !fits && matches!(writer, Writer::Client(_)) {
                    return Err(ApiError::invalid("id", "Invalid resource id value."));
                }
                id.to_owned()
            }
        };
        if home.get(&id).is_some() {
            return Err(ApiError::duplicate());
        }
        for (side, message) in [("start", "Missing start time."), ("end", "Missing end time.")] {
            if fields.get(side).is_none_or(Value::is_null) {
                return Err(ApiError::required(message));
            }
        }
        let recurs =
            fields.get("recurrence").and_then(Value::as_array).is_some_and(|lines| !lines.is_empty());
        if recurs && fields["start"].get("dateTime").is_some() && fields["start"].get("timeZone").is_none() {
            return Err(ApiError::required("Missing time zone definition for start time."));
        }
        let midnight = Moment::Time { wall: NaiveDateTime::default(), zone: home.zone() };
        let mut event = Event {
            id: id.clone(),
            start: midnight.clone(),
            end: midnight,
            recurrence_lines: Vec::new(),
            recurrence: Recurrence::default(),
            recurring_event_id: None,
            original_start: None,
            sequence: fields.get("sequence").and_then(Value::as_i64).unwrap_or(0),
            created: now,
            updated: now,
            revision,
            cancelled: false,
            gone: false,
            opaque: self.config.opaque_instance_ids,
            dismissed: false,
            body: Map::new(),
        };
        let person = |address: &str| json!({ "email": address });
        let creator = match writer {
            Writer::Client(account) => account,
            Writer::Driver => &home.owner,
        };
        event.body.insert("creator".to_owned(), person(creator));
        event.body.insert("organizer".to_owned(), home.as_organizer());
        event.body.insert("iCalUID".to_owned(), format!("{id}@google.com").into());
        event.body.insert("eventType".to_owned(), "default".into());
        event.body.insert("reminders".to_owned(), json!({ "useDefault": true }));
        let mut fields = fields.clone();
        if matches!(writer, Writer::Client(_)) {
            READ_ONLY.iter().for_each(|name| drop(fields.remove(*name)));
            fields.remove("iCalUID");
        }
        event.write(&fields, home.zone)?;
        self.calendar_mut(calendar)?.put(event);
        self.deliver(calendar, &id, now);
        Ok(id)
    }

    /// `events.patch`; also of an occurrence that is still unchanged.
    pub(super) fn patch(
        &mut self,
        calendar: &str,
        id: &str,
        fields: &Map<String, Value>,
        writer: Writer<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        let revision = self.next_revision();
        let home = self.calendar(calendar)?;
        let before = home.find(id).ok_or_else(ApiError::not_found)?;
        let mut event = Event::clone(&before);
        let mut fields = fields.clone();
        if matches!(writer, Writer::Client(_)) {
            READ_ONLY.iter().for_each(|name| drop(fields.remove(*name)));
        }
        let guest = matches!(writer, Writer::Client(_)) && !before.may_change(calendar);
        if guest && let Some(given) = fields.remove("attendees") {
            let list = before.guests_list(&given, calendar);
            fields.extend(list.map(|list| ("attendees".to_owned(), list)));
        }
        event.write(&fields, home.zone)?;
        if guest && !event.shares_all_with(&before) {
            return Err(ApiError::forbidden_for_non_organizer());
        }
        let moved = event.start != before.start || event.end != before.end;
        let recurs_otherwise = event.recurrence_lines != before.recurrence_lines;
        event.sequence += i64::from(moved || recurs_otherwise);
        event.updated = now;
        event.revision = revision;
        event.dismissed &= event.cancelled;
        let reordered = event.start != before.start || recurs_otherwise;
        let master = (event.is_master() || before.is_master()).then(|| event.clone());
        self.calendar_mut(calendar)?.put(event);
        self.deliver(calendar, id, now);
        if let Some(master) = master {
            if reordered || master.cancelled {
                self.drop_exceptions(&master, now);
            }
            self.uninvite_from_exceptions(calendar, &before, &master, now);
        }
        Ok(())
    }

    /// `events.delete`: cancels. On the calendar of somebody invited it declines.
    pub(super) fn cancel(
        &mut self,
        calendar: &str,
        id: &str,
        writer: Writer<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        let revision = self.next_revision();
        let home = self.calendar(calendar)?;
        let before = home.find(id).ok_or_else(ApiError::not_found)?;
        if before.cancelled {
            return Err(ApiError::deleted());
        }
        let own = before.organizer().eq_ignore_ascii_case(calendar) || !before.has_attendee(calendar);
        let dismissed = !own && matches!(writer, Writer::Client(_));
        let mut event = Event { cancelled: true, dismissed, updated: now, revision, ..Event::clone(&before) };
        if dismissed {
            set_answer(&mut event, calendar, "declined");
        }
        let master = event.is_master().then(|| event.clone());
        self.calendar_mut(calendar)?.put(event);
        self.deliver(calendar, id, now);
        if let Some(master) = master {
            self.drop_exceptions(&master, now);
        }
        Ok(())
    }

    /// Brings an event to the calendars of those invited, and takes it from those who no longer are.
    pub(super) fn deliver(&mut self, source: &str, id: &str, now: DateTime<Utc>) {
        if !self.config.deliver_invitations {
            return;
        }
        let Some(event) = self.calendars.get(source).and_then(|home| home.get(id)).cloned() else { return };
        let targets: Vec<String> =
            (self.calendars.keys().filter(|target| *target != source)).cloned().collect();
        for target in targets {
            let revision = self.revision;
            let Some(calendar) = self.calendars.get_mut(&target) else { continue };
            let copy = calendar.get(id).cloned();
            let organizes = event.organizer().eq_ignore_ascii_case(&target);
            let in_series =
                event.recurring_event_id.as_ref().is_some_and(|m| calendar.has_live_master(m, revision));
            let invited = event.has_attendee(&target) || (organizes && (copy.is_some() || in_series));
            let base = match &copy {
                Some(copy) if copy.dismissed => continue,
                Some(copy) => Event::clone(copy),
                None if invited || in_series => Event::clone(&event),
                None => continue,
            };
            let mut body = event.body.clone();
            for name in LOCAL {
                body.remove(*name);
                let kept = copy.is_some().then(|| base.body.get(*name).cloned()).flatten();
                body.extend(kept.map(|value| ((*name).to_owned(), value)));
            }
            body.entry("reminders").or_insert_with(|| json!({ "useDefault": true }));
            let shared = (event.body.get("extendedProperties").and_then(|all| all.get("shared"))).cloned();
            if let Some(shared) = shared {
                body.entry("extendedProperties").or_insert_with(|| json!({}))["shared"] = shared;
            }
            let new = Event {
                cancelled: (event.cancelled && !event.dismissed) || !invited,
                gone: event.gone,
                dismissed: false,
                body,
                ..Event::clone(&event)
            };
            let same = copy.as_ref().is_some_and(|copy| {
                copy.cancelled && new.cancelled
                    || **copy == Event { revision: copy.revision, updated: copy.updated, ..new.clone() }
            });
            if !same {
                calendar.put(Event { revision, updated: now, ..new });
            }
        }
    }

    /// Removes the changed occurrences that their series no longer has, on every calendar.
    fn drop_exceptions(&mut self, master: &Event, now: DateTime<Utc>) {
        let revision = self.revision;
        let tell = self.config.cancel_exceptions_with_series;
        for calendar in self.calendars.values_mut() {
            let Some(copy) = calendar.get(&master.id).cloned() else { continue };
            let stale: Vec<Event> = (calendar.exceptions_at(&master.id, revision))
                .filter(|event| {
                    let slot = event.original_start.as_ref().map(Moment::wall);
                    let kept = slot.is_some_and(|slot| copy.recurrence.contains(&copy.start, slot));
                    copy.cancelled || !copy.is_master() || !kept
                })
                .map(|event| Event {
                    cancelled: true,
                    // With its series it goes silently, else it is told.
                    gone: copy.cancelled && !tell,
                    updated: now,
                    revision,
                    ..Event::clone(event)
                })
                .collect();
            stale.into_iter().for_each(|event| calendar.put(event));
        }
    }

    /// Who is taken off a series is taken off its changed occurrences too.
    fn uninvite_from_exceptions(
        &mut self,
        calendar: &str,
        before: &Event,
        master: &Event,
        now: DateTime<Utc>,
    ) {
        let removed: Vec<&str> = before.attendees().filter(|address| !master.has_attendee(address)).collect();
        let Some(home) = self.calendars.get(calendar) else { return };
        let touched: Vec<Event> = (home.exceptions_at(&master.id, u64::MAX))
            .filter(|event| !event.cancelled && removed.iter().any(|address| event.has_attendee(address)))
            .map(|event| Event::clone(event))
            .collect();
        for mut event in touched {
            if let Some(list) = event.body.get_mut("attendees").and_then(Value::as_array_mut) {
                list.retain(|one| {
                    let address = one["email"].as_str().unwrap_or_default();
                    !removed.iter().any(|removed| removed.eq_ignore_ascii_case(address))
                });
            }
            let id = event.id.clone();
            event.updated = now;
            event.revision = self.revision;
            if let Some(home) = self.calendars.get_mut(calendar) {
                home.put(event);
            }
            self.deliver(calendar, &id, now);
        }
    }

    /// Stores an occurrence of a series as it was given, for loading files.
    pub(super) fn put_exception(
        &mut self,
        calendar: &str,
        master: &str,
        original: &Moment,
        fields: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        let revision = self.next_revision();
        let home = self.calendar(calendar)?;
        let series = home.get(master).cloned().ok_or_else(ApiError::not_found)?;
        let zone = Zone::from(home.zone);
        let mut event = series.instance(original.wall(), &zone);
        for name in ["attendees", "description", "location"] {
            event.body.remove(name);
        }
        event.write(fields, home.zone)?;
        event.revision = revision;
        event.updated = now;
        let id = event.id.clone();
        self.calendar_mut(calendar)?.put(event);
        self.deliver(calendar, &id, now);
        Ok(())
    }
}

/// What no client can write.
pub(super) const READ_ONLY: &[&str] =
    &["organizer", "creator", "created", "updated", "etag", "kind", "htmlLink", "hangoutLink"];

/// Sets what `who` answered.
pub(super) fn set_answer(event: &mut Event, who: &str, answer: &str) {
    for one in event.body.get_mut("attendees").and_then(Value::as_array_mut).into_iter().flatten() {
        if one["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(who)) {
            one["responseStatus"] = answer.into();
        }
    }
}
