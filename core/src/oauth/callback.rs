//! The second step: what the redirect brought back.

use std::collections::BTreeMap;
use std::fmt;

use url::form_urlencoded;

use super::failure::code_to_show;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// What the provider's redirect says (RFC 6749 section 4.1.2).
///
/// Nothing of it is trustworthy before its `state` was found, unused and unexpired, among those kept for the
/// session that sent it.
#[derive(Clone)]
#[non_exhaustive]
pub enum ParsedCallback {
    /// The person agreed.
    Granted {
        /// To be exchanged, once and soon.
        code: Secret,
        /// The state of the request that this answers.
        state: Secret,
        /// What else came along, by name.
        extra: BTreeMap<String, String>,
    },
    /// The person or the provider refused.
    Denied {
        /// The provider's code, for instance `access_denied`; `other` if it is not in the form of one.
        error: String,
        /// The state of the request that this answers, if it came along.
        state: Option<Secret>,
    },
}

impl fmt::Debug for ParsedCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted { .. } => f.write_str("Granted"),
            Self::Denied { error, .. } => f.debug_struct("Denied").field("error", error).finish(),
        }
    }
}

impl ParsedCallback {
    /// Reads the query string of the redirect: all that follows the `?`.
    ///
    /// # Errors
    /// `Invalid` if it is not an answer to an authorization request: no `state`, no `code`, or one of them twice.
    pub fn parse(query: &str) -> Result<Self> {
        let (mut code, mut state, mut error, mut extra) = (None, None, None, BTreeMap::new());
        for (name, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            let slot = match &*name {
                "code" => &mut code,
                "state" => &mut state,
                "error" => &mut error,
                _ => {
                    extra.insert(name.into_owned(), value.into_owned());
                    continue;
                }
            };
            if slot.replace(Secret::new(value)).is_some() {
                return Err(not_an_answer("a parameter comes twice"));
            }
        }
        let given = |secret: &Secret| !secret.is_empty();
        let (code, state) = (code.filter(given), state.filter(given));
        if let Some(error) = error.filter(given) {
            return Ok(Self::Denied { error: code_to_show(error.expose()).to_owned(), state });
        }
        match (code, state) {
            (Some(code), Some(state)) => Ok(Self::Granted { code, state, extra }),
            (None, _) => Err(not_an_answer("there is no code")),
            (_, None) => Err(not_an_answer("there is no state")),
        }
    }
}

fn not_an_answer(why: &'static str) -> Error {
    Error::invalid("this is not the answer to an authorization request")
        .with("because", why)
        .advise("begin connecting again, and pass the query string of the redirect unchanged")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_grant_brings_code_and_state() {
        for query in ["code=4%2F0a&state=s1&scope=x&iss=y", "?state=s1&code=4/0a"] {
            match ParsedCallback::parse(query).unwrap() {
                ParsedCallback::Granted { code, state, .. } => {
                    assert_eq!((code.expose(), state.expose()), ("4/0a", "s1"));
                }
                ParsedCallback::Denied { .. } => panic!("{query}"),
            }
        }
    }

    #[test]
    fn a_refusal_brings_its_code_and_nothing_else() {
        let query = "error=access_denied&error_description=planted&state=s1";
        match ParsedCallback::parse(query).unwrap() {
            ParsedCallback::Denied { error, state } => {
                assert_eq!(error, "access_denied");
                assert_eq!(state.unwrap().expose(), "s1");
            }
            ParsedCallback::Granted { .. } => panic!("{query}"),
        }
        match ParsedCallback::parse("error=%3Cscript%3E").unwrap() {
            ParsedCallback::Denied { error, state: None } => assert_eq!(error, "other"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_no_answer_is_refused_without_being_shown() {
        for query in
            ["", "code=planted", "state=planted", "code=&state=planted", "code=planted&code=b&state=s"]
        {
            let error = ParsedCallback::parse(query).unwrap_err();
            assert!(!format!("{error:?}").contains("planted"), "{error:?}");
        }
    }

    #[test]
    fn debug_shows_neither_code_nor_state() {
        let shown =
            format!("{:?}", ParsedCallback::parse("code=planted1&state=planted2&x=planted3").unwrap());
        assert!(!shown.contains("planted"), "{shown}");
    }
}
