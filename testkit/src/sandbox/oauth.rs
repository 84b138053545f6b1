//! An authorisation server that belongs to no provider: the state behind the sandboxes' consent pages and
//! token endpoints.
//!
//! It decides; each sandbox words the answer as its provider does. Accounts consent by themselves, so a flow
//! needs no browser: the first redirect already carries the code. All token strings are derived from a seed
//! and a counter, so that a run can be repeated exactly.

mod assertion;
mod exchange;
mod model;
mod service_account;
mod test_key;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acquaint_core::env::Clock;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use url::Url;

pub use model::{
    Account, AuthorizeError, AuthorizeOutcome, Bearer, BearerError, Client, OAuthCalls, OAuthConfig,
    RefreshIssue, RefreshPolicy, TokenError, TokenGrant, TokenInfo,
};
pub use service_account::{Delegated, KeyError};
pub use test_key::{TEST_KEY, test_key_file};

use service_account::ServiceAccounts;

/// The state of one provider's authorisation server. Its Debug shows no token.
pub struct OAuthServer {
    clock: Arc<dyn Clock>,
    config: OAuthConfig,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    clients: BTreeMap<String, Client>,
    accounts: Vec<Account>,
    default_account: Option<String>,
    deny: bool,
    unticked: BTreeSet<String>,
    /// The scopes that an account cannot grant.
    lacking: BTreeMap<String, BTreeSet<String>>,
    /// Which account has consented to which client, and to what.
    consents: BTreeMap<(String, String), BTreeSet<String>>,
    codes: BTreeMap<String, Code>,
    grants: BTreeMap<u64, Grant>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    services: ServiceAccounts,
    counter: u64,
    calls: OAuthCalls,
}

struct Code {
    client_id: String,
    redirect_uri: String,
    challenge: Option<Challenge>,
    account: Account,
    scopes: Vec<String>,
    gives_refresh: bool,
    expires_at: DateTime<Utc>,
    used: bool,
}

enum Challenge {
    S256(String),
    Plain(String),
}

struct Grant {
    client_id: String,
    account: Account,
    scopes: Vec<String>,
    revoked: bool,
}

struct Access {
    grant: u64,
    scopes: Vec<String>,
    expires_at: DateTime<Utc>,
}

struct Refresh {
    grant: u64,
    expires_at: Option<DateTime<Utc>>,
    spent: bool,
}

impl OAuthServer {
    /// A server without clients and accounts.
    pub fn new(clock: Arc<dyn Clock>, config: OAuthConfig) -> Self {
        Self { clock, config, state: Mutex::default() }
    }

    /// Registers `client`, replacing one of the same id.
    pub fn add_client(&self, client: Client) {
        self.state().clients.insert(client.id.clone(), client);
    }

    /// Adds an account that consents to everything. `login` is what a `login_hint` may name besides `id`.
    /// The first account is the default one. An account of the same id is replaced.
    pub fn add_account(&self, id: impl Into<String>, login: impl Into<String>) -> Account {
        let account = Account { id: id.into(), login: login.into() };
        let mut state = self.state();
        state.accounts.retain(|other| other.id != account.id);
        state.accounts.push(account.clone());
        account
    }

    /// Takes an account away, as when somebody leaves: nobody can consent or act as it, and its grants end.
    pub fn remove_account(&self, id: &str) {
        self.state().accounts.retain(|account| account.id != id);
        self.revoke_account(id);
    }

    /// Who consents when `login_hint` names nobody. An id that is no account leaves the choice to the first.
    pub fn set_default_account(&self, id: impl Into<String>) {
        self.state().default_account = Some(id.into());
    }

    /// Whether people answer the consent page with no from now on.
    pub fn deny_consent(&self, deny: bool) {
        self.state().deny = deny;
    }

    /// The scopes that people untick on the consent page from now on; empty grants all that is asked.
    pub fn untick_scopes<I: IntoIterator<Item: Into<String>>>(&self, scopes: I) {
        self.state().unticked = scopes.into_iter().map(Into::into).collect();
    }

