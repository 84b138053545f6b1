//! One VEVENT.

use chrono::{DateTime, Duration, NaiveDateTime, NaiveTime, Utc};
use sha2::{Digest as _, Sha256};

use super::component::Component;
use super::error::{IcsProblem, IcsWarning};
use super::lines::ContentLine;
use super::person::IcsPerson;
use super::recurrence::Recurrence;
use super::time::{Moment, RawTime, parse_duration};
use super::zones::Zones;

/// STATUS of an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IcsStatus {
    /// It takes place.
    #[default]
    Confirmed,
    /// It may take place.
    Tentative,
    /// It does not take place.
    Cancelled,
}

/// CLASS of an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IcsClass {
    /// Not stated.
    #[default]
    Default,
    /// For everybody.
    Public,
    /// For its owner.
    Private,
    /// For its owner.
    Confidential,
}

/// An event, the master of a series, or one changed occurrence.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IcsEvent {
    /// The line of its BEGIN.
    pub line: usize,
    /// Its UID, or one derived from its content where it has none.
    pub uid: String,
    /// When it starts.
    pub start: Moment,
    /// When it ends, exclusive; equal to the start for an event without length.
    pub end: Moment,
    /// How it recurs; empty for a single event.
    pub recurrence: Recurrence,
    /// For a changed occurrence: the start that the rule gave it.
    pub recurrence_id: Option<Moment>,
    /// Whether a changed occurrence speaks for all that follow it.
    pub this_and_future: bool,
    /// SUMMARY.
    pub summary: Option<String>,
    /// DESCRIPTION.
    pub description: Option<String>,
    /// LOCATION.
    pub location: Option<String>,
    /// STATUS.
    pub status: IcsStatus,
    /// CLASS.
    pub class: IcsClass,
    /// Whether it leaves its time free (TRANSP, else the busy status that Microsoft writes).
    pub transparent: bool,
    /// ORGANIZER.
    pub organizer: Option<IcsPerson>,
    /// ATTENDEE lines, each address once.
    pub attendees: Vec<IcsPerson>,
    /// SEQUENCE, 0 if there is none.
    pub sequence: i64,
    /// CREATED.
    pub created: Option<DateTime<Utc>>,
    /// LAST-MODIFIED, else DTSTAMP.
    pub updated: Option<DateTime<Utc>>,
}

impl IcsEvent {
    /// How long it lasts; whole days for a day.
    pub fn duration(&self) -> Duration {
        match (&self.start, &self.end) {
            (Moment::Time { zone, .. }, end) => end.instant(zone) - self.start.instant(zone),
            (start, end) => end.wall() - start.wall(),
        }
    }

    /// The event at another start, with the same length unless `length` gives one.
    pub(super) fn span_at(&self, wall: NaiveDateTime, length: Option<Duration>) -> (Moment, Moment) {
        let start = self.start.at_wall(wall);
        let end = start.plus(length.unwrap_or_else(|| self.duration()));
        (start, end)
    }
}

/// Reads events of one calendar.
pub(super) struct Reader<'a> {
    pub(super) zones: Zones<'a>,
    pub(super) warnings: &'a mut Vec<IcsWarning>,
}

