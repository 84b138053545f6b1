//! Dates, times, durations and periods.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::zone::Zone;

/// A day, or a time in a zone.
#[derive(Debug, Clone, PartialEq)]
pub enum Moment {
    /// A whole day, without a zone.
    Day(NaiveDate),
    /// What the clocks of a zone show.
    Time {
        /// The clock's time.
        wall: NaiveDateTime,
        /// The zone of the clock.
        zone: Zone,
    },
}

impl Moment {
    /// The clock's time; midnight for a day.
    pub fn wall(&self) -> NaiveDateTime {
        match self {
            Self::Day(day) => day.and_time(NaiveTime::MIN),
            Self::Time { wall, .. } => *wall,
        }
    }

    /// The instant; a day begins at midnight in `day_zone`.
    pub fn instant(&self, day_zone: &Zone) -> DateTime<Utc> {
        match self {
            Self::Day(_) => day_zone.to_utc(self.wall()),
            Self::Time { wall, zone } => zone.to_utc(*wall),
        }
    }

    /// Whether it is a whole day.
    pub fn is_day(&self) -> bool {
        matches!(self, Self::Day(_))
    }

    /// The moment of the same kind, in the same zone, at another clock time.
    #[must_use]
    pub fn at_wall(&self, wall: NaiveDateTime) -> Self {
        match self {
            Self::Day(_) => Self::Day(wall.date()),
            Self::Time { zone, .. } => Self::Time { wall, zone: zone.clone() },
        }
    }

    /// The same instant, later by `duration`. A day moves by whole days, a time by what has passed.
    #[must_use]
    pub fn plus(&self, duration: Duration) -> Self {
        match self {
            Self::Day(day) => Self::Day(day.checked_add_signed(duration).unwrap_or(*day)),
            Self::Time { wall, zone } => {
                let later = zone.to_utc(*wall).checked_add_signed(duration);
                Self::Time { wall: later.map_or(*wall, |at| zone.to_wall(at)), zone: zone.clone() }
            }
        }
    }
}

/// The value of DTSTART and its like, before its zone is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RawTime {
    Day(NaiveDate),
    Wall(NaiveDateTime),
    Utc(NaiveDateTime),
}

impl RawTime {
    /// `20260131`, `20260131T0900[00][Z]`, also with dashes and colons.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        // An ISO 8601 offset is not iCalendar, but exporters write it.
        if text.contains(':')
            && let Ok(at) = DateTime::parse_from_rfc3339(text)
        {
            return Some(Self::Utc(at.naive_utc()));
        }
        let compact: String = text.chars().filter(|c| !matches!(c, '-' | ':')).collect();
        let (date, time) = match compact.split_once(['T', 't', ' ']) {
            Some((date, time)) => (date, Some(time)),
            None => (compact.as_str(), None),
        };
        if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number =
            |range: std::ops::Range<usize>| date.get(range).and_then(|digits| digits.parse::<u32>().ok());
        let year = i32::try_from(number(0..4)?).ok()?;
        let date = NaiveDate::from_ymd_opt(year, number(4..6)?, number(6..8)?)?;
        let Some(time) = time else { return Some(Self::Day(date)) };
        let (time, utc) = match time.strip_suffix(['Z', 'z']) {
            Some(time) => (time, true),
            None => (time, false),
        };
        let time = time.split('.').next().unwrap_or(time);
        if !matches!(time.len(), 4 | 6) || !time.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let part = |at: usize| time.get(at..at + 2).and_then(|digits| digits.parse::<u32>().ok());
        let (hour, minute) = (part(0)?, part(2)?);
        // A leap second is the last second of its minute; 24:00 is the next day's beginning.
        let second = part(4).unwrap_or(0).min(59);
        let (date, hour) = if hour == 24 { (date.succ_opt()?, 0) } else { (date, hour) };
        let wall = date.and_time(NaiveTime::from_hms_opt(hour, minute, second)?);
        Some(if utc { Self::Utc(wall) } else { Self::Wall(wall) })
    }

    /// The moment, where clock times without a zone are read in `zone`.
    pub(super) fn in_zone(self, zone: &Zone) -> Moment {
        match self {
            Self::Day(day) => Moment::Day(day),
            Self::Wall(wall) => Moment::Time { wall, zone: zone.clone() },
            Self::Utc(wall) => Moment::Time { wall, zone: Zone::UTC },
        }
    }

    /// The clock's time in the zone of `like`, to compare with its recurrences.
    pub(super) fn wall_like(self, zone: &Zone, like: &Moment) -> NaiveDateTime {
        match (self.in_zone(zone), like) {
            (Moment::Time { wall, zone }, Moment::Time { zone: target, .. }) if zone != *target => {
                target.to_wall(zone.to_utc(wall))
            }
            (moment, _) => moment.wall(),
        }
    }
}

/// `P1DT2H`, `-PT15M`, `P2W`: exact seconds, days taken as 24 hours.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let upper = text.trim().to_ascii_uppercase();
    let (negative, rest) = match upper.as_bytes().first()? {
        b'-' => (true, &upper[1..]),
        b'+' => (false, &upper[1..]),
        _ => (false, upper.as_str()),
    };
    let rest = rest.strip_prefix('P')?;
    let (mut seconds, mut digits, mut in_time, mut parts) = (0i64, String::new(), false, 0);
    for c in rest.chars() {
        let unit = match c {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            'T' => {
                in_time = true;
                continue;
            }
            'W' => 7 * 86_400,
            'D' => 86_400,
            'H' if in_time => 3600,
            'M' if in_time => 60,
            'S' if in_time => 1,
            _ => return None,
        };
        let amount: i64 = digits.parse().ok()?;
        seconds = seconds.checked_add(amount.checked_mul(unit)?)?;
        digits.clear();
        parts += 1;
    }
    if parts == 0 || !digits.is_empty() {
        return None;
    }
    Duration::try_seconds(if negative { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn times_are_read_in_their_forms() {
        let wall = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap();
        assert_eq!(RawTime::parse("20260131T090000"), Some(RawTime::Wall(wall("20260131T090000"))));
        assert_eq!(RawTime::parse("20260131T0900Z"), Some(RawTime::Utc(wall("20260131T090000"))));
        assert_eq!(RawTime::parse("20260131T240000"), Some(RawTime::Wall(wall("20260201T000000"))));
        assert_eq!(RawTime::parse("2026-01-31"), Some(RawTime::Day(wall("20260131T000000").date())));
        assert_eq!(RawTime::parse("2026-01-31T09:00:00+01:00"), Some(RawTime::Utc(wall("20260131T080000"))));
        for text in
            ["", "2026", "20261301", "20260230", "20260131T25", "20260131T990000", "T", "２０２６0131"]
        {
            assert_eq!(RawTime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn durations_are_read() {
        assert_eq!(parse_duration("P1DT2H"), Some(Duration::hours(26)));
        assert_eq!(parse_duration("-PT15M"), Some(Duration::minutes(-15)));
        assert_eq!(parse_duration("P2W"), Some(Duration::weeks(2)));
        assert_eq!(parse_duration("PT0S"), Some(Duration::zero()));
        for text in ["", "P", "PT", "1D", "P1", "PT1X", "P99999999999999999999D", "P9223372036854775807W"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
