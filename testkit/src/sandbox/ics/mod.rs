//! Calendars from iCalendar files, as Google, Microsoft, Apple and others export them.
//!
//! The format is RFC 5545 (<https://www.rfc-editor.org/rfc/rfc5545>); what real files do beside it is read
//! with a warning. A file is loaded whole or not at all.

mod calendar;
mod component;
mod error;
mod event;
mod lines;
mod person;
mod recurrence;
mod rule;
mod time;
mod windows_zones;
mod zone;
mod zones;

use std::collections::BTreeMap;

pub use calendar::{IcsCalendar, IcsOccurrence, IcsSeries};
pub use error::{IcsError, IcsProblem, IcsWarning};
pub use event::{IcsClass, IcsEvent, IcsStatus};
pub use person::{IcsAnswer, IcsPerson, IcsUserType};
pub use recurrence::{Recurrence, Slots};
pub use time::Moment;
pub use zone::Zone;

use event::Reader;
use zones::Zones;

/// Loads a calendar from text. `name` is what errors call the file.
///
/// # Errors
/// If the text is no iCalendar file, was cut off, or holds an event whose start is unreadable; with the line.
pub fn load(name: &str, text: &str) -> Result<IcsCalendar, IcsError> {
    load_bytes(name, text.as_bytes())
}

/// Loads a calendar from the bytes of a file: UTF-8, also where lines are folded inside a character, UTF-16
/// with a byte-order mark, or single lines of Latin-1.
///
/// # Errors
/// As [`load`].
pub fn load_bytes(name: &str, bytes: &[u8]) -> Result<IcsCalendar, IcsError> {
    let mut warnings = Vec::new();
    let calendars = component::read(name, bytes, &mut warnings)?;
    let mut loaded: Option<IcsCalendar> = None;
    let mut events = Vec::new();
    for calendar in &calendars {
        let zones = Zones::of(calendar, &mut warnings);
        let into = loaded.get_or_insert_with(|| IcsCalendar {
            file: name.to_owned(),
            name: None,
            zone: zones.floating.clone(),
            series: Vec::new(),
            warnings: Vec::new(),
        });
        if into.name.is_none() {
            let named = calendar.property("X-WR-CALNAME").or_else(|| calendar.property("NAME"));
            into.name = named.map(lines::ContentLine::text).filter(|text| !text.trim().is_empty());
        }
        let mut reader = Reader { zones, warnings: &mut warnings };
        for component in calendar.children.iter().filter(|child| child.name == "VEVENT") {
            match reader.event(component) {
                Ok(event) => events.extend(event),
                Err((line, problem)) => return Err(IcsError { file: name.to_owned(), line, problem }),
            }
        }
    }
    let mut loaded = loaded.ok_or_else(|| IcsError {
        file: name.to_owned(),
        line: 1,
        problem: IcsProblem::NotACalendar,
    })?;
    loaded.series = gather(events, &mut warnings);
    warnings.sort_by_key(|warning| warning.line);
    loaded.warnings = warnings;
    Ok(loaded)
}

/// Puts the events of each UID together.
fn gather(events: Vec<IcsEvent>, warnings: &mut Vec<IcsWarning>) -> Vec<IcsSeries> {
    let mut series: Vec<IcsSeries> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    for mut event in events {
        let at = *index.entry(event.uid.clone()).or_insert_with(|| {
            series.push(IcsSeries { uid: event.uid.clone(), master: None, exceptions: Vec::new() });
            series.len() - 1
        });
        if event.recurrence_id.is_some() {
            let known = &mut series[at].exceptions;
            match known.iter_mut().find(|known| known.recurrence_id == event.recurrence_id) {
                Some(known) => {
                    warnings.push(IcsWarning::new(event.line, "the same occurrence is changed twice"));
                    if known.sequence <= event.sequence {
                        *known = event;
                    }
                }
                None => known.push(event),
            }
            continue;
        }
        match &mut series[at].master {
            master @ None => *master = Some(event),
            Some(master) if master.sequence == event.sequence && master.start != event.start => {
                warnings
                    .push(IcsWarning::new(event.line, "another event has this UID; a new one is derived"));
                let count = series.iter().filter(|other| other.uid.starts_with(&event.uid)).count();
                event.uid = format!("{}-{}", event.uid, count + 1);
                series.push(IcsSeries {
                    uid: event.uid.clone(),
                    master: Some(event),
                    exceptions: Vec::new(),
                });
            }
            Some(master) => {
                warnings.push(IcsWarning::new(event.line, "the same event twice; the later version counts"));
                if master.sequence <= event.sequence {
                    *master = event;
                }
            }
        }
    }
    let mut gathered = Vec::with_capacity(series.len());
    for one in series {
        split_series(one, warnings, &mut gathered);
    }
    gathered
}

/// Turns every exception that speaks for the future into a series of its own.
fn split_series(mut series: IcsSeries, warnings: &mut Vec<IcsWarning>, into: &mut Vec<IcsSeries>) {
    let Some(master) = &mut series.master else { return into.push(series) };
    let splits = |exception: &IcsEvent, master: &IcsEvent| {
        exception.this_and_future
            && exception.status != IcsStatus::Cancelled
            && exception.start.is_day() == master.start.is_day()
    };
    let first = (series.exceptions.iter().enumerate())
        .filter(|(_, exception)| splits(exception, master))
        .filter_map(|(index, exception)| Some((exception.slot_of(master)?, index)))
        .min();
    let Some((slot, index)) = first else {
        if let Some(end) = series.exceptions.iter().find(|e| e.this_and_future && !splits(e, master))
            && let Some(slot) = end.slot_of(master)
        {
            // A cancelled future ends the series.
            let (start, line) = (master.start.clone(), end.line);
            if end.status == IcsStatus::Cancelled {
                master.recurrence.split_off(&start, slot, &start.at_wall(slot));
            } else {
                warnings.push(IcsWarning::new(line, "RANGE=THISANDFUTURE is read as one occurrence"));
            }
        }
        return into.push(series);
    };
    let mut later = series.exceptions.remove(index);
    warnings.push(IcsWarning::new(later.line, "RANGE=THISANDFUTURE begins a series of its own"));
    let by = later.start.wall() - slot;
    let start = master.start.clone();
    later.recurrence = master.recurrence.split_off(&start, slot, &later.start);
    later.recurrence_id = None;
    later.this_and_future = false;
    later.uid = format!("{}_R{}", later.uid, slot.format("%Y%m%dT%H%M%S"));
    let (mut kept, mut moved) = (Vec::new(), Vec::new());
    for mut exception in series.exceptions {
        match exception.slot_of(master) {
            Some(wall) if wall >= slot => {
                exception.recurrence_id = Some(later.start.at_wall(wall + by));
                moved.push(exception);
            }
            _ => kept.push(exception),
        }
    }
    // A series that is changed from its first occurrence on has nothing left of its own.
    let empty = slot <= start.wall() && kept.is_empty();
    let uid = series.uid;
    if !empty {
        into.push(IcsSeries { uid, master: series.master, exceptions: kept });
    }
    split_series(
        IcsSeries { uid: later.uid.clone(), master: Some(later), exceptions: moved },
        warnings,
        into,
    );
}