    /// The scopes that `account` cannot grant from now on, as when its plan lacks what they open: of the optional ones
    /// they are left out in silence, any other refuses the whole. Empty: it can grant all.
    pub fn lack_scopes<I: IntoIterator<Item: Into<String>>>(&self, account: &str, scopes: I) {
        let scopes = scopes.into_iter().map(Into::into).collect();
        self.state().lacking.insert(account.to_owned(), scopes);
    }

    /// Answers the authorisation page. `query` is the raw query string, without the question mark.
    ///
    /// Understands `client_id`, `redirect_uri`, `response_type`, `scope`, `optional_scope`, `state`,
    /// `login_hint`, `access_type`, `prompt`, `include_granted_scopes`, `code_challenge` and
    /// `code_challenge_method`.
    pub fn authorize(&self, query: &str) -> AuthorizeOutcome {
        let fields = form_fields(query);
        let now = self.clock.now();
        let mut state = self.state();
        state.calls.authorizations += 1;
        match state.consent(&self.config, now, &fields) {
            Ok(location) => AuthorizeOutcome::Redirect { location: location.into() },
            Err(error) => AuthorizeOutcome::Page(error),
        }
    }

    /// Answers the token endpoint. `form` is the raw form-encoded body; `authorization` is the request's
    /// `Authorization` header for providers that accept the client's credentials there, else `None`.
    ///
    /// # Errors
    /// Why the call is refused. A spent rotating refresh token revokes its grant.
    pub fn token(&self, form: &str, authorization: Option<&str>) -> Result<TokenGrant, TokenError> {
        let fields = form_fields(form);
        let now = self.clock.now();
        let mut state = self.state();
        let outcome = state.token(&self.config, now, &fields, authorization);
        match &outcome {
            Ok(_) => match fields.get("grant_type").map(String::as_str) {
                Some("refresh_token") => state.calls.refreshes += 1,
                Some(assertion::GRANT_TYPE) => state.calls.assertions += 1,
                _ => state.calls.exchanges += 1,
            },
            Err(error) => {
                state.calls.refused += 1;
                state.calls.reuses += u64::from(*error == TokenError::RefreshReused);
            }
        }
        outcome
    }

    /// Tells who is behind the `Authorization` header of an API call.
    ///
    /// # Errors
    /// If the header is not a live access token of this server.
    pub fn check_bearer(&self, header: Option<&str>) -> Result<Bearer, BearerError> {
        let token = header.and_then(bearer_token).ok_or(BearerError::Missing)?;
        let state = self.state();
        let access = state.access.get(token).ok_or(BearerError::Unknown)?;
        let grant = state.grants.get(&access.grant).ok_or(BearerError::Unknown)?;
        if access.expires_at <= self.clock.now() {
            return Err(BearerError::Expired);
        }
        if grant.revoked && self.config.revoke_ends_access {
            return Err(BearerError::Revoked);
        }
        Ok(Bearer {
            account: grant.account.clone(),
            client_id: grant.client_id.clone(),
            scopes: access.scopes.iter().cloned().collect(),
            expires_at: access.expires_at,
        })
    }

    /// What is known about `token`; `None` if it was never issued.
    pub fn inspect(&self, token: &str) -> Option<TokenInfo> {
        let now = self.clock.now();
        let state = self.state();
        let (refresh, grant, scopes, expires_at, spent) = if let Some(access) = state.access.get(token) {
            (false, access.grant, Some(&access.scopes), Some(access.expires_at), false)
        } else {
            let refresh = state.refresh.get(token)?;
            (true, refresh.grant, None, refresh.expires_at, refresh.spent)
        };
        let grant = state.grants.get(&grant)?;
        let ended = grant.revoked && (refresh || self.config.revoke_ends_access);
        Some(TokenInfo {
            refresh,
            account: grant.account.clone(),
            client_id: grant.client_id.clone(),
            scopes: scopes.unwrap_or(&grant.scopes).clone(),
            expires_at,
            active: !ended && !spent && expires_at.is_none_or(|at| at > now),
        })
    }

