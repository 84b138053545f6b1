//! Time zones: IANA zones, fixed offsets, and zones that a file defines itself.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDateTime, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::windows_zones;

/// A time zone.
#[derive(Clone, PartialEq)]
pub struct Zone(Kind);

#[derive(Clone, PartialEq)]
enum Kind {
    Iana(Tz),
    Custom(Arc<CustomZone>),
}

#[derive(PartialEq)]
struct CustomZone {
    name: String,
    /// Seconds east of UTC before the first change.
    first_offset: i32,
    /// When the offset changes and to what, in order.
    changes: Vec<(DateTime<Utc>, i32)>,
}

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(Kind::Iana(Tz::UTC));

    /// The zone that `name` means: an IANA name in any case, also behind a vendor's path prefix, a Windows
    /// name, or an offset such as `UTC+02:00`.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().trim_matches('"').trim();
        if let Some(zone) = iana(name).or_else(|| windows_zones::iana_name(name).and_then(iana)) {
            return Some(Self(Kind::Iana(zone)));
        }
        if ["Z", "UTC", "GMT"].iter().any(|utc| name.eq_ignore_ascii_case(utc))
            || name.eq_ignore_ascii_case("tzone://Microsoft/Utc")
        {
            return Some(Self::UTC);
        }
        // `/mozilla.org/20050126_1/America/Argentina/Buenos_Aires` and the like.
        if name.starts_with('/') {
            let parts: Vec<&str> = name.split('/').collect();
            for count in (1..=3.min(parts.len())).rev() {
                if let Some(zone) = iana(&parts[parts.len() - count..].join("/")) {
                    return Some(Self(Kind::Iana(zone)));
                }
            }
        }
        offset_name(name).map(|offset| Self::custom(name, offset, Vec::new()))
    }

    pub(super) fn custom(name: &str, first_offset: i32, mut changes: Vec<(DateTime<Utc>, i32)>) -> Self {
        changes.sort_unstable();
        Self(Kind::Custom(Arc::new(CustomZone { name: name.to_owned(), first_offset, changes })))
    }

    /// The IANA name, or the name that the file gave it.
    pub fn name(&self) -> &str {
        match &self.0 {
            Kind::Iana(zone) => zone.name(),
            Kind::Custom(zone) => &zone.name,
        }
    }

    /// Seconds east of UTC at an instant.
    pub fn offset_at(&self, at: DateTime<Utc>) -> i32 {
        match &self.0 {
            Kind::Iana(zone) => zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc(),
            Kind::Custom(zone) => {
                let after = zone.changes.partition_point(|(change, _)| *change <= at);
                after.checked_sub(1).map_or(zone.first_offset, |last| zone.changes[last].1)
            }
        }
    }

    /// What the clocks of the zone show at an instant.
    pub fn to_wall(&self, at: DateTime<Utc>) -> NaiveDateTime {
        shift(at.naive_utc(), i64::from(self.offset_at(at)))
    }

    /// The instant at which the clocks show `wall`. Of two, the first; a time that is skipped is read with the
    /// offset before the gap (RFC 5545, section 3.3.5).
    pub fn to_utc(&self, wall: NaiveDateTime) -> DateTime<Utc> {
        let day = 24 * 3600;
        let instant = |offset: i32| shift(wall, -i64::from(offset)).and_utc();
        let before = self.offset_at(shift(wall, -day).and_utc());
        let first = instant(before);
        if self.offset_at(first) == before {
            return first;
        }
        let after = self.offset_at(shift(wall, day).and_utc());
        let second = instant(after);
        if self.offset_at(second) == after { second } else { first }
    }

    /// The IANA zone: itself, or the one of `candidates` (else of a few common ones) whose clocks agree with a
    /// zone that a file defines, from 2015 to 2034. UTC-based zones stand in for fixed whole-hour offsets.
    pub fn nearest_iana(&self, candidates: &[Tz]) -> Option<Tz> {
        let custom = match &self.0 {
            Kind::Iana(zone) => return Some(*zone),
            Kind::Custom(_) => self,
        };
        let agrees = |zone: &Tz| {
            let zone = Self(Kind::Iana(*zone));
            // 13 days apart: every change of clocks shows within the year.
            (0..562).all(|step| {
                let at = DateTime::from_timestamp(1_420_070_400 + step * 13 * 86_400, 0).unwrap_or_default();
                custom.offset_at(at) == zone.offset_at(at)
            })
        };
        candidates.iter().chain(COMMON).chain(&chrono_tz::TZ_VARIANTS).find(|zone| agrees(zone)).copied()
    }
}

