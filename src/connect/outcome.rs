//! How an authorisation may end.

use acquaint_core::ids::StreamName;
use acquaint_core::store::Connection;
use acquaint_core::{Error, ErrorKind, Result};

/// How an authorisation ended. What went wrong on our side or the provider's is an error instead; what people did,
/// and what a product words for them, is here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an authorisation that was refused shows up only here: call `into_result()`, or match on it"]
#[non_exhaustive]
pub enum Finished {
    /// The account is connected.
    Connected(Connection),
    /// The account is connected, but the person withheld some scopes: what can be read without them is read.
    /// [`crate::Tenant::reconnect`] asks for the rest.
    Narrowed {
        /// The connection.
        connection: Connection,
        /// What was withheld.
        missing: Vec<String>,
        /// What is not read for lack of it.
        blocked: Vec<StreamName>,
    },
    /// The person withheld scopes without which nothing can be read; nothing is kept.
    Unticked {
        /// What was withheld.
        missing: Vec<String>,
    },
    /// The person refused; nothing is kept.
    Denied {
        /// The provider's code, for instance `access_denied`.
        code: String,
    },
    /// An administrator or a policy at the provider keeps the person from consenting; nothing is kept.
    AdminBlocked {
        /// The provider's code.
        code: String,
    },
    /// The person consented for another account than the one that is to be authorised again; nothing is kept.
    OtherAccount {
        /// What the connected account is called.
        expected: String,
        /// What the account is called that the person chose.
        got: String,
    },
    /// The account is connected elsewhere, and may be connected only once; nothing is kept.
    Taken,
    /// This very callback was handled before, as when a browser loads the page again. The first time decided.
    Replayed,
    /// Nothing of the kind is under way: it ran out, or never began here.
    NotUnderWay,
    /// Another user or another session began it. It has ended for both.
    ForeignSession,
}

impl Finished {
    /// The connection, whole or narrowed.
    ///
    /// # Errors
    /// `Forbidden` if consent was refused or blocked, `Conflict` if the account is connected elsewhere, `Invalid`
    /// if another account was chosen or the callback is not one to be finished here.
    pub fn into_result(self) -> Result<Connection> {
        let forbidden = |message: &'static str| Error::new(ErrorKind::Forbidden, message);
        let error = match self {
            Self::Connected(connection) | Self::Narrowed { connection, .. } => return Ok(connection),
            Self::Unticked { missing } => forbidden("not everything that was asked for was granted")
                .with("missing", missing.join(" "))
                .advise("connect again and leave all permissions ticked"),
            Self::Denied { code } => forbidden("consent was refused")
                .with("reason", code)
                .advise("connect again when the person agrees"),
            Self::AdminBlocked { code } => {
                forbidden("an administrator or a policy at the provider does not allow this consent")
                    .with("reason", code)
                    .advise("ask the administrator of the account to allow this app, then connect again")
            }
            Self::OtherAccount { expected, got } => {
                Error::invalid("another account was chosen than the one that is connected")
                    .with("expected", expected)
                    .with("chosen", got)
                    .advise("choose the connected account, or connect the other one anew")
            }
            Self::Taken => Error::new(ErrorKind::Conflict, "this account is connected elsewhere already")
                .retry(acquaint_core::error::Retry::Never)
                .advise("disconnect it there first"),
            Self::Replayed => Error::invalid("this authorisation was finished before")
                .advise("look at the connections; begin connecting again if it is not among them"),
            Self::NotUnderWay => {
                Error::invalid("this authorisation is not under way: it has run out, or never began here")
                    .advise("begin connecting again")
            }
            Self::ForeignSession => Error::invalid("this authorisation was begun in another session")
                .advise("finish it in the session that began it"),
        };
        Err(error.operation("finish_connect"))
    }

    /// Whether the callback answered nothing that could be finished: browsers fetch ahead and scanners guess.
    pub(super) fn is_stray(&self) -> bool {
        matches!(self, Self::Replayed | Self::NotUnderWay)
    }
}
