//! The one error type: what kind, whose fault, whether to try again, and what to do next.

use std::fmt;

use chrono::{DateTime, Utc};

/// A result with the project's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A boxed error of any kind, kept as the source of an [`Error`].
pub type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value given by the caller is not usable: an option, a manifest, a file, an id.
    Invalid,
    /// The thing asked for does not exist.
    NotFound,
    /// Somebody else changed it first; load again and repeat.
    Conflict,
    /// The work's lease has passed to another worker; this one must stop.
    Fenced,
    /// The connector or store does not offer this.
    Unsupported,
    /// The grant no longer works: the tenant's person must authorise again.
    NeedsReauth,
    /// The provider refuses for lack of a scope or a permission of the account.
    Forbidden,
    /// The product's own registration at the provider is wrong: client id, secret, redirect, API not enabled.
    Misconfigured,
    /// The provider asks to slow down; the retry verdict says until when.
    RateLimited,
    /// A quota is used up until it resets.
    QuotaExhausted,
    /// The provider failed or answered nonsense, or the network did.
    Unavailable,
    /// The cursor no longer works; a baseline must follow.
    CursorExpired,
    /// The data is not what its format promises.
    Malformed,
    /// The store failed.
    Store,
    /// A credential could not be opened: wrong key, or altered bytes.
    Sealed,
    /// A defect of this library or of an extension of it.
    Bug,
}

/// Whose move it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Blame {
    /// The caller of this function.
    Caller,
    /// The operator of the product: configuration.
    Operator,
    /// The tenant's person, who must authorise or grant something.
    Tenant,
    /// The provider or the network in between.
    Provider,
    /// This library, or an extension of it.
    Bug,
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// The same attempt fails the same way.
    Never,
    /// Another attempt may succeed; back off.
    Backoff,
    /// Not before this instant.
    At(DateTime<Utc>),
}

/// What failed, whose move it is, whether trying again helps, in which operation, and what to do next.
///
/// `Display` is one line. `Debug` adds the sources. Neither ever holds a secret, a query string or a body.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    retry: Retry,
    operation: Option<&'static str>,
    context: Vec<(&'static str, String)>,
    advice: Option<String>,
    source: Option<Source>,
}

impl Error {
    /// An error of a kind, with one line that says what happened.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let retry = match kind {
            ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::Conflict => Retry::Backoff,
            _ => Retry::Never,
        };
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            retry,
            operation: None,
            context: Vec::new(),
            advice: None,
            source: None,
        }))
    }

    /// A value given by the caller is not usable.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// The thing asked for does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// The connector or store does not offer this.
    pub fn unsupported() -> Self {
        Self::new(ErrorKind::Unsupported, "this is not supported here")
    }

    /// The work's lease has passed to another worker.
    pub fn fenced() -> Self {
        Self::new(ErrorKind::Fenced, "another worker has taken over this work")
    }

    /// A defect of this library or an extension.
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Bug, message)
    }

    /// For `map_err` on a store's failures: keeps `source`, may be retried.
    pub fn store(source: impl Into<Source>) -> Self {
        Self::new(ErrorKind::Store, "the store failed").with_source(source).retry(Retry::Backoff)
    }

    /// For `map_err` on data that does not parse.
    pub fn malformed(source: impl Into<Source>) -> Self {
        Self::new(ErrorKind::Malformed, "the data is not in the expected form").with_source(source)
    }

    /// For `map_err` on failures of the network or the provider: may be retried.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::new(ErrorKind::Unavailable, "the provider could not be reached").with_source(source)
    }

    /// Says in which operation it happened; the innermost name stays.
    #[must_use]
    pub fn operation(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Adds a key and a value that help to find the place. Never a secret.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.0.context.push((key, value.to_string()));
        self
    }

    /// Says what a stranger should do next, as one sentence.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Sets the retry verdict.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Keeps the underlying error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether trying again can help.
    pub fn retry_verdict(&self) -> Retry {
        self.0.retry
    }

    /// The message without operation, context or advice.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do next, if known.
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// The value of a context key.
    pub fn context(&self, key: &str) -> Option<&str> {
        self.0.context.iter().find(|(k, _)| *k == key).map(|(_, v)| v.as_str())
    }

    /// Whose move it is.
    pub fn blame(&self) -> Blame {
        match self.0.kind {
            ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Unsupported => {
                Blame::Caller
            }
            ErrorKind::Misconfigured | ErrorKind::Store | ErrorKind::Sealed => Blame::Operator,
            ErrorKind::NeedsReauth | ErrorKind::Forbidden => Blame::Tenant,
            ErrorKind::RateLimited
            | ErrorKind::QuotaExhausted
            | ErrorKind::Unavailable
            | ErrorKind::CursorExpired
            | ErrorKind::Malformed => Blame::Provider,
            ErrorKind::Fenced | ErrorKind::Bug => Blame::Bug,
        }
    }

    /// Whether another attempt may succeed, now or later.
    pub fn is_transient(&self) -> bool {
        self.0.retry != Retry::Never
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&self.0.message)?;
        for (index, (key, value)) in self.0.context.iter().enumerate() {
            write!(f, "{}{key}={value}", if index == 0 { " (" } else { ", " })?;
        }
        if !self.0.context.is_empty() {
            f.write_str(")")?;
        }
        if let Some(advice) = &self.0.advice {
            write!(f, "; {advice}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)?;
        if let Retry::At(at) = self.0.retry {
            write!(f, " [retry at {at}]")?;
        }
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            write!(f, "\n  caused by: {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind, format!("{kind:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_one_line_that_says_what_to_do_next() {
        let error = Error::invalid("no source named crm")
            .operation("connect")
            .with("tenant", "acme")
            .with("source", "crm")
            .advise("name one of: calendar");
        assert_eq!(
            error.to_string(),
            "connect: no source named crm (tenant=acme, source=crm); name one of: calendar"
        );
        assert_eq!(error.blame(), Blame::Caller);
        assert!(!error.is_transient());
    }

    #[test]
    fn an_error_is_one_word() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