/// Tried first, so that a custom zone gets a name that people know.
const COMMON: &[Tz] = &[
    Tz::UTC,
    Tz::America__New_York,
    Tz::America__Chicago,
    Tz::America__Denver,
    Tz::America__Phoenix,
    Tz::America__Los_Angeles,
    Tz::America__Sao_Paulo,
    Tz::Europe__London,
    Tz::Europe__Berlin,
    Tz::Europe__Helsinki,
    Tz::Europe__Istanbul,
    Tz::Asia__Dubai,
    Tz::Asia__Kolkata,
    Tz::Asia__Shanghai,
    Tz::Asia__Tokyo,
    Tz::Australia__Sydney,
    Tz::Pacific__Auckland,
];

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl From<Tz> for Zone {
    fn from(zone: Tz) -> Self {
        Self(Kind::Iana(zone))
    }
}

fn iana(name: &str) -> Option<Tz> {
    name.parse().ok().or_else(|| {
        chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)).copied()
    })
}

/// `+02:00`, `UTC+2`, `GMT -0500`, `(UTC-05:00) …`: seconds east of UTC.
fn offset_name(name: &str) -> Option<i32> {
    let inner = name.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(name, |(inner, _)| inner);
    let upper = inner.trim().to_ascii_uppercase();
    let digits = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT")).unwrap_or(&upper).trim();
    let digits = digits.replace(':', "");
    let padded = match digits.len() {
        2 => format!("{}0{}00", &digits.get(..1)?, &digits.get(1..)?),
        3 => format!("{digits}00"),
        _ => digits,
    };
    parse_offset(&padded)
}

/// `+HHMM` or `+HHMMSS` in seconds.
pub(super) fn parse_offset(text: &str) -> Option<i32> {
    let text = text.trim();
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).and_then(|two| two.parse::<i32>().ok());
    let (hours, minutes, seconds) = (part(0)?, part(2)?, part(4).unwrap_or(0));
    (hours < 24 && minutes < 60 && seconds < 60).then(|| sign * (hours * 3600 + minutes * 60 + seconds))
}

fn shift(wall: NaiveDateTime, seconds: i64) -> NaiveDateTime {
    wall.checked_add_signed(Duration::seconds(seconds)).unwrap_or(wall)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn wall(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").unwrap()
    }

    #[test]
    fn zones_are_found_under_every_name_in_use() {
        for (name, iana) in [
            ("europe/berlin", "Europe/Berlin"),
            ("\"Europe/Berlin\"", "Europe/Berlin"),
            ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"),
            ("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("tzone://Microsoft/Utc", "UTC"),
        ] {
            assert_eq!(Zone::named(name).unwrap().name(), iana, "{name}");
        }
        for (name, hours) in
            [("UTC+2", 2), ("GMT -0500", -5), ("(UTC-05:00) Eastern Time", -5), ("+01:00", 1)]
        {
            assert_eq!(Zone::named(name).unwrap().offset_at(DateTime::UNIX_EPOCH), hours * 3600, "{name}");
        }
        for name in ["", "Customized Time Zone", "UTC+99", "+", "é+1"] {
            assert!(Zone::named(name).is_none(), "{name}");
        }
    }

    #[test]
    fn skipped_times_move_on_and_doubled_times_are_the_first() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        assert_eq!(berlin.to_utc(wall("2026-03-29T02:30:00")).to_rfc3339(), "2026-03-29T01:30:00+00:00");
        assert_eq!(berlin.to_utc(wall("2026-10-25T02:30:00")).to_rfc3339(), "2026-10-25T00:30:00+00:00");
        assert_eq!(berlin.to_utc(wall("2026-10-25T03:00:00")).to_rfc3339(), "2026-10-25T02:00:00+00:00");
    }
}
