//! One product with one client at one server.

use std::sync::Arc;

use acquaint::core::auth::GrantAuth;
use acquaint::core::env::Env;
use acquaint::core::ids::TenantId;
use acquaint::core::oauth::{ClientAuth, OAuth2, OAuth2Client};
use acquaint::core::secret::Secret;
use acquaint::core::token::{GrantKey, Scope, TokenManager, TokenStore};
use acquaint::{Acquaint, Connection, Initiator, Keys, Manifest, OAuthApp, Result, Tenant};
use acquaint_testkit::ManualClock;
use chrono::TimeDelta;
use url::Url;

use crate::browser::{Browser, Person};
use crate::people::{self, People};
use crate::provider::Provider;
use crate::wire::Wire;

pub(crate) const ANA: &str = "ana@us.example";
pub(crate) const CALLBACK: &str = "https://product.example/callback";

/// How many seconds an access token lives.
pub(crate) const LIFE: u32 = 300;

const MANIFEST: &str = "
acquaint: 1
name: independent-oauth
sources:
  people: { connector: people }
";

/// How the client proves itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Basic,
    Post,
    /// It has no secret: the proof is that of the code alone (RFC 8252 section 8.4).
    Public,
}

/// All that may stand in a client secret (RFC 6749 appendix A.2).
fn secret() -> String {
    (' '..='~').collect()
}

impl Client {
    pub(crate) fn app(self) -> OAuthApp {
        match self {
            Self::Basic => OAuthApp::new("product: basic+1", secret()),
            Self::Post => OAuthApp::new("product: post&2", secret()),
            Self::Public => OAuthApp::new("product: none=3", ""),
        }
    }

    /// The same client with a secret that is not its own.
    pub(crate) fn wrong_app(self) -> OAuthApp {
        OAuthApp::new(self.app().client_id, "planted-wrong-secret")
    }
}

#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) client: Client,
    pub(crate) provider: Provider,
    pub(crate) wire: Arc<Wire>,
    pub(crate) clock: ManualClock,
    pub(crate) store: acquaint_testkit::MemoryStore,
}

impl Scene {
    /// `None` if there is no server here.
    pub(crate) fn start(client: Client) -> Option<Self> {
        let provider = Provider::take(&secret(), CALLBACK)?;
        let clock = ManualClock::at(provider.now());
        Some(Self { client, provider, wire: Wire::new(), clock, store: acquaint_testkit::MemoryStore::new() })
    }

    pub(crate) fn env(&self) -> Env {
        let mut env = Env::new(Arc::<Wire>::clone(&self.wire));
        env.clock = Arc::new(self.clock.clone());
        env
    }

    pub(crate) fn scheme(&self) -> OAuth2 {
        let mut scheme = OAuth2::new(self.provider.at("/auth"), self.provider.at("/token"));
        scheme.revoke_url = Some(self.provider.at("/token/revocation"));
        scheme.token.client_auth =
            if self.client == Client::Basic { ClientAuth::Basic } else { ClientAuth::Body };
        scheme.base_scopes = vec!["openid".into(), "offline_access".into()];
        // Without it OpenID gives no refresh token:
        // https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess
        scheme.authorize_params = vec![("prompt".into(), "consent".into())];
        scheme
    }

    pub(crate) fn auth(&self) -> GrantAuth {
        GrantAuth::OAuth2(self.oauth2())
    }

    pub(crate) fn oauth2(&self) -> OAuth2Client {
        OAuth2Client::new(self.scheme(), self.client.app())
    }

    /// An engine with the client as it is registered.
    pub(crate) async fn acquaint(&self) -> Acquaint {
        self.acquaint_with(self.client.app(), self.scheme(), "email").await
    }

    pub(crate) async fn acquaint_with(&self, app: OAuthApp, scheme: OAuth2, scope: &'static str) -> Acquaint {
        let builder = Acquaint::builder()
            .manifest(Manifest::parse(MANIFEST).unwrap())
            .store(self.store.clone())
            .keys(keys())
            .env(self.env())
            .app(people::ID, app)
            .connector(People::new(scheme, self.provider.at("/me"), scope));
        builder.build().await.unwrap()
    }

    /// The credentials as another process over the same store has them.
    pub(crate) fn tokens(&self) -> TokenManager {
        TokenManager::new(Arc::new(self.store.clone()), Arc::new(keys()), self.env())
    }

    /// Ana consents, and the product has a connection.
    pub(crate) async fn connect(&self, acquaint: &Acquaint) -> GrantKey {
        let came_back = self.visit(acquaint, Person::Consents).await;
        let connection = finish(acquaint, &came_back).await.unwrap();
        GrantKey { tenant: connection.tenant, grant: connection.grant.unwrap() }
    }

    /// Ana is sent to the provider; gives the request with which she comes back.
    pub(crate) async fn visit(&self, acquaint: &Acquaint, person: Person) -> http::Request<()> {
        let url = begin(&tenant(acquaint), &CALLBACK.parse().unwrap()).await;
        let landed = Browser::new().visit(&url, ANA, person).await;
        assert!(landed.as_str().starts_with(CALLBACK), "{landed}");
        http::Request::get(landed.as_str()).body(()).unwrap()
    }

    /// Whether the provider takes an access token.
    pub(crate) async fn accepts(&self, access: &Secret) -> bool {
        let request = http::Request::get(self.provider.at("/me").as_str())
            .header("authorization", format!("Bearer {}", access.expose()))
            .body(bytes::Bytes::new());
        let answer = self.wire.again(request.unwrap()).await;
        let taken = answer.status().is_success();
        assert!(taken || answer.status() == 401, "{}", answer.status());
        assert!(!taken || String::from_utf8_lossy(answer.body()).contains(ANA));
        taken
    }

    /// Time passes here and there.
    pub(crate) fn pass(&self, seconds: u32) {
        self.clock.set(acquaint::core::env::Clock::now(&self.clock) + TimeDelta::seconds(seconds.into()));
        self.provider.advance(seconds);
    }

    /// Nothing came of it: no connection, no credential.
    pub(crate) async fn assert_nothing_is_kept(&self, acquaint: &Acquaint) {
        assert_eq!(tenant(acquaint).connections().await.unwrap(), []);
        assert_eq!(self.store.list(Scope::All, None, 10).await.unwrap(), []);
    }
}

pub(crate) fn tenant(acquaint: &Acquaint) -> Tenant {
    acquaint.tenant(TenantId::from("acme"))
}

pub(crate) fn me() -> Initiator {
    Initiator::new(ANA, "session of Ana")
}

/// Begins an authorisation; gives the address to visit.
async fn begin(tenant: &Tenant, redirect: &Url) -> Url {
    tenant.connect("people", &me()).account(ANA).begin_at(redirect).await.unwrap().url
}

/// Finishes an authorisation with the request that came to the product's callback.
pub(crate) async fn finish(acquaint: &Acquaint, request: &http::Request<()>) -> Result<Connection> {
    acquaint.finish_connect(request, &me()).await.and_then(acquaint::Finished::into_result)
}

fn keys() -> Keys {
    Keys::new("test", [7; 32])
}
