//! The connector itself.

use std::sync::Arc;
use std::time::Duration;

use acquaint_core::auth::{AuthScheme, Carry, Fixed};
use acquaint_core::connector::{
    AnyStream, Connector, ConnectorInfo, Context, Identity, Push, SourceSettings,
};
use acquaint_core::http::HttpPolicy;
use acquaint_core::oauth::OAuth2;
use acquaint_core::{Error, ErrorKind, Result, async_trait};

use crate::client::{Api, Setup, longest};
use crate::config::HubSpotConfig;
use crate::links::LinkStream;
use crate::object::ObjectKind;
use crate::options::Options;
use crate::owners::OwnerStream;
use crate::push::Webhooks;
use crate::stream::ObjectStream;
use crate::versions::Endpoints;

/// The code for HubSpot: streams `companies`, `contacts`, `associations` and, where a manifest asks for them, `deals`,
/// `meetings`, `owners` and `objects`.
#[derive(Debug)]
pub struct HubSpot {
    info: ConnectorInfo,
    streams: Vec<Box<dyn AnyStream>>,
    setup: Arc<Setup>,
    webhooks: Webhooks,
}

impl HubSpot {
    /// A connector for HubSpot as `config` describes it.
    ///
    /// # Errors
    /// `Invalid` if a page size, the version or the base address cannot work.
    pub fn new(config: HubSpotConfig) -> Result<Self> {
        config.check()?;
        let endpoints = Endpoints::new(&config.api_base, &config.api_version)?;
        let mut scheme = OAuth2::new(config.authorize_url.clone(), endpoints.token()?);
        scheme.revoke_url = Some(endpoints.revoke()?);
        scheme.introspect_url = Some(endpoints.introspect()?);
        scheme.pkce = config.pkce;
        // A scope that the plan of an account lacks keeps it from installing, unless it is asked for in this parameter:
        // https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth
        scheme.optional_scopes = Some("optional_scope".to_owned());
        // See https://developers.hubspot.com/docs/api-reference/latest/authentication/manage-oauth-tokens.
        scheme.token.assumed_life = Some(Duration::from_secs(30 * 60));
        scheme.base_scopes.clone_from(&config.scopes);
        scheme.token.revoked_codes = owned(&["BAD_REFRESH_TOKEN", "BAD_HUB", "BAD_AUTH_CODE"]);
        scheme.token.client_codes = owned(&["BAD_CLIENT_ID", "BAD_CLIENT_SECRET"]);
        scheme.token.operator_codes = owned(&["BAD_REDIRECT_URI", "BAD_SCOPES"]);
        let mut http = HttpPolicy::new([&config.api_base], crate::error::table());
        http.quotas = config.quotas();
        // A private app's token or a service key: https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview
        let token = Fixed::token("Private app access token", Carry::Bearer);
        let info = ConnectorInfo::new("hubspot", "HubSpot", AuthScheme::OAuth2(scheme), http).or_auth(token);
        let webhooks = Webhooks { older_signatures: config.accept_signatures_before_v3 };
        let setup = Arc::new(Setup { config, endpoints });
        let objects = |kind| Box::new(ObjectStream::new(kind, &setup)) as Box<dyn AnyStream>;
        let mut streams: Vec<_> = ObjectKind::STANDARD.into_iter().map(objects).collect();
        streams.push(objects(ObjectKind::Custom));
        streams.push(Box::new(LinkStream::new(&setup)));
        streams.push(Box::new(OwnerStream::new(&setup)));
        Ok(Self { info, streams, setup, webhooks })
    }
}

fn owned(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

#[async_trait]
impl Connector for HubSpot {
    fn info(&self) -> &ConnectorInfo {
        &self.info
    }

    fn streams(&self) -> &[Box<dyn AnyStream>] {
        &self.streams
    }

    async fn identify(&self, cx: &Context) -> Result<Identity> {
        let granted = cx.http.granted().await?;
        let known = granted.get("hub_id").filter(|id| !id.is_empty());
        let (portal, host) = match (Api::new(cx, &self.setup).account().await, known) {
            (Ok(details), _) => (details.portal_id.0, details.ui_domain),
            // The token came with the account's number; what is lacking is only how people call it.
            (Err(error), Some(portal)) if error.kind() == ErrorKind::Forbidden => (portal.clone(), None),
            (Err(error), _) => return Err(error),
        };
        let label = match (granted.get("hub_domain").filter(|domain| !domain.is_empty()), host) {
            (Some(domain), _) => format!("{domain} ({portal})"),
            (None, Some(host)) => format!("{host}/{portal}"),
            (None, None) => portal.clone(),
        };
        Ok(Identity::new(portal, label))
    }

    fn push(&self) -> Option<&dyn Push> {
        Some(&self.webhooks)
    }

    fn check(&self, settings: &SourceSettings) -> Vec<Error> {
        let Ok(options) = Options::of(settings) else { return Options::mistakes(settings) };
        let config = &self.setup.config;
        let too_long = |kind: ObjectKind| {
            let selection = options.selection(kind);
            let length = longest(config, kind, selection);
            // Properties can be read by other calls; what is selected cannot.
            (!selection.is_all() && length > config.search_body_limit).then(|| {
                Error::invalid("what `native` selects does not fit into a search")
                    .with("setting", format!("native.{}", kind.stream()))
                    .with("type", kind.stream())
                    .with("length", length)
                    .with("limit", config.search_body_limit)
                    .advise("give fewer or shorter values")
            })
        };
        [ObjectKind::Companies, ObjectKind::Contacts].into_iter().filter_map(too_long).collect()
    }
}
