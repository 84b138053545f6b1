//! What a provider's refusal means: a connector's error table, and the rules that hold for all.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::Value;

use super::{QuotaScope, Request, Response};
use crate::error::{Error, ErrorKind, Retry};

/// How a connector's provider words its refusals.
///
/// Rules are tried in order; the first whose status and reason fit decides. What none fits falls to the
/// meaning that the status has in HTTP (RFC 9110).
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ErrorTable {
    /// JSON pointers (RFC 6901) at which a body may hold a reason.
    pub reasons: Vec<&'static str>,
    /// JSON pointers at which a body may hold the id under which the provider has logged the refusal.
    pub correlations: Vec<&'static str>,
    /// Names of headers, in lower case, that may hold it.
    pub correlation_headers: Vec<&'static str>,
    /// The rules.
    pub rules: Vec<ErrorRule>,
}

/// One line of an [`ErrorTable`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ErrorRule {
    /// Statuses that it is about.
    pub status: RangeInclusive<u16>,
    /// The reason that one of the pointers must give; `None` fits any body.
    pub reason: Option<&'static str>,
    /// What it means.
    pub verdict: Verdict,
    /// Whose other calls wait too, if the verdict is [`Verdict::SlowDown`] or [`Verdict::QuotaExhausted`].
    pub blocks: QuotaScope,
    /// What to do next, as one sentence.
    pub advice: Option<&'static str>,
}

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The access token is refused; another one may do.
    Unauthorized,
    /// Lack of a scope or permission.
    Forbidden,
    /// The product's registration is wrong.
    Misconfigured,
    /// Too fast; wait and repeat. The number is the least wait in seconds if the answer names none.
    SlowDown(u32),
    /// A quota is used up for hours.
    QuotaExhausted,
    /// The provider failed; repeat.
    Unavailable,
    /// The cursor is dead.
    CursorExpired,
    /// What was asked for is not there.
    NotFound,
    /// The request is wrong and stays wrong.
    Invalid,
}

impl ErrorTable {
    /// Adds a rule for one status and reason.
    #[must_use]
    pub fn on(mut self, status: u16, reason: impl Into<Option<&'static str>>, verdict: Verdict) -> Self {
        self.rules.push(ErrorRule {
            status: status..=status,
            reason: reason.into(),
            verdict,
            blocks: QuotaScope::Account,
            advice: None,
        });
        self
    }

    /// Adds advice to the rule added last.
    #[must_use]
    pub fn advise(mut self, advice: &'static str) -> Self {
        if let Some(rule) = self.rules.last_mut() {
            rule.advice = Some(advice);
        }
        self
    }

    /// Says whose other calls a refusal by the rule added last concerns too; those of the account by default.
    #[must_use]
    pub fn blocks(mut self, scope: QuotaScope) -> Self {
        if let Some(rule) = self.rules.last_mut() {
            rule.blocks = scope;
        }
        self
    }

    /// Sets the pointers at which reasons are found.
    #[must_use]
    pub fn reasons_at(mut self, pointers: impl IntoIterator<Item = &'static str>) -> Self {
        self.reasons.extend(pointers);
        self
    }

    /// Adds a pointer at which the provider says under which id it has logged a refusal. Its support asks for it, so
    /// errors keep it as `correlation_id`: if it is a UUID, since anything else that may stand there, such as a token that
    /// the provider repeats, could not be told from an id.
    #[must_use]
    pub fn correlated_by(mut self, pointer: &'static str) -> Self {
        self.correlations.push(pointer);
        self
    }

    /// As [`ErrorTable::correlated_by`], for a header; its name is in lower case.
    #[must_use]
    pub fn correlated_by_header(mut self, name: &'static str) -> Self {
        self.correlation_headers.push(name);
        self
    }

    /// What `response`, which is no success, means.
    pub fn judge(&self, response: &Response) -> Refusal {
        let status = response.status();
        let body: Value = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        let reasons: Vec<&str> =
            self.reasons.iter().filter_map(|pointer| body.pointer(pointer).and_then(Value::as_str)).collect();
        let rule = self.rules.iter().find(|rule| {
            rule.status.contains(&status.as_u16())
                && rule
                    .reason
                    .is_none_or(|reason| reasons.iter().any(|found| found.eq_ignore_ascii_case(reason)))
        });
        let verdict = rule.map_or_else(|| by_status(status), |rule| rule.verdict);
        Refusal {
            status,
            verdict,
            // A reason is a code word of the provider's. What may be text, or what it was sent, is left out.
            reason: reasons.first().filter(|reason| is_code_word(reason)).map(|reason| (*reason).to_owned()),
            correlation: self.correlation(response, &body),
            blocks: rule.map_or(QuotaScope::Account, |rule| rule.blocks),
            advice: rule.and_then(|rule| rule.advice),
        }
    }

    /// Whether refusals are looked through for an id.
    pub(super) fn correlates(&self) -> bool {
        !self.correlations.is_empty() || !self.correlation_headers.is_empty()
    }

    fn correlation(&self, response: &Response, body: &Value) -> Option<String> {
        let said = self.correlations.iter().filter_map(|pointer| body.pointer(pointer)?.as_str());
        let headers = self.correlation_headers.iter();
        let carried = headers.filter_map(|name| response.headers().get(*name)?.to_str().ok());
        said.chain(carried).find(|id| is_uuid(id)).map(str::to_owned)
    }
}

