//! A receiver of webhooks that verifies, drops what comes twice, and never goes back to an older state.
//!
//! `cargo run --example receive_webhook` starts it on this machine, with an engine that delivers to it and a network that
//! loses the first answer to everything. A receiver in another language does the same with any library of
//! <https://www.standardwebhooks.com>.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use acquaint::core::view::{Attendee, CalendarEvent, Colleague, EventTime};
use acquaint::webhook::{Verifier, Webhook, WebhookSecret};
use acquaint::{Acquaint, DeliveryPolicy, Manifest, Sqlite};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use serde_json::Value;

/// What the receiver keeps; a product keeps it in its database, and writes both in one transaction.
#[derive(Default)]
struct Kept {
    seen: BTreeSet<String>,
    meetings: BTreeMap<String, (u64, Value)>,
}

#[derive(Clone)]
struct Receiver {
    verifier: Verifier,
    kept: Arc<Mutex<Kept>>,
}

/// The whole receiver.
async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Ok(verified) = receiver.verifier.verify(&headers, &body, Utc::now()) else {
        return StatusCode::UNAUTHORIZED;
    };
    let data = &verified.payload["data"];
    let mut kept = receiver.kept.lock().unwrap_or_else(PoisonError::into_inner);
    if !kept.seen.insert(format!("{} {}", data["tenant"], verified.id)) {
        println!("again   {}", verified.id);
        return StatusCode::OK;
    }
    let about = format!("{} {} {} {}", data["tenant"], data["meeting"], data["section"], data["key"]);
    let revision = data["revision"].as_u64().unwrap_or_default();
    let known = kept.meetings.entry(about).or_default();
    if known.0 < revision {
        *known = (revision, data["content"].clone());
        println!("{:7} {}", data["change"].as_str().unwrap_or_default(), data["content"]);
    }
    // The first answer to each is lost.
    StatusCode::INTERNAL_SERVER_ERROR
}

const MANIFEST: &str = "
acquaint: 1
name: receive-webhook
sources: { product: { connector: local } }
keep: { attendees: { some: { external: true } } }
output: { title: title, starts_at: start }
deliver: [product]
";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = WebhookSecret::generate(&acquaint::core::env::SystemEntropy);
    let receiver = Receiver { verifier: Verifier::new(secret.clone()), kept: Arc::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/hooks", listener.local_addr()?);
    let router = Router::new().route("/hooks", post(receive)).with_state(receiver.clone());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });

    let mut policy = DeliveryPolicy::new();
    policy.base = Duration::from_millis(20);
    let folder = tempfile::tempdir()?;
    let acquaint = Acquaint::builder()
        .manifest(Manifest::parse(MANIFEST)?)
        .store(Sqlite::at(folder.path().join("acquaint.db")))
        .destination("product", Webhook::to_private(&address, secret)?)
        .delivery(policy)
        .build()
        .await?;
    let acme = acquaint.tenant("acme");
    let local = acme.local("product");
    local.put_users([Colleague::new("ana", "ana@us.example")]).await?;
    for title in ["QBR", "QBR, moved"] {
        let start = Utc::now() + TimeDelta::hours(1);
        let end = start + TimeDelta::minutes(30);
        let mut event = CalendarEvent::new("ana", "e1", EventTime::At(start), EventTime::At(end));
        event.title = Some(title.to_owned());
        event.attendees = vec![Attendee::new("ana@us.example"), Attendee::new("jane@globex.com")];
        local.put_events([event]).await?;
        acme.sync().await?.into_result()?;
        loop {
            let _ = acquaint.deliver().await?;
            if acme.destinations().await?.iter().all(|known| known.pending == 0) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let forged = reqwest::Client::new().post(&address).body("{}").send().await?;
    println!("forged  {}", forged.status());
    println!("{} meeting kept", receiver.kept.lock().unwrap_or_else(PoisonError::into_inner).meetings.len());
    server.abort();
    Ok(())
}
