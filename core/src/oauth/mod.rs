//! OAuth: what a provider declares, what a product registers, and the steps between.

mod app;
mod authorize;
mod call;
mod callback;
mod endpoint;
mod exchange;
mod failure;
mod introspect;
mod jwt;
#[cfg(feature = "rs256")]
mod key_file;
mod mint;
mod oauth2;
mod probe;
mod reply;
#[cfg(feature = "rs256")]
mod rs256;

pub use app::OAuthApp;
pub use authorize::{Ask, Authorize, authorize};
pub(crate) use call::CALL_TIMEOUT;
pub use callback::ParsedCallback;
pub use endpoint::{ClientAuth, TokenEndpoint};
pub(crate) use exchange::refresh;
pub use exchange::{exchange, revoke};
pub(crate) use failure::TokenFailure;
pub use introspect::{Introspection, introspect};
pub use jwt::{Assertion, Rs256, ServiceAccountKey};
pub(crate) use mint::{CLIENT_ID, CLIENT_SECRET, SUBJECT, client_credentials, service_account};
pub use oauth2::{ClientCredentials, OAuth2, OAuth2Client, ServiceAccount};
pub use probe::{Probed, ProbedPage, ProbedSecret, probe_grant, probe_page, probe_secrets};
#[cfg(feature = "rs256")]
pub use rs256::RsaKey;
