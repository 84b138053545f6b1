//! What is sealed for a grant: its tokens, whether they still work, and who is renewing them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

use super::{Expiry, TokenSet};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Stamp;
use crate::secret::Secret;

/// Whether a grant works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GrantState {
    /// As far as is known it does.
    Live,
    /// It does not, and only a person can mend it. No call is made with it any more.
    NeedsReauth {
        /// What happened.
        reason: ReauthReason,
        /// Since when.
        since: DateTime<Utc>,
    },
}

/// Why a person must authorise again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReauthReason {
    /// The provider says that the grant was revoked or has expired.
    Revoked {
        /// The provider's code, for instance `invalid_grant`.
        code: String,
    },
    /// The provider says so after an earlier answer was lost, which had probably brought the next refresh token.
    ReplyLost {
        /// The provider's code, for instance `invalid_grant`.
        code: String,
    },
    /// The access token has expired or was refused, and there is no refresh token.
    NoRefreshToken,
    /// The provider refuses what was handed over, and nothing but another one can replace it.
    Refused,
}

impl ReauthReason {
    pub(super) fn error(&self) -> Error {
        let error = |message| Error::new(ErrorKind::NeedsReauth, message);
        let error = match self {
            Self::Revoked { code } => {
                error("the provider no longer accepts this authorisation").with("code", code)
            }
            Self::ReplyLost { code } => {
                error("the provider no longer accepts this authorisation, after one of its answers was lost")
                    .with("code", code)
            }
            Self::NoRefreshToken => error("the access token no longer works, and there is no refresh token"),
            Self::Refused => {
                return error("the provider refuses the credential that was handed over")
                    .advise("ask the person to connect again with a new one");
            }
        };
        error.advise("ask the person to connect again")
    }
}

/// The right to send the refresh token, held by one flight of one process until its deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RefreshLease {
    /// Unique to the flight.
    pub(super) owner: String,
    /// Until when the flight's request may be answered. Once this has passed with the lease in place, the
    /// outcome of that request is unknown and will stay so.
    pub(super) deadline: DateTime<Utc>,
}

/// How renewing goes; empty after every success.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Renewal {
    pub(super) lease: Option<RefreshLease>,
    /// How many requests with the present refresh token had no readable answer.
    pub(super) lost: u32,
    /// How many attempts in a row have failed.
    pub(super) failures: u32,
    /// After a failure, nobody asks again before this.
    pub(super) pause: Option<Pause>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pause {
    pub(super) until: DateTime<Utc>,
    /// Whether the provider asked for it.
    pub(super) limited: bool,
}

/// Everything that is kept for a grant. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub(super) struct TokenRecord {
    /// Names the access token: random, so that it is never that of another one, not even after the grant was
    /// forgotten and made again.
    pub(super) stamp: Stamp,
    pub(super) tokens: TokenSet,
    pub(super) state: GrantState,
    pub(super) renewal: Renewal,
    /// When the access token was had because its predecessor was refused, that is not merely old.
    pub(super) replaced_refused: bool,
}

impl TokenRecord {
    pub(super) fn new(stamp: Stamp, tokens: TokenSet) -> Self {
        Self { stamp, tokens, state: GrantState::Live, renewal: Renewal::default(), replaced_refused: false }
    }

    /// The bytes to seal. Their buffer is cleared when dropped.
    pub(super) fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>> {
        // Big enough that the buffer does not move, which would leave a copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(16 * 1024));
        serde_json::to_writer(&mut *bytes, &Plain::from(self))
            .map_err(|error| Error::bug("a token record could not be written").with_source(error))?;
        Ok(bytes)
    }

    /// Reads what [`TokenRecord::to_bytes`] wrote.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        // The parser's own errors may quote a value, so they are not kept.
        let Ok(Format { format }) = serde_json::from_slice(bytes) else {
            return Err(unreadable());
        };
        if format != FORMAT {
            return Err(unreadable().with("format", format));
        }
        serde_json::from_slice::<Plain>(bytes).map(Self::from).map_err(|_| unreadable())
    }
}

fn unreadable() -> Error {
    Error::new(ErrorKind::Sealed, "the sealed credential is not in a form that is known here")
        .advise("use the version of the library that wrote it, or a newer one")
}

const FORMAT: u32 = 1;

