//! From a request to a reply: route, token, limits, scopes, and the endpoint.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use http::{Request, header};

use super::config::HubSpotConfig;
use super::error::CrmError;
use super::kinds::Kind;
use super::params::Params;
use super::portal::{Portal, Rules};
use super::push::Push;
use super::reply::{Reply, missing_scopes};
use super::route::{LinkVerb, NamedVerb, Route, Verb};
use super::search::SearchOrder;
use super::{
    access, associations, authorization, batches, directory, linking, named_links, objects, pipelines,
    schemas, search, writes,
};
use crate::sandbox::oauth::OAuthServer;

/// How long an archived record can be seen and restored.
const RECYCLE_BIN: Duration = Duration::days(90);

#[derive(Default)]
pub(super) struct State {
    pub(super) config: HubSpotConfig,
    pub(super) portals: BTreeMap<u64, Portal>,
    /// Static tokens: their portal and scopes.
    pub(super) statics: BTreeMap<String, (u64, BTreeSet<String>)>,
    /// How many static tokens were made up here.
    pub(super) statics_made: u64,
    /// How many custom types were defined, in all portals.
    pub(super) types_made: u64,
    pub(super) requests: BTreeMap<String, u64>,
    pub(super) order: SearchOrder,
    pub(super) push: Push,
    pub(super) served: u64,
}

/// Everything an endpoint needs, the portal of the token included: no endpoint can reach another.
pub(super) struct Cx<'a> {
    pub(super) config: &'a HubSpotConfig,
    pub(super) portal: &'a mut Portal,
    pub(super) scopes: &'a BTreeSet<String>,
    pub(super) params: Params,
    pub(super) body: &'a Bytes,
    pub(super) order: SearchOrder,
    /// The number of this request, for what must differ from one to the next.
    pub(super) serial: u64,
    pub(super) now: DateTime<Utc>,
}

impl Cx<'_> {
    pub(super) fn rules(&self) -> Rules {
        rules(self.config, self.now)
    }

    /// The type that a path or parameter names.
    pub(super) fn kind(&self, text: &str) -> Result<Kind, Reply> {
        self.portal.kind(text).ok_or_else(|| CrmError::UnknownType(text.to_owned()).into())
    }

    /// Errs unless the token carries `scope`.
    pub(super) fn need(&self, scope: &str) -> Result<(), Reply> {
        if self.scopes.contains(scope) { Ok(()) } else { Err(missing_scopes(&[scope])) }
    }
}

pub(super) fn rules(config: &HubSpotConfig, now: DateTime<Utc>) -> Rules {
    Rules {
        now,
        lag: config.index_lag,
        associations_touch: config.associations_touch_records,
        restore_touches: config.restore_touches_record,
    }
}

impl State {
    /// What a type is called where calls are counted, however a path wrote it.
    pub(super) fn plural(&self, text: &str) -> String {
        let custom = || self.portals.values().find_map(|portal| portal.qualified_kind(text));
        let kind = Kind::parse(text).or_else(custom);
        kind.map_or_else(|| text.to_owned(), |kind| kind.plural().to_owned())
    }

    /// Answers a request whose route is known (`None`: there is no such path).
    pub(super) fn answer(
        &mut self,
        oauth: &OAuthServer,
        now: DateTime<Utc>,
        route: Option<Route>,
        request: &Request<Bytes>,
    ) -> Reply {
        let Some(route) = route else { return Reply::not_found() };
        let length = request.uri().path_and_query().map_or(0, |text| text.as_str().len());
        if length > self.config.uri_limit {
            return Reply::new(
                414,
                serde_json::Value::String("<h1>414 Request-URI Too Large</h1>".to_owned()),
            );
        }
        if let Some(reply) = authorization::answer(self, oauth, now, &route, request) {
            return reply;
        }
        let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let access = match access::check(self, oauth, now, header) {
            Ok(access) => access,
            Err(refusal) => return refusal,
        };
        if matches!(route, Route::Uninstall) {
            oauth.revoke_account(&access.portal.to_string());
            if let Some(portal) = self.portals.get_mut(&access.portal) {
                portal.installed = false;
            }
            return Reply::empty();
        }
        let config = self.config.clone();
        let Some(portal) = self.portals.get_mut(&access.portal) else { return Reply::not_found() };
        portal.empty_recycle_bin(now - RECYCLE_BIN);
        portal.news.by_app = true;

        let searching = matches!(route, Route::Search { .. });
        let (spent, counted) = portal.meter.count(&config, &access, searching, now);
        let mut cx = Cx {
            config: &config,
            portal,
            scopes: &access.scopes,
            params: Params::of(request),
            body: request.body(),
            order: self.order,
            serial: self.served,
            now,
        };
        let reply = counted.and_then(|()| endpoint(&mut cx, &route)).unwrap_or_else(|refusal| refusal);
        spent.tell(&config, reply)
    }
}

