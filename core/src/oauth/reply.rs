//! Reading the token endpoint's answer (RFC 6749 section 5.1), with patience for how providers bend it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::TokenEndpoint;
use crate::secret::Secret;
use crate::token::{Expiry, TokenSet};

/// The JSON object that the body is, if it is one.
pub(super) fn object(body: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// The tokens in an answer to a request made at `asked`; `None` if it holds no access token.
///
/// Omitted, null and empty are the same. `expires_in` may be a number or text; what is not a positive number of
/// seconds counts as unsaid. Scopes may be one text, separated by spaces or commas, or a list. Fields named
/// `…token` are kept as secrets, every other as text.
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
    let (one, many) = (body.remove("scope"), body.remove("scopes"));
    set.scopes = one.and_then(scopes).or_else(|| many.and_then(scopes));
    for (name, value) in body {
        if name.ends_with("token") {
            set.named.extend(secret(Some(value)).map(|secret| (name, secret)));
        } else {
            set.extra.extend(text(value).map(|text| (name, text)));
        }
    }
    Some(set)
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

fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}
