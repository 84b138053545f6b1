//! Webhooks: how they are signed, what answers mean, and where they never go.

use std::sync::{Arc, Mutex};

use acquaint::core::env::SystemEntropy;
use acquaint::core::error::Retry;
use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use acquaint::webhook::{Verifier, Webhook, WebhookSecret};
use acquaint::{Delivery, Destination, Error, ErrorKind, Subject, async_trait};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::json;

use crate::world::at;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn secret() -> WebhookSecret {
    WebhookSecret::parse(SECRET).unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-03-02T08:00:00Z")
}

fn delivery() -> Delivery {
    let subject = Subject::item("mtg_1".into(), "attendance", "jänè 50%@globex.com");
    Delivery::new("acme".into(), "product".into(), subject, 3, Some(json!({ "title": "QBR" })), now())
}

/// Answers with a status, and keeps what it was sent.
#[derive(Debug, Clone)]
struct Answers(u16, Option<&'static str>, Arc<Mutex<Vec<Request>>>);

impl Answers {
    fn with(status: u16) -> Self {
        Self(status, None, Arc::default())
    }
}

#[async_trait]
impl HttpTransport for Answers {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.2.lock().unwrap().push(request);
        let mut response = Response::new(Bytes::from_static(b"whatever"));
        *response.status_mut() = StatusCode::from_u16(self.0).unwrap();
        if let Some(after) = self.1 {
            response.headers_mut().insert("retry-after", after.parse().unwrap());
        }
        Ok(response)
    }
}

fn webhook(answers: &Answers) -> Webhook {
    Webhook::to("https://product.example/hooks?key=1", secret()).unwrap().transport(answers.clone())
}

async fn fails(answers: Answers) -> Error {
    webhook(&answers).deliver(&delivery()).await.unwrap_err()
}

#[test]
fn a_signature_is_the_one_of_the_scheme() {
    // The example of the scheme's own documentation and libraries.
    let body = br#"{"test": 2432232314}"#;
    let request = http::Request::builder()
        .header("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
        .header("webhook-timestamp", "1614265330")
        .header("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        .body(body)
        .unwrap();
    let sent = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
    let verified = Verifier::new(secret()).verify(request.headers(), *request.body(), sent).unwrap();
    assert_eq!(verified.id, "msg_p5jXN8AQM9LWM0D4loKWxJek");
    assert_eq!(verified.payload, json!({ "test": 2_432_232_314_u64 }));
}

#[tokio::test]
async fn what_is_sent_is_believed_by_either_secret_of_a_rotation_and_by_no_other() {
    let answers = Answers::with(204);
    let (next, other) = (WebhookSecret::generate(&SystemEntropy), WebhookSecret::generate(&SystemEntropy));
    webhook(&answers).also_signed(next.clone()).deliver(&delivery()).await.unwrap();
    let requests = answers.2.lock().unwrap();
    let request = &requests[0];
    for known in [secret(), next] {
        let verified = Verifier::new(known).verify(request.headers(), request.body(), now()).unwrap();
        assert_eq!(verified.payload, delivery().payload());
        assert_eq!(verified.id, "mtg_1/attendance/j%C3%A4n%C3%A8%2050%25@globex.com:3");
    }
    assert!(
        Verifier::new(other.clone()).or(secret()).verify(request.headers(), request.body(), now()).is_ok()
    );
    let forged = |request: &Request, at| {
        Verifier::new(secret()).verify(request.headers(), request.body(), at).unwrap_err().kind()
    };
    assert_eq!(
        Verifier::new(other).verify(request.headers(), request.body(), now()).unwrap_err().kind(),
        ErrorKind::Forbidden
    );
    assert_eq!(forged(request, now() + chrono::TimeDelta::minutes(6)), ErrorKind::Forbidden);
    let change = |change: fn(&mut Request)| {
        let mut changed = request.clone();
        change(&mut changed);
        forged(&changed, now())
    };
    assert_eq!(change(|request| *request.body_mut() = Bytes::from_static(b"{}")), ErrorKind::Forbidden);
    assert_eq!(
        change(|request| drop(request.headers_mut().remove("webhook-signature"))),
        ErrorKind::Forbidden
    );
    let later = (now().timestamp() + 1).to_string();
    let mut changed = request.clone();
    changed.headers_mut().insert("webhook-timestamp", later.parse().unwrap());
    assert_eq!(forged(&changed, now()), ErrorKind::Forbidden);
}

#[tokio::test]
async fn every_answer_has_its_meaning() {
    for status in [200, 201, 204, 299] {
        webhook(&Answers::with(status)).deliver(&delivery()).await.unwrap();
    }
    // Receivers get mended.
    for status in [301, 307, 400, 401, 403, 404, 422, 429, 500, 503, 504] {
        let error = fails(Answers::with(status)).await;
        assert_eq!(error.retry_verdict(), Retry::Backoff, "{status}: {error}");
        assert_eq!(error.context("status"), Some(status.to_string().as_str()));
    }
    let gone = fails(Answers::with(410)).await;
    assert_eq!((gone.kind(), gone.retry_verdict()), (ErrorKind::NotFound, Retry::Never));
    for status in [429, 503] {
        let mut answers = Answers::with(status);
        answers.1 = Some("120");
        let until = now() + chrono::TimeDelta::seconds(120);
        assert_eq!(fails(answers).await.retry_verdict(), Retry::At(until), "{status}");
    }
}

#[tokio::test]
async fn a_webhook_goes_to_public_addresses_alone() {
    for address in [
        "http://product.example/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[fd00:ec2::254]/",
        "https://[::ffff:10.0.0.1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://user:password@product.example/",
        "ftp://product.example/",
        "nowhere",
    ] {
        let error = Webhook::to(address, secret()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{address}");
        assert!(!error.to_string().contains("user:"), "{error}");
    }
    // A name that leads to this machine is found out when it is looked up.
    let error =
        Webhook::to("https://localhost:1/", secret()).unwrap().deliver(&delivery()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(format!("{error:?}").contains("public address"), "{error:?}");
}

#[test]
fn no_secret_and_no_path_is_shown() {
    let webhook = Webhook::to("https://product.example/hooks/T0K3N?key=K3Y", secret()).unwrap();
    let shown = format!("{webhook:?} {:?} {:?}", secret(), Verifier::new(secret()));
    assert!(!["T0K3N", "K3Y", "MfKQ"].iter().any(|secret| shown.contains(secret)), "{shown}");
    assert_eq!(secret().expose(), SECRET);
    for wrong in ["", "whsec_", "whsec_AAAA", "whsec_not base64 at all, whatever one thinks of it"] {
        assert_eq!(WebhookSecret::parse(wrong).unwrap_err().kind(), ErrorKind::Invalid);
    }
}
