//! A provider that notes when it is asked, and clients that share a keeper, on Tokio's paused time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint_core::async_trait;
use acquaint_core::env::Env;
use acquaint_core::error::{Error, ErrorKind, Retry};
use acquaint_core::http::{
    Anonymous, ErrorTable, HttpClient, HttpPolicy, HttpTransport, Quota, QuotaKeeper, QuotaKeys, QuotaScope,
    Request, Response, TransportError, Verdict,
};
use bytes::Bytes;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use tokio::time::Instant;
use url::Url;

use crate::support;

/// Answers 200 at once, but for what an account has been told.
#[derive(Debug)]
pub(crate) struct Provider {
    began: Instant,
    asked: Mutex<Vec<(String, Duration)>>,
    answers: Mutex<BTreeMap<String, VecDeque<Response>>>,
}

#[async_trait]
impl HttpTransport for Provider {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let account = request.uri().path().trim_start_matches('/').to_owned();
        self.asked.lock().unwrap().push((account.clone(), self.began.elapsed()));
        let answer = self.answers.lock().unwrap().get_mut(&account).and_then(VecDeque::pop_front);
        Ok(answer.unwrap_or_else(|| Response::new(Bytes::from("{}"))))
    }
}

pub(crate) struct World {
    pub(crate) provider: Arc<Provider>,
    pub(crate) env: Env,
    pub(crate) keeper: Arc<QuotaKeeper>,
    pub(crate) policy: HttpPolicy,
    start: DateTime<Utc>,
}

impl World {
    pub(crate) fn new(quotas: impl IntoIterator<Item = Quota>) -> Self {
        let provider =
            Arc::new(Provider { began: Instant::now(), asked: Mutex::default(), answers: Mutex::default() });
        let errors = ErrorTable::default()
            .reasons_at(["/reason"])
            .on(403, "slow", Verdict::SlowDown(5))
            .on(403, "app_slow", Verdict::SlowDown(5))
            .blocks(QuotaScope::App)
            .on(403, "spent", Verdict::QuotaExhausted)
            .on(403, "app_spent", Verdict::QuotaExhausted)
            .blocks(QuotaScope::App);
        let mut policy = HttpPolicy::new([&url("")], errors);
        policy.quotas = quotas.into_iter().collect();
        let env = support::env(provider.clone());
        let start = env.now();
        Self { provider, env, keeper: Arc::default(), policy, start }
    }

    pub(crate) fn client(&self, account: &str) -> Lane {
        self.client_of("app", account)
    }

    pub(crate) fn client_of(&self, app: &str, account: &str) -> Lane {
        let http = HttpClient::new(self.env.clone(), Arc::new(Anonymous), Arc::new(self.policy.clone()));
        Lane { http: http.quotas(self.keeper.clone(), keys(app, account)), account: account.to_owned() }
    }

    /// What an account is told next, in place of success.
    pub(crate) fn refuse(&self, account: &str, reason: &str, retry_after: Option<u32>) {
        let mut answer = http::Response::builder().status(403);
        if let Some(seconds) = retry_after {
            answer = answer.header("retry-after", seconds);
        }
        let answer = answer.body(Bytes::from(format!(r#"{{"reason":"{reason}"}}"#))).unwrap();
        self.provider.answers.lock().unwrap().entry(account.to_owned()).or_default().push_back(answer);
    }

    /// When an account was asked, in seconds since the beginning.
    pub(crate) fn asked(&self, account: &str) -> Vec<f64> {
        let asked = self.provider.asked.lock().unwrap();
        asked.iter().filter(|(of, _)| of == account).map(|(_, at)| at.as_secs_f64()).collect()
    }

    /// When anybody was asked.
    pub(crate) fn all(&self) -> Vec<Duration> {
        self.provider.asked.lock().unwrap().iter().map(|(_, at)| *at).collect()
    }

    pub(crate) fn at(&self, seconds: i64) -> DateTime<Utc> {
        self.start + TimeDelta::seconds(seconds)
    }

    /// The time of day that it is `seconds` after the beginning.
    pub(crate) fn time_of_day(&self, seconds: i64) -> NaiveTime {
        self.at(seconds).time()
    }
}

/// A client of one account.
#[derive(Clone)]
pub(crate) struct Lane {
    pub(crate) http: HttpClient,
    pub(crate) account: String,
}

impl Lane {
    pub(crate) async fn call(&self) -> acquaint_core::Result<Response> {
        self.named("list").await
    }

    pub(crate) async fn named(&self, operation: &'static str) -> acquaint_core::Result<Response> {
        self.http.get(url(&self.account)).operation(operation).send().await
    }
}

pub(crate) fn keys(app: &str, account: &str) -> QuotaKeys {
    QuotaKeys::new("crm", app, account)
}

pub(crate) fn url(path: &str) -> Url {
    Url::parse("https://api.example/").unwrap().join(path).unwrap()
}

pub(crate) fn per_account(calls: u32, seconds: u64) -> Quota {
    Quota::rate("per_account", QuotaScope::Account, calls, Duration::from_secs(seconds))
}

pub(crate) fn per_app(calls: u32, seconds: u64) -> Quota {
    Quota::rate("per_app", QuotaScope::App, calls, Duration::from_secs(seconds))
}

#[track_caller]
pub(crate) fn turned_away<T: std::fmt::Debug>(
    result: Result<T, Error>,
    kind: ErrorKind,
    until: DateTime<Utc>,
) -> Error {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.retry_verdict()), (kind, Retry::At(until)), "{error}");
    error
}

pub(crate) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
