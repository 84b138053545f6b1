//! When an event recurs: rules, added dates, excluded dates.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};

use super::lines::{ContentLine, Line};
use super::rule::Rule;
use super::time::{Moment, RawTime, parse_duration};
use super::zone::Zone;

/// The recurrence of one event, on the clock of its start.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recurrence {
    rules: Vec<Rule>,
    excluded_rules: Vec<Rule>,
    /// Added clock times; a period brings its own length.
    added: BTreeMap<NaiveDateTime, Option<Duration>>,
    excluded: BTreeSet<NaiveDateTime>,
    excluded_days: BTreeSet<NaiveDate>,
}

/// The recurrences in a window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slots {
    /// Clock times in order, with their own length where they have one.
    pub walls: Vec<(NaiveDateTime, Option<Duration>)>,
    /// True if the limit, or the work that one expansion may cost, cut the list.
    pub cut: bool,
}

impl Recurrence {
    /// Reads `RRULE`, `EXRULE`, `RDATE` and `EXDATE` lines as a Google event carries them.
    ///
    /// # Errors
    /// The first line that cannot be read, and why.
    pub fn from_lines<S: AsRef<str>>(lines: &[S], start: &Moment) -> Result<Self, String> {
        let mut recurrence = Self::default();
        for text in lines.iter().map(AsRef::as_ref) {
            let line = Line { number: 0, text: text.to_owned(), latin1: false };
            let line = ContentLine::parse(&line).ok_or_else(|| format!("not a recurrence line: {text}"))?;
            let zone = line
                .param("TZID")
                .map(|name| Zone::named(name).ok_or_else(|| format!("the time zone {name} is not known")));
            let zone = zone.transpose()?.unwrap_or_else(|| start_zone(start));
            if !recurrence.add(&line, start, &zone, &mut Vec::new())? {
                return Err(format!("not a recurrence line: {text}"));
            }
        }
        Ok(recurrence)
    }

