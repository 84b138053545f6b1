//! Durations as people write them.

use std::time::Duration;

/// What durations look like, as a regular expression.
pub(super) const PATTERN: &str = r"^\s*([0-9]+\s*[smhdw]|hourly|daily|weekly)\s*$";

/// Reads `90s`, `10m`, `2h`, `30d`, `2w`, or one of `hourly`, `daily`, `weekly`.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let seconds = match text {
        "hourly" => 3_600,
        "daily" => 86_400,
        "weekly" => 604_800,
        _ => {
            let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            let (number, unit) = text.split_at(split);
            let number: u64 = number.parse().map_err(|_| unreadable(text))?;
            let unit: u64 = match unit.trim() {
                "s" => 1,
                "m" => 60,
                "h" => 3_600,
                "d" => 86_400,
                "w" => 604_800,
                _ => return Err(unreadable(text)),
            };
            number
                .checked_mul(unit)
                .filter(|seconds| *seconds <= CENTURY)
                .ok_or_else(|| format!("`{text}` is longer than a hundred years"))?
        }
    };
    Ok(Duration::from_secs(seconds))
}

const CENTURY: u64 = 100 * 366 * 86_400;

fn unreadable(text: &str) -> String {
    format!("`{text}` is no duration; write a number and one of s, m, h, d, w, as in 90s, 10m, 30d")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::parse;

    #[test]
    fn durations_read_as_written() {
        assert_eq!(parse("10m").unwrap().as_secs(), 600);
        assert_eq!(parse("180d").unwrap().as_secs(), 180 * 86_400);
        assert_eq!(parse("weekly").unwrap().as_secs(), 7 * 86_400);
        for wrong in ["", "m", "10", "10 years", "-1h", "99999999999999999999d", "1000000000w"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
