//! What a product that embeds the engine uses from day to day.
//!
//! ```
//! use acquaint::prelude::*;
//!
//! let manifest = Manifest::parse("{ acquaint: 1, name: all, sources: { crm: { connector: local } } }").unwrap();
//! assert_eq!(manifest.name(), "all");
//! ```

#[cfg(feature = "sqlite")]
pub use crate::Sqlite;
pub use crate::{
    Acquaint, ChangeKind, Connection, Credential, Error, ErrorKind, Finished, Initiator, Keys, Manifest,
    Meeting, Mirrored, NoticeKind, OAuthApp, Result, SyncOptions, SyncReport, Tenant, TokenStore, WhyQuery,
};
