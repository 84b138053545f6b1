//! HubSpot's own failures, ready to be injected.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::reply::{Limit, Reply, missing_scopes, too_many};

/// A failure as HubSpot words it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// 429: too many calls in ten seconds.
    TenSecondlyLimit,
    /// 429: too many searches in a second.
    SearchLimit,
    /// 429: no calls left for today.
    DailyLimit,
    /// 401: the access token has expired.
    ExpiredToken,
    /// 403: the grant lacks this scope.
    MissingScope(String),
    /// 423: the record is locked for some seconds.
    Locked,
    /// 477: the portal is moving to another region; try again after so many seconds.
    Migrating(u32),
    /// 488: the portal is kept in the region with this name, for instance `eu1`, and answers at its host.
    OtherRegion(String),
    /// 401: the access token means nothing.
    UnknownToken,
    /// Any status of 500 and above. From 520 on it is the network before HubSpot that answers, with a page.
    ServerError(u16),
}

impl Trouble {
    /// The response of this failure, for [`Fault`](crate::sandbox::Fault).
    pub fn response(&self) -> Response<Bytes> {
        let reply = match self {
            Self::TenSecondlyLimit => too_many(Limit::TenSecondly, 0, 0),
            Self::SearchLimit => too_many(Limit::Search, 0, 0),
            Self::DailyLimit => too_many(Limit::Daily, 0, 0),
            Self::ExpiredToken => Reply::error(
                401,
                "EXPIRED_AUTHENTICATION",
                "The OAuth token used to make this call expired 0 minute(s) ago.",
            ),
            Self::MissingScope(scope) => missing_scopes(&[scope]),
            Self::Locked => Reply::error(423, "LOCKED", "The record is locked; try again in a moment."),
            Self::Migrating(seconds) => {
                Reply::error(477, "MIGRATION_IN_PROGRESS", "This account is being migrated.")
                    .header("retry-after", seconds.to_string())
            }
            Self::OtherRegion(region) => Reply::error(
                488,
                "WRONG_HUBLET",
                format!("This account is hosted in {region}; use https://api-{region}.hubapi.com."),
            ),
            Self::UnknownToken => {
                Reply::error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
            }
            Self::ServerError(status @ 520..) => {
                Reply::new(*status, Value::String(format!("<html><title>{status}: error</title></html>")))
            }
            Self::ServerError(status) => Reply::error(*status, "INTERNAL_ERROR", "internal error"),
        };
        reply.into_response(0)
    }
}
