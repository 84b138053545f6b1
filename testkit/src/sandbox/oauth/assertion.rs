//! The token endpoint: assertions of service accounts against access tokens (RFC 7523).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Account, OAuthConfig, State, TokenError, TokenGrant, push_new};

pub(super) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// How long an assertion may live at most.
const LONGEST: TimeDelta = TimeDelta::minutes(65);
/// How far another's clock may be ahead.
const SKEW: TimeDelta = TimeDelta::minutes(5);

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: Option<String>,
    scope: Option<String>,
    aud: Option<String>,
    iat: Option<i64>,
    exp: Option<i64>,
}

impl State {
    pub(super) fn take_assertion(
        &mut self,
        config: &OAuthConfig,
        audience: &str,
        now: DateTime<Utc>,
        assertion: &str,
    ) -> Result<TokenGrant, TokenError> {
        let (signed, signature) = assertion.rsplit_once('.').ok_or(TokenError::BadSignature)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::BadSignature)?;
        let (header, claims): (Header, Claims) = (part(header)?, part(claims)?);
        let service = self.services.named(&claims.iss).ok_or(TokenError::UnknownServiceAccount)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::BadSignature)?;
        if header.alg != "RS256" || !service.has_signed(signed.as_bytes(), &signature) {
            return Err(TokenError::BadSignature);
        }
        if claims.aud.as_deref() != Some(audience) {
            return Err(TokenError::WrongAudience);
        }
        claims.check_times(now)?;
        let scopes = claims.scopes(&config.assertion_scope_prefix)?;
        let account = match claims.sub.as_deref().filter(|subject| *subject != claims.iss) {
            None => Account { id: claims.iss.clone(), login: claims.iss.clone() },
            Some(subject) => {
                let account = (self.accounts.iter())
                    .find(|account| account.id == subject || account.login.eq_ignore_ascii_case(subject))
                    .ok_or(TokenError::UnknownSubject)?;
                let open = self.services.delegated(&service.client_id, [&account.id, &account.login]);
                match scopes.iter().filter(|scope| open.contains(scope.as_str())).count() {
                    0 => return Err(TokenError::NotDelegated),
                    some if some < scopes.len() => return Err(TokenError::ScopeNotDelegated),
                    _ => account.clone(),
                }
            }
        };
        // Not by `open_grant`: the number of a service account's tokens is not limited.
        let client_id = service.client_id.clone();
        let grant = self.add_grant(&client_id, &account, &scopes);
        Ok(self.answer(config, now, grant, scopes, None, &client_id, &account))
    }
}

impl Claims {
    fn check_times(&self, now: DateTime<Utc>) -> Result<(), TokenError> {
        let at = |seconds: Option<i64>| {
            seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or(TokenError::BadTimes)
        };
        let (issued, expires) = (at(self.iat)?, at(self.exp)?);
        let right = issued <= expires && expires - issued <= LONGEST && now < expires && issued <= now + SKEW;
        if right { Ok(()) } else { Err(TokenError::BadTimes) }
    }

    fn scopes(&self, prefix: &str) -> Result<Vec<String>, TokenError> {
        let mut scopes = Vec::new();
        for scope in self.scope.as_deref().unwrap_or_default().split_whitespace() {
            let rest = scope.strip_prefix(prefix).ok_or(TokenError::BadScope)?;
            // Commas do not separate scopes, though many write them.
            if rest.is_empty() || rest.contains(',') {
                return Err(TokenError::BadScope);
            }
            push_new(&mut scopes, scope);
        }
        if scopes.is_empty() { Err(TokenError::BadScope) } else { Ok(scopes) }
    }
}

/// One part of the assertion, which is JSON in unpadded base64url.
fn part<T: DeserializeOwned>(encoded: &str) -> Result<T, TokenError> {
    let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenError::BadSignature)?;
    serde_json::from_slice(&json).map_err(|_| TokenError::BadSignature)
}
