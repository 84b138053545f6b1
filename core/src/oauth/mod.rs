//! OAuth: what a provider declares, what a product registers, and the steps between.

mod app;
mod authorize;
mod callback;
mod exchange;
mod failure;
mod reply;
mod scheme;

pub use app::OAuthApp;
pub use authorize::{Authorize, authorize};
pub use callback::ParsedCallback;
pub(crate) use exchange::{CALL_TIMEOUT, refresh};
pub use exchange::{exchange, revoke};
pub(crate) use failure::TokenFailure;
pub use scheme::{AuthScheme, ClientAuth, GrantAuth, OAuth2};