#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// The record's written form: the one place where tokens are spelled out.
#[derive(Serialize, Deserialize)]
struct Plain {
    format: u32,
    stamp: u64,
    #[serde(serialize_with = "spell_out")]
    access: Secret,
    #[serde(serialize_with = "spell_out_option")]
    refresh: Option<Secret>,
    expiry: Expiry,
    obtained: DateTime<Utc>,
    scopes: Option<Vec<String>>,
    #[serde(default)]
    asked: Option<Vec<String>>,
    #[serde(default)]
    issued_to: Option<String>,
    #[serde(serialize_with = "spell_out_map")]
    named: BTreeMap<String, Secret>,
    extra: BTreeMap<String, String>,
    state: GrantState,
    renewal: Renewal,
    replaced_refused: bool,
}

impl From<&TokenRecord> for Plain {
    fn from(record: &TokenRecord) -> Self {
        let TokenRecord { stamp, tokens, state, renewal, replaced_refused } = record.clone();
        let TokenSet { access, refresh, expiry, obtained, scopes, asked, issued_to, named, extra } = tokens;
        Self {
            format: FORMAT,
            stamp: stamp.0,
            access,
            refresh,
            expiry,
            obtained,
            scopes,
            asked,
            issued_to,
            named,
            extra,
            state,
            renewal,
            replaced_refused,
        }
    }
}

impl From<Plain> for TokenRecord {
    fn from(plain: Plain) -> Self {
        let Plain { stamp, access, refresh, expiry, obtained, scopes, named, extra, .. } = plain;
        let Plain { asked, issued_to, state, renewal, replaced_refused, .. } = plain;
        let tokens = TokenSet { access, refresh, expiry, obtained, scopes, asked, issued_to, named, extra };
        Self { stamp: Stamp(stamp), tokens, state, renewal, replaced_refused }
    }
}

fn spell_out<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn spell_out_option<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose).serialize(serializer)
}

fn spell_out_map<S: Serializer>(map: &BTreeMap<String, Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(map.iter().map(|(name, secret)| (name, secret.expose())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn record() -> TokenRecord {
        let mut tokens = TokenSet::new("planted-access", DateTime::UNIX_EPOCH);
        tokens.refresh = Some("planted-refresh".into());
        tokens.expiry = Expiry::At(DateTime::UNIX_EPOCH);
        tokens.scopes = Some(vec!["a".into()]);
        tokens.asked = Some(vec!["a".into(), "b".into()]);
        tokens.issued_to = Some("client-1".into());
        tokens.named.insert("id_token".into(), "planted-id".into());
        tokens.extra.insert("hub_id".into(), "42".into());
        let mut record = TokenRecord::new(Stamp(u64::MAX), tokens);
        record.state = GrantState::NeedsReauth {
            reason: ReauthReason::Revoked { code: "invalid_grant".into() },
            since: DateTime::UNIX_EPOCH,
        };
        record.renewal.lease = Some(RefreshLease { owner: "o".into(), deadline: DateTime::UNIX_EPOCH });
        record.renewal.pause = Some(Pause { until: DateTime::UNIX_EPOCH, limited: true });
        record.renewal.lost = 2;
        record.replaced_refused = true;
        record
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let (before, bytes) = (record(), record().to_bytes().unwrap());
        let after = TokenRecord::from_bytes(&bytes).unwrap();
        assert_eq!(after.stamp, before.stamp);
        assert_eq!(after.state, before.state);
        assert_eq!(after.renewal, before.renewal);
        assert!(after.replaced_refused);
        assert_eq!(after.tokens.access.expose(), "planted-access");
        assert_eq!(after.tokens.refresh.unwrap().expose(), "planted-refresh");
        assert_eq!(after.tokens.named["id_token"].expose(), "planted-id");
        assert_eq!(after.tokens.expiry, before.tokens.expiry);
        assert_eq!(after.tokens.obtained, before.tokens.obtained);
        assert_eq!(after.tokens.scopes, before.tokens.scopes);
        assert_eq!(after.tokens.asked, before.tokens.asked);
        assert_eq!(after.tokens.issued_to, before.tokens.issued_to);
        assert_eq!(after.tokens.extra, before.tokens.extra);
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", record());
        assert!(!shown.contains("planted"), "{shown}");
    }

    #[test]
    fn an_unknown_format_is_an_error_that_shows_nothing() {
        let newer = br#"{"format":2,"access":"planted"}"#.as_slice();
        let altered = br#"{"format":1,"access":"planted","expiry":"planted"}"#;
        for bytes in [newer, altered, b"planted"] {
            let error = TokenRecord::from_bytes(bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Sealed);
            assert!(!format!("{error:?}").contains("planted"), "{error:?}");
        }
    }
}
