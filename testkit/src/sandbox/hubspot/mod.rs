//! A HubSpot CRM of its own: portals with records, custom objects, associations, merges, a recycle bin, a search index
//! that lags, webhooks, OAuth, scopes and limits.
//!
//! It answers at the paths of HubSpot's API from the server's root, by date version
//! (`/crm/objects/2026-03/…`) and by number (`/crm/v3/objects/…`), so any client that lets its host be set
//! works against it. Where HubSpot's documentation is silent or contradicts itself, [`HubSpotConfig`] has a
//! switch.
//!
//! The other side of it is the driving API: what people do in HubSpot's own pages, and the truth to compare a
//! mirror with.

mod access;
mod associations;
mod authorization;
mod batches;
mod built_in;
mod config;
mod courier;
mod definitions;
mod directory;
mod drive;
mod error;
mod failures;
mod filter;
mod happened;
mod import;
mod kinds;
mod limits;
mod link_types;
mod linking;
mod links;
mod merge;
mod named_links;
mod news;
mod objects;
mod params;
mod people;
mod pipelines;
mod portal;
mod private_app;
mod property;
mod push;
mod record;
mod render;
mod reply;
mod route;
mod schemas;
mod search;
mod server;
mod signature;
mod subscription;
mod trouble;
mod truth;
mod values;
mod webhook_config;
mod writes;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acquaint_core::env::Clock;
use bytes::Bytes;
use chrono::Duration;
use tokio::sync::Notify;

pub(crate) use built_in::LIFECYCLE;
pub use config::HubSpotConfig;
pub use courier::Courier;
pub use drive::Link;
pub use error::CrmError;
pub use failures::ItemFailure;
pub use import::{LoadError, LoadReport};
pub use property::{PropertyDefinition, PropertyOption};
pub use push::Delivery;
pub use search::SearchOrder;
pub use subscription::{Subscription, WebhookError};
pub use trouble::Trouble;
pub use truth::CrmRecord;
pub use webhook_config::WebhookConfig;

use super::date::dated;
use super::oauth::{Client, OAuthServer};
use super::{Fault, Faults, Sandbox};
use route::Route;
use server::State;

/// A HubSpot that several portals share, as several customers' portals share the real one.
///
/// Record ids start at the same number in every portal, so that a mix-up shows.
pub struct HubSpotSandbox {
    clock: Arc<dyn Clock>,
    oauth: OAuthServer,
    faults: Faults,
    /// Rings when there may be something to deliver.
    bell: Notify,
    state: Mutex<State>,
}

impl HubSpotSandbox {
    /// A HubSpot without portals, whose app is the one of `config`.
    pub fn new(clock: Arc<dyn Clock>, config: HubSpotConfig) -> Self {
        let oauth = OAuthServer::new(Arc::clone(&clock), config.oauth.clone());
        let mut client = Client::new(&config.client_id, &config.client_secret).installed();
        client.redirect_uris.clone_from(&config.redirect_uris);
        client.allowed_scopes = config.scopes.iter().cloned().collect();
        oauth.add_client(client);
        Self {
            clock,
            oauth,
            faults: Faults::default(),
            bell: Notify::new(),
            state: Mutex::new(State { config, ..State::default() }),
        }
    }

    /// The authorisation server, for consent, revocation and expiry. Its accounts are the portals, by number.
    pub fn oauth(&self) -> &OAuthServer {
        &self.oauth
    }

    /// Lets matching requests fail; see [`Trouble::response`] for HubSpot's own failures.
    pub fn inject(&self, fault: Fault) {
        self.faults.inject(fault);
    }

    /// Forgets the faults that have not struck yet.
    pub fn clear_faults(&self) {
        self.faults.clear();
    }

    /// How often each endpoint was called, failures included: `list contacts`, `read contacts`, `batch read
    /// contacts`, `search contacts`, `associations contacts companies`, `associations of contacts companies`,
    /// `properties contacts`, `owners`, `account details`, `token`, … Types go by their plural names,
    /// custom ones by their ids.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.state().requests.clone()
    }

    /// How often one endpoint of [`Self::requests`] was called.
    pub fn requests_to(&self, endpoint: &str) -> u64 {
        self.state().requests.get(endpoint).copied().unwrap_or(0)
    }

    /// Counts requests from zero again.
    pub fn reset_requests(&self) {
        self.state().requests.clear();
    }

    /// How long search takes to see a change, from now on.
    pub fn set_index_lag(&self, lag: Duration) {
        self.state().config.index_lag = lag;
    }

    /// Changes settings while it runs. The app and its OAuth habits stay as they were.
    pub fn configure(&self, change: impl FnOnce(&mut HubSpotConfig)) {
        change(&mut self.state().config);
    }

    /// In which order search gives equals, from now on.
    pub fn shuffle_search(&self, order: SearchOrder) {
        self.state().order = order;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A poisoned lock means that a test's own thread panicked; the state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sandbox for HubSpotSandbox {
    fn handle(&self, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        let path = request.uri().path_and_query().map_or("/", |text| text.as_str());
        let fault = self.faults.strike(path);
        let now = self.clock.now();
        let mut state = self.state();
        state.served += 1;
        let route = Route::parse(request.method(), request.uri().path());
        let name = route
            .as_ref()
            .map_or_else(|| "unknown path".to_owned(), |route| route.name(&|text| state.plural(text)));
        *state.requests.entry(name).or_default() += 1;
        if let Some(fault) = fault.as_ref().filter(|fault| !fault.after_effect) {
            return dated(fault.response.clone(), now);
        }
        let reply = state.answer(&self.oauth, now, route, request);
        if state.announce(now) {
            self.bell.notify_one();
        }
        let response = match fault {
            Some(fault) => fault.response,
            None => reply.into_response(state.served),
        };
        dated(response, now)
    }
}

impl fmt::Debug for HubSpotSandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        let portals: Vec<u64> = state.portals.keys().copied().collect();
        f.debug_struct("HubSpotSandbox")
            .field("portals", &portals)
            .field("served", &state.served)
            .finish_non_exhaustive()
    }
}
