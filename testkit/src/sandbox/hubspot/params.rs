//! Query strings and JSON bodies.

use bytes::Bytes;
use http::Request;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reply::Reply;

/// The parameters of a query string.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        let query = request.uri().query().unwrap_or_default();
        Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter, whether repeated or separated by commas.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(key, _)| key == name).flat_map(|(_, value)| value.split(','));
        values.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect()
    }

    /// Whether a parameter is true; Python's clients write `True`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.first(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The page size: between 1 and `max`.
    pub(super) fn limit(&self, default: usize, max: usize) -> Result<usize, Reply> {
        let Some(text) = self.first("limit") else { return Ok(default) };
        (text.parse().ok().filter(|limit| (1..=max).contains(limit)))
            .ok_or_else(|| Reply::invalid(format!("limit must be a number from 1 to {max}, and is {text}")))
    }
}

/// A record id of a path or body.
pub(super) fn id(text: &str) -> Result<u64, Reply> {
    text.parse().map_err(|_| Reply::not_found())
}

/// A JSON body.
pub(super) fn json<T: DeserializeOwned>(body: &Bytes) -> Result<T, Reply> {
    serde_json::from_slice(body).map_err(|error| Reply::invalid(format!("Invalid input JSON: {error}")))
}

/// A string, number or truth value as the string that HubSpot keeps; null is the empty value.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
