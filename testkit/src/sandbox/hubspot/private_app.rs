//! Tokens of private apps, which no consent page gives and no clock ends
//! (<https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview>).

use super::HubSpotSandbox;
use super::error::CrmError;

impl HubSpotSandbox {
    /// A token of `portal` that never expires, as a private app or service key has: `pat-na1-…`.
    ///
    /// # Errors
    /// If there is no such portal.
    pub fn static_token(&self, portal: u64, scopes: &[&str]) -> Result<String, CrmError> {
        let made = {
            let mut state = self.state();
            state.statics_made += 1;
            state.statics_made
        };
        let token = format!("pat-na1-{portal}-{made}");
        self.add_private_app_token(portal, &token, scopes)?;
        Ok(token)
    }

    /// Gives `portal` a private app whose token is `token`; it works until it is revoked. The same token again
    /// changes the scopes of its app.
    ///
    /// # Errors
    /// If there is no such portal.
    pub fn add_private_app_token(&self, portal: u64, token: &str, scopes: &[&str]) -> Result<(), CrmError> {
        let mut state = self.state();
        if state.portals.get(&portal).is_none_or(|portal| portal.gone) {
            return Err(CrmError::UnknownPortal(portal));
        }
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        state.statics.insert(token.to_owned(), (portal, scopes));
        Ok(())
    }

    /// Ends a private app's token, as deleting the app or rotating its token does: from now on it answers 401.
    /// False if it is not known.
    pub fn revoke_private_app_token(&self, token: &str) -> bool {
        self.state().statics.remove(token).is_some()
    }
}
