//! Live access tokens for whoever needs one, renewed ahead of time and by one process only.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use tracing::Instrument as _;

use super::authenticator::GrantAuthenticator;
use super::record::{GrantState, Renewal, TokenRecord};
use super::set::Standing;
use super::vault::Vault;
use super::{Expected, Expiry, GrantKey, Saved, Scope, TokenSet, TokenStore, refresh};
use crate::auth::GrantAuth;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Stamp;
use crate::ids::TenantId;
use crate::keys::KeyProvider;
use crate::seal::Sealer;
use crate::secret::Secret;

/// How often a new credential is saved over somebody else's change before that is called a conflict.
const ATTEMPTS: usize = 16;

/// A refusal of a token that itself replaced a refused one less than this ago is not about the token.
fn refusal_pause() -> TimeDelta {
    TimeDelta::minutes(1)
}

/// An access token that works as far as is known. `Debug` shows nothing of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Live {
    /// The access token.
    pub secret: Secret,
    /// Names it in [`TokenManager::refused`].
    pub stamp: Stamp,
    pub(super) tokens: TokenSet,
}

impl From<&TokenRecord> for Live {
    fn from(record: &TokenRecord) -> Self {
        Self { secret: record.tokens.access.clone(), stamp: record.stamp, tokens: record.tokens.clone() }
    }
}

/// What may be known of a grant's credential without the credential. `Debug` shows the names of `extra` only.
#[derive(Clone)]
#[non_exhaustive]
pub struct GrantStatus {
    /// Whether the grant works.
    pub state: GrantState,
    /// When the access token stops working.
    pub expiry: Expiry,
    /// When it was had.
    pub obtained: DateTime<Utc>,
    /// Whether there is a refresh token.
    pub renewable: bool,
    /// The scopes that were granted, if the provider said so; otherwise those that were asked for.
    pub scopes: Option<Vec<String>>,
    /// What else the provider said beside the tokens.
    pub extra: std::collections::BTreeMap<String, String>,
}

impl fmt::Debug for GrantStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantStatus")
            .field("state", &self.state)
            .field("expiry", &self.expiry)
            .field("obtained", &self.obtained)
            .field("renewable", &self.renewable)
            .field("scopes", &self.scopes)
            .field("extra", &self.extra.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// Keeps the credentials of all grants, sealed, and hands out live access tokens. Cheap to clone; clones share
/// their work.
///
/// A token is renewed when the smaller of five minutes, or [`TokenManager::renew_ahead`], and a fifth of its life is
/// left. However many callers of
/// one process want one grant's token, one request is made for it; it runs as a task of its own, so that a caller
/// that goes away loses nothing. Several processes over one store agree by a lease inside the sealed record,
/// taken by compare-and-swap. The lease outlives the request's own time-out, so that nobody sends a refresh token
/// whose first outcome can still arrive. Processes' clocks should agree within half a minute.
///
/// A lease that was left behind, by a crash or a lost answer, means that the outcome is unknown: the provider may
/// or may not have replaced the refresh token. After the deadline the same refresh token is sent once more for
/// each answer that was lost, and the provider's word decides: new tokens, or [`ErrorKind::NeedsReauth`] with the
/// reason that an answer had been lost. Silence alone never condemns a grant.
///
/// No lock is held while a provider is called. Must be used within a Tokio runtime.
#[derive(Clone)]
pub struct TokenManager {
    pub(super) inner: Arc<Inner>,
    ahead: TimeDelta,
}

pub(super) struct Inner {
    pub(super) vault: Vault,
    pub(super) env: Env,
    flights: Mutex<HashMap<FlightId, Flight>>,
}

/// The grant, and the stamp of the token that is to be replaced.
type FlightId = (GrantKey, u64);
type Flight = Shared<BoxFuture<'static, Result<Live, Arc<Error>>>>;

impl fmt::Debug for TokenManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenManager").field("store", &self.inner.vault.store).finish_non_exhaustive()
    }
}

