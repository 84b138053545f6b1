//! "This and following": how a series ends early, and how another goes on in its place.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::event::{Event, parse_moment};
use super::state::State;
use super::write::Writer;
use crate::sandbox::ics::{Moment, Recurrence};

/// A series and where it is cut.
struct Cut {
    master: Event,
    /// The slot of the first occurrence that leaves.
    slot: Moment,
    /// Whether nothing would be left.
    whole: bool,
}

impl State {
    /// Takes back a cancellation.
    pub(super) fn uncancel(&mut self, calendar: &str, id: &str, now: DateTime<Utc>) -> Result<(), ApiError> {
        let home = self.calendar(calendar)?;
        let event = home.find(id).ok_or_else(ApiError::not_found)?;
        if !event.cancelled {
            return Ok(());
        }
        if let (Some(master), Some(slot)) = (&event.recurring_event_id, &event.original_start)
            && let Some(master) = home.get(master)
            && (master.cancelled || !master.recurrence.contains(&master.start, slot.wall()))
        {
            return Err(ApiError::bad_request());
        }
        let fields = Map::from_iter([("status".to_owned(), "confirmed".into())]);
        self.patch(calendar, id, &fields, Writer::Driver, now)
    }

    /// Deletes an occurrence and all that follow.
    pub(super) fn end_series(
        &mut self,
        calendar: &str,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        let cut = self.cut(calendar, id)?;
        if cut.whole {
            return self.cancel(calendar, &cut.master.id, Writer::Driver, now);
        }
        let (kept, _) = cut.parts(&cut.slot);
        self.shorten(calendar, &cut, &kept, now)
    }

    /// Lets another series go on from an occurrence; returns its id.
    pub(super) fn split_series(
        &mut self,
        calendar: &str,
        id: &str,
        fields: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<String, ApiError> {
        let cut = self.cut(calendar, id)?;
        if cut.whole {
            self.patch(calendar, &cut.master.id, fields, Writer::Driver, now)?;
            return Ok(cut.master.id);
        }
        let home = self.calendar(calendar)?;
        let moved_to = match fields.get("start").filter(|start| !start.is_null()) {
            None => cut.slot.clone(),
            Some(start) => parse_moment(start, &cut.slot, home.zone)
                .ok_or_else(|| ApiError::invalid("start", "Invalid time"))?,
        };
        let look = self.owner_look(home);
        let (start, end) =
            (look.time(&moved_to), look.time(&moved_to.plus(cut.master.duration(&home.zone()))));
        let mut new_id = following_id(&cut.master.id, &cut.slot);
        if home.get(&new_id).is_some() {
            new_id = self.make_id();
        }
        let mut new = cut.master.body.clone();
        new.remove("status");
        if !self.config.split_keeps_uid {
            new.insert("iCalUID".to_owned(), format!("{new_id}@google.com").into());
        }
        new.extend([("id".to_owned(), new_id.clone().into()), ("start".to_owned(), start)]);
        new.insert("end".to_owned(), end);
        let (kept, later) = cut.parts(&moved_to);
        new.insert("recurrence".to_owned(), json!(later.to_lines(&moved_to)));
        new.extend(fields.iter().map(|(name, value)| (name.clone(), value.clone())));
        // First what can fail.
        self.insert(calendar, &new, Writer::Driver, now)?;
        self.shorten(calendar, &cut, &kept, now)?;
        Ok(new_id)
    }

    fn cut(&self, calendar: &str, id: &str) -> Result<Cut, ApiError> {
        let home = self.calendar(calendar)?;
        let occurrence = home.find(id).ok_or_else(ApiError::not_found)?;
        let (Some(master), Some(slot)) = (&occurrence.recurring_event_id, &occurrence.original_start) else {
            return Err(ApiError::bad_request());
        };
        let master = home.get(master).filter(|master| master.is_master() && !master.cancelled);
        let master = Event::clone(master.ok_or_else(ApiError::bad_request)?);
        let before = master.recurrence.slots(&master.start, master.start.wall(), slot.wall(), 1);
        Ok(Cut { slot: slot.clone(), whole: before.walls.is_empty(), master })
    }

    /// Ends a series where it is cut.
    fn shorten(
        &mut self,
        calendar: &str,
        cut: &Cut,
        kept: &Recurrence,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        let lines = json!(kept.to_lines(&cut.master.start));
        let fields = Map::from_iter([("recurrence".to_owned(), lines)]);
        self.patch(calendar, &cut.master.id, &fields, Writer::Driver, now)
    }
}

impl Cut {
    /// What recurs before the cut, and what recurs after it when that begins at `moved_to`.
    fn parts(&self, moved_to: &Moment) -> (Recurrence, Recurrence) {
        let mut kept = self.master.recurrence.clone();
        let later = kept.split_off(&self.master.start, self.slot.wall(), moved_to);
        (kept, later)
    }
}

/// The id of the series that goes on: a series that was split already keeps the root of its id.
fn following_id(master: &str, slot: &Moment) -> String {
    let root = master.rsplit_once("_R").map_or(master, |(root, _)| root);
    match slot {
        Moment::Day(day) => format!("{root}_R{}", day.format("%Y%m%d")),
        Moment::Time { wall, zone } => format!("{root}_R{}", zone.to_utc(*wall).format("%Y%m%dT%H%M%S")),
    }
}
