//! How Google words its refusals.

use acquaint_core::http::{ErrorTable, QuotaScope, Verdict};
use acquaint_core::{Error, ErrorKind};

/// Google's per-minute quotas slide, so a shorter wait mostly meets the same refusal.
const THROTTLED: Verdict = Verdict::SlowDown(5);

const NO_SCOPE: &str = "connect again and leave every permission ticked";
const API_OFF: &str = "enable the Google Calendar API in the Google Cloud project of the OAuth client";
const ADDRESS: &str =
    "give notifications a public HTTPS address with a valid certificate, without a redirect or a log-in";

/// The meaning of Google's refusals. A 403 may be a throttle, a quota, a missing scope or a disabled API, and
/// a 410 may be a dead sync token or a deleted event: the reason decides, not the status.
/// See <https://developers.google.com/workspace/calendar/api/guides/errors>.
pub(crate) fn error_table() -> ErrorTable {
    let mut table = ErrorTable::default()
        // `details` may begin with a link for people before it comes to the reason.
        .reasons_at(["/error/errors/0/reason", "/error/details/0/reason", "/error/details/1/reason"])
        // Which quota it is, where Google says so: the reason alone does not tell a project's from a user's.
        .reasons_at(["/error/details/0/metadata/quota_unit", "/error/details/0/metadata/quota_limit"])
        .reasons_at(["/error/details/1/metadata/quota_unit", "/error/details/1/metadata/quota_limit"])
        .on(403, "accessNotConfigured", Verdict::Misconfigured)
        .advise(API_OFF)
        .on(403, "SERVICE_DISABLED", Verdict::Misconfigured)
        .advise(API_OFF)
        .on(403, "insufficientPermissions", Verdict::Forbidden)
        .advise(NO_SCOPE)
        .on(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", Verdict::Forbidden)
        .advise(NO_SCOPE);
    for status in [403, 429] {
        table = table
            .on(status, "1/d/{project}", Verdict::QuotaExhausted)
            .blocks(QuotaScope::App)
            .on(status, "1/min/{project}", THROTTLED)
            .blocks(QuotaScope::App)
            .on(status, "defaultPerMinutePerProject", THROTTLED)
            .blocks(QuotaScope::App)
            // The limits of calendar use are a user's own; what a project may ask in a day is everybody's.
            .on(status, "quotaExceeded", Verdict::QuotaExhausted)
            .on(status, "dailyLimitExceeded", Verdict::QuotaExhausted)
            .blocks(QuotaScope::App)
            .on(status, "rateLimitExceeded", THROTTLED)
            .on(status, "userRateLimitExceeded", THROTTLED)
            .on(status, "RATE_LIMIT_EXCEEDED", THROTTLED);
    }
    table
        .on(429, None, THROTTLED)
        .on(410, "fullSyncRequired", Verdict::CursorExpired)
        // Only of requests with `updatedMin`, which this connector never sends: no cursor is at fault.
        .on(410, "updatedMinTooLongAgo", Verdict::Invalid)
        .on(410, "deleted", Verdict::NotFound)
        // By the status, another access token would be asked for.
        .on(401, "push.webhookUrlUnauthorized", Verdict::Misconfigured)
        .advise(ADDRESS)
}

/// What a refusal of a request that carried a page token or sync token means. Every other parameter of such a
/// request was accepted when the token was given out, so what is wrong with it is the token: a baseline heals.
pub(crate) fn refused_token(error: Error) -> Error {
    let status = error.context("status").unwrap_or_default();
    let dead = match error.kind() {
        ErrorKind::CursorExpired => return error,
        ErrorKind::Invalid => matches!(status, "400" | "410"),
        ErrorKind::NotFound => status == "410" && error.context("reason") != Some("deleted"),
        _ => false,
    };
    if dead {
        Error::new(ErrorKind::CursorExpired, "Google no longer accepts the token of the last page")
            .with_source(error)
    } else {
        error
    }
}

/// Whether a refusal is for want of a scope, as opposed to a permission or a setting.
pub(crate) fn lacks_scope(error: &Error) -> bool {
    error.kind() == ErrorKind::Forbidden
        && matches!(
            error.context("reason"),
            Some("insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
        )
}

/// What a refusal to open a channel means. Reasons of this kind are words of Google's that it documents nowhere.
pub(crate) fn refused_watch(error: Error) -> Error {
    let reason = error.context("reason").unwrap_or_default().to_owned();
    let reason = reason.strip_prefix("push.").unwrap_or(&reason);
    match (error.kind(), reason) {
        // Calendars of holidays and birthdays, among others.
        (ErrorKind::Invalid | ErrorKind::Forbidden, "pushNotSupportedForRequestedResource") => {
            Error::new(ErrorKind::Unsupported, "Google sends no notifications of this calendar")
                .with_source(error)
        }
        // An answer was lost, so that the same request came twice.
        (_, "channelIdNotUnique") => {
            Error::new(ErrorKind::Conflict, "a channel with this id is there already").with_source(error)
        }
        (_, reason) if reason.starts_with("webhookUrl") => {
            Error::new(ErrorKind::Misconfigured, "Google does not send notifications to this address")
                .with("reason", reason)
                .advise(ADDRESS)
                .with_source(error)
        }
        _ => error,
    }
}