    /// Whether there is nothing but the start.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.added.is_empty()
    }

    /// Takes in one property; false if it is none of recurrence. `zone` is the one of its clock times.
    pub(super) fn add(
        &mut self,
        line: &ContentLine,
        start: &Moment,
        zone: &Zone,
        odd: &mut Vec<String>,
    ) -> Result<bool, String> {
        match line.name.as_str() {
            "RRULE" => self.rules.push(Rule::parse(&line.value, start, odd)?),
            "EXRULE" => self.excluded_rules.push(Rule::parse(&line.value, start, odd)?),
            "RDATE" => {
                for item in values(line) {
                    let (at, end) = item.split_once('/').map_or((item, None), |(at, end)| (at, Some(end)));
                    let at = RawTime::parse(at).ok_or_else(|| format!("RDATE is not a time: {item}"))?;
                    let length = end.map(|end| period_length(at, end, zone));
                    let length = length.map(|length| length.ok_or_else(|| format!("not a period: {item}")));
                    self.added.insert(at.wall_like(zone, start), length.transpose()?);
                }
            }
            "EXDATE" => {
                for item in values(line) {
                    match RawTime::parse(item).ok_or_else(|| format!("EXDATE is not a time: {item}"))? {
                        RawTime::Day(day) => {
                            self.excluded_days.insert(day);
                        }
                        // All-day series are at times excluded by midnight of the day.
                        raw if start.is_day() => {
                            self.excluded_days.insert(raw.wall_like(zone, start).date());
                        }
                        raw => {
                            self.excluded.insert(raw.wall_like(zone, start));
                        }
                    }
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The recurrences at `from` or later and before `until`, at most `limit`, of an event that starts at
    /// `start`. The start itself is always one, unless it is excluded.
    pub fn slots(&self, start: &Moment, from: NaiveDateTime, until: NaiveDateTime, limit: usize) -> Slots {
        let first = start.wall();
        let mut cut = false;
        let mut walls: BTreeMap<NaiveDateTime, Option<Duration>> = BTreeMap::new();
        if (from..until).contains(&first) {
            walls.insert(first, None);
        }
        for rule in &self.rules {
            let (found, all) = rule.walls(first, from, until);
            cut |= !all;
            walls.extend(found.into_iter().map(|wall| (wall, None)));
        }
        walls.extend(self.added.range(from..until.max(from)).map(|(wall, length)| (*wall, *length)));
        for rule in &self.excluded_rules {
            for wall in rule.walls(first, from, until).0 {
                walls.remove(&wall);
            }
        }
        walls.retain(|wall, _| !self.excludes(*wall));
        cut |= walls.len() > limit;
        Slots { walls: walls.into_iter().take(limit).collect(), cut }
    }

    /// Whether `wall` is a recurrence.
    pub fn contains(&self, start: &Moment, wall: NaiveDateTime) -> bool {
        let next = wall.checked_add_signed(Duration::seconds(1)).unwrap_or(wall);
        !self.slots(start, wall, next, 1).walls.is_empty()
    }

    fn excludes(&self, wall: NaiveDateTime) -> bool {
        self.excluded.contains(&wall) || self.excluded_days.contains(&wall.date())
    }

    /// Splits the series before `at`: what recurs earlier stays in `self`, what recurs from `at` on is
    /// returned, moved to begin at `moved_to`.
    pub(in crate::sandbox) fn split_off(
        &mut self,
        start: &Moment,
        at: NaiveDateTime,
        moved_to: &Moment,
    ) -> Self {
        let by = moved_to.wall() - at;
        let first = start.wall();
        let mut later = Self::default();
        for rule in &mut self.rules {
            let before = rule.walls(first, first, at).0.len();
            let mut rest = rule.moved_by_days((moved_to.wall().date() - at.date()).num_days());
            rest.count =
                rule.count.map(|count| count.saturating_sub(u32::try_from(before).unwrap_or(u32::MAX)));
            rest.until = rule.until.and_then(|until| until.checked_add_signed(by));
            if rest.count != Some(0) {
                later.rules.push(rest);
            }
            rule.count = None;
            rule.until = at.checked_sub_signed(Duration::seconds(1));
        }
        let moved = |wall: &NaiveDateTime| wall.checked_add_signed(by).unwrap_or(*wall);
        later.added = self.added.split_off(&at).iter().map(|(wall, length)| (moved(wall), *length)).collect();
        later.excluded = self.excluded.split_off(&at).iter().map(moved).collect();
        later.excluded_days = (self.excluded_days.split_off(&at.date()).iter())
            .map(|day| moved(&day.and_time(at.time())).date())
            .collect();
        later
    }

    /// As the `recurrence` lines of a Google event.
    pub fn to_lines(&self, start: &Moment) -> Vec<String> {
        let mut lines: Vec<String> = self.rules.iter().map(|rule| rule.to_line("RRULE", start)).collect();
        lines.extend(self.excluded_rules.iter().map(|rule| rule.to_line("EXRULE", start)));
        let dates = |name: &str, walls: &[NaiveDateTime]| {
            (!walls.is_empty()).then(|| match start {
                Moment::Day(_) => {
                    format!("{name};VALUE=DATE:{}", joined(walls, |wall| wall.format("%Y%m%d").to_string()))
                }
                Moment::Time { zone, .. } => format!(
                    "{name}:{}",
                    joined(walls, |wall| zone.to_utc(*wall).format("%Y%m%dT%H%M%SZ").to_string())
                ),
            })
        };
        lines.extend(dates("RDATE", &self.added.keys().copied().collect::<Vec<_>>()));
        let mut excluded: Vec<NaiveDateTime> = self.excluded.iter().copied().collect();
        let time = if start.is_day() { NaiveTime::MIN } else { start.wall().time() };
        excluded.extend(self.excluded_days.iter().map(|day| day.and_time(time)));
        lines.extend(dates("EXDATE", &excluded));
        lines
    }
}

fn joined(walls: &[NaiveDateTime], form: impl Fn(&NaiveDateTime) -> String) -> String {
    walls.iter().map(form).collect::<Vec<_>>().join(",")
}

fn values(line: &ContentLine) -> impl Iterator<Item = &str> {
    line.value.split([',', ';']).map(str::trim).filter(|item| !item.is_empty())
}

fn period_length(at: RawTime, end: &str, zone: &Zone) -> Option<Duration> {
    if let Some(duration) = parse_duration(end) {
        return Some(duration.max(Duration::zero()));
    }
    let end = RawTime::parse(end)?.in_zone(zone).instant(zone);
    Some((end - at.in_zone(zone).instant(zone)).max(Duration::zero()))
}

fn start_zone(start: &Moment) -> Zone {
    match start {
        Moment::Day(_) => Zone::UTC,
        Moment::Time { zone, .. } => zone.clone(),
    }
}