    /// Answers the revocation endpoint: ends the grant behind an access or refresh token. False if the token
    /// is not known or its grant has ended already.
    pub fn revoke(&self, token: &str) -> bool {
        let mut state = self.state();
        let grant = (state.access.get(token).map(|access| access.grant))
            .or_else(|| state.refresh.get(token).map(|refresh| refresh.grant));
        let Some(grant) = grant.and_then(|id| state.grants.get_mut(&id)) else { return false };
        let revoked = !std::mem::replace(&mut grant.revoked, true);
        let consent = (grant.client_id.clone(), grant.account.id.clone());
        if revoked {
            state.consents.remove(&consent);
            state.calls.revocations += 1;
        }
        revoked
    }

    /// Ends every grant of `account`, as its owner does in the provider's settings. Says how many there were.
    pub fn revoke_account(&self, account: &str) -> usize {
        let mut state = self.state();
        state.consents.retain(|(_, id), _| id != account);
        let live = state.grants.values_mut().filter(|grant| grant.account.id == account && !grant.revoked);
        live.map(|grant| grant.revoked = true).count()
    }

    /// Ends every access token now; refresh tokens stay.
    pub fn expire_access_tokens(&self) {
        let now = self.clock.now();
        for access in self.state().access.values_mut() {
            access.expires_at = access.expires_at.min(now);
        }
    }

    /// Ends every refresh token now; access tokens live out their time.
    pub fn expire_refresh_tokens(&self) {
        let now = self.clock.now();
        for refresh in self.state().refresh.values_mut() {
            refresh.expires_at = Some(refresh.expires_at.map_or(now, |at| at.min(now)));
        }
    }

    /// Gives `account` a grant for `client_id` and `scopes` without any page, for tests that are not about
    /// connecting. Neither needs to be registered.
    pub fn grant(&self, client_id: &str, account: &Account, scopes: &[&str]) -> TokenGrant {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        self.state().open_grant(&self.config, self.clock.now(), client_id, account, scopes, true)
    }

    /// How often the server was called.
    pub fn calls(&self) -> OAuthCalls {
        self.state().calls
    }

    /// The accounts, in the order in which they were added.
    pub fn accounts(&self) -> Vec<Account> {
        self.state().accounts.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave half a change: every method changes the state last.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for OAuthServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthServer").field("calls", &self.calls()).finish_non_exhaustive()
    }
}

/// The fields of a form-encoded query or body. Of a repeated field the last counts.
pub fn form_fields(encoded: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(encoded.as_bytes()).into_owned().collect()
}

