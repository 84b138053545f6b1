//! `If-Match` and `If-None-Match`
//! (<https://developers.google.com/workspace/calendar/api/guides/version-resources>).

use http::HeaderMap;
use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use serde_json::Value;

use super::error::ApiError;

/// On which versions a call depends. `None` where a call says nothing.
pub(super) struct Conditions {
    matches: Option<Vec<String>>,
    none_match: Option<Vec<String>>,
}

impl Conditions {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let read = |name: HeaderName| {
            let text = headers.get(name)?.to_str().ok()?;
            Some(text.split(',').map(|tag| tag.trim().trim_start_matches("W/").to_owned()).collect())
        };
        Self { matches: read(IF_MATCH), none_match: read(IF_NONE_MATCH) }
    }

    /// Whether a call may go on, given what its resource is now. What the resource is may be an error, which the
    /// call itself will tell.
    pub(super) fn before(&self, current: impl FnOnce() -> Option<Value>) -> Result<(), ApiError> {
        let Some(wanted) = &self.matches else { return Ok(()) };
        match current() {
            Some(resource) if !holds(wanted, &resource) => Err(ApiError::condition_not_met()),
            _ => Ok(()),
        }
    }

    /// Whether what is read is news.
    pub(super) fn after(&self, body: Value) -> Result<Value, ApiError> {
        match &self.none_match {
            Some(known) if holds(known, &body) => Err(ApiError::not_modified()),
            _ => Ok(body),
        }
    }
}

fn holds(tags: &[String], resource: &Value) -> bool {
    tags.iter().any(|tag| tag == "*" || resource["etag"] == *tag.as_str())
}
