//! Who is logged in. The log-in is a stand-in for the product's own; what hangs off it is as it should be.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acquaint::Initiator;
use acquaint::core::env::{Entropy, SystemEntropy};
use axum::extract::FromRequestParts;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::response::Response;

use crate::pages;
use crate::routes::App;

/// Somebody whom the product knows.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) user: &'static str,
    pub(crate) name: &'static str,
    pub(crate) tenant: &'static str,
}

/// Two people of one tenant, and one of another.
pub(crate) const PEOPLE: &[Person] = &[
    Person { user: "ana@acme.example", name: "Ana", tenant: "acme" },
    Person { user: "ben@acme.example", name: "Ben", tenant: "acme" },
    Person { user: "cara@globex.example", name: "Cara <Globex & Sons>", tenant: "globex" },
];

/// The sessions under way. A cookie holds nothing but the name of one; user and tenant stay here.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<BTreeMap<String, &'static Person>>);

impl Sessions {
    /// Begins a session under a name that nobody can guess.
    pub(crate) fn begin(&self, person: &'static Person) -> String {
        let mut bytes = [0; 32];
        SystemEntropy.fill(&mut bytes);
        let session: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.open().insert(session.clone(), person);
        session
    }

    pub(crate) fn end(&self, session: &str) {
        self.open().remove(session);
    }

    fn find(&self, session: &str) -> Option<&'static Person> {
        self.open().get(session).copied()
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<String, &'static Person>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cookie, out of reach of scripts. Browsers send it along when somebody comes back from a provider by a link,
/// and not with a form on another site: so nobody can be made to connect or disconnect anything.
pub(crate) fn cookie(session: &str, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("session={session}; Path=/; HttpOnly; SameSite=Lax{secure}")
}

/// Who makes a request. A request without a session is answered with the log-in page.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) person: &'static Person,
    pub(crate) session: String,
}

impl Visitor {
    /// Who connects: this person in this session, and nobody else may finish it.
    pub(crate) fn initiator(&self) -> Initiator {
        Initiator::new(self.person.user, self.session.as_str())
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let session = cookies
            .flat_map(|cookies| cookies.split(';'))
            .find_map(|cookie| cookie.trim().strip_prefix("session="))
            .unwrap_or_default();
        match app.sessions.find(session) {
            Some(person) => Ok(Self { person, session: session.to_owned() }),
            None => Err(pages::login()),
        }
    }
}
