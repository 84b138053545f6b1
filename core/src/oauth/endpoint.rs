//! What a provider declares about its token endpoint.

use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

/// Where tokens are had, and how the answer is read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenEndpoint {
    /// Where requests for tokens are posted.
    pub url: Url,
    /// How the client proves itself there.
    pub client_auth: ClientAuth,
    /// How long an access token lives if the answer does not say; `None` means it is unknown.
    pub assumed_life: Option<Duration>,
    /// Brings an answer into the standard's form (RFC 6749 sections 5.1 and 5.2), where a provider has one of its
    /// own: tokens nested somewhere, an error under status 200, milliseconds. Called with every JSON object that
    /// the endpoint answers, whatever the status. Changes nothing by default.
    pub reply: fn(Map<String, Value>) -> Map<String, Value>,
    /// Codes besides `invalid_grant` by which the endpoint says that a grant no longer works. They are looked for
    /// in the fields `error`, `error_subtype` and `status` of its answer.
    pub revoked_codes: Vec<String>,
    /// Codes besides `invalid_client` by which it refuses the client itself, its id or its secret, before it looks at
    /// anything else: then another secret is tried, if there is one. They are looked for in the same fields, before
    /// all others.
    pub client_codes: Vec<String>,
    /// Codes besides the standard's own by which it says that the product's registration is wrong. They are looked
    /// for in the same fields, and before the ones that condemn a grant.
    pub operator_codes: Vec<String>,
}

impl TokenEndpoint {
    /// An endpoint that does as the standard says, with client credentials in the body.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            client_auth: ClientAuth::Body,
            assumed_life: None,
            reply: |answer| answer,
            revoked_codes: Vec::new(),
            client_codes: Vec::new(),
            operator_codes: Vec::new(),
        }
    }
}

/// How the client proves itself at the token endpoint (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuth {
    /// Client id and secret as form fields.
    Body,
    /// HTTP Basic.
    Basic,
    /// Not at all: a public client sends its id as a form field, and has no secret.
    Public,
}
