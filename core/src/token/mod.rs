//! Tokens: where they rest, and how a live one is had.

mod authenticator;
mod manager;
mod record;
mod refresh;
mod reseal;
mod set;
mod store;
mod vault;

pub use authenticator::GrantAuthenticator;
pub use manager::{GrantStatus, Live, TokenManager};
pub use record::{GrantState, ReauthReason};
pub use reseal::Resealed;
pub use set::{Expiry, TokenSet};
pub use store::{Expected, GrantKey, Saved, Scope, Sealed, TokenStore, Versioned};
