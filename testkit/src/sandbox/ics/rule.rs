//! One recurrence rule, on the clock of its event.

use chrono::{DateTime, Duration, NaiveDateTime, NaiveTime, Utc};
use rrule::{RRule, RRuleSet, Tz, Unvalidated};

use super::time::{Moment, RawTime};
use super::zone::Zone;

/// How many recurrences one rule may pass through before an expansion gives up.
const STEPS: usize = 20_000;

/// An RRULE or EXRULE. It recurs by what the clocks show, so that it works in any zone, also in one that only
/// a file knows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    /// All parts but UNTIL and COUNT.
    parts: Vec<(String, String)>,
    pub(super) count: Option<u32>,
    /// The last clock time that may recur.
    pub(super) until: Option<NaiveDateTime>,
}

impl Rule {
    /// Reads a rule for an event that starts at `start`. What is odd but has one likely meaning is put right
    /// and told through `odd`.
    pub(super) fn parse(value: &str, start: &Moment, odd: &mut Vec<String>) -> Result<Self, String> {
        let mut rule = Self { parts: Vec::new(), count: None, until: None };
        for part in value.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(|| format!("`{part}` has no value"))?;
            let key = key.trim().to_ascii_uppercase();
            let mut value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
            value.make_ascii_uppercase();
            match key.as_str() {
                _ if value.is_empty() => odd.push(format!("{key} is empty and ignored")),
                "UNTIL" => rule.until = Some(parse_until(&value, start)?),
                "COUNT" => {
                    rule.count = Some(value.parse().map_err(|_| format!("COUNT is not a number: {value}"))?);
                }
                "INTERVAL" if value.bytes().all(|byte| byte == b'0') => {
                    odd.push("INTERVAL is 0 and read as 1".to_owned());
                }
                "RSCALE" if value != "GREGORIAN" => return Err(format!("calendar scale {value}")),
                "RSCALE" | "SKIP" => {}
                _ if key.starts_with("X-") => {}
                _ => rule.parts.push((key, value)),
            }
        }
        rule.mend(odd);
        let check = start.wall().and_utc().with_timezone(&Tz::UTC);
        rule.crate_rule()?.validate(check).map_err(|error| error.to_string())?;
        Ok(rule)
    }

    fn part(&self, key: &str) -> Option<&str> {
        (self.parts.iter().find(|(known, _)| known == key)).map(|(_, value)| value.as_str())
    }

    fn mend(&mut self, odd: &mut Vec<String>) {
        let nth_allowed = matches!(self.part("FREQ"), Some("MONTHLY" | "YEARLY"));
        for (key, value) in &mut self.parts {
            if key == "BYDAY" && !nth_allowed && value.contains(|c: char| c.is_ascii_digit()) {
                odd.push("BYDAY has numbers that this FREQ does not allow; they are ignored".to_owned());
                value.retain(|c| !c.is_ascii_digit() && !matches!(c, '+' | '-'));
            }
        }
        let others = self.parts.iter().any(|(key, _)| key.starts_with("BY") && key != "BYSETPOS");
        if !others && self.part("BYSETPOS").is_some() {
            odd.push("BYSETPOS stands alone and is ignored".to_owned());
            self.parts.retain(|(key, _)| key != "BYSETPOS");
        }
        if self.part("FREQ") == Some("WEEKLY") && self.part("BYMONTHDAY").is_some() {
            odd.push("BYMONTHDAY does not go with FREQ=WEEKLY and is ignored".to_owned());
            self.parts.retain(|(key, _)| key != "BYMONTHDAY");
        }
    }

    fn crate_rule(&self) -> Result<RRule<Unvalidated>, String> {
        let parts: Vec<String> = self.parts.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let rule: RRule<Unvalidated> =
            parts.join(";").parse().map_err(|error: rrule::RRuleError| error.to_string())?;
        Ok(match self.count {
            Some(count) => rule.count(count),
            None => rule,
        })
    }

    /// The clock times that recur in `from..until` for a first one at `first`, and whether that is all of them.
    pub(super) fn walls(
        &self,
        first: NaiveDateTime,
        from: NaiveDateTime,
        until: NaiveDateTime,
    ) -> (Vec<NaiveDateTime>, bool) {
        let anchor = self.fast_forward(first, from).and_utc().with_timezone(&Tz::UTC);
        let Some(rule) = self.crate_rule().ok().and_then(|rule| rule.validate(anchor).ok()) else {
            return (Vec::new(), true);
        };
        let mut walls = Vec::new();
        for (step, at) in RRuleSet::new(anchor).rrule(rule).limit().into_iter().enumerate() {
            let wall = at.naive_utc();
            if wall >= until || self.until.is_some_and(|last| wall > last) {
                break;
            }
            if step >= STEPS {
                return (walls, false);
            }
            if wall >= from && wall >= first {
                walls.push(wall);
            }
        }
        (walls, true)
    }

    /// A later anchor from which the rule recurs just the same, so that a rule of the year 1601 costs no more
    /// than one of today. Rules that count, and those by month or year, are walked through from the start.
    fn fast_forward(&self, first: NaiveDateTime, from: NaiveDateTime) -> NaiveDateTime {
        let interval: i64 = self.part("INTERVAL").and_then(|value| value.parse().ok()).unwrap_or(1);
        let unit = match self.part("FREQ") {
            Some("WEEKLY") => 7 * 86_400,
            Some("DAILY") => 86_400,
            Some("HOURLY") => 3600,
            Some("MINUTELY") => 60,
            Some("SECONDLY") => 1,
            _ => return first,
        };
        let step = interval.saturating_mul(unit);
        let periods = (from - first).num_seconds() / step.max(1) - 1;
        if self.count.is_some() || periods <= 0 {
            return first;
        }
        first.checked_add_signed(Duration::seconds(periods * step)).unwrap_or(first)
    }

    /// As a line of a Google event: `RRULE:…` with UNTIL in UTC, or as a day for all-day events.
    pub(super) fn to_line(&self, name: &str, start: &Moment) -> String {
        let mut parts: Vec<String> = self.parts.iter().map(|(key, value)| format!("{key}={value}")).collect();
        parts.extend(self.count.map(|count| format!("COUNT={count}")));
        parts.extend(self.until.map(|until| match start {
            Moment::Day(_) => format!("UNTIL={}", until.format("%Y%m%d")),
            Moment::Time { zone, .. } => format!("UNTIL={}", zone.to_utc(until).format("%Y%m%dT%H%M%SZ")),
        }));
        format!("{name}:{}", parts.join(";"))
    }

    /// The same rule for a series that was moved by whole `days`: named weekdays move along.
    pub(super) fn moved_by_days(&self, days: i64) -> Self {
        const WEEK: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        let mut moved = self.clone();
        if moved.part("FREQ") != Some("WEEKLY") {
            return moved;
        }
        for (_, value) in moved.parts.iter_mut().filter(|(key, _)| key == "BYDAY") {
            let days = value.split(',').map(|day| {
                let index = WEEK.iter().position(|known| known == &day)?;
                let index = usize::try_from((i64::try_from(index).ok()? + days).rem_euclid(7)).ok()?;
                WEEK.get(index).copied()
            });
            if let Some(days) = days.collect::<Option<Vec<_>>>() {
                *value = days.join(",");
            }
        }
        moved
    }
}

