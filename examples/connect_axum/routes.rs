//! What the server does, address by address. Whatever changes something is a POST.

use std::sync::Arc;

use acquaint::core::ids::{ConnectionId, SourceName};
use acquaint::{Acquaint, Blame, Connect, Credential, Error, ErrorKind, Mirrored, Tenant};
use axum::Router;
use axum::body::Body;
use axum::extract::{Form, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::pages;
use crate::session::{PEOPLE, Sessions, Visitor, cookie};

/// What the whole server shares.
#[derive(Debug)]
pub(crate) struct App {
    acquaint: Acquaint,
    pub(crate) sessions: Sessions,
    sandboxed: bool,
    secure: bool,
}

impl App {
    pub(crate) fn new(acquaint: Acquaint, sandboxed: bool, secure: bool) -> Arc<Self> {
        Arc::new(Self { acquaint, sessions: Sessions::default(), sandboxed, secure })
    }

    /// The tenant whose the visitor is, by the session and nothing that a request says. Its methods reach no other
    /// tenant's data. Which of a tenant's people may disconnect what is for the product to decide; here all may.
    fn tenant(&self, visitor: &Visitor) -> Tenant {
        self.acquaint.tenant(visitor.person.tenant)
    }

    /// Sends the visitor to the provider.
    async fn begin(&self, connect: Connect, account: &str) -> Result<Redirect, Failure> {
        // A provider offers this account first. The people of this example exist in the sandboxes alone.
        let connect = if self.sandboxed { connect.account(account) } else { connect };
        Ok(Redirect::to(connect.begin().await?.url.as_str()))
    }
}

pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/login", post(login))
        .route("/logout", post(logout))
        .route("/connect/{source}", post(connect))
        .route("/acquaint/callback", get(callback))
        .route("/acquaint/push/{connector}", post(told))
        .route("/connect/{source}/token", post(connect_with_token))
        .route("/connect/{source}/delegated", post(connect_delegated))
        .route("/reconnect/{connection}", post(reconnect))
        .route("/disconnect/{connection}", post(disconnect))
        .route("/sync", post(sync))
        .route("/notices", get(notices))
        .with_state(app)
}

type Shared = State<Arc<App>>;

/// The connections of the visitor's tenant, and what each may read.
async fn home(State(app): Shared, visitor: Visitor) -> Result<Response, Failure> {
    let tenant = app.tenant(&visitor);
    let mut connections = Vec::new();
    for connection in tenant.connections().await? {
        let access = tenant.access(&connection.id).await?;
        connections.push((connection, access));
    }
    let meetings = tenant.meetings().kept().all().await?;
    let manifest = app.acquaint.manifest();
    Ok(pages::home(visitor.person, manifest.sources().keys(), &connections, &meetings))
}

async fn connect(
    State(app): Shared,
    visitor: Visitor,
    Path(source): Path<SourceName>,
) -> Result<Redirect, Failure> {
    let connect = app.tenant(&visitor).connect(source, &visitor.initiator());
    app.begin(connect, visitor.person.user).await
}

/// People come back here from the provider. Only who began may finish, so the visitor is asked for.
async fn callback(State(app): Shared, visitor: Visitor, request: Request) -> Result<Response, Failure> {
    let finished = app.acquaint.finish_connect(&request, &visitor.initiator()).await?;
    Ok(pages::finished(&finished))
}

