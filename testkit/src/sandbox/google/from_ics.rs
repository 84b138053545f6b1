//! iCalendar files as Google events.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::error::ApiError;
use super::state::State;
use super::write::Writer;
use crate::sandbox::ics::{
    IcsAnswer, IcsCalendar, IcsClass, IcsEvent, IcsPerson, IcsStatus, IcsUserType, Moment, Zone,
};

impl State {
    /// Loads every series into a calendar, which is made if need be; all or nothing. What a file holds is that
    /// calendar's own truth, so nothing is delivered to others. Returns how many events were made.
    pub(super) fn load_ics(
        &mut self,
        account: &str,
        calendar: &str,
        file: &IcsCalendar,
        now: DateTime<Utc>,
    ) -> Result<usize, ApiError> {
        let before = (self.calendars.get(calendar).cloned(), self.config.deliver_invitations);
        if before.0.is_none() {
            let zone = file.zone.nearest_iana(&[]).unwrap_or(Tz::UTC);
            let summary = file.name.as_deref().unwrap_or(&file.file).to_owned();
            self.add_calendar(calendar, &summary, zone, account, now);
        }
        self.config.deliver_invitations = false;
        let made = self.load_series(calendar, file, now);
        self.config.deliver_invitations = before.1;
        if made.is_err() {
            match before.0 {
                Some(before) => drop(self.calendars.insert(calendar.to_owned(), before)),
                None => self.remove_calendar(calendar),
            }
        }
        made
    }

    fn load_series(
        &mut self,
        calendar: &str,
        file: &IcsCalendar,
        now: DateTime<Utc>,
    ) -> Result<usize, ApiError> {
        let mut zones = Zones::default();
        let mut made = 0;
        for series in &file.series {
            let id = event_id(&series.uid);
            if let Some(master) = &series.master {
                let mut fields = zones.fields(master);
                fields.insert("id".to_owned(), id.clone().into());
                fields.insert("iCalUID".to_owned(), series.uid.clone().into());
                let start = zones.known(&master.start);
                let lines = master.recurrence.to_lines(&start);
                if !master.recurrence.is_empty() {
                    fields.insert("recurrence".to_owned(), lines.into());
                }
                self.insert(calendar, &fields, Writer::Driver, now)?;
                made += 1;
                for exception in &series.exceptions {
                    let Some(slot) = exception.slot_of(master) else { continue };
                    let original = start.at_wall(slot);
                    self.put_exception(calendar, &id, &original, &zones.fields(exception), now)?;
                    made += 1;
                }
            } else {
                // Invited to single occurrences: the series itself is not on this calendar.
                for (index, exception) in series.exceptions.iter().enumerate() {
                    let mut fields = zones.fields(exception);
                    fields.insert("id".to_owned(), format!("{id}{index}").into());
                    fields.insert("iCalUID".to_owned(), series.uid.clone().into());
                    self.insert(calendar, &fields, Writer::Driver, now)?;
                    made += 1;
                }
            }
        }
        Ok(made)
    }
}

/// Zones under names that Google knows: a zone that only the file knows becomes one with the same clocks, or
/// UTC if there is none.
#[derive(Default)]
struct Zones(BTreeMap<String, Zone>);

impl Zones {
    fn known(&mut self, moment: &Moment) -> Moment {
        let Moment::Time { wall, zone } = moment else { return moment.clone() };
        let named = self
            .0
            .entry(zone.name().to_owned())
            .or_insert_with(|| zone.nearest_iana(&[]).map_or(Zone::UTC, Zone::from));
        Moment::Time {
            wall: if named == zone { *wall } else { named.to_wall(zone.to_utc(*wall)) },
            zone: named.clone(),
        }
    }

    fn time(&mut self, moment: &Moment) -> Value {
        match self.known(moment) {
            Moment::Day(day) => json!({ "date": day.to_string() }),
            Moment::Time { wall, zone } => {
                json!({ "dateTime": wall.format("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": zone.name() })
            }
        }
    }

    fn fields(&mut self, event: &IcsEvent) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("start", self.time(&event.start));
        put("end", self.time(&event.end));
        put("sequence", event.sequence.into());
        let status = match event.status {
            IcsStatus::Confirmed => "confirmed",
            IcsStatus::Tentative => "tentative",
            IcsStatus::Cancelled => "cancelled",
        };
        put("status", status.into());
        for (name, text) in
            [("summary", &event.summary), ("description", &event.description), ("location", &event.location)]
        {
            if let Some(text) = text {
                put(name, text.clone().into());
            }
        }
        match event.class {
            IcsClass::Default => {}
            IcsClass::Public => drop(put("visibility", "public".into())),
            IcsClass::Private => drop(put("visibility", "private".into())),
            IcsClass::Confidential => drop(put("visibility", "confidential".into())),
        }
        if event.transparent {
            put("transparency", "transparent".into());
        }
        if let Some(organizer) = &event.organizer {
            let mut person = json!({ "email": organizer.address });
            if let Some(name) = &organizer.name {
                person["displayName"] = name.clone().into();
            }
            put("organizer", person);
        }
        if !event.attendees.is_empty() {
            put("attendees", event.attendees.iter().map(attendee).collect());
        }
        fields
    }
}

fn attendee(person: &IcsPerson) -> Value {
    let answer = match person.answer {
        IcsAnswer::NeedsAction => "needsAction",
        IcsAnswer::Accepted => "accepted",
        IcsAnswer::Declined => "declined",
        IcsAnswer::Tentative => "tentative",
    };
    let mut shown = json!({ "email": person.address, "responseStatus": answer });
    if let Some(name) = &person.name {
        shown["displayName"] = name.clone().into();
    }
    if matches!(person.user_type, IcsUserType::Room | IcsUserType::Resource) {
        shown["resource"] = true.into();
    }
    if person.optional {
        shown["optional"] = true.into();
    }
    shown
}

/// The event id of a UID: what Google's own exports put before the @, else a hash.
fn event_id(uid: &str) -> String {
    match uid.strip_suffix("@google.com") {
        Some(id) if id.len() >= 5 && id.bytes().all(|byte| matches!(byte, b'a'..=b'v' | b'0'..=b'9')) => {
            id.to_owned()
        }
        _ => {
            let hash = Sha256::digest(uid);
            hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
        }
    }
}
