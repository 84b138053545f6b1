//! Webhooks that fail, and all that is said of them.

use acquaint::core::view::{Attendee, CalendarEvent, Colleague, EventTime};
use acquaint::webhook::{Verifier, Webhook, WebhookSecret};
use acquaint::{Acquaint, Delivery, DeliveryQuery, Destination, Manifest, Sqlite, Subject};
use http::HeaderMap;
use serde_json::json;

use crate::planted::{HOOK_PATH, HOOK_SECRET, NEXT_HOOK_SECRET};
use crate::scene::{Scene, at};

const MANIFEST: &str = "{acquaint: 1, name: hooks, sources: {own: {connector: local}}, output: {title: title}, deliver: [product]}";

/// A receiver that does not answer, and another that is refused.
pub(crate) async fn webhooks(scene: &Scene) {
    let shown = &scene.shown;
    let secret = shown.good(WebhookSecret::parse(&format!("whsec_{HOOK_SECRET}")));
    let next = shown.good(WebhookSecret::parse(NEXT_HOOK_SECRET));
    // Nobody listens on the port of discarded things.
    let address = format!("http://127.0.0.1:9/{HOOK_PATH}?key={HOOK_PATH}");
    let webhook = Webhook::to_private(&address, secret.clone()).unwrap().also_signed(next.clone());
    shown.value(&webhook);
    shown.bad(Webhook::to(&address, secret.clone()));
    shown.bad(Webhook::to(format!("https://user:{HOOK_PATH}@product.example/"), secret.clone()));
    shown.bad(WebhookSecret::parse(&format!("{HOOK_SECRET}{HOOK_SECRET}!")));
    let now = scene.env().now();
    let subject = Subject::meeting("mtg_1".into());
    let delivery = Delivery::new("acme".into(), "product".into(), subject, 1, Some(json!({})), now);
    shown.value(&delivery);
    shown.bad(webhook.deliver(&delivery).await);
    let verifier = Verifier::new(secret).or(next);
    shown.value(&verifier);
    let mut headers = HeaderMap::new();
    shown.bad(verifier.verify(&headers, b"{}", now));
    for (name, value) in [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    shown.bad(verifier.verify(&headers, b"{}", now));
    shown.good(verifier.verify(&headers, br#"{"test": 2432232314}"#, at("2021-02-25T15:02:10Z")));

    let builder = Acquaint::builder()
        .manifest(Manifest::parse(MANIFEST).unwrap())
        .store(Sqlite::at(scene.folder().join("hooks.db")))
        .env(scene.env())
        .destination("product", webhook);
    shown.value(&builder);
    let acquaint = builder.build().await.unwrap();
    shown.value(&acquaint);
    let tenant = acquaint.tenant("acme");
    let local = tenant.local("own");
    local.put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
    let (start, end) = (at("2026-03-03T10:00:00Z"), at("2026-03-03T10:30:00Z"));
    let mut event = CalendarEvent::new("ana", "e1", EventTime::At(start), EventTime::At(end));
    event.attendees = ["ana@us.example", "jane@globex.com"].map(Attendee::new).to_vec();
    local.put_events([event]).await.unwrap();
    shown.good(shown.good(tenant.sync().await).into_result());
    let report = shown.good(acquaint.deliver().await);
    assert_eq!(report.total().failed, 1, "{report:?}");
    shown.json(&report);
    for row in shown.good(tenant.deliveries(&DeliveryQuery::default()).await) {
        assert!(row.error.is_some());
        shown.json(&row);
    }
    for state in shown.good(tenant.destinations().await) {
        shown.json(&state);
        shown.json(&state.outlet);
    }
    for meeting in shown.good(tenant.meetings().all().await) {
        let explanation = shown.good(tenant.explain(&meeting.id).await);
        assert!(explanation.to_string().contains("the last attempt failed"), "{explanation}");
        shown.json(&explanation);
    }
    scene.look_at_files("with a webhook");
}