impl TokenManager {
    /// A manager of the credentials in `store`, sealed with `keys`.
    pub fn new(store: Arc<dyn TokenStore>, keys: Arc<dyn KeyProvider>, env: Env) -> Self {
        let sealer = Sealer::new(keys, &env);
        let vault = Vault { store, sealer };
        let inner = Arc::new(Inner { vault, env, flights: Mutex::default() });
        Self { inner, ahead: TimeDelta::minutes(5) }
    }

    /// Renews a token when the smaller of `ahead` and a fifth of its life is left. Five minutes by default. Zero
    /// renews only what is over.
    #[must_use]
    pub fn renew_ahead(mut self, ahead: Duration) -> Self {
        self.ahead = TimeDelta::from_std(ahead).unwrap_or(TimeDelta::MAX);
        self
    }

    /// Keeps the tokens of a new authorisation, in place of any there were. The grant works again if it did not.
    ///
    /// If the provider sent no refresh token, the one of a grant that still works is kept, if it was given to the same
    /// client: some send it only with the first authorisation.
    ///
    /// # Errors
    /// `Sealed` if there is a credential that cannot be opened: nothing is written over it, because the key may
    /// be the wrong one; [`TokenManager::forget`] it first if the right key is lost. The store's errors otherwise.
    pub async fn save_new(&self, key: &GrantKey, tokens: TokenSet) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let found = self.inner.vault.find(key).await?;
            let mut record = TokenRecord::new(self.inner.fresh_stamp(), tokens.clone());
            let expected = match &found {
                None => Expected::Absent,
                Some(found) => Expected::Version(found.version),
            };
            if let Some(found) = found
                && !record.renewable()
                && found.record.renewable()
                && found.record.state == GrantState::Live
                && (record.tokens.issued_to.is_none()
                    || found.record.tokens.issued_to == record.tokens.issued_to)
            {
                record.tokens.refresh = found.record.tokens.refresh;
                record.tokens.issued_to = found.record.tokens.issued_to;
                record.renewal = found.record.renewal;
            }
            if let Saved::Stored(_) = self.inner.vault.save(key, &record, expected).await? {
                return Ok(());
            }
        }
        Err(Error::new(ErrorKind::Conflict, "the credential keeps being changed by others")
            .with("grant", key))
    }

    /// Gives `to` the refresh token of `from`, a grant of the same account and app that still works, if it has none
    /// of its own: some providers send it only with the first authorisation. `from` may be forgotten then.
    ///
    /// # Errors
    /// As [`TokenManager::save_new`].
    pub async fn inherit_refresh_token(&self, to: &GrantKey, from: &GrantKey) -> Result<()> {
        let Some(from) = self.inner.vault.find(from).await? else { return Ok(()) };
        for _ in 0..ATTEMPTS {
            let Some(mut found) = self.inner.vault.find(to).await? else { return Ok(()) };
            let other_client = found.record.tokens.issued_to != from.record.tokens.issued_to;
            if found.record.renewable() || from.record.state != GrantState::Live || other_client {
                return Ok(());
            }
            found.record.tokens.refresh.clone_from(&from.record.tokens.refresh);
            found.record.renewal.clone_from(&from.record.renewal);
            let expected = Expected::Version(found.version);
            if let Saved::Stored(_) = self.inner.vault.save(to, &found.record, expected).await? {
                return Ok(());
            }
        }
        Err(Error::new(ErrorKind::Conflict, "the credential keeps being changed by others").with("grant", to))
    }

    /// A live access token, renewed first if that is due.
    ///
    /// While a token still works, trouble with renewing it is logged and not returned.
    ///
    /// # Errors
    /// `NotFound` if nothing is kept for the grant, `NeedsReauth` if only a person can mend it (and no call is
    /// made), `Forbidden` if the tenant's administrator must allow it, `Misconfigured` if the provider refuses the
    /// product's registration, `RateLimited` or `Unavailable` if it cannot be asked now, `Sealed` if the credential
    /// cannot be opened, and the store's.
    pub async fn access(&self, key: &GrantKey, auth: &GrantAuth) -> Result<Live> {
        let record = self.inner.vault.load(key).await?.record;
        record.check().map_err(|error| error.with("grant", key))?;
        let now = self.inner.env.now();
        let standing = record.tokens.standing(now, self.ahead);
        let works = standing != Standing::Over;
        if standing == Standing::Fresh
            || (works && (!auth.renews(&record.tokens) || record.renewal.is_held(now)))
        {
            return Ok(Live::from(&record));
        }
        match self.renew(key, auth, record.stamp, false).await {
            Err(error)
                if excusable(&error)
                    && record.tokens.standing(self.inner.env.now(), self.ahead) != Standing::Over =>
            {
                tracing::warn!(grant = %key, %error, "an access token could not be renewed yet");
                Ok(Live::from(&record))
            }
            outcome => outcome,
        }
    }

    /// The provider refused the access token `stamp` with 401. Returns whether another one is at hand: because
    /// there was one already, or because it was renewed for this.
    ///
    /// A refusal straight after a renewal that a refusal had caused is not about the token, and gives false.
    ///
    /// # Errors
    /// As [`TokenManager::access`].
    pub async fn refused(&self, key: &GrantKey, auth: &GrantAuth, stamp: Stamp) -> Result<bool> {
        let record = self.inner.vault.load(key).await?.record;
        record.check().map_err(|error| error.with("grant", key))?;
        if record.stamp != stamp {
            return Ok(true);
        }
        let age = self.inner.env.now() - record.tokens.obtained;
        if record.replaced_refused && age < refusal_pause() {
            return Ok(false);
        }
        self.renew(key, auth, stamp, true).await.map(|_| true)
    }

    /// Renews a grant that has not been for `idle`, so that a refresh token does not end for want of use. Returns
    /// whether it did. What needs no person to be renewed is left alone.
    ///
    /// # Errors
    /// As [`TokenManager::access`].
    pub async fn keep_alive(&self, key: &GrantKey, auth: &GrantAuth, idle: TimeDelta) -> Result<bool> {
        let record = self.inner.vault.load(key).await?.record;
        record.check().map_err(|error| error.with("grant", key))?;
        let now = self.inner.env.now();
        let due = auth.spends() && auth.renews(&record.tokens) && now - record.tokens.obtained >= idle;
        if !due || record.renewal.is_held(now) {
            return Ok(false);
        }
        self.renew(key, auth, record.stamp, false).await.map(|_| true)
    }

    /// Puts the grant's live credential on requests, as its scheme says.
    pub fn authenticator(&self, key: GrantKey, auth: GrantAuth) -> GrantAuthenticator {
        GrantAuthenticator::new(self.clone(), key, auth)
    }

    pub(super) fn env(&self) -> &Env {
        &self.inner.env
    }

    /// What is known of the grant's credential, or `None` if there is none. Calls no provider.
    ///
    /// # Errors
    /// `Sealed` if the credential cannot be opened, and the store's.
    pub async fn status(&self, key: &GrantKey) -> Result<Option<GrantStatus>> {
        let found = self.inner.vault.find(key).await?;
        Ok(found.map(|found| {
            let renewable = found.record.renewable();
            let TokenRecord { state, tokens, .. } = found.record;
            let TokenSet { expiry, obtained, scopes, extra, .. } = tokens;
            GrantStatus { state, expiry, obtained, renewable, scopes, extra }
        }))
    }

    /// Asks the provider to forget the grant; what is kept here stays. A grant without credential, or one that
    /// the provider no longer knows, counts as revoked.
    ///
    /// # Errors
    /// `Unsupported` if the provider has no way to do it; else as [`TokenManager::access`].
    pub async fn revoke(&self, key: &GrantKey, auth: &GrantAuth) -> Result<()> {
        let Some(found) = self.inner.vault.find(key).await? else { return Ok(()) };
        auth.revoke(&self.inner.env, found.record.tokens).await.map_err(|error| error.with("grant", key))
    }

    /// Removes the credential; false if there was none. A renewal under way comes to nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn forget(&self, key: &GrantKey) -> Result<bool> {
        self.inner.vault.store.delete(key).await
    }

    /// Makes every credential of a tenant unreadable for good, in every copy of the store, by destroying its key;
    /// then removes what is stored. Returns how many credentials were removed.
    ///
    /// # Errors
    /// `Unsupported` if the key provider has one key for several tenants; nothing is removed then. The provider's
    /// and the store's: call again until it succeeds.
    pub async fn destroy(&self, tenant: &TenantId) -> Result<u64> {
        self.inner.vault.sealer.destroy(tenant).await?;
        let mut removed = 0;
        loop {
            let page = self.inner.vault.store.list(Scope::Tenant(tenant.clone()), None, 100).await?;
            if page.is_empty() {
                return Ok(removed);
            }
            for key in page {
                removed += u64::from(self.inner.vault.store.delete(&key).await?);
            }
        }
    }

    /// Renews the token `stale` unless that has happened: joins the flight that does it, or starts one.
    async fn renew(&self, key: &GrantKey, auth: &GrantAuth, stale: Stamp, refused: bool) -> Result<Live> {
        let flight = self.flight(key, auth, stale, refused);
        flight.await.map_err(|error| copy(&error).with("grant", key))
    }

    fn flight(&self, key: &GrantKey, auth: &GrantAuth, stale: Stamp, refused: bool) -> Flight {
        let id = (key.clone(), stale.0);
        let mut flights = self.inner.flights();
        if let Some(flight) = flights.get(&id) {
            return flight.clone();
        }
        let (key, auth) = (key.clone(), auth.clone());
        let landing = Landing { inner: Arc::clone(&self.inner), id: id.clone() };
        let task = tokio::spawn(
            async move {
                let inner = &landing.inner;
                refresh::renew(inner, &key, &auth, stale, refused).await.map_err(Arc::new)
            }
            .in_current_span(),
        );
        let flight = task
            .map(|end| {
                end.unwrap_or_else(|_| Err(Arc::new(Error::bug("the renewal of a token was cut short"))))
            })
            .boxed()
            .shared();
        flights.insert(id, flight.clone());
        flight
    }
}

