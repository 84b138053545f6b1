//! A look at the wire: what was asked, and something that happens before an answer.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use acquaint_core::async_trait;
use acquaint_core::http::{HttpTransport, Request, Response, TransportError};
use acquaint_testkit::sandbox::InProcess;
use serde_json::Value;

type Before = Box<dyn FnOnce() + Send>;

/// A request: path and query, and its body as JSON.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) body: Value,
}

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    /// What happens before the next request but so many whose path contains this.
    before: Vec<(String, usize, Option<Before>)>,
    /// What the provider's clock shows, as its answers say.
    date: Option<String>,
    /// The property by which searches are sorted, whatever is asked.
    order: Option<String>,
}

/// Passes everything on.
#[derive(Clone)]
pub(crate) struct Tap {
    inner: Arc<InProcess>,
    state: Arc<Mutex<State>>,
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

impl Tap {
    pub(crate) fn new(inner: InProcess) -> Self {
        Self { inner: Arc::new(inner), state: Arc::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that was asked with a path that contains `path`.
    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        self.state().asked.iter().filter(|asked| asked.path.contains(path)).cloned().collect()
    }

    /// Does something before the answer to a request for `path`, after `skip` others.
    pub(crate) fn before(&self, path: &str, skip: usize, what: impl FnOnce() + Send + 'static) {
        self.state().before.push((path.to_owned(), skip, Some(Box::new(what))));
    }

    /// Has searches sorted by this property, whatever is asked.
    pub(crate) fn sort_by(&self, property: &str) {
        self.state().order = Some(property.to_owned());
    }

    /// What answers say of the provider's clock from now on.
    pub(crate) fn date(&self, date: &str) {
        self.state().date = Some(date.to_owned());
    }
}

#[async_trait]
impl HttpTransport for Tap {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
        if let Some(order) = self.state().order.clone().filter(|_| path.ends_with("/search")) {
            let mut body = body.clone();
            body["sorts"] = serde_json::json!([{"propertyName": order, "direction": "DESCENDING"}]);
            *request.body_mut() = body.to_string().into();
        }
        let (due, date): (Vec<Before>, Option<String>) = {
            let mut state = self.state();
            state.asked.push(Asked { path: path.clone(), body });
            let mut due = Vec::new();
            for (_, skip, what) in
                state.before.iter_mut().filter(|(wanted, ..)| path.contains(wanted.as_str()))
            {
                match skip.checked_sub(1) {
                    Some(left) => *skip = left,
                    None => due.extend(what.take()),
                }
            }
            (due, state.date.clone())
        };
        due.into_iter().for_each(|what| what());
        let mut response = self.inner.send(request).await?;
        if let Some(date) = date {
            response.headers_mut().insert(http::header::DATE, date.parse().unwrap());
        }
        Ok(response)
    }
}
