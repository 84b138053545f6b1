//! Notifications on their way over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use std::sync::{Arc, Mutex};

use acquaint_core::async_trait;
use acquaint_core::http::{HttpTransport, Request, ReqwestTransport, Response, TransportError};
use acquaint_testkit::sandbox::google::Courier;
use acquaint_testkit::sandbox::{Loopback, Sandbox};
use google_support::{World, world};
use http::Method;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Receives notifications and answers with the statuses it was given, then with 200; 0 is no answer.
#[derive(Debug, Default)]
struct Receiver {
    answers: Mutex<Vec<u16>>,
    seen: Mutex<Vec<String>>,
}

#[async_trait]
impl HttpTransport for Receiver {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        let line = format!("{} {}", header("x-goog-channel-id"), header("x-goog-resource-state"));
        self.seen.lock().unwrap().push(line);
        let mut answers = self.answers.lock().unwrap();
        let status = if answers.is_empty() { 200 } else { answers.remove(0) };
        let mut response = Response::default();
        *response.status_mut() = http::StatusCode::from_u16(status).map_err(|_| TransportError::Connect)?;
        Ok(response)
    }
}

impl World {
    fn open(&self, id: &str) {
        let body = json!({ "id": id, "type": "web_hook", "address": "https://hooks.app.example/" });
        assert_eq!(self.call(Method::POST, "calendars/primary/events/watch", Some(body)).0, 200);
    }
}

/// Lets every task run until none has anything to do.
async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

/// A courier's deliveries when the receiver answers like that.
async fn delivered(answers: &[u16]) -> (World, Arc<Receiver>, Courier) {
    let world = world();
    let receiver = Arc::new(Receiver { answers: Mutex::new(answers.to_vec()), ..Receiver::default() });
    let courier = Courier::start(Arc::clone(&world.google), receiver.clone());
    settle().await;
    world.open("c");
    settle().await;
    (world, receiver, courier)
}

#[tokio::test]
async fn every_notification_is_delivered_while_the_courier_lives() {
    let (world, receiver, courier) = delivered(&[204, 201, 202]).await;
    for hour in 10..20 {
        world.meeting("m", &format!("2026-10-14T{hour}:00:00"));
    }
    settle().await;
    let seen = receiver.seen.lock().unwrap().clone();
    assert_eq!((seen.len(), seen[0].as_str(), seen[10].as_str()), (11, "c sync", "c exists"));
    drop(courier);
    settle().await;
    world.meeting("late", "2026-10-15T10:00:00");
    settle().await;
    assert_eq!(receiver.seen.lock().unwrap().len(), 11);
    assert_eq!(world.google.take_notifications().len(), 1);
}

#[tokio::test]
async fn a_failure_of_the_server_is_tried_again_after_growing_waits() {
    let (world, receiver, _courier) = delivered(&[500, 502, 503, 504, 0]).await;
    for (tries, wait) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16)] {
        assert_eq!(receiver.seen.lock().unwrap().len(), tries);
        // Nothing happens before its time.
        world.wait(chrono::Duration::milliseconds(wait * 1000 - 1));
        settle().await;
        assert_eq!(receiver.seen.lock().unwrap().len(), tries);
        world.wait(chrono::Duration::milliseconds(1));
        settle().await;
    }
    assert_eq!(receiver.seen.lock().unwrap().len(), 6);
    world.wait(chrono::Duration::hours(1));
    settle().await;
    assert_eq!(receiver.seen.lock().unwrap().len(), 6);
}

#[tokio::test]
async fn a_message_is_given_up_in_the_end() {
    let (world, receiver, _courier) = delivered(&[503; 20]).await;
    for _ in 0..20 {
        world.wait(chrono::Duration::hours(1));
        settle().await;
    }
    assert_eq!(receiver.seen.lock().unwrap().len(), 6);
    // Others are delivered all the same.
    receiver.answers.lock().unwrap().clear();
    world.meeting("m", "2026-10-14T10:00:00");
    settle().await;
    assert_eq!(receiver.seen.lock().unwrap().last().unwrap(), "c exists");
}

#[tokio::test]
async fn any_other_answer_loses_the_message() {
    for status in [301, 400, 401, 404, 410, 429, 501] {
        let (world, receiver, _courier) = delivered(&[status]).await;
        world.wait(chrono::Duration::hours(1));
        settle().await;
        assert_eq!(*receiver.seen.lock().unwrap(), ["c sync"], "{status}");
    }
}

/// A product's callback on a port of its own.
#[derive(Debug)]
struct Callback(UnboundedSender<(Method, http::HeaderMap, usize)>);

impl Sandbox for Callback {
    fn handle(&self, request: &Request) -> Response {
        let (method, headers) = (request.method().clone(), request.headers().clone());
        self.0.send((method, headers, request.body().len())).unwrap();
        Response::default()
    }
}

#[tokio::test]
async fn notifications_arrive_over_a_socket_as_they_were_made() {
    let world = world();
    world.google.configure(|config| config.http_callbacks = true);
    let (sender, mut received) = unbounded_channel();
    let callback = Loopback::start(Arc::new(Callback(sender))).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let transport = ReqwestTransport::from_client(client);
    let _courier = Courier::start(Arc::clone(&world.google), Arc::new(transport));
    let address = format!("{}/hook", callback.url());
    let body = json!({ "id": "c", "type": "web_hook", "address": address, "token": "t" });
    assert_eq!(world.call(Method::POST, "calendars/primary/events/watch", Some(body)).0, 200);
    for state in ["sync", "exists"] {
        let (method, headers, length) = received.recv().await.unwrap();
        assert_eq!((method, length), (Method::POST, 0));
        for (name, value) in [
            ("x-goog-resource-state", state),
            ("x-goog-channel-id", "c"),
            ("x-goog-channel-token", "t"),
            ("x-goog-channel-expiration", "Fri, 16 Oct 2026 08:00:00 GMT"),
            ("content-length", "0"),
        ] {
            assert_eq!(headers[name], value);
        }
        assert!(headers["user-agent"].to_str().unwrap().starts_with("APIs-Google;"));
        if state == "sync" {
            world.meeting("m", "2026-10-14T10:00:00");
        }
    }
}
