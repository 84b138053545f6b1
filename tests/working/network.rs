//! Providers that take their time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint::async_trait;
use acquaint::core::env::Clock;
use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use acquaint_testkit::ManualClock;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// They are never answered.
    Hangs,
    /// The code that makes them panics.
    Panics,
}

/// Hands requests on after a while.
#[derive(Debug)]
pub(crate) struct Slow {
    inner: Arc<dyn HttpTransport>,
    clock: ManualClock,
    takes: Mutex<Duration>,
    /// What becomes of requests whose address contains this.
    trouble: Mutex<Option<(String, Trouble)>>,
    sent: Mutex<Vec<String>>,
    /// Requests under way, and the most there ever were.
    under_way: Mutex<(usize, usize)>,
}

impl Slow {
    pub(crate) fn new(inner: Arc<dyn HttpTransport>, clock: ManualClock) -> Arc<Self> {
        Arc::new(Self {
            inner,
            clock,
            takes: Mutex::default(),
            trouble: Mutex::default(),
            sent: Mutex::default(),
            under_way: Mutex::default(),
        })
    }

    /// From now on every answer takes so long.
    pub(crate) fn takes(&self, takes: Duration) {
        *self.takes.lock().unwrap() = takes;
    }

    /// From now on requests whose address contains `part` meet with this.
    pub(crate) fn trouble(&self, part: &str, trouble: Trouble) {
        *self.trouble.lock().unwrap() = Some((part.to_owned(), trouble));
    }

    pub(crate) fn heal(&self) {
        *self.trouble.lock().unwrap() = None;
    }

    /// The most requests that were ever under way.
    pub(crate) fn most_under_way(&self) -> usize {
        self.under_way.lock().unwrap().1
    }

    /// How many requests were sent so far.
    pub(crate) fn sent(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

#[async_trait]
impl HttpTransport for Slow {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let uri = request.uri().to_string();
        let trouble = self.trouble.lock().unwrap().clone().filter(|(part, _)| uri.contains(part.as_str()));
        self.sent.lock().unwrap().push(uri);
        match trouble {
            Some((_, Trouble::Hangs)) => std::future::pending::<()>().await,
            Some((part, Trouble::Panics)) => panic!("a bug at {part}"),
            None => {}
        }
        {
            let mut under_way = self.under_way.lock().unwrap();
            under_way.0 += 1;
            under_way.1 = under_way.1.max(under_way.0);
        }
        let takes = *self.takes.lock().unwrap();
        if !takes.is_zero() {
            self.clock.sleep(takes).await;
        }
        let answer = self.inner.send(request).await;
        self.under_way.lock().unwrap().0 -= 1;
        answer
    }
}
