//! Reading the token endpoint's answer (RFC 6749 section 5.1), with patience for how providers bend it.

use chrono::{DateTime, TimeDelta, Utc};
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::TokenEndpoint;
use crate::http::Response;
use crate::secret::Secret;
use crate::token::{Expiry, TokenSet};

const FORM: &str = "application/x-www-form-urlencoded";

/// The object that the body is, if it is one: in JSON or, as some providers answer whatever they are asked for, in
/// the form of a query.
pub(super) fn object(response: &Response) -> Option<Map<String, Value>> {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with(FORM)) {
        let pairs = form_urlencoded::parse(response.body());
        return Some(pairs.map(|(name, value)| (name.into_owned(), value.into())).collect());
    }
    match serde_json::from_slice(response.body()) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// The tokens in an answer to a request made at `asked`; `None` if it holds no access token.
///
/// Omitted, null and empty are the same. `expires_in` may be a number or text; what is not a positive number of
/// seconds counts as unsaid. Scopes may be one text, separated by spaces or commas, or a list. Fields named
/// `…token`, `…secret` or `…password`, and those in which one is nested, are kept as secrets, every other as text.
pub(super) fn tokens(
    mut body: Map<String, Value>,
    endpoint: &TokenEndpoint,
    asked: DateTime<Utc>,
) -> Option<TokenSet> {
    let mut set = TokenSet::new(secret(body.remove("access_token"))?, asked);
    set.refresh = secret(body.remove("refresh_token"));
    let assumed = || endpoint.assumed_life.and_then(|life| TimeDelta::from_std(life).ok());
    if let Some(at) = body
        .remove("expires_in")
        .and_then(life)
        .or_else(assumed)
        .and_then(|life| asked.checked_add_signed(life))
    {
        set.expiry = Expiry::At(at);
    }
    set.scopes = granted(&mut body);
    for (name, value) in body {
        if is_secret(&name, &value) {
            set.named.extend(text(value).filter(|text| !text.is_empty()).map(|text| (name, text.into())));
        } else {
            set.extra.extend(text(value).map(|text| (name, text)));
        }
    }
    Some(set)
}

/// Takes out the scopes that were granted, if it is said.
pub(super) fn granted(body: &mut Map<String, Value>) -> Option<Vec<String>> {
    let (one, many) = (body.remove("scope"), body.remove("scopes"));
    one.and_then(scopes).or_else(|| many.and_then(scopes))
}

/// Whether a field must not be seen, by its own name or by one within it.
pub(super) fn is_secret(name: &str, value: &Value) -> bool {
    let name = name.to_ascii_lowercase();
    let named = ["token", "secret", "password"].iter().any(|end| name.ends_with(end));
    named
        || match value {
            Value::Object(fields) => fields.iter().any(|(name, value)| is_secret(name, value)),
            Value::Array(values) => values.iter().any(|value| is_secret("", value)),
            _ => false,
        }
}

fn secret(value: Option<Value>) -> Option<Secret> {
    match value {
        Some(Value::String(text)) if !text.is_empty() => Some(Secret::new(text)),
        _ => None,
    }
}

fn life(value: Value) -> Option<TimeDelta> {
    let seconds = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }?;
    // Far below what an instant can hold, far above any token's life.
    const CENTURY: f64 = 100.0 * 366.0 * 86_400.0;
    if !(1.0..=CENTURY).contains(&seconds) {
        return None;
    }
    std::time::Duration::try_from_secs_f64(seconds).ok().and_then(|life| TimeDelta::from_std(life).ok())
}

fn scopes(value: Value) -> Option<Vec<String>> {
    let scopes: Vec<String> = match value {
        Value::String(text) => text
            .split(|c: char| c.is_whitespace() || c == ',')
            .filter(|scope| !scope.is_empty())
            .map(String::from)
            .collect(),
        Value::Array(list) => list.into_iter().filter_map(|scope| scope.as_str().map(String::from)).collect(),
        _ => return None,
    };
    if scopes.is_empty() { None } else { Some(scopes) }
}

pub(super) fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}
