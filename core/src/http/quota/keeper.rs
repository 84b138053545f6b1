//! Keeps quotas for all clients of a process.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::left::QuotaLeft;
use super::room::{Room, later};
use super::slot::Slot;
use super::{Quota, QuotaKeys, QuotaLimit, QuotaScope};
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::http::HttpPolicy;
use crate::ids::ConnectorId;

/// Fewer keys than this are not worth looking through.
const FEW: usize = 64;

/// Counts the calls of all clients that it is given to, and makes each wait, or say when to come back, before the
/// provider would refuse it.
///
/// It lives in one process and forgets with it. Several processes that call as one app each keep a share:
/// [`QuotaKeeper::share`]. What is full again is forgotten, so that memory follows the calls of late and not the
/// accounts that there ever were.
pub struct QuotaKeeper {
    share: f64,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    places: HashMap<Place, State>,
    /// How many places there may be before those that no longer matter are looked for.
    sweep_at: usize,
}

/// Whose calls are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    connector: ConnectorId,
    app: String,
    /// None where it is all of the app's.
    account: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    rooms: BTreeMap<&'static str, Room>,
    block: Option<Block>,
}

/// The provider has refused, and says or implies until when.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Block {
    pub(in crate::http) until: DateTime<Utc>,
    /// Whether a quota is used up; otherwise it was only too fast.
    pub(in crate::http) exhausted: bool,
}

/// What a call has to wait for.
enum Why<'a> {
    Quota(&'a Quota),
    Block(QuotaScope, Block),
}

impl fmt::Debug for QuotaKeeper {
    /// Without what it has counted: clients of one tenant show it, and it knows all of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuotaKeeper").field("share", &self.share).finish_non_exhaustive()
    }
}

impl Default for QuotaKeeper {
    fn default() -> Self {
        Self { share: 1.0, held: Mutex::default() }
    }
}

impl QuotaKeeper {
    /// A keeper that lets a process use all that the quotas allow.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps this share of every limit, of which one call at least is left: for a product that calls from several
    /// processes. 1 is all of it, and more is taken for 1.
    #[must_use]
    pub fn share(mut self, share: f64) -> Self {
        self.share = share.min(1.0);
        self
    }

    /// How much of each of the policy's quotas is left for calls under `keys`, in the order of the policy.
    pub fn left(&self, keys: &QuotaKeys, policy: &HttpPolicy, now: DateTime<Utc>) -> Vec<QuotaLeft> {
        let held = self.held();
        let empty = Room::default();
        let of = |quota: &Quota| {
            let limit = quota.limit.shared(self.share);
            let state = held.places.get(&Place::of(keys, quota.scope));
            let room = state.and_then(|state| state.rooms.get(quota.name)).unwrap_or(&empty);
            let block = state.and_then(|state| state.block).map_or(now, |block| block.until);
            QuotaLeft {
                name: quota.name,
                scope: quota.scope,
                limit,
                used: room.used(limit, now),
                room_at: room.earliest(limit, now.max(block)),
                full_at: room.full_at().max(now),
            }
        };
        policy.quotas.iter().map(of).collect()
    }

    /// Until when nothing is asked under `keys`, because the provider has refused.
    pub fn blocked_until(&self, keys: &QuotaKeys, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.held().blocks(keys).map(|(_, block)| block.until).filter(|until| *until > now).max()
    }

    /// How many apps and accounts something is remembered of.
    pub fn remembered(&self) -> usize {
        self.held().places.len()
    }

