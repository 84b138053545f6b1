//! Small things in words.

use std::time::Duration;

use serde_json::Value;

/// `a, b and c`.
pub(in crate::manifest) fn list(items: impl IntoIterator<Item = impl Into<String>>) -> String {
    joined(items, "and")
}

/// `a, b or c`.
pub(super) fn either(items: impl IntoIterator<Item = impl Into<String>>) -> String {
    joined(items, "or")
}

fn joined(items: impl IntoIterator<Item = impl Into<String>>, word: &str) -> String {
    let mut items: Vec<String> = items.into_iter().map(Into::into).collect();
    match (items.pop(), items.is_empty()) {
        (None, _) => "nothing".to_owned(),
        (Some(last), true) => last,
        (Some(last), false) => format!("{} {word} {last}", items.join(", ")),
    }
}

/// A value as it is written in a sentence.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => format!("“{text}”"),
        Value::Null => "nothing".to_owned(),
        other => other.to_string(),
    }
}

/// A length of time, in the largest unit in which it is a whole number.
pub(crate) fn length(length: Duration) -> String {
    let seconds = length.as_secs();
    let units = [(604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let whole = units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    let (unit, name) = whole.unwrap_or((1, "second"));
    match seconds / unit {
        1 => format!("1 {name}"),
        many => format!("{many} {name}s"),
    }
}

/// The same behind “every”.
pub(super) fn apart(time: Duration) -> String {
    let words = length(time);
    words.strip_prefix("1 ").map(str::to_owned).unwrap_or(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_lists_read_as_people_say_them() {
        let of = |seconds| length(Duration::from_secs(seconds));
        assert_eq!([of(0), of(1), of(90), of(600)], ["0 seconds", "1 second", "90 seconds", "10 minutes"]);
        assert_eq!([of(7_200), of(86_400), of(14 * 86_400)], ["2 hours", "1 day", "2 weeks"]);
        assert_eq!([list([""; 0]), list(["a"]), list(["a", "b", "c"])], ["nothing", "a", "a, b and c"]);
        assert_eq!(either(["a", "b"]), "a or b");
        assert_eq!([3_600, 7_200].map(|seconds| apart(Duration::from_secs(seconds))), ["hour", "2 hours"]);
    }
}
