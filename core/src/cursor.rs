//! Where a lane stands: typed by the connector, opaque and versioned to everybody else.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};

/// A stream's own cursor type.
///
/// It is stored as JSON with [`SyncCursor::KIND`] and [`SyncCursor::VERSION`], so that a cursor of an older
/// release loads or asks for a baseline, and is never misread.
pub trait SyncCursor: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Names the type of cursor; never reused for another.
    const KIND: &'static str;
    /// Raised whenever the stored form changes.
    const VERSION: u32 = 1;

    /// Reads a cursor stored by an older version.
    ///
    /// # Errors
    /// [`CursorError::Reset`] (the default) asks for a baseline.
    fn upgrade(version: u32, state: Value) -> Result<Self, CursorError> {
        let _ = (version, state);
        Err(CursorError::Reset)
    }
}

/// Why a stored cursor cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CursorError {
    /// It must be thrown away and a baseline run.
    #[error("the cursor cannot be read any more; a baseline must follow")]
    Reset,
    /// A newer release wrote it; this one must not touch it.
    #[error("the cursor was written by a newer release")]
    Newer,
}

/// A cursor as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCursor {
    /// [`SyncCursor::KIND`].
    pub kind: String,
    /// [`SyncCursor::VERSION`] at the time of writing.
    pub version: u32,
    /// The cursor itself.
    pub state: Value,
}

impl StoredCursor {
    /// Stores a cursor.
    ///
    /// # Errors
    /// `Bug` if the cursor does not serialise.
    pub fn store<C: SyncCursor>(cursor: &C) -> Result<Self> {
        let state = serde_json::to_value(cursor)
            .map_err(|error| Error::bug("a cursor does not serialise").with_source(error))?;
        Ok(Self { kind: C::KIND.to_owned(), version: C::VERSION, state })
    }

    /// Reads it back as `C`, upgrading where needed.
    ///
    /// # Errors
    /// `CursorExpired` if a baseline must follow; `Invalid` if a newer release wrote it.
    pub fn load<C: SyncCursor>(self) -> Result<C> {
        let loaded = if self.kind != C::KIND {
            Err(CursorError::Reset)
        } else if self.version > C::VERSION {
            Err(CursorError::Newer)
        } else if self.version < C::VERSION {
            C::upgrade(self.version, self.state)
        } else {
            serde_json::from_value(self.state).map_err(|_| CursorError::Reset)
        };
        loaded.map_err(|error| match error {
            CursorError::Reset => Error::new(ErrorKind::CursorExpired, error.to_string()),
            CursorError::Newer => Error::invalid(error.to_string())
                .with("kind", C::KIND)
                .advise("run the release that wrote it, or a later one"),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Token {
        token: String,
    }
    impl SyncCursor for Token {
        const KIND: &'static str = "test.token";
        const VERSION: u32 = 2;
        fn upgrade(version: u32, state: Value) -> Result<Self, CursorError> {
            match (version, state) {
                (1, Value::String(token)) => Ok(Self { token }),
                _ => Err(CursorError::Reset),
            }
        }
    }

    fn stored(version: u32, state: Value) -> StoredCursor {
        StoredCursor { kind: Token::KIND.to_owned(), version, state }
    }

    #[test]
    fn an_old_cursor_loads_or_asks_for_a_baseline() {
        assert_eq!(stored(1, "a".into()).load::<Token>().unwrap(), Token { token: "a".into() });
        assert_eq!(stored(0, "a".into()).load::<Token>().unwrap_err().kind(), ErrorKind::CursorExpired);
        assert_eq!(stored(2, Value::Null).load::<Token>().unwrap_err().kind(), ErrorKind::CursorExpired);
    }

    #[test]
    fn a_newer_cursor_is_refused_not_misread() {
        assert_eq!(stored(3, "a".into()).load::<Token>().unwrap_err().kind(), ErrorKind::Invalid);
    }
}
