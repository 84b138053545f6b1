//! Which calendars are read.

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::model::CalendarListEntry;

/// The conditions of a source; all that are given must hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CalendarChoice {
    access: Option<Access>,
    ids: Option<Vec<String>>,
    matches: Option<Pattern>,
}

impl CalendarChoice {
    /// Whether a calendar is to be read.
    pub(crate) fn takes(&self, entry: &CalendarListEntry) -> bool {
        let named = self.ids.as_ref().is_none_or(|ids| {
            ids.iter().any(|id| id.eq_ignore_ascii_case(&entry.id) || (entry.is_primary() && id == "primary"))
        });
        let matches = self
            .matches
            .as_ref()
            .is_none_or(|Pattern(regex)| regex.is_match(entry.label()) || regex.is_match(&entry.id));
        let least = match (self.access, &self.ids) {
            (Some(access), _) => access,
            (None, None) => Access::Owner,
            // Who names a calendar means it.
            (None, Some(_)) => Access::FreeBusyReader,
        };
        named && matches && Access::of(entry.access_role.as_deref()) >= least
    }
}

/// A regular expression, tried in linear time.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Pattern(Regex);

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        RegexBuilder::new(&text).size_limit(1 << 20).nest_limit(50).build().map(Self).map_err(|error| {
            let reason = error.to_string();
            // The last line says what is wrong; those above draw the place.
            let what = reason.lines().last().unwrap_or("it is too large").trim();
            let place = reason.lines().find_map(|line| line.trim_end().strip_suffix('^').map(str::len));
            match place.and_then(|column| column.checked_sub(3)) {
                Some(column) => {
                    format!("`matches` is no regular expression, at character {column}: {what}")
                }
                None => format!("`matches` is no regular expression: {what}"),
            }
        })
    }
}

/// What a person may do with a calendar, each including what comes before it.
/// <https://developers.google.com/workspace/calendar/api/v3/reference/calendarList#resource>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Access {
    FreeBusyReader,
    Reader,
    /// Sees of private events only their times.
    #[serde(rename = "writerWithoutPrivateAccess")]
    RestrictedWriter,
    Writer,
    Owner,
}

impl Access {
    /// A role that is not known, Google having added one, is trusted with no more than reading.
    pub(super) fn of(role: Option<&str>) -> Self {
        match role {
            Some("freeBusyReader") => Self::FreeBusyReader,
            Some("writerWithoutPrivateAccess") => Self::RestrictedWriter,
            Some("writer") => Self::Writer,
            Some("owner") => Self::Owner,
            _ => Self::Reader,
        }
    }

    /// The more, the better placed to read a calendar.
    pub(super) fn rank(self) -> u32 {
        match self {
            Self::FreeBusyReader => 1,
            Self::Reader => 2,
            Self::RestrictedWriter => 3,
            Self::Writer => 4,
            Self::Owner => 5,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    fn taken(choice: Value) -> Vec<&'static str> {
        let choice: CalendarChoice = serde_json::from_value(choice).unwrap();
        let roles = [
            ("me@example.com", "owner", "Me"),
            ("team", "writer", "Sales team"),
            ("part", "writerWithoutPrivateAccess", "Part"),
            ("read", "reader", "Sales, read"),
            ("new", "curator", "New"),
            ("busy", "freeBusyReader", "Busy"),
        ];
        roles
            .into_iter()
            .filter(|(id, role, name)| {
                let primary = *id == "me@example.com";
                let entry = json!({ "id": id, "accessRole": role, "primary": primary, "summary": name });
                choice.takes(&serde_json::from_value(entry).unwrap())
            })
            .map(|(id, ..)| id)
            .collect()
    }

    #[test]
    fn calendars_are_chosen_by_least_access_and_by_id() {
        assert_eq!(taken(json!({})), ["me@example.com"]);
        assert_eq!(taken(json!({ "access": "owner" })), ["me@example.com"]);
        assert_eq!(taken(json!({ "access": "writer" })), ["me@example.com", "team"]);
        assert_eq!(taken(json!({ "access": "reader" })), ["me@example.com", "team", "part", "read", "new"]);
        assert_eq!(taken(json!({ "access": "freeBusyReader" })).len(), 6);
        assert_eq!(taken(json!({ "ids": ["primary", "busy"] })), ["me@example.com", "busy"]);
        let both = json!({ "ids": ["Me@Example.com", "busy"], "access": "writer" });
        assert_eq!(taken(both), ["me@example.com"]);
        assert_eq!(taken(json!({ "ids": [] })), Vec::<&str>::new());
    }

    #[test]
    fn a_pattern_is_tried_on_name_and_id_beside_the_other_conditions() {
        assert_eq!(taken(json!({ "matches": "^Sales" })), Vec::<&str>::new(), "only owned ones by default");
        assert_eq!(taken(json!({ "matches": "^Sales", "access": "reader" })), ["team", "read"]);
        assert_eq!(taken(json!({ "matches": "(?i)sales t", "access": "reader" })), ["team"]);
        assert_eq!(taken(json!({ "matches": "@example\\.com$" })), ["me@example.com"]);
        assert_eq!(taken(json!({ "matches": "Sales", "ids": ["read", "busy"] })), ["read"]);
    }

    #[test]
    fn a_pattern_that_is_none_says_where() {
        let wrong = |text: &str| {
            serde_json::from_value::<CalendarChoice>(json!({ "matches": text })).unwrap_err().to_string()
        };
        assert_eq!(
            wrong("sales(team"),
            "`matches` is no regular expression, at character 6: error: unclosed group"
        );
        let huge = wrong("(\\w{99}){99}");
        assert!(huge.starts_with("`matches` is no regular expression: "), "{huge}");
    }

    #[test]
    fn more_access_is_a_better_place() {
        let roles = ["freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"];
        let ranks = roles.map(|role| Access::of(Some(role)).rank());
        assert!(ranks.is_sorted());
        assert_eq!(Access::of(Some("curator")).rank(), Access::of(Some("reader")).rank());
    }
}
