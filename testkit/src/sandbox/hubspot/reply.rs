//! Answers in HubSpot's words.
//!
//! The shapes are those of <https://developers.hubspot.com/docs/api-reference/error-handling>.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Map, Value, json};

use super::error::CrmError;

/// An answer before it is put on the wire.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, body, headers: Vec::new() }
    }

    pub(super) fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    pub(super) fn empty() -> Self {
        Self::new(204, Value::Null)
    }

    /// A refusal; the id that names it in HubSpot's logs is added on the way out.
    pub(super) fn error(status: u16, category: &str, message: impl Into<String>) -> Self {
        let body = json!({"status": "error", "message": message.into(), "category": category});
        Self::new(status, body)
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::error(400, "VALIDATION_ERROR", message)
    }

    pub(super) fn not_found() -> Self {
        Self::error(404, "OBJECT_NOT_FOUND", "resource not found")
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn with(mut self, key: &str, value: Value) -> Self {
        if let Value::Object(body) = &mut self.body {
            body.insert(key.to_owned(), value);
        }
        self
    }

    pub(super) fn into_response(mut self, correlation: u64) -> Response<Bytes> {
        if self.body.get("status").is_some_and(|status| status == "error") {
            let id = format!("7d7a9c80-2f0c-4f4c-9a51-{correlation:012x}");
            self = self.with("correlationId", json!(id));
        }
        let body = match &self.body {
            Value::Null => Bytes::new(),
            Value::String(page) => Bytes::from(page.clone()),
            body => Bytes::from(body.to_string()),
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = match &self.body {
            Value::Null => None,
            Value::String(_) => Some("text/html;charset=utf-8"),
            _ => Some("application/json;charset=utf-8"),
        };
        if let Some(kind) = kind {
            response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for (name, value) in self.headers {
            let name = HeaderName::try_from(name);
            if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl From<CrmError> for Reply {
    fn from(error: CrmError) -> Self {
        match &error {
            CrmError::UnknownPortal(_) => Self::not_found(),
            CrmError::UnknownType(name) => Self::invalid(format!("Unable to infer object type from: {name}")),
            CrmError::NoSuchRecord { .. } | CrmError::NoSuchProperty { .. } => Self::not_found(),
            CrmError::EmailTaken { owner, .. } => {
                Self::error(409, "CONFLICT", format!("Contact already exists. Existing ID: {owner}"))
            }
            CrmError::TooManyMerges => Self::error(414, "VALIDATION_ERROR", error.to_string()),
            CrmError::ReadOnlyProperty(name) => property_error(name, "READ_ONLY_VALUE", &error.to_string()),
            CrmError::IdTaken { .. }
            | CrmError::TypeTaken(_)
            | CrmError::UnknownPropertyType(_)
            | CrmError::EmailErased(_)
            | CrmError::NotArchived { .. }
            | CrmError::MergeWithItself { .. }
            | CrmError::NoSuchAssociationType { .. } => Self::invalid(error.to_string()),
        }
    }
}

/// A refusal over one property of a write.
pub(super) fn property_error(name: &str, code: &str, message: &str) -> Reply {
    Reply::invalid("There was a problem with the request.")
        .with("errors", json!([{"message": message, "code": code, "context": {"propertyName": [name]}}]))
}

/// The scope that an endpoint lacks. Any one of `scopes` would do.
pub(super) fn missing_scopes(scopes: &[&str]) -> Reply {
    let read_more = "https://developers.hubspot.com/scopes";
    Reply::error(
        403,
        "MISSING_SCOPES",
        format!(
            "This app hasn't been granted all required scopes to make this call. Read more about required \
             scopes here: {read_more}."
        ),
    )
    .with(
        "errors",
        json!([{
            "message": "One or more of the following scopes are required.",
            "context": {"requiredGranularScopes": scopes},
        }]),
    )
    .with("links", json!({"scopes": read_more}))
}

/// Which limit a 429 speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    TenSecondly,
    Search,
    Daily,
}

pub(super) fn too_many(limit: Limit, app: u64, portal: u64) -> Reply {
    let message = match limit {
        Limit::TenSecondly => "You have reached your ten_secondly_rolling limit.",
        Limit::Search => "You have reached your secondly limit.",
        Limit::Daily => "You have reached your daily limit.",
    };
    let mut body = Map::new();
    body.insert("status".to_owned(), json!("error"));
    body.insert("message".to_owned(), json!(message));
    body.insert("errorType".to_owned(), json!("RATE_LIMIT"));
    let reply = Reply::new(429, Value::Object(body));
    match limit {
        Limit::Search => reply,
        Limit::TenSecondly => reply
            .with("policyName", json!("TEN_SECONDLY_ROLLING"))
            .with("groupName", json!(format!("publicapi:oauth-api-calls-ten-secondly:{app}:{portal}"))),
        Limit::Daily => reply
            .with("policyName", json!("DAILY"))
            .with("requestId", json!("0f3c2a7e-9a0e-4b59-8a3b-52a0e9c10004")),
    }
}