impl Reader<'_> {
    fn warn(&mut self, line: usize, message: impl Into<String>) {
        self.warnings.push(IcsWarning::new(line, message));
    }

    /// Reads a VEVENT; `None` if it has no start and so no place in a calendar. The error comes with its line.
    pub(super) fn event(&mut self, component: &Component) -> Result<Option<IcsEvent>, (usize, IcsProblem)> {
        let recurrence_id = match component.property("RECURRENCE-ID") {
            Some(property) => Some(self.time("RECURRENCE-ID", property)?),
            None => None,
        };
        let start = match (component.property("DTSTART"), &recurrence_id) {
            (Some(property), _) => self.time("DTSTART", property)?,
            (None, Some(slot)) => slot.clone(),
            (None, None) => {
                self.warn(component.line, "the event has no DTSTART; left out");
                return Ok(None);
            }
        };
        let end = self.end(component, &start);
        let recurrence = self.recurrence(component, &start);
        let text = |name: &str| {
            component.property(name).map(ContentLine::text).filter(|text| !text.trim().is_empty())
        };
        let stamp = |name: &str| {
            let raw = component.value(name).and_then(RawTime::parse)?;
            Some(raw.in_zone(&self.zones.floating).instant(&self.zones.floating))
        };
        let is =
            |name: &str, value: &str| component.value(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
        let status = match component.value("STATUS").map(str::to_ascii_uppercase).as_deref() {
            Some("CANCELLED" | "CANCELED") => IcsStatus::Cancelled,
            Some("TENTATIVE") => IcsStatus::Tentative,
            _ => IcsStatus::Confirmed,
        };
        let class = match component.value("CLASS").map(str::to_ascii_uppercase).as_deref() {
            Some("PUBLIC") => IcsClass::Public,
            Some("PRIVATE") => IcsClass::Private,
            Some("CONFIDENTIAL") => IcsClass::Confidential,
            _ => IcsClass::Default,
        };
        let transparent = match component.value("TRANSP") {
            Some(value) => value.eq_ignore_ascii_case("TRANSPARENT"),
            None => is("X-MICROSOFT-CDO-BUSYSTATUS", "FREE"),
        };
        let uid = component.value("UID").map(str::to_owned);
        let event = IcsEvent {
            line: component.line,
            uid: String::new(),
            this_and_future: (component.property("RECURRENCE-ID"))
                .is_some_and(|property| property.param_is("RANGE", "THISANDFUTURE")),
            summary: text("SUMMARY"),
            description: text("DESCRIPTION"),
            location: text("LOCATION"),
            status,
            class,
            transparent,
            organizer: None,
            attendees: Vec::new(),
            sequence: component.value("SEQUENCE").and_then(|value| value.parse().ok()).unwrap_or(0),
            created: stamp("CREATED"),
            updated: stamp("LAST-MODIFIED").or_else(|| stamp("DTSTAMP")),
            start,
            end,
            recurrence,
            recurrence_id,
        };
        let uid = uid.unwrap_or_else(|| {
            self.warn(component.line, "the event has no UID; one is derived from its content");
            derive_uid(&event)
        });
        let organizer = component.property("ORGANIZER").and_then(|property| self.person(property));
        let mut attendees: Vec<IcsPerson> = Vec::new();
        for property in component.properties.iter().filter(|property| property.name == "ATTENDEE") {
            if let Some(person) = self.person(property)
                && !attendees.iter().any(|known| known.address.eq_ignore_ascii_case(&person.address))
            {
                attendees.push(person);
            }
        }
        Ok(Some(IcsEvent { uid, organizer, attendees, ..event }))
    }

    fn person(&mut self, property: &ContentLine) -> Option<IcsPerson> {
        let person = IcsPerson::read(property);
        if person.is_none() {
            self.warn(property.number, format!("{} has no mail address; left out", property.name));
        }
        person
    }

    /// A time that the event cannot do without.
    fn time(&mut self, name: &'static str, property: &ContentLine) -> Result<Moment, (usize, IcsProblem)> {
        self.moment(property).ok_or_else(|| {
            let value = property.value.chars().take(40).collect();
            (property.number, IcsProblem::BadTime { property: name, value })
        })
    }

    fn moment(&mut self, property: &ContentLine) -> Option<Moment> {
        let raw = RawTime::parse(&property.value)?;
        // Outlook and others write midnight where VALUE=DATE promises a day.
        if let (true, RawTime::Wall(wall)) = (property.param_is("VALUE", "DATE"), raw) {
            self.warn(property.number, format!("{} is VALUE=DATE and has a time; ignored", property.name));
            return Some(Moment::Day(wall.date()));
        }
        let zone = self.zone(property);
        Some(raw.in_zone(&zone))
    }

    fn zone(&mut self, property: &ContentLine) -> super::Zone {
        property
            .param("TZID")
            .and_then(|tzid| self.zones.find(tzid, property.number, self.warnings))
            .unwrap_or_else(|| self.zones.floating.clone())
    }

    fn end(&mut self, component: &Component, start: &Moment) -> Moment {
        let day = start.plus(Duration::days(1));
        let default = if start.is_day() { day.clone() } else { start.clone() };
        let end = if let Some(property) = component.property("DTEND") {
            let Some(end) = self.moment(property) else {
                self.warn(property.number, "DTEND is not a date or time; ignored");
                return default;
            };
            match (start, end) {
                (Moment::Day(_), Moment::Time { wall, .. }) => {
                    self.warn(property.number, "DTEND has a time where DTSTART is a day; its day counts");
                    Moment::Day(wall.date())
                }
                (Moment::Time { zone, .. }, Moment::Day(date)) => {
                    self.warn(
                        property.number,
                        "DTEND is a day where DTSTART has a time; its midnight counts",
                    );
                    Moment::Time { wall: date.and_time(NaiveTime::MIN), zone: zone.clone() }
                }
                (_, end) => end,
            }
        } else if let Some(property) = component.property("DURATION") {
            let Some(duration) = parse_duration(&property.value) else {
                self.warn(property.number, "DURATION is unreadable; ignored");
                return default;
            };
            start.plus(duration)
        } else {
            return default;
        };
        let zone = &self.zones.floating;
        if end.instant(zone) < start.instant(zone) {
            self.warn(component.line, "the event ends before it starts; its length is ignored");
            return default;
        }
        // A day that ends on itself is written by exporters that take the end as inclusive.
        if start.is_day() && end.wall() <= start.wall() { day } else { end }
    }

    fn recurrence(&mut self, component: &Component, start: &Moment) -> Recurrence {
        let mut recurrence = Recurrence::default();
        for property in &component.properties {
            if !matches!(property.name.as_str(), "RRULE" | "EXRULE" | "RDATE" | "EXDATE")
                || property.value.trim().is_empty()
            {
                continue;
            }
            let zone = match (property.param("TZID"), start) {
                (None, Moment::Time { zone, .. }) => zone.clone(),
                _ => self.zone(property),
            };
            let mut odd = Vec::new();
            if let Err(error) = recurrence.add(property, start, &zone, &mut odd) {
                odd.push(format!("{} is unreadable and ignored: {error}", property.name));
            }
            for message in odd {
                self.warn(property.number, message);
            }
        }
        recurrence
    }
}

fn derive_uid(event: &IcsEvent) -> String {
    let mut hash = Sha256::new();
    let parts = [event.summary.as_deref().unwrap_or_default(), event.location.as_deref().unwrap_or_default()];
    hash.update(format!("{:?}|{:?}|{parts:?}", event.start, event.end));
    let digest = hash.finalize();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}@derived.invalid")
}
