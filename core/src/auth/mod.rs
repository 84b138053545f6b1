//! How a connector's requests are authorised: what a provider takes, and how it is put on a request.

mod carry;
mod credential;
mod grant;
mod handed;
mod scheme;

pub use carry::{Carry, Signer, Signing};
pub use credential::{Credential, CredentialField, Fixed};
pub use grant::GrantAuth;
pub use scheme::{AuthKind, AuthScheme};
