//! Points in time as people of a zone write them.

use chrono::{DateTime, NaiveDate, SecondsFormat};
use chrono_tz::{TZ_VARIANTS, Tz};
use serde_json::Value;

use crate::manifest::node::Node;
use crate::manifest::problem::Problem;
use crate::manifest::reader::Reader;

/// How a point in time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) struct Zoned {
    pub(in crate::manifest) zone: Tz,
    pub(in crate::manifest) shape: Shape,
}

/// Which part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::manifest) enum Shape {
    /// All of it, with the zone's distance from UTC at that time: `2026-03-10T11:00:00+01:00`.
    #[default]
    Rfc3339,
    /// The day: `2026-03-10`.
    Date,
    /// Hours and minutes: `11:00`.
    Time,
}

pub(in crate::manifest) const SHAPES: &[&str] = &["rfc3339", "date", "time"];

impl Zoned {
    /// Rewrites an instant in RFC 3339. A whole day is of no zone: it stays the day that it is and has no time. What is
    /// neither is `null`.
    pub(super) fn write(self, value: &Value) -> Value {
        let Some(text) = value.as_str().map(str::trim) else { return Value::Null };
        if let Ok(day) = text.parse::<NaiveDate>() {
            return if self.shape == Shape::Time { Value::Null } else { Value::from(day.to_string()) };
        }
        let Ok(at) = DateTime::parse_from_rfc3339(text) else { return Value::Null };
        let at = at.with_timezone(&self.zone);
        Value::from(match self.shape {
            Shape::Rfc3339 => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            Shape::Date => at.format("%Y-%m-%d").to_string(),
            Shape::Time => at.format("%H:%M").to_string(),
        })
    }
}

pub(super) fn zone(reader: &Reader, node: &Node) -> Option<Tz> {
    let name = reader.text(node, "`zone`")?;
    let found = name.parse().ok();
    if found.is_none() {
        let message =
            format!("unknown time zone `{name}`; write its name in the IANA database, such as Europe/Berlin");
        reader.note(
            Problem::new(node.place, message).closest(name, TZ_VARIANTS.iter().map(|zone| zone.name())),
        );
    }
    found
}

pub(super) fn shape(reader: &Reader, node: &Node) -> Option<Shape> {
    Some(match reader.text(node, "`format`")? {
        "rfc3339" => Shape::Rfc3339,
        "date" => Shape::Date,
        "time" => Shape::Time,
        other => {
            let message = format!("unknown format `{other}`; known are {}", SHAPES.join(", "));
            reader.note(Problem::new(node.place, message).closest(other, SHAPES.iter().copied()));
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_time_and_what_is_no_time_do_no_harm() {
        let zones = [Tz::Pacific__Kiritimati, Tz::Pacific__Niue, Tz::Europe__London];
        let texts = [
            "0000-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59.999999999-23:59",
            "2016-12-31T23:59:60Z",
            "+262142-12-31",
            "-262143-01-01",
            "",
            "soon",
        ];
        for zone in zones {
            for shape in [Shape::Rfc3339, Shape::Date, Shape::Time] {
                for text in texts {
                    let written = Zoned { zone, shape }.write(&Value::from(text));
                    assert!(written.is_null() || written.is_string(), "{text} gives {written}");
                }
                assert!(Zoned { zone, shape }.write(&Value::from(1_700_000_000)).is_null());
            }
        }
    }
}