/// A provider tells that something has changed. It has no session; what it proves is looked at by the library.
async fn told(State(app): Shared, request: Request) -> Response {
    let (head, body) = request.into_parts();
    match axum::body::to_bytes(body, 1 << 20).await {
        Ok(body) => app.acquaint.receive(Request::from_parts(head, body)).await.map(Body::from),
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

/// Without consent: with a token that the tenant's administrator has made at the provider and pastes here.
async fn connect_with_token(
    State(app): Shared,
    visitor: Visitor,
    Path(source): Path<SourceName>,
    Form(Token { token }): Form<Token>,
) -> Result<Response, Failure> {
    let connect = app.tenant(&visitor).connect(source, &visitor.initiator());
    Ok(pages::connected(&connect.with_credential(Credential::token(token)).await?))
}

/// Without consent: with the product's service account, which the tenant's administrator has allowed. It can act as
/// anybody of every such tenant, so the address is the visitor's own as the log-in knows it, and none that is sent.
async fn connect_delegated(
    State(app): Shared,
    visitor: Visitor,
    Path(source): Path<SourceName>,
) -> Result<Response, Failure> {
    let connect = app.tenant(&visitor).connect(source, &visitor.initiator());
    Ok(pages::connected(&connect.on_behalf_of(visitor.person.user).await?))
}

/// The same account once more: because it has stopped, or for what was withheld.
async fn reconnect(
    State(app): Shared,
    visitor: Visitor,
    Path(id): Path<ConnectionId>,
) -> Result<Redirect, Failure> {
    let tenant = app.tenant(&visitor);
    let connection = tenant.connection(&id).await?;
    let account = connection.email.as_deref().unwrap_or(visitor.person.user);
    app.begin(tenant.reconnect(&connection, &visitor.initiator()), account).await
}

#[derive(Debug, Deserialize)]
struct Goodbye {
    mirrored: Choice,
}

/// What is to become of what was read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Choice {
    Keep,
    Erase,
}

async fn disconnect(
    State(app): Shared,
    visitor: Visitor,
    Path(id): Path<ConnectionId>,
    Form(goodbye): Form<Goodbye>,
) -> Result<Response, Failure> {
    let mirrored = match goodbye.mirrored {
        Choice::Keep => Mirrored::Keep,
        Choice::Erase => Mirrored::Erase,
    };
    let disconnected = app.tenant(&visitor).disconnect(&id, mirrored).await?;
    Ok(pages::disconnected(&disconnected))
}

/// Reads what there is to read. A product leaves this to its scheduler.
async fn sync(State(app): Shared, visitor: Visitor) -> Result<Response, Failure> {
    let totals = app.tenant(&visitor).sync().await?.into_result()?;
    Ok(pages::synced(&totals))
}

/// What the product was told about the tenant's connections.
async fn notices(State(app): Shared, visitor: Visitor) -> Result<Response, Failure> {
    Ok(pages::notices(&app.tenant(&visitor).notices(0, 100).await?))
}

#[derive(Debug, Deserialize)]
struct Login {
    user: String,
}

/// Anybody may be anybody: this is where the product's own log-in goes.
async fn login(State(app): Shared, Form(login): Form<Login>) -> Response {
    let Some(person) = PEOPLE.iter().find(|person| person.user == login.user) else { return pages::login() };
    let session = app.sessions.begin(person);
    ([(SET_COOKIE, cookie(&session, app.secure))], Redirect::to("/")).into_response()
}

async fn logout(State(app): Shared, visitor: Visitor) -> Redirect {
    app.sessions.end(&visitor.session);
    Redirect::to("/")
}

/// Something went wrong that is nobody's choice.
struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    /// The person learns what they can do about it; the operator, everything. Errors never hold secrets.
    fn into_response(self) -> Response {
        let Self(error) = self;
        eprintln!("{error:?}");
        let (status, sentence) = match (error.kind(), error.blame()) {
            (ErrorKind::NotFound, _) => (StatusCode::NOT_FOUND, "There is no such thing here."),
            (_, Blame::Caller) => (StatusCode::BAD_REQUEST, "That cannot be done."),
            (_, Blame::Tenant) => (StatusCode::FORBIDDEN, "The account does not allow it. Connect it again."),
            (_, Blame::Provider) => {
                (StatusCode::BAD_GATEWAY, "The provider is unwell. Try again in a while.")
            }
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "That is our mistake. We have been told."),
        };
        pages::sentence(status, sentence)
    }
}
