//! The time zones of one calendar: what its TZIDs mean.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::Utc;

use super::component::Component;
use super::error::IcsWarning;
use super::rule::onsets;
use super::time::RawTime;
use super::zone::{Zone, parse_offset};

/// Looks TZIDs up: known names first, since they are kept up to date, then the file's own definitions.
pub(super) struct Zones<'a> {
    definitions: BTreeMap<&'a str, &'a Component>,
    known: RefCell<BTreeMap<String, Option<Zone>>>,
    /// For clock times without a zone.
    pub(super) floating: Zone,
}

impl<'a> Zones<'a> {
    pub(super) fn of(calendar: &'a Component, warnings: &mut Vec<IcsWarning>) -> Self {
        let definitions = (calendar.children.iter().filter(|child| child.name == "VTIMEZONE"))
            .filter_map(|child| Some((child.value("TZID")?.trim_matches('"'), child)))
            .collect();
        let mut zones = Self { definitions, known: RefCell::default(), floating: Zone::UTC };
        if let Some(property) = calendar.property("X-WR-TIMEZONE")
            && let Some(zone) = zones.find(property.value.trim(), property.number, warnings)
        {
            zones.floating = zone;
        }
        zones
    }

    /// The zone of a TZID. An unknown one is told once, and its times count as floating.
    pub(super) fn find(&self, tzid: &str, line: usize, warnings: &mut Vec<IcsWarning>) -> Option<Zone> {
        if let Some(known) = self.known.borrow().get(tzid) {
            return known.clone();
        }
        let definition = self.definitions.get(tzid.trim().trim_matches('"')).copied();
        let zone = Zone::named(tzid)
            .or_else(|| definition.and_then(|zone| zone.value("X-LIC-LOCATION")).and_then(Zone::named))
            .or_else(|| definition.and_then(|zone| define(tzid, zone, warnings)));
        if zone.is_none() && !tzid.is_empty() {
            warnings.push(IcsWarning::new(line, format!("the time zone `{tzid}` is not known")));
        }
        self.known.borrow_mut().insert(tzid.to_owned(), zone.clone());
        zone
    }
}

/// Evaluates the STANDARD and DAYLIGHT parts of a VTIMEZONE.
fn define(tzid: &str, zone: &Component, warnings: &mut Vec<IcsWarning>) -> Option<Zone> {
    let mut changes = Vec::new();
    let mut offsets = Vec::new();
    for part in zone.children.iter().filter(|part| matches!(part.name.as_str(), "STANDARD" | "DAYLIGHT")) {
        let offset = |name| part.value(name).and_then(parse_offset);
        let Some(to) = offset("TZOFFSETTO") else {
            warnings.push(IcsWarning::new(
                part.line,
                format!("{} has no readable TZOFFSETTO; ignored", part.name),
            ));
            continue;
        };
        let from = offset("TZOFFSETFROM").unwrap_or(to);
        offsets.push((part.name == "STANDARD", from, to));
        let Some(first) = part.value("DTSTART").and_then(RawTime::parse) else { continue };
        let clock = Zone::custom("", from, Vec::new());
        let first = first.in_zone(&clock);
        let first_wall = clock.to_wall(first.instant(&clock));
        changes.push((first.instant(&clock), to));
        for property in &part.properties {
            let mut odd = Vec::new();
            match property.name.as_str() {
                "RRULE" => match onsets(&property.value, first_wall, from, &mut odd) {
                    Ok(found) => changes.extend(found.into_iter().map(|at| (at, to))),
                    Err(error) => odd.push(error),
                },
                "RDATE" => {
                    let dates = property.value.split(',').filter_map(RawTime::parse);
                    changes.extend(dates.map(|at| (at.in_zone(&clock).instant(&clock), to)));
                }
                _ => {}
            }
            warnings.extend(odd.into_iter().map(|message| IcsWarning::new(property.number, message)));
        }
    }
    changes.dedup();
    let earliest =
        changes.iter().min_by_key(|(at, _): &&(chrono::DateTime<Utc>, i32)| *at).map(|(_, to)| *to);
    let standard = offsets.iter().find(|(standard, ..)| *standard).or(offsets.first())?;
    let first_offset = earliest
        .and_then(|to| offsets.iter().find(|(_, _, known)| *known == to))
        .map_or(standard.2, |(_, from, _)| *from);
    Some(Zone::custom(tzid, first_offset, changes))
}