/// Hexadecimal digits in groups of eight, four, four, four and twelve.
fn is_uuid(text: &str) -> bool {
    let at = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(at)
}

/// Letters, and digits in what is short: a provider may repeat a token where its code words stand, and a token that is
/// long enough to be one has digits.
fn is_code_word(text: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphabetic() || b"_-.".contains(&byte);
    let digits = text.len() <= 16;
    text.len() <= 64 && text.bytes().all(|byte| letters(byte) || (digits && byte.is_ascii_digit()))
}

fn by_status(status: StatusCode) -> Verdict {
    match status.as_u16() {
        401 => Verdict::Unauthorized,
        403 => Verdict::Forbidden,
        404 | 410 => Verdict::NotFound,
        429 => Verdict::SlowDown(1),
        408 | 425 | 500..=599 => Verdict::Unavailable,
        // No redirect is followed; a provider that sends one is in some unusual state.
        300..=399 => Verdict::Unavailable,
        _ => Verdict::Invalid,
    }
}

/// A refusal, judged.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// What it means.
    pub verdict: Verdict,
    /// The provider's code word for it.
    pub reason: Option<String>,
    /// The id under which the provider has logged it.
    pub correlation: Option<String>,
    /// Whose other calls it concerns too, if it asks to wait.
    pub blocks: QuotaScope,
    /// What to do next.
    pub advice: Option<&'static str>,
}

impl Refusal {
    /// Drops the correlation if it is something that the request carried: then it is no id of the provider's, and may be a
    /// credential that looks like one.
    pub(super) fn answering(mut self, request: &Request) -> Self {
        self.correlation = self.correlation.filter(|id| !carries(request, id));
        self
    }

    /// The error that stands for it. `until` is the earliest time at which another attempt makes sense.
    pub fn into_error(self, until: Option<DateTime<Utc>>) -> Error {
        let (kind, message) = match self.verdict {
            Verdict::Unauthorized => (ErrorKind::NeedsReauth, "the provider refuses the access token"),
            Verdict::Forbidden => (ErrorKind::Forbidden, "the provider forbids this"),
            Verdict::Misconfigured => {
                (ErrorKind::Misconfigured, "the app's registration at the provider is wrong")
            }
            Verdict::SlowDown(_) => (ErrorKind::RateLimited, "the provider asks to slow down"),
            Verdict::QuotaExhausted => (ErrorKind::QuotaExhausted, "a quota at the provider is used up"),
            Verdict::Unavailable => (ErrorKind::Unavailable, "the provider failed"),
            Verdict::CursorExpired => (ErrorKind::CursorExpired, "the cursor has expired"),
            Verdict::NotFound => (ErrorKind::NotFound, "the provider has no such thing"),
            Verdict::Invalid => (ErrorKind::Invalid, "the provider does not accept the request"),
        };
        let mut error = Error::new(kind, message).with("status", self.status.as_u16());
        if let Some(reason) = self.reason {
            error = error.with("reason", reason);
        }
        if let Some(correlation) = self.correlation {
            error = error.with("correlation_id", correlation);
        }
        if let Some(advice) = self.advice {
            error = error.advise(advice);
        }
        match until {
            Some(until) => error.retry(Retry::At(until)),
            None => error,
        }
    }
}

/// Whether a request carries a text that is not empty anywhere, in whatever case.
fn carries(request: &Request, text: &str) -> bool {
    let holds =
        |bytes: &[u8]| bytes.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()));
    holds(request.uri().to_string().as_bytes())
        || holds(request.body())
        || request.headers().values().any(|value| holds(value.as_bytes()))
}

/// When the answer asks to be tried again: `Retry-After` as seconds or as an HTTP date (RFC 9110 section
/// 10.2.3).
pub fn retry_after(response: &Response, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = response.headers().get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(now + chrono::TimeDelta::seconds(i64::from(seconds)));
    }
    DateTime::parse_from_rfc2822(text).ok().map(|at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::{is_code_word, is_uuid};

    #[test]
    fn code_words_are_told_from_tokens() {
        for word in ["invalid", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "quota.exceeded-1", "AADSTS50173"] {
            assert!(is_code_word(word), "{word}");
        }
        for token in ["pat-na1-7d1fa3b2-90ac-4f0e", "ya29.a0AfH6SMBx9q", "two words", "<html>"] {
            assert!(!is_code_word(token), "{token}");
        }
    }

    #[test]
    fn uuids_are_told_from_tokens() {
        assert!(is_uuid("8a1c2f30-55d7-4c0e-9a2f-1b7f0c9d1234"));
        for other in [
            "",
            "8a1c2f30-55d7-4c0e-9a2f-1b7f0c9d123",
            "8a1c2f30-55d7-4c0e-9a2f-1b7f0c9d12345",
            "8a1c2f3055d74c0e9a2f1b7f0c9d12345678",
            "8a1c2f30-55d7-4c0e-9a2f-1b7f0c9d123g",
            "pat-na1-8a1c2f30-55d7-4c0e-9a2f-1b7f0c9d1234",
        ] {
            assert!(!is_uuid(other), "{other}");
        }
    }
}
