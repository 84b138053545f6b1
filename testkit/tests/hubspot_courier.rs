//! Webhooks on their way over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hubspot_support;

use std::sync::{Arc, Mutex};

use acquaint_core::async_trait;
use acquaint_core::http::{HttpTransport, Request, Response, TransportError};
use acquaint_testkit::sandbox::hubspot::{Courier, Subscription};
use chrono::Duration;
use hubspot_support::{World, world};
use serde_json::Value;

/// Answers with the statuses it was given, then with 200; 0 is no connection and 1 no answer at all.
#[derive(Debug, Default)]
struct Receiver {
    answers: Mutex<Vec<u16>>,
    /// The contact and the attempt of each event.
    seen: Mutex<Vec<(u64, u64)>>,
}

#[async_trait]
impl HttpTransport for Receiver {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let events: Vec<Value> = serde_json::from_slice(request.body()).unwrap();
        let brief =
            |event: &Value| (event["objectId"].as_u64().unwrap(), event["attemptNumber"].as_u64().unwrap());
        self.seen.lock().unwrap().extend(events.iter().map(brief));
        let status = {
            let mut answers = self.answers.lock().unwrap();
            if answers.is_empty() { 200 } else { answers.remove(0) }
        };
        if status == 1 {
            std::future::pending::<()>().await;
        }
        let mut response = Response::default();
        *response.status_mut() = http::StatusCode::from_u16(status).map_err(|_| TransportError::Connect)?;
        Ok(response)
    }
}

/// Lets every task run until none has anything to do.
async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

async fn courier(answers: &[u16]) -> (World, Arc<Receiver>, Courier) {
    let world = world();
    world.hubspot.set_webhook_target("https://hooks.app.example/").unwrap();
    world.hubspot.subscribe(Subscription::new("contact.creation")).unwrap();
    let receiver = Arc::new(Receiver { answers: Mutex::new(answers.to_vec()), ..Receiver::default() });
    let courier = Courier::start(Arc::clone(&world.hubspot), receiver.clone());
    settle().await;
    (world, receiver, courier)
}

#[tokio::test]
async fn every_event_is_delivered_while_the_courier_lives() {
    let (world, receiver, courier) = courier(&[]).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push((world.contact(&format!("{n}@x.example")), 0));
        settle().await;
    }
    assert_eq!(*receiver.seen.lock().unwrap(), ids);
    drop(courier);
    settle().await;
    world.contact("late@x.example");
    settle().await;
    assert_eq!((receiver.seen.lock().unwrap().len(), world.hubspot.undelivered()), (5, 1));
}

#[tokio::test]
async fn a_failure_is_tried_again_on_the_sandboxs_clock() {
    let (world, receiver, _courier) = courier(&[500, 404, 0, 1]).await;
    let id = world.contact("a@x.example");
    for minute in 0..120 {
        settle().await;
        let tries = receiver.seen.lock().unwrap().len();
        if tries == 5 {
            break;
        }
        assert!(minute < 119, "{tries} tries");
        world.forward(Duration::minutes(1));
    }
    settle().await;
    assert_eq!(*receiver.seen.lock().unwrap(), (0..5).map(|attempt| (id, attempt)).collect::<Vec<_>>());
    assert_eq!(world.hubspot.undelivered(), 0);
}