impl Inner {
    pub(super) fn fresh_stamp(&self) -> Stamp {
        let mut bytes = [0; 8];
        self.env.entropy.fill(&mut bytes);
        Stamp(u64::from_le_bytes(bytes))
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<FlightId, Flight>> {
        // Nothing panics while it is held, and a map is whole after any of its methods.
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a flight off the board when it ends, however it ends.
struct Landing {
    inner: Arc<Inner>,
    id: FlightId,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.inner.flights().remove(&self.id);
    }
}

impl TokenRecord {
    /// # Errors
    /// `NeedsReauth` if the grant does not work.
    pub(super) fn check(&self) -> Result<()> {
        match &self.state {
            GrantState::Live => Ok(()),
            GrantState::NeedsReauth { reason, .. } => Err(reason.error()),
        }
    }

    pub(super) fn renewable(&self) -> bool {
        self.tokens.refresh.as_ref().is_some_and(|token| !token.is_empty())
    }
}

impl Renewal {
    /// Whether somebody is at it, or nobody should be yet.
    fn is_held(&self, now: DateTime<Utc>) -> bool {
        self.lease.as_ref().is_some_and(|lease| now < lease.deadline)
            || self.pause.as_ref().is_some_and(|pause| now < pause.until)
    }
}

/// Whether a token that still works may be handed out in spite of this.
fn excusable(error: &Error) -> bool {
    use ErrorKind::{Forbidden, Misconfigured, RateLimited, Unavailable};
    matches!(error.kind(), Unavailable | RateLimited | Misconfigured | Forbidden)
}

/// One flight's error for one of its callers.
fn copy(shared: &Arc<Error>) -> Error {
    let mut error = Error::new(shared.kind(), shared.message()).retry(shared.retry_verdict());
    for key in ["code", "status", "because"] {
        if let Some(value) = shared.context(key) {
            error = error.with(key, value);
        }
    }
    if let Some(advice) = shared.advice() {
        error = error.advise(advice);
    }
    error.with_source(Arc::clone(shared))
}