fn endpoint(cx: &mut Cx<'_>, route: &Route) -> Result<Reply, Reply> {
    match route {
        Route::AccountDetails => directory::account(cx),
        Route::Owners => directory::owners(cx),
        Route::Owner { id } => directory::owner(cx, id),
        Route::Properties { kind } => directory::properties(cx, kind),
        Route::Property { kind, name } => directory::property(cx, kind, name),
        Route::CreateProperty { kind } => directory::create_property(cx, kind),
        Route::ChangeProperty { kind, name } => directory::change_property(cx, kind, name),
        Route::ArchiveProperty { kind, name } => directory::archive_property(cx, kind, name),
        Route::Schemas => schemas::list(cx),
        Route::Schema { kind } => schemas::one(cx, kind),
        Route::Pipelines { kind } => pipelines::list(cx, kind),
        Route::Pipeline { kind, id } => pipelines::one(cx, kind, id),
        Route::List { kind } => objects::list(cx, kind),
        Route::Read { kind, id } => objects::read(cx, kind, id),
        Route::BatchRead { kind } => objects::batch_read(cx, kind),
        Route::Search { kind } => search::search(cx, kind),
        Route::Create { kind } => writes::create(cx, kind),
        Route::Update { kind, id } => writes::update(cx, kind, id),
        Route::Archive { kind, id } => writes::archive(cx, kind, id),
        Route::Merge { kind } => writes::merge(cx, kind),
        Route::GdprDelete { kind } => writes::gdpr_delete(cx, kind),
        Route::AssociationsOf { from, id, to } => associations::of_record(cx, from, id, to),
        Route::AssociationsBatch { from, to } => associations::batch(cx, from, to),
        Route::AssociationLabels { from, to } => associations::labels(cx, from, to),
        Route::Associate { from, id, to, to_id, default: false } => {
            linking::associate(cx, (from, id), (to, to_id))
        }
        Route::Associate { from, id, to, to_id, default: true } => {
            linking::associate_plainly(cx, (from, id), (to, to_id))
        }
        Route::Dissociate { from, id, to, to_id } => linking::dissociate(cx, (from, id), (to, to_id)),
        Route::BatchWrite { kind, verb } => match verb {
            Verb::Create => batches::create(cx, kind),
            Verb::Update => batches::update(cx, kind),
            Verb::Upsert => batches::upsert(cx, kind),
            Verb::Archive => batches::archive(cx, kind),
        },
        Route::BatchLink { from, to, verb } => match verb {
            LinkVerb::Create => linking::batch_create(cx, from, to, false),
            LinkVerb::CreateDefault => linking::batch_create(cx, from, to, true),
            LinkVerb::Archive => linking::batch_archive(cx, from, to),
            LinkVerb::ArchiveLabels => linking::batch_archive_labels(cx, from, to),
        },
        Route::NamedTypes { from, to } => named_links::types(cx, from, to),
        Route::NamedLinks { from, to, verb } => match verb {
            NamedVerb::Read => named_links::read(cx, from, to),
            NamedVerb::Create => named_links::write(cx, from, to, false),
            NamedVerb::Archive => named_links::write(cx, from, to, true),
        },
        Route::CreateLabel { from, to } => linking::create_label(cx, from, to),
        Route::Authorize { .. }
        | Route::Token
        | Route::Introspect
        | Route::TokenInfo { .. }
        | Route::Revoke
        | Route::RevokeByPath { .. }
        | Route::Uninstall => Err(Reply::not_found()),
    }
}
