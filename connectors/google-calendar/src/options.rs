//! What a source of the manifest may say about this connector.

use acquaint_core::connector::SourceSettings;
use acquaint_core::{Error, Result};
use serde::Deserialize;

use crate::calendars::CalendarChoice;

/// The options of a source.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Options {
    pub(crate) calendars: CalendarChoice,
}

impl Options {
    /// # Errors
    /// `Invalid`, naming what is not known and what is.
    pub(crate) fn of(settings: &SourceSettings) -> Result<Self> {
        settings.options_as().map_err(advised)
    }

    /// Everything that keeps settings from being options.
    pub(crate) fn mistakes(settings: &SourceSettings) -> Vec<Error> {
        settings.mistakes_as::<Self>().into_iter().map(advised).collect()
    }
}

fn advised(error: Error) -> Error {
    error.advise(
        "write `calendars`, in it `access` (owner, writer, writerWithoutPrivateAccess, reader or freeBusyReader), `ids` \
         (a list of calendar ids; `primary` is the account's own) and `matches` (a regular expression that a calendar's \
         name or id fits)",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use acquaint_core::ErrorKind;
    use serde_json::{Value, json};

    use super::*;

    fn wrong(value: Value) -> Error {
        let mut settings = SourceSettings::default();
        settings.options = value.as_object().unwrap().clone();
        Options::of(&settings).unwrap_err()
    }

    #[test]
    fn an_unknown_option_is_an_error_that_lists_the_known() {
        let error = wrong(json!({ "calenders": {} }));
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("unknown field `calenders`, expected `calendars`"), "{error}");
        let error = wrong(json!({ "calendars": { "acess": "owner" } }));
        assert!(error.to_string().contains("expected one of `access`, `ids`, `matches`"), "{error}");
        let error = wrong(json!({ "calendars": { "access": "admin" } }));
        assert!(error.to_string().contains("`owner`"), "{error}");
        let error = wrong(json!({ "calendars": { "matches": "[a-" } }));
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("`matches` is no regular expression"), "{error}");
    }
}