    /// Takes the earliest slot for a call at which all quotas that count it have room. Nobody else gets it, and
    /// whoever asks later comes after.
    ///
    /// # Errors
    /// `RateLimited` or `QuotaExhausted` with the time at which there is room, if that is not within `patience`;
    /// then nothing is taken.
    pub(in crate::http) fn reserve<'a>(
        &'a self,
        keys: &QuotaKeys,
        quotas: &[Quota],
        operation: &str,
        now: DateTime<Utc>,
        patience: Duration,
    ) -> Result<Slot<'a>> {
        let mut held = self.held();
        let at = self.plan(&held, keys, quotas, operation, now, patience)?;
        let mut slot = Slot::new(self, at);
        for quota in quotas.iter().filter(|quota| quota.counts(operation)) {
            let place = Place::of(keys, quota.scope);
            held.state(&place, now).rooms.entry(quota.name).or_default().take(quota.limit, at, now);
            slot.took(place, quota);
        }
        Ok(slot)
    }

    /// Like [`QuotaKeeper::reserve`], but takes nothing.
    pub(in crate::http) fn look(
        &self,
        keys: &QuotaKeys,
        quotas: &[Quota],
        operation: &str,
        now: DateTime<Utc>,
        patience: Duration,
    ) -> Result<()> {
        self.plan(&self.held(), keys, quotas, operation, now, patience).map(drop)
    }

    /// The provider has refused a call under `keys`: until then none is made, by anybody.
    pub(in crate::http) fn block(
        &self,
        keys: &QuotaKeys,
        scope: QuotaScope,
        block: Block,
        now: DateTime<Utc>,
    ) {
        if block.until <= now {
            return;
        }
        let mut held = self.held();
        let known = &mut held.state(&Place::of(keys, scope), now).block;
        if known.is_none_or(|known| known.until < block.until) {
            *known = Some(block);
        }
    }

    fn plan(
        &self,
        held: &Held,
        keys: &QuotaKeys,
        quotas: &[Quota],
        operation: &str,
        now: DateTime<Utc>,
        patience: Duration,
    ) -> Result<DateTime<Utc>> {
        let mut at = now;
        let mut why = None;
        for (scope, block) in held.blocks(keys) {
            if block.until > at {
                (at, why) = (block.until, Some(Why::Block(scope, block)));
            }
        }
        // Room in one quota may be where another has none: it is looked for until all agree.
        loop {
            let before = at;
            for quota in quotas.iter().filter(|quota| quota.counts(operation)) {
                let state = held.places.get(&Place::of(keys, quota.scope));
                let Some(room) = state.and_then(|state| state.rooms.get(quota.name)) else { continue };
                let earliest = room.earliest(quota.limit.shared(self.share), at);
                if earliest > at {
                    (at, why) = (earliest, Some(Why::Quota(quota)));
                }
            }
            if at == before {
                break;
            }
        }
        match why {
            Some(why) if at > later(now, patience) => Err(why.into_error(at)),
            _ => Ok(at),
        }
    }

    /// Undoes a reservation for a call that was not made.
    pub(super) fn give_back(&self, place: &Place, name: &str, limit: QuotaLimit, at: DateTime<Utc>) {
        let mut held = self.held();
        if let Some(room) = held.places.get_mut(place).and_then(|state| state.rooms.get_mut(name)) {
            room.give_back(limit, at);
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Nothing in there is left half done by a panic: each call is counted by one insertion.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// The state of a place. Before there is one more, those that no longer matter are dropped, if they may be half
    /// of all.
    fn state(&mut self, place: &Place, now: DateTime<Utc>) -> &mut State {
        if self.places.len() >= self.sweep_at.max(FEW) && !self.places.contains_key(place) {
            self.places.retain(|_, state| state.matters(now));
            self.sweep_at = self.places.len() * 2;
        }
        self.places.entry(place.clone()).or_default()
    }

    fn blocks(&self, keys: &QuotaKeys) -> impl Iterator<Item = (QuotaScope, Block)> {
        [QuotaScope::App, QuotaScope::Account].into_iter().filter_map(|scope| {
            let state = self.places.get(&Place::of(keys, scope))?;
            Some((scope, state.block?))
        })
    }
}

impl State {
    fn matters(&self, now: DateTime<Utc>) -> bool {
        self.block.is_some_and(|block| block.until > now)
            || self.rooms.values().any(|room| room.full_at() > now)
    }
}

impl Place {
    fn of(keys: &QuotaKeys, scope: QuotaScope) -> Self {
        Self {
            connector: keys.connector.clone(),
            app: keys.app.clone(),
            account: (scope == QuotaScope::Account).then(|| keys.account.clone()),
        }
    }
}

impl Why<'_> {
    fn into_error(self, at: DateTime<Utc>) -> Error {
        const NOT_ASKED: &str = "the provider was not asked";
        let error = match self {
            Self::Quota(quota) => {
                let error = match quota.limit {
                    QuotaLimit::Rate { .. } => {
                        Error::new(ErrorKind::RateLimited, "a quota has no room for this call yet")
                    }
                    QuotaLimit::Daily { .. } => {
                        Error::new(ErrorKind::QuotaExhausted, "a daily quota is used up")
                    }
                };
                error.with("quota", quota.name).with("scope", quota.scope.as_str()).advise(format!(
                    "{NOT_ASKED}; if it allows more, raise the quota where the connector is configured"
                ))
            }
            Self::Block(scope, block) => {
                let error = if block.exhausted {
                    Error::new(ErrorKind::QuotaExhausted, "a quota at the provider is used up")
                } else {
                    Error::new(ErrorKind::RateLimited, "the provider has asked to slow down")
                };
                error.with("scope", scope.as_str()).advise(format!("{NOT_ASKED} again before then"))
            }
        };
        error.retry(Retry::At(at))
    }
}
