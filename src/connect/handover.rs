//! Connecting without a person's consent: with what is handed over, with the product's own trust, with a service
//! account.

use acquaint_core::auth::{AuthKind, Credential};
use acquaint_core::store::Connection;
use acquaint_core::{Error, ErrorKind, Result};

use super::settle::{Settling, settle};
use super::{Connect, Expected, Finished, access};

impl Connect {
    /// Connects with a credential that the tenant hands over: an API key, a private app's token, a user name and
    /// password. It is tried before it is kept.
    ///
    /// # Errors
    /// `Invalid`, naming the fields, if something is missing or the connector takes no such credential;
    /// `NeedsReauth` or `Forbidden` if the provider refuses it; otherwise as [`Connect::begin`].
    pub async fn with_credential(self, credential: Credential) -> Result<Connection> {
        self.hand_over(AuthKind::Fixed, &credential, None).await
    }

    /// Connects with the client-credentials grant. `credential` holds what differs from tenant to tenant, the
    /// tenant's own client included if the connector wants one; often nothing.
    ///
    /// # Errors
    /// As [`Connect::with_credential`]; `Misconfigured` if the product's app is refused.
    pub async fn with_client_credentials(self, credential: Credential) -> Result<Connection> {
        self.hand_over(AuthKind::ClientCredentials, &credential, None).await
    }

    /// Connects with the registered service account on behalf of `user`, an address at the provider whose
    /// administrator has allowed that.
    ///
    /// # Errors
    /// `Misconfigured` if no service account is registered, `Forbidden` if the administrator has not allowed it or
    /// there is no such user; otherwise as [`Connect::with_credential`].
    pub async fn on_behalf_of(self, user: &str) -> Result<Connection> {
        self.hand_over(AuthKind::ServiceAccount, &Credential::default(), Some(user)).await
    }

    /// Connects with the registered service account as itself: it sees what was shared with it.
    ///
    /// # Errors
    /// As [`Connect::on_behalf_of`].
    pub async fn as_service_account(self) -> Result<Connection> {
        self.hand_over(AuthKind::ServiceAccount, &Credential::default(), None).await
    }

    async fn hand_over(
        self,
        kind: AuthKind,
        credential: &Credential,
        subject: Option<&str>,
    ) -> Result<Connection> {
        let engine = &*self.tenant.engine.of(&self.tenant.id).await?;
        let source = self.source(engine)?;
        let connector = &**engine.connector(&source.connector)?;
        let auth = engine.grant_auth(connector, &self.tenant.id, kind).await?;
        let auth = auth.ok_or_else(|| Error::bug("a way of connecting without a scheme"))?;
        let scopes = access::needed(engine, connector, kind, source);
        let known = auth.handed_over(credential, subject, scopes, engine.env.now())?;
        let tokens =
            auth.first_tokens(&engine.env, known).await.map_err(|error| error.operation("connect"))?;
        let before = self.connection().await?;
        let settling = Settling {
            tenant: self.tenant.id.clone(),
            source_name: self.source.clone(),
            source,
            connector,
            user: self.initiator.user.clone(),
            auth,
            expected: before.map(|before| Expected { account: before.account, label: before.label }),
        };
        let settled = settle(engine, settling, tokens).await;
        settled.map_err(|error| refused(kind, error)).and_then(Finished::into_result)
    }
}

/// What was handed over a moment ago has not stopped working: it never did.
fn refused(kind: AuthKind, error: Error) -> Error {
    if kind != AuthKind::Fixed || error.kind() != ErrorKind::NeedsReauth {
        return error;
    }
    Error::new(ErrorKind::NeedsReauth, "the provider refuses this credential")
        .operation("connect")
        .advise("compare it with what the provider shows: it may be cut, of another account, or ended")
        .with_source(error)
}
