//! The token endpoint, as one process reaches it.

use std::sync::Arc;
use std::time::Duration;

use acquaint::async_trait;
use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use acquaint_testkit::sandbox::oauth::{TokenError, TokenGrant, form_fields};
use bytes::Bytes;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::broken::Defect;
use super::ledger::{Carried, Fate};
use super::life::Life;
use super::world::{World, name};
use crate::provider::worded;

#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) world: Arc<World>,
    pub(crate) life: Life,
}

/// How a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// As it should, sooner or later.
    Good,
    /// This status and an error in JSON, not carried out.
    Status(u16),
    /// 429, not carried out.
    TooMany,
    /// A page in place of tokens, with this status, after it was carried out or not.
    Page(u16, bool),
    /// The connection breaks, after it was carried out or not.
    Broken(bool),
}

/// What happens to one call: how long until the server carries it out, how long from there to the answer.
#[derive(Debug)]
struct Course {
    what: &'static str,
    before: Duration,
    after: Duration,
    answer: Answer,
}

impl Endpoint {
    /// `None` if no connection can be made.
    fn course(&self) -> Option<Course> {
        let dice = &self.world.dice;
        let prompt = (dice.millis(0..=1500), dice.millis(0..=1500));
        let good = |what, (before, after)| Some(Course { what, before, after, answer: Answer::Good });
        if self.world.is_quiet() || !dice.percent(self.world.mood.calls) {
            return good("answer: prompt", prompt);
        }
        let with = |what, answer| Some(Course { what, before: prompt.0, after: prompt.1, answer });
        match dice.below(11) {
            0 => {
                let before = dice.within(0..=28_000);
                let after = dice.within(0..=28_000 - before);
                good("answer: slow", (Duration::from_millis(before), Duration::from_millis(after)))
            }
            1 => {
                let (early, late) = (dice.millis(0..=20_000), dice.millis(31_000..=80_000));
                let swapped = dice.percent(50);
                let times = if swapped { (late, early) } else { (early, late) };
                good("answer: slower than the call's time-out", times)
            }
            2 => {
                let times = (dice.millis(0..=20_000), dice.millis(95_000..=300_000));
                good("answer: slower than the lease", times)
            }
            3 => with("answer: 5xx", Answer::Status(dice.pick(&[500, 502, 503, 504]))),
            4 => {
                let status = dice.pick(&[500, 502, 504]);
                with("answer: 5xx from a gateway after it was carried out", Answer::Page(status, true))
            }
            5 => with("answer: 429", Answer::TooMany),
            6 => with("answer: HTML", Answer::Page(dice.pick(&[200, 302, 400, 403, 503]), false)),
            7 => with("answer: HTML with 200 after it was carried out", Answer::Page(200, true)),
            8 => None,
            9 => with("answer: lost before it was carried out", Answer::Broken(false)),
            _ => with("answer: lost after it was carried out", Answer::Broken(true)),
        }
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let form = String::from_utf8(request.body().to_vec()).unwrap();
        let (world, process) = (&self.world, self.life.process);
        let Some(course) = self.course() else {
            world.count("answer: connection refused");
            world.tell(format_args!("process {process} finds no connection"));
            sleep(world.dice.millis(0..=3000)).await;
            return Err(TransportError::Connect);
        };
        let Course { what, before, after, answer } = course;
        let mut call = Call::begin(world, process, form, what);
        sleep(before).await;
        let carried_out = match answer {
            Answer::Good | Answer::Page(_, true) | Answer::Broken(true) => Some(call.carry_out()),
            _ => None,
        };
        sleep(after).await;
        match (answer, carried_out) {
            (Answer::Good, Some(outcome)) => {
                call.end(Fate::Heard);
                let (status, mut body) = worded(&outcome);
                if outcome.is_ok() && body.get("refresh_token").is_none() {
                    self.leave_out(&mut body);
                }
                Ok(response(status, "application/json", body.to_string()))
            }
            (Answer::Broken(_), _) => {
                call.end(Fate::Lost);
                Err(match world.defect {
                    Some(Defect::BrokenConnectionsCountAsRefused) => TransportError::Connect,
                    _ => world.dice.pick(&[TransportError::Broken, TransportError::TooLarge]),
                })
            }
            (Answer::TooMany, _) => {
                call.end(Fate::Unclear);
                let mut response = response(429, "application/json", "{}".to_owned());
                if world.dice.percent(80) {
                    let wait = world.dice.within(0..=300);
                    response.headers_mut().insert("retry-after", wait.into());
                }
                Ok(response)
            }
            (Answer::Status(status), _) => {
                call.end(Fate::Unclear);
                Ok(response(status, "application/json", r#"{"error":"server_error"}"#.to_owned()))
            }
            (Answer::Page(status, _), _) => {
                call.end(Fate::Unclear);
                Ok(response(status, "text/html", "<html>come back later</html>".to_owned()))
            }
            (Answer::Good, None) => unreachable!("what goes well is carried out"),
        }
    }

    /// The ways in which servers say that the refresh token stays.
    fn leave_out(&self, body: &mut Value) {
        if self.world.defect == Some(Defect::OmittedTokenIsNamed) {
            body["refresh_token"] = "none".into();
            return;
        }
        match self.world.dice.below(3) {
            0 => {}
            1 => body["refresh_token"] = Value::Null,
            _ => body["refresh_token"] = "".into(),
        }
    }
}

#[async_trait]
impl HttpTransport for Endpoint {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.life.during(self.exchange(request)).await
    }
}

fn response(status: u16, kind: &'static str, body: String) -> Response {
    let response = http::Response::builder().status(status).header("content-type", kind);
    response.body(Bytes::from(body)).unwrap()
}

/// A request on its way. Dropped before its end, it was given up.
struct Call<'a> {
    world: &'a World,
    process: u32,
    number: usize,
    form: String,
    carried_out: bool,
    over: bool,
}

impl<'a> Call<'a> {
    fn begin(world: &'a World, process: u32, form: String, what: &'static str) -> Self {
        let fields = form_fields(&form);
        assert_eq!(fields["grant_type"], "refresh_token");
        let token = fields.get("refresh_token").map_or("", String::as_str);
        world.count("sent");
        world.count(what);
        world.tell(format_args!("process {process} sends {}; {what}", name(token)));
        let number = world.ledger().sent(process, token, Instant::now());
        Self { world, process, number, form, carried_out: false, over: false }
    }

    fn carry_out(&mut self) -> Result<TokenGrant, TokenError> {
        self.carried_out = true;
        let outcome = self.world.server.token(&self.form, None);
        let (carried, what) = match &outcome {
            Ok(granted) if granted.refresh_token.is_some() => (Carried::Rotated, "renewed and rotated"),
            Ok(_) => (Carried::Kept, "renewed and kept"),
            Err(error) => {
                assert!(error.is_invalid_grant(), "{error}");
                (Carried::Refused, "refused by the server")
            }
        };
        self.world.count(what);
        self.world.tell(format_args!("  process {}: {what}", self.process));
        self.world.ledger().carried(self.number, carried);
        outcome
    }

    fn end(&mut self, fate: Fate) {
        self.over = true;
        self.world.tell(format_args!("  process {}: {fate:?}", self.process));
        self.world.ledger().over(self.number, fate);
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        // What is on its way may still arrive at once; it does not linger until somebody else asks.
        if !self.carried_out && self.world.dice.percent(50) {
            self.world.count("carried out although the client had gone");
            let _ = self.carry_out();
        }
        self.end(Fate::Lost);
    }
}
