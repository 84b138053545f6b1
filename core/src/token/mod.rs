//! Tokens: where they rest, and how a live one is had.

mod store;

pub use store::{Expected, GrantKey, Saved, Scope, Sealed, TokenStore, Versioned};