/// UNTIL on the clock of `start`, whatever type it was given in.
fn parse_until(value: &str, start: &Moment) -> Result<NaiveDateTime, String> {
    let raw = RawTime::parse(value).ok_or_else(|| format!("UNTIL is not a date or time: {value}"))?;
    let end_of_day = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
    Ok(match (raw, start) {
        (RawTime::Day(day), _) => day.and_time(end_of_day),
        (RawTime::Wall(wall) | RawTime::Utc(wall), Moment::Day(_)) | (RawTime::Wall(wall), _) => wall,
        (RawTime::Utc(utc), Moment::Time { zone, .. }) => zone.to_wall(utc.and_utc()),
    })
}

/// The onsets, in UTC, of a rule that begins at `first` on a clock `offset` seconds east of UTC, up to the
/// year 2100.
pub(super) fn onsets(
    value: &str,
    first: NaiveDateTime,
    offset: i32,
    odd: &mut Vec<String>,
) -> Result<Vec<DateTime<Utc>>, String> {
    let clock = Zone::custom("", offset, Vec::new());
    let start = Moment::Time { wall: first, zone: clock.clone() };
    let rule = Rule::parse(value, &start, odd)?;
    let end = NaiveDateTime::parse_from_str("2100-01-01T00:00:00", "%Y-%m-%dT%H:%M:%S").unwrap_or(first);
    Ok(rule.walls(first, first, end).0.into_iter().map(|wall| clock.to_utc(wall)).collect())
}
