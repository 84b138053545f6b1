//! Why the token endpoint gave no token, and what follows from it.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::TokenEndpoint;
use crate::error::{Error, ErrorKind, Retry};
use crate::http::{Response, TransportError, retry_after};

/// The grant is dead (RFC 6749 section 5.2).
const REVOKED: &[&str] = &["invalid_grant"];

/// The product's registration, or the request it made with it, is wrong (the same section; the last is what
/// providers answer in addition).
const OPERATOR: &[&str] = &[
    "invalid_client",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_request",
    "redirect_uri_mismatch",
];

/// The provider is unwell, whatever the status says.
const TRANSIENT: &[&str] = &["server_error", "temporarily_unavailable", "internal_failure", "slow_down"];

/// Why the token endpoint gave no token. Holds no body and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenFailure {
    /// The grant, or the authorization code, no longer works.
    Revoked {
        /// The provider's code.
        code: String,
    },
    /// The product's registration is wrong.
    Operator {
        /// The provider's code.
        code: String,
        /// Whether the client itself was refused, before anything else was looked at.
        client: bool,
    },
    /// The grant was given to another client id than the one that is registered now.
    OtherClient,
    /// The tenant's administrator has not allowed it.
    NotAllowed {
        /// The provider's code.
        code: String,
    },
    /// The provider asks to slow down.
    RateLimited {
        /// Until when, if it says.
        until: Option<DateTime<Utc>>,
    },
    /// The service account's key did not sign; nothing was sent.
    Unsigned {
        /// What the signer says.
        because: String,
        /// Whether it may sign another time.
        transient: bool,
    },
    /// The provider answered, but with an error of its own or with nonsense.
    Unwell {
        /// The HTTP status.
        status: u16,
        /// Whether it says under a success that it failed, so that it brought nothing.
        said: bool,
        /// Not before this, if it says.
        until: Option<DateTime<Utc>>,
    },
    /// The request never left.
    NotSent(TransportError),
    /// The request may have arrived; its answer did not.
    Unanswered(TransportError),
}

impl From<TransportError> for TokenFailure {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Connect | TransportError::Unsendable => Self::NotSent(error),
            TransportError::Timeout | TransportError::Broken | TransportError::TooLarge => {
                Self::Unanswered(error)
            }
        }
    }
}

impl TokenFailure {
    /// Reads an answer that brought no token. `body` is its JSON object, if it has one.
    pub(super) fn read(
        endpoint: &TokenEndpoint,
        response: &Response,
        body: Option<&Map<String, Value>>,
        now: DateTime<Utc>,
    ) -> Self {
        let status = response.status();
        let until = retry_after(response, now);
        let error = body.and_then(|body| body.get("error"));
        let said = status.is_success() && error.is_some_and(|error| !error.is_null());
        let unwell = Self::Unwell { status: status.as_u16(), said, until };
        if status.as_u16() == 429 {
            return Self::RateLimited { until };
        }
        let Some(body) = body.filter(|_| !status.is_server_error()) else { return unwell };

        let said: Vec<&str> = ["status", "error_subtype", "error"]
            .into_iter()
            .filter_map(|field| body.get(field)?.as_str())
            .filter(|code| !code.is_empty())
            .collect();
        let any = |codes: &dyn Fn(&str) -> bool| {
            said.iter().find(|code| codes(code)).map(|code| (*code).to_owned())
        };
        let declared = |codes: &[String], code: &str| codes.iter().any(|known| known == code);
        let refuses_client = |code: &str| code == "invalid_client" || declared(&endpoint.client_codes, code);
        let client = any(&refuses_client).is_some();
        // The provider's own codes come before the standard's, which it may add only for form; and blaming the
        // operator comes before condemning a grant, which needs a person to mend.
        if let Some(code) =
            any(&|code| declared(&endpoint.client_codes, code) || declared(&endpoint.operator_codes, code))
        {
            return Self::Operator { code, client };
        }
        if let Some(code) = any(&|code| declared(&endpoint.revoked_codes, code)) {
            return Self::Revoked { code };
        }
        if any(&|code| TRANSIENT.contains(&code)).is_some() {
            return unwell;
        }
        if let Some(code) = any(&|code| OPERATOR.contains(&code)) {
            return Self::Operator { code, client };
        }
        if let Some(code) = any(&|code| REVOKED.contains(&code)) {
            return Self::Revoked { code };
        }
        // An answer in the standard's form with a code that nobody declared: not the tenant's doing as far as is
        // known, and not to be repeated blindly.
        match body.get("error").and_then(Value::as_str) {
            Some(code) if status.is_client_error() || status.is_success() => {
                Self::Operator { code: code_to_show(code).to_owned(), client }
            }
            _ => unwell,
        }
    }

    /// The error for the caller.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Revoked { code } => {
                Error::new(ErrorKind::NeedsReauth, "the provider no longer accepts this authorisation")
                    .with("code", code)
                    .advise("ask the person to connect again")
            }
            Self::Operator { code, .. } => {
                Error::new(ErrorKind::Misconfigured, "the provider refuses the product's registration")
                    .with("code", code)
                    .advise(
                        "compare client id, client secret and redirect with the provider's developer console",
                    )
            }
            Self::OtherClient => Error::new(
                ErrorKind::Misconfigured,
                "this grant was given to another client id than the one that is registered now",
            )
            .advise("register the former app again, for this tenant if it is one of few, or have it connect again"),
            Self::NotAllowed { code } => Error::new(
                ErrorKind::Forbidden,
                "the provider does not let the service account act for this user",
            )
            .with("code", code)
            .advise(
                "ask the tenant's administrator to allow the account's client id with exactly these scopes; \
                 check the user's address, and this machine's clock",
            ),
            Self::RateLimited { until } => {
                let error = Error::new(ErrorKind::RateLimited, "the token endpoint asks to slow down");
                error.retry(until.map_or(Retry::Backoff, Retry::At))
            }
            Self::Unsigned { because, transient: true } => {
                Error::new(ErrorKind::Unavailable, "the service account's key could not be reached")
                    .with("because", because)
            }
            Self::Unsigned { because, transient: false } => {
                Error::new(ErrorKind::Misconfigured, "the service account's key does not sign")
                    .with("because", because)
                    .advise("check the registered service account and its key")
            }
            Self::Unwell { status, until, .. } => {
                let error = Error::new(ErrorKind::Unavailable, "the token endpoint gave no usable answer")
                    .with("status", status);
                error.retry(until.map_or(Retry::Backoff, Retry::At))
            }
            Self::NotSent(TransportError::Unsendable) => {
                Error::bug("the request to the token endpoint is not sendable")
            }
            Self::NotSent(error) | Self::Unanswered(error) => {
                Error::unavailable(error).with("because", error)
            }
        }
    }
}

/// A provider's code as it may be shown: letters, underscores and hyphens only, and fewer than a `state` or a verifier
/// has, because whatever else stands in its place could be a secret.
pub(super) fn code_to_show(code: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-');
    if (1..=40).contains(&code.len()) && code.bytes().all(plain) { code } else { "other" }
}
