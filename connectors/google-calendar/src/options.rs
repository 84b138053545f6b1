//! What a source of the manifest may say about this connector.

use acquaint_core::connector::SourceSettings;
use acquaint_core::{Error, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::model::CalendarListEntry;

/// The options of a source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Options {
    pub(crate) calendars: CalendarChoice,
}

/// Which calendars are read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CalendarChoice {
    access: Option<Access>,
    ids: Option<Vec<String>>,
}

/// What a person may do with a calendar, each including what comes before it.
/// <https://developers.google.com/workspace/calendar/api/v3/reference/calendarList#resource>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Access {
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
    fn of(role: Option<&str>) -> Self {
        match role {
            Some("freeBusyReader") => Self::FreeBusyReader,
            Some("writerWithoutPrivateAccess") => Self::RestrictedWriter,
            Some("writer") => Self::Writer,
            Some("owner") => Self::Owner,
            _ => Self::Reader,
        }
    }
}

impl Options {
    /// # Errors
    /// `Invalid`, naming what is not known and what is.
    pub(crate) fn of(settings: &SourceSettings) -> Result<Self> {
        serde_json::from_value(Value::Object(settings.options.clone())).map_err(|error| {
            Error::invalid(format!("the options of a google-calendar source are not usable: {error}")).advise(
                "write `calendars`, in it `access` (owner, writer, writerWithoutPrivateAccess, reader or \
                 freeBusyReader) and `ids` (a list of calendar ids; `primary` is the account's own)",
            )
        })
    }
}

impl CalendarChoice {
    /// Whether a calendar is to be read.
    pub(crate) fn takes(&self, entry: &CalendarListEntry) -> bool {
        let named = self.ids.as_ref().is_none_or(|ids| {
            ids.iter().any(|id| id.eq_ignore_ascii_case(&entry.id) || (entry.is_primary() && id == "primary"))
        });
        let least = match (self.access, &self.ids) {
            (Some(access), _) => access,
            (None, None) => Access::Owner,
            (None, Some(_)) => Access::FreeBusyReader,
        };
        named && Access::of(entry.access_role.as_deref()) >= least
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use acquaint_core::ErrorKind;
    use serde_json::json;

    use super::*;

    fn options(value: Value) -> Result<Options> {
        let mut settings = SourceSettings::default();
        settings.options = value.as_object().unwrap().clone();
        Options::of(&settings)
    }

    fn taken(choice: Value) -> Vec<&'static str> {
        let choice = options(json!({ "calendars": choice })).unwrap().calendars;
        let roles = [
            ("me@example.com", "owner"),
            ("team", "writer"),
            ("part", "writerWithoutPrivateAccess"),
            ("read", "reader"),
            ("new", "curator"),
            ("busy", "freeBusyReader"),
        ];
        roles
            .into_iter()
            .filter(|(id, role)| {
                let primary = *id == "me@example.com";
                let entry = json!({ "id": id, "accessRole": role, "primary": primary });
                choice.takes(&serde_json::from_value(entry).unwrap())
            })
            .map(|(id, _)| id)
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
        assert_eq!(
            taken(json!({ "ids": ["Me@Example.com", "busy"], "access": "writer" })),
            ["me@example.com"]
        );
        assert_eq!(taken(json!({ "ids": [] })), Vec::<&str>::new());
    }

    #[test]
    fn an_unknown_option_is_an_error_that_lists_the_known() {
        let error = options(json!({ "calenders": {} })).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("unknown field `calenders`, expected `calendars`"), "{error}");
        let error = options(json!({ "calendars": { "acess": "owner" } })).unwrap_err();
        assert!(error.to_string().contains("expected `access` or `ids`"), "{error}");
        let error = options(json!({ "calendars": { "access": "admin" } })).unwrap_err();
        assert!(error.to_string().contains("`owner`"), "{error}");
    }
}
