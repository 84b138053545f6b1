//! OAuth: what a provider declares, what a product registers, and the steps between.

mod app;
mod scheme;

pub use app::OAuthApp;
pub use scheme::{AuthScheme, ClientAuth, OAuth2};
