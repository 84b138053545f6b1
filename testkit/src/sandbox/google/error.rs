//! Google's error answers (<https://developers.google.com/workspace/calendar/api/guides/errors>).

use bytes::Bytes;
use chrono::Duration;
use serde_json::{Value, json};

use super::quota::Limit;

const SERVICE: &str = "calendar-json.googleapis.com";

/// An error as the Calendar API words it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code} {reason}: {message}")]
pub struct ApiError {
    /// The HTTP status.
    pub code: u16,
    /// The reason that a client decides on.
    pub reason: &'static str,
    /// What a person reads.
    pub message: String,
    domain: &'static str,
    location: Option<(&'static str, &'static str)>,
    more: Option<Box<More>>,
}

/// What only some errors carry.
#[derive(Debug, Clone, Default, PartialEq)]
struct More {
    /// Another text outside the list of errors.
    message: Option<&'static str>,
    /// The status and details of newer services.
    status: Option<(&'static str, Value)>,
    retry_after: Option<i64>,
}

impl ApiError {
    fn new(code: u16, domain: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), domain, location: None, more: None }
    }

    fn parameter(mut self, name: &'static str) -> Self {
        self.location = Some(("parameter", name));
        self
    }

    fn header(mut self, name: &'static str) -> Self {
        self.location = Some(("header", name));
        self
    }

    pub(super) fn bad_request() -> Self {
        Self::new(400, "global", "badRequest", "Bad Request")
    }

    pub(super) fn invalid(parameter: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, "global", "invalid", message).parameter(parameter)
    }

    pub(super) fn required(message: &'static str) -> Self {
        Self::new(400, "global", "required", message)
    }

    pub(super) fn time_range_empty() -> Self {
        Self::new(400, "calendar", "timeRangeEmpty", "The specified time range is empty.")
            .parameter("timeMax")
    }

    pub(super) fn full_sync_required() -> Self {
        let message = "Sync token is no longer valid, a full sync is required.";
        Self::new(410, "calendar", "fullSyncRequired", message).parameter("syncToken")
    }

    pub(super) fn updated_min_too_long_ago() -> Self {
        let message = "The requested minimum modification time lies too far in the past.";
        Self::new(410, "calendar", "updatedMinTooLongAgo", message).parameter("updatedMin")
    }

    pub(super) fn deleted() -> Self {
        Self::new(410, "global", "deleted", "Resource has been deleted")
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "global", "notFound", "Not Found")
    }

    pub(super) fn duplicate() -> Self {
        Self::new(409, "global", "duplicate", "The requested identifier already exists.")
    }

    pub(super) fn forbidden_for_non_organizer() -> Self {
        let message = "Shared properties can only be changed by the organizer of the event.";
        Self::new(403, "calendar", "forbiddenForNonOrganizer", message)
    }

    pub(super) fn required_access_level() -> Self {
        let message = "You need to have writer access to this calendar.";
        Self::new(403, "calendar", "requiredAccessLevel", message)
    }

    pub(super) fn login_required() -> Self {
        Self::new(401, "global", "required", "Login Required").header("Authorization")
    }

    pub(super) fn invalid_credentials() -> Self {
        Self::new(401, "global", "authError", "Invalid Credentials").header("Authorization")
    }

    pub(super) fn insufficient_scopes(method: &str) -> Self {
        let mut error = Self::new(403, "global", "insufficientPermissions", "Insufficient Permission");
        let metadata = json!({ "service": SERVICE, "method": method });
        let more = error.more.get_or_insert_default();
        more.message = Some("Request had insufficient authentication scopes.");
        more.status = Some(("PERMISSION_DENIED", error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", metadata)));
        error
    }

    pub(super) fn push_not_supported() -> Self {
        let message = "Push notifications are not supported by this resource.";
        Self::new(400, "calendar", "pushNotSupportedForRequestedResource", message)
    }

    pub(super) fn web_hook_not_https(address: &str) -> Self {
        let message = format!("WebHook callback must be HTTPS: {address}");
        Self::new(400, "global", "push.webhookUrlNotHttps", message)
    }

    pub(super) fn unknown_channel_type(kind: &str) -> Self {
        Self::new(400, "global", "push.channelTypeNotSupported", format!("Unknown channel type: {kind}"))
    }

    pub(super) fn channel_not_unique(id: &str) -> Self {
        Self::new(400, "global", "channelIdNotUnique", format!("Channel id {id} not unique"))
    }

    pub(super) fn channel_not_found(id: &str, project: &str) -> Self {
        let message = format!("Channel '{id}' not found for project '{project}'");
        Self::new(404, "global", "notFound", message)
    }

    pub(super) fn forbidden() -> Self {
        Self::new(403, "global", "forbidden", "Forbidden")
    }

    pub(super) fn cannot_change_own_acl() -> Self {
        Self::new(403, "calendar", "cannotChangeOwnAcl", "Cannot change your own access level.")
    }

    pub(super) fn cannot_change_organizer(code: u16, reason: &'static str) -> Self {
        Self::new(code, "calendar", reason, "Cannot change the organizer of this event.")
    }

    pub(super) fn condition_not_met() -> Self {
        Self::new(412, "global", "conditionNotMet", "Precondition Failed").header("If-Match")
    }

    pub(super) fn not_modified() -> Self {
        Self::new(304, "global", "notModified", "Not Modified")
    }

    pub(super) fn invalid_value(parameter: &'static str) -> Self {
        Self::invalid(parameter, "Invalid Value")
    }

    pub(super) fn rate_limit(code: u16) -> Self {
        Self::new(code, "usageLimits", "rateLimitExceeded", "Rate Limit Exceeded")
    }

    /// A limit in the older form, whose reason says which.
    pub(super) fn limit_reached(code: u16, limit: Limit) -> Self {
        match limit {
            Limit::Project => Self::rate_limit(code),
            Limit::User => {
                Self::new(code, "usageLimits", "userRateLimitExceeded", "User Rate Limit Exceeded")
            }
            Limit::Day => Self::new(403, "usageLimits", "dailyLimitExceeded", "Daily Limit Exceeded"),
        }
    }

    /// A limit in the newer form, which names a metric.
    pub(super) fn metric_exceeded(code: u16, limit: Limit) -> Self {
        let (code, reason, words, name) = match limit {
            Limit::Project => (code, "rateLimitExceeded", "Queries per minute", "defaultPerMinutePerProject"),
            Limit::User => {
                (code, "rateLimitExceeded", "Queries per minute per user", "defaultPerMinutePerUser")
            }
            Limit::Day => (403, "quotaExceeded", "Queries per day", "defaultPerDayPerProject"),
        };
        let message = format!(
            "Quota exceeded for quota metric 'Queries' and limit '{words}' of service '{SERVICE}' for consumer \
             'project_number:000000000000'."
        );
        let mut error = Self::new(code, "usageLimits", reason, message);
        let metadata = json!({ "service": SERVICE, "quota_limit": name });
        let status = if code == 429 { "RESOURCE_EXHAUSTED" } else { "PERMISSION_DENIED" };
        let more = error.more.get_or_insert_default();
        more.status = Some((status, error_info("RATE_LIMIT_EXCEEDED", metadata)));
        error
    }

    pub(super) fn retry_after(mut self, wait: Option<Duration>) -> Self {
        if let Some(wait) = wait {
            self.more.get_or_insert_default().retry_after = Some(wait.num_seconds());
        }
        self
    }

    pub(super) fn invalid_selection(what: &str) -> Self {
        Self::new(400, "global", "invalidParameter", format!("Invalid field selection {what}"))
            .parameter("fields")
    }

    /// The response with Google's body.
    pub fn response(&self) -> http::Response<Bytes> {
        if self.code == 304 {
            let mut response = http::Response::new(Bytes::new());
            *response.status_mut() = http::StatusCode::NOT_MODIFIED;
            return response;
        }
        let mut one = json!({ "domain": self.domain, "reason": self.reason, "message": self.message });
        if let Some((kind, name)) = self.location {
            one["locationType"] = kind.into();
            one["location"] = name.into();
        }
        let mut error = json!({ "errors": [one], "code": self.code, "message": self.message });
        let more = self.more.as_deref();
        if let Some(message) = more.and_then(|more| more.message) {
            error["message"] = message.into();
        }
        if let Some((status, info)) = more.and_then(|more| more.status.as_ref()) {
            error["status"] = (*status).into();
            error["details"] = json!([info]);
        }
        let mut response = json_response(self.code, &json!({ "error": error }));
        if let Some(seconds) = more.and_then(|more| more.retry_after) {
            response.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

fn error_info(reason: &str, metadata: Value) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    })
}

/// A throttled answer, for [`Fault`](crate::sandbox::Fault)s: Google uses 403 as well as 429.
pub fn rate_limited(code: u16) -> http::Response<Bytes> {
    ApiError::rate_limit(code).response()
}

/// A failure of the server, for [`Fault`](crate::sandbox::Fault)s.
pub fn backend_error() -> http::Response<Bytes> {
    ApiError::new(503, "global", "backendError", "Backend Error").response()
}

pub(super) fn json_response(code: u16, body: &Value) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = http::StatusCode::from_u16(code).unwrap_or_default();
    let json = http::HeaderValue::from_static("application/json; charset=UTF-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    response
}
