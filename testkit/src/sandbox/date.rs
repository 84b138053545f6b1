//! The date that HTTP servers put on their answers.

use acquaint_core::http::Response;
use chrono::{DateTime, Utc};
use http::HeaderValue;
use http::header::DATE;

/// The answer with the sandbox's own time on it (RFC 9110 section 6.6.1).
pub(super) fn dated(mut response: Response, now: DateTime<Utc>) -> Response {
    let date = HeaderValue::try_from(now.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    response.headers_mut().extend(date.ok().map(|date| (DATE, date)));
    response
}