/// The token of an `Authorization: Bearer TOKEN` header.
pub fn bearer_token(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

impl State {
    fn consent(
        &mut self,
        config: &OAuthConfig,
        now: DateTime<Utc>,
        fields: &BTreeMap<String, String>,
    ) -> Result<Url, AuthorizeError> {
        let field = |name: &str| fields.get(name).map(String::as_str).filter(|value| !value.is_empty());
        let required = |name: &'static str| field(name).ok_or(AuthorizeError::Missing(name));
        let client = self.clients.get(required("client_id")?).ok_or(AuthorizeError::UnknownClient)?;
        let redirect_uri = required("redirect_uri")?;
        let mut location = client.check_redirect(redirect_uri).ok_or(AuthorizeError::RedirectMismatch)?;
        if required("response_type")? != "code" {
            return Err(AuthorizeError::UnsupportedResponseType);
        }
        let challenge = match (field("code_challenge"), field("code_challenge_method")) {
            (None, _) => None,
            (Some(challenge), Some("S256")) => Some(Challenge::S256(challenge.to_owned())),
            (Some(challenge), None | Some("plain")) => Some(Challenge::Plain(challenge.to_owned())),
            (Some(_), Some(_)) => return Err(AuthorizeError::UnsupportedChallengeMethod),
        };
        let account = self.choose_account(field("login_hint"));
        let lacks = |scope: &str| {
            let lacking = account.as_ref().ok().and_then(|account| self.lacking.get(&account.id));
            lacking.is_some_and(|lacking| lacking.contains(scope))
        };
        let mut asked = Vec::new();
        for scope in required("scope")?.split_whitespace() {
            if !client.may_ask(scope) {
                return Err(AuthorizeError::ScopeNotAllowed(scope.to_owned()));
            }
            if lacks(scope) {
                return Err(AuthorizeError::ScopeUnavailable(scope.to_owned()));
            }
            push_new(&mut asked, scope);
        }
        // An optional scope that is not to be had is dropped in silence.
        for scope in field("optional_scope").unwrap_or_default().split_whitespace() {
            if client.may_ask(scope) && !lacks(scope) {
                push_new(&mut asked, scope);
            }
        }
        let account = account?;
        let mut answer: Vec<(&str, String)> = Vec::new();
        answer.extend(field("state").map(|state| ("state", state.to_owned())));
        let client = (client.id.clone(), client.installed);
        let mut scopes: Vec<String> =
            asked.into_iter().filter(|scope| !self.unticked.contains(scope)).collect();
        if self.deny || scopes.is_empty() {
            answer.insert(0, ("error", "access_denied".to_owned()));
        } else {
            let consent = (client.0.clone(), account.id.clone());
            let first = !self.consents.contains_key(&consent);
            let earlier = self.consents.entry(consent).or_default();
            if field("include_granted_scopes") == Some("true") {
                earlier.iter().for_each(|scope| push_new(&mut scopes, scope));
            }
            earlier.extend(scopes.iter().cloned());
            let forced = field("prompt").is_some_and(|p| p.split_whitespace().any(|one| one == "consent"));
            let gives_refresh = match config.refresh_issue {
                RefreshIssue::Always => true,
                RefreshIssue::OfflineFirstConsent => {
                    client.1 || (field("access_type") == Some("offline") && (first || forced))
                }
            };
            let code = self.mint(config, &config.code_prefix);
            answer.push(("code", code.clone()));
            if config.redirect_carries_scope {
                answer.push(("scope", scopes.join(" ")));
            }
            let code_state = Code {
                client_id: client.0,
                redirect_uri: redirect_uri.to_owned(),
                challenge,
                account,
                scopes,
                gives_refresh,
                expires_at: now + config.code_lifetime,
                used: false,
            };
            self.codes.insert(code, code_state);
        }
        location.query_pairs_mut().extend_pairs(answer);
        Ok(location)
    }

    fn choose_account(&self, hint: Option<&str>) -> Result<Account, AuthorizeError> {
        let named = |name: &str| {
            self.accounts
                .iter()
                .find(|account| account.id == name || account.login.eq_ignore_ascii_case(name))
        };
        (hint.and_then(named))
            .or_else(|| self.default_account.as_deref().and_then(named))
            .or_else(|| self.accounts.first())
            .cloned()
            .ok_or(AuthorizeError::NoAccount)
    }

    /// A token string that nobody can have seen before: the hash of seed and counter.
    fn mint(&mut self, config: &OAuthConfig, prefix: &str) -> String {
        self.counter += 1;
        let mut hash = Sha256::new();
        hash.update(config.seed.to_be_bytes());
        hash.update(self.counter.to_be_bytes());
        hash.update(prefix.as_bytes());
        format!("{prefix}{}", URL_SAFE_NO_PAD.encode(hash.finalize()))
    }
}

impl Client {
    /// The redirect URI if this client may use it.
    fn check_redirect(&self, uri: &str) -> Option<Url> {
        let url = Url::parse(uri).ok()?;
        let loopback = url.scheme() == "http"
            && matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))
            && url.fragment().is_none();
        (self.redirect_uris.iter().any(|known| known == uri) || (self.installed && loopback)).then_some(url)
    }

    fn may_ask(&self, scope: &str) -> bool {
        self.allowed_scopes.is_empty() || self.allowed_scopes.contains(scope)
    }
}

fn push_new(list: &mut Vec<String>, item: &str) {
    if !list.iter().any(|known| known == item) {
        list.push(item.to_owned());
    }
}
