//! The token endpoint: codes and refresh tokens against access tokens.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::{
    Access, Account, Challenge, Grant, OAuthConfig, Refresh, RefreshPolicy, State, TokenError, TokenGrant,
    assertion, form_fields,
};

type Fields = BTreeMap<String, String>;

impl State {
    pub(super) fn token(
        &mut self,
        config: &OAuthConfig,
        now: DateTime<Utc>,
        fields: &Fields,
        authorization: Option<&str>,
    ) -> Result<TokenGrant, TokenError> {
        if let (Some(assertion::GRANT_TYPE), Some(audience)) =
            (fields.get("grant_type").map(String::as_str), &config.assertion_audience)
        {
            // The assertion itself says who is asking.
            return self.take_assertion(config, audience, now, required(fields, "assertion")?);
        }
        let client_id = self.check_client(fields, authorization)?;
        match required(fields, "grant_type")? {
            "authorization_code" => self.exchange(config, now, fields, &client_id),
            "refresh_token" => self.refresh(config, now, fields, &client_id),
            _ => Err(TokenError::UnsupportedGrantType),
        }
    }

    fn check_client(&self, fields: &Fields, authorization: Option<&str>) -> Result<String, TokenError> {
        let (id, secret) = match authorization.and_then(basic_credentials) {
            Some((id, secret)) => (id, Some(secret)),
            None => (required(fields, "client_id")?.to_owned(), fields.get("client_secret").cloned()),
        };
        let client = self.clients.get(&id).ok_or(TokenError::UnknownClient)?;
        if client.secret.is_some() && client.secret != secret {
            return Err(TokenError::BadSecret);
        }
        Ok(id)
    }

    fn exchange(
        &mut self,
        config: &OAuthConfig,
        now: DateTime<Utc>,
        fields: &Fields,
        client_id: &str,
    ) -> Result<TokenGrant, TokenError> {
        let code = self.codes.get_mut(required(fields, "code")?).ok_or(TokenError::UnknownCode)?;
        if code.client_id != client_id {
            return Err(TokenError::UnknownCode);
        }
        if code.used {
            return Err(TokenError::CodeUsed);
        }
        if code.expires_at <= now {
            return Err(TokenError::CodeExpired);
        }
        if required(fields, "redirect_uri")? != code.redirect_uri {
            return Err(TokenError::RedirectMismatch);
        }
        if let Some(challenge) = &code.challenge {
            let verifier = fields.get("code_verifier").ok_or(TokenError::MissingVerifier)?;
            if !challenge.fits(verifier) {
                return Err(TokenError::BadVerifier);
            }
        }
        code.used = true;
        let (account, scopes, gives_refresh) =
            (code.account.clone(), code.scopes.clone(), code.gives_refresh);
        Ok(self.open_grant(config, now, client_id, &account, scopes, gives_refresh))
    }

    pub(super) fn open_grant(
        &mut self,
        config: &OAuthConfig,
        now: DateTime<Utc>,
        client_id: &str,
        account: &Account,
        scopes: Vec<String>,
        gives_refresh: bool,
    ) -> TokenGrant {
        let mut live: Vec<_> = (self.grants.values_mut())
            .filter(|grant| !grant.revoked && grant.client_id == client_id && grant.account == *account)
            .collect();
        if let Some(limit) = config.grants_per_account
            && live.len() >= limit
            && let Some(oldest) = live.first_mut()
        {
            oldest.revoked = true;
        }
        let id = self.add_grant(client_id, account, &scopes);
        let refresh_token = gives_refresh.then(|| self.issue_refresh(config, now, id));
        self.answer(config, now, id, scopes, refresh_token, client_id, account)
    }

    pub(super) fn add_grant(&mut self, client_id: &str, account: &Account, scopes: &[String]) -> u64 {
        self.counter += 1;
        let grant = Grant {
            client_id: client_id.to_owned(),
            account: account.clone(),
            scopes: scopes.to_vec(),
            revoked: false,
        };
        self.grants.insert(self.counter, grant);
        self.counter
    }

    fn refresh(
        &mut self,
        config: &OAuthConfig,
        now: DateTime<Utc>,
        fields: &Fields,
        client_id: &str,
    ) -> Result<TokenGrant, TokenError> {
        let token = required(fields, "refresh_token")?;
        let refresh = self.refresh.get_mut(token).ok_or(TokenError::UnknownRefreshToken)?;
        let grant = self.grants.get_mut(&refresh.grant).ok_or(TokenError::UnknownRefreshToken)?;
        if grant.client_id != client_id {
            return Err(TokenError::UnknownRefreshToken);
        }
        if refresh.spent {
            grant.revoked = true;
            return Err(TokenError::RefreshReused);
        }
        if grant.revoked {
            return Err(TokenError::Revoked);
        }
        if refresh.expires_at.is_some_and(|at| at <= now) {
            return Err(TokenError::RefreshExpired);
        }
        let (id, account) = (refresh.grant, grant.account.clone());
        // A refresh may ask for less than was granted, never for more.
        let mut scopes = grant.scopes.clone();
        if let Some(narrower) = fields.get("scope") {
            scopes.retain(|scope| narrower.split_whitespace().any(|one| one == scope));
        }
        let refresh_token = match config.refresh_policy {
            RefreshPolicy::KeptSilently => None,
            RefreshPolicy::KeptRepeated => Some(token.to_owned()),
            RefreshPolicy::Rotating => {
                refresh.spent = true;
                Some(self.issue_refresh(config, now, id))
            }
        };
        Ok(self.answer(config, now, id, scopes, refresh_token, client_id, &account))
    }

    fn issue_refresh(&mut self, config: &OAuthConfig, now: DateTime<Utc>, grant: u64) -> String {
        let token = self.mint(config, &config.refresh_prefix);
        let expires_at = config.refresh_lifetime.map(|lifetime| now + lifetime);
        self.refresh.insert(token.clone(), Refresh { grant, expires_at, spent: false });
        token
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one answer, put together in one place")]
    pub(super) fn answer(
        &mut self,
        config: &OAuthConfig,
        now: DateTime<Utc>,
        grant: u64,
        scopes: Vec<String>,
        refresh_token: Option<String>,
        client_id: &str,
        account: &Account,
    ) -> TokenGrant {
        let access_token = self.mint(config, &config.access_prefix);
        let expires_at = now + config.access_lifetime;
        self.access.insert(access_token.clone(), Access { grant, scopes: scopes.clone(), expires_at });
        let refresh_expires_in = refresh_token.as_ref().and(config.refresh_lifetime).map(|t| t.num_seconds());
        TokenGrant {
            access_token,
            expires_in: config.access_lifetime.num_seconds(),
            refresh_token,
            refresh_expires_in,
            scopes,
            account: account.clone(),
            client_id: client_id.to_owned(),
        }
    }
}

impl Challenge {
    fn fits(&self, verifier: &str) -> bool {
        match self {
            Self::Plain(challenge) => challenge == verifier,
            Self::S256(challenge) => {
                *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
            }
        }
    }
}

fn required<'a>(fields: &'a Fields, name: &'static str) -> Result<&'a str, TokenError> {
    fields.get(name).map(String::as_str).filter(|value| !value.is_empty()).ok_or(TokenError::Missing(name))
}

/// The client's credentials of an `Authorization: Basic` header, which are form-encoded inside (RFC 6749,
/// section 2.3.1).
fn basic_credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| form_fields(&format!("v={text}")).remove("v");
    Some((plain(id)?, plain(secret)?))
}
