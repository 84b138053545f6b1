//! How a source may be connected.

use acquaint_core::Result;
use acquaint_core::auth::{AuthKind, AuthScheme, CredentialField};

use super::Connect;

/// One way of connecting a source; what a form or a button needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Way {
    /// Which way: [`AuthKind::OAuth2`] is [`Connect::begin`], [`AuthKind::Fixed`] is [`Connect::with_credential`],
    /// [`AuthKind::ClientCredentials`] is [`Connect::with_client_credentials`], [`AuthKind::ServiceAccount`] is
    /// [`Connect::on_behalf_of`].
    pub kind: AuthKind,
    /// What must be handed over, as a form would ask for it.
    pub fields: Vec<CredentialField>,
    /// Whether the app or service account that it needs is registered.
    pub ready: bool,
}

impl Connect {
    /// The ways in which the source may be connected, the usual one first.
    ///
    /// # Errors
    /// `Invalid` if the manifest has no such source.
    pub async fn ways(&self) -> Result<Vec<Way>> {
        let engine = &*self.tenant.engine.of(&self.tenant.id).await?;
        let connector = &**engine.connector(&self.source(engine)?.connector)?;
        let mut ways = Vec::new();
        for scheme in &connector.info().auth {
            let auth = engine.grant_auth(connector, &self.tenant.id, scheme.kind()).await;
            let fields = match (scheme, &auth) {
                (AuthScheme::Fixed(scheme), _) => scheme.fields.clone(),
                (_, Ok(Some(auth))) => {
                    auth.fields().into_iter().map(|name| CredentialField::new(name, name)).collect()
                }
                _ => Vec::new(),
            };
            if scheme.kind() != AuthKind::None {
                ways.push(Way { kind: scheme.kind(), fields, ready: auth.is_ok() });
            }
        }
        Ok(ways)
    }
}
