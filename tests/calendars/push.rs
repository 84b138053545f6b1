//! What a provider tells of is read, and nothing else.

use std::sync::{Arc, OnceLock, Weak};

use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use acquaint::core::store::{Subscription, SubscriptionStatus};
use acquaint::{Mirrored, async_trait};
use acquaint_testkit::sandbox::google::Notification;
use bytes::Bytes;
use chrono_tz::Tz;

use crate::support::ANA;
use crate::{Product, TEAM};

impl Product {
    /// Ana's two calendars, read and subscribed to.
    async fn subscribed() -> Self {
        let product = Self::told().await;
        product.world.google.add_calendar(ANA, TEAM, "Team", Tz::UTC);
        product.insert(ANA, "first", "2026-03-03T10:00:00Z");
        product.connect(ANA).await;
        product.sync_well().await;
        assert_eq!(product.world.google.channels().len(), 3, "two calendars and the list");
        product.deliver().await;
        let received = product.acquaint.received();
        assert_eq!((received.idle, received.hints), (3, 0), "{received:?}");
        product
    }

    /// All notifications that wait, in order. Returns the answers' status codes.
    async fn deliver(&self) -> Vec<u16> {
        let mut answers = Vec::new();
        for notification in self.world.google.take_notifications() {
            answers.push(self.receive(&notification).await);
        }
        answers
    }

    async fn receive(&self, notification: &Notification) -> u16 {
        self.acquaint.receive(notification.request.clone()).await.status().as_u16()
    }

    async fn subscriptions(&self) -> Vec<Subscription> {
        let connection = self.connection(ANA).await;
        self.store.subscriptions(self.tenant.id(), &connection.id).await.unwrap()
    }
}

#[tokio::test]
async fn what_is_told_is_read_and_nothing_else() {
    let product = Product::subscribed().await;
    assert!(product.sync_due().await.is_empty(), "nothing is due");
    product.insert(TEAM, "told", "2026-03-04T10:00:00Z");
    assert_eq!(product.deliver().await, [200]);
    let calls = product.sync_due().await;
    assert_eq!(calls.into_iter().collect::<Vec<_>>(), [("events.list".to_owned(), 1)]);
    assert_eq!(product.titles().await, [format!("first on {ANA}"), format!("told on {TEAM}")]);

    // A calendar that appears is told by the list's own subscription, read, and subscribed to.
    product.world.google.add_calendar(ANA, "c_new@group.calendar.google.com", "New", Tz::UTC);
    product.insert("c_new@group.calendar.google.com", "new", "2026-03-04T10:00:00Z");
    product.deliver().await;
    let calls = product.sync_due().await;
    assert_eq!(calls["calendarList.list"], 1);
    assert_eq!(calls["events.watch"], 1);
    assert_eq!(product.titles().await.len(), 3);
}

#[tokio::test]
async fn a_flood_costs_one_read() {
    let product = Product::subscribed().await;
    for number in 0..50 {
        product.insert(TEAM, &format!("flood{number}"), "2026-03-04T10:00:00Z");
    }
    let mut notifications = product.world.google.take_notifications();
    assert_eq!(notifications.len(), 50);
    // Repeated and out of order.
    notifications.extend(notifications.clone());
    notifications.reverse();
    for notification in &notifications {
        assert_eq!(product.receive(notification).await, 200);
    }
    assert_eq!(product.sync_due().await["events.list"], 1);
    assert_eq!(product.titles().await.len(), 51);
    assert!(product.sync_due().await.is_empty());
}

#[tokio::test]
async fn what_is_forged_unknown_or_misdirected_changes_nothing_and_is_counted() {
    let product = Product::subscribed().await;
    product.insert(TEAM, "told", "2026-03-04T10:00:00Z");
    let genuine = product.world.google.take_notifications().remove(0).request;
    let changed = |header: &'static str, value: &str| {
        let mut request = genuine.clone();
        request.headers_mut().insert(header, value.parse().unwrap());
        request
    };
    let mut without_token = genuine.clone();
    without_token.headers_mut().remove("x-goog-channel-token");
    let mut elsewhere = genuine.clone();
    *elsewhere.uri_mut() = "https://product.example/push/nobody".parse().unwrap();
    let mut pushless = genuine.clone();
    *pushless.uri_mut() = "https://product.example/push/local".parse().unwrap();
    let mut large = genuine.clone();
    *large.body_mut() = Bytes::from(vec![b' '; 2 << 20]);
    let mut nameless = genuine.clone();
    nameless.headers_mut().remove("x-goog-channel-id");
    let table = [
        (changed("x-goog-channel-token", "guess"), 403),
        (changed("x-goog-resource-id", "another"), 403),
        (without_token, 403),
        (changed("x-goog-channel-id", "another"), 200),
        (elsewhere, 404),
        (pushless, 404),
        (large, 413),
        (nameless, 400),
    ];
    for (request, status) in table {
        let headers = format!("{:?}", request.headers());
        assert_eq!(product.acquaint.receive(request).await.status(), status, "{headers}");
    }
    let received = product.acquaint.received();
    let counts = (received.hints, received.forged, received.unknown, received.misdirected);
    assert_eq!(counts, (0, 3, 1, 4), "{received:?}");
    assert!(product.sync_due().await.is_empty());

    assert_eq!(product.acquaint.receive(genuine).await.status(), 200);
    assert_eq!(product.sync_due().await["events.list"], 1);
}

/// Delivers what a provider sends before it answers the request that asked for it.
#[derive(Debug)]
struct Eager {
    inner: Arc<dyn HttpTransport>,
    google: Weak<acquaint_testkit::sandbox::google::GoogleSandbox>,
    acquaint: Arc<OnceLock<acquaint::Acquaint>>,
}

#[async_trait]
impl HttpTransport for Eager {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let answer = self.inner.send(request).await;
        if let (Some(google), Some(acquaint)) = (self.google.upgrade(), self.acquaint.get()) {
            for notification in google.take_notifications() {
                assert_eq!(acquaint.receive(notification.request).await.status(), 200);
            }
        }
        answer
    }
}

#[tokio::test]
async fn the_first_message_may_come_before_the_answer() {
    let mut world = crate::World::in_process();
    let late = Arc::new(OnceLock::new());
    let google = Arc::downgrade(&world.google);
    world.http = Arc::new(Eager { inner: world.http, google, acquaint: Arc::clone(&late) });
    let store = Arc::new(acquaint_testkit::MemoryStore::new());
    let acquaint = world
        .builder()
        .manifest(acquaint::Manifest::parse(crate::MANIFEST).unwrap())
        .public_url("https://product.example/")
        .store(store)
        .build()
        .await
        .unwrap();
    late.set(acquaint.clone()).unwrap();
    let tenant = acquaint.tenant("acme");
    world.connect(&acquaint, &tenant, "calendar", ANA).await.unwrap();
    world.minutes(1);
    let _ = tenant.sync().await.unwrap().into_result().unwrap();
    let received = acquaint.received();
    assert_eq!((received.idle, received.forged, received.unknown), (2, 0, 0), "{received:?}");
}

#[tokio::test]
async fn a_subscription_is_renewed_before_it_ends_and_none_is_left_over() {
    let product = Product::subscribed().await;
    let first: Vec<String> = product.subscriptions().await.into_iter().map(|one| one.id).collect();
    // A week, as the sandbox grants it, and some days more.
    for _ in 0..10 {
        product.world.minutes(24 * 60);
        product.sync_well().await;
        assert_eq!(product.world.google.channels().len(), 3, "nothing is heard twice");
        product.deliver().await;
        product.insert(TEAM, &format!("day{}", product.titles().await.len()), "2026-03-20T10:00:00Z");
        assert_eq!(product.deliver().await, [200]);
    }
    let now: Vec<Subscription> = product.subscriptions().await;
    assert_eq!(now.len(), 3);
    assert!(now.iter().all(|one| one.status == SubscriptionStatus::Live && !first.contains(&one.id)));
    assert_eq!(product.acquaint.received().hints, 10);
    assert_eq!(product.acquaint.received().unknown, 0);
}

#[tokio::test]
async fn old_and_new_run_side_by_side_while_one_is_renewed() {
    let product = Product::subscribed().await;
    product.world.minutes(6 * 24 * 60 + 12 * 60);
    // The old ones cannot be stopped now.
    let broken = http::Response::builder().status(400).body(Bytes::new()).unwrap();
    product.network.fail("/channels/stop", crate::network::Answer::Says(broken));
    let report = product.sync().await;
    assert!(report.lanes.iter().any(|lane| lane.error.is_some()), "it is said");
    assert_eq!(product.world.google.channels().len(), 6);
    product.deliver().await;
    product.insert(TEAM, "told", "2026-03-20T10:00:00Z");
    let before = product.acquaint.received();
    assert_eq!(product.deliver().await, [200, 200], "both tell");
    let after = product.acquaint.received();
    assert_eq!((after.hints - before.hints, after.unknown - before.unknown), (1, 1), "one is listened to");
    product.network.heal();
    product.world.minutes(60);
    product.sync_well().await;
    assert_eq!(product.world.google.channels().len(), 3);
    assert_eq!(product.subscriptions().await.len(), 3);
}

#[tokio::test]
async fn a_calendar_that_is_gone_is_not_asked_for_again() {
    let product = Product::subscribed().await;
    product.world.google.delete_calendar(TEAM).unwrap();
    for _ in 0..10 {
        product.world.minutes(24 * 60);
        product.sync_well().await;
        product.deliver().await;
    }
    assert_eq!(product.subscriptions().await.len(), 2);
}

#[tokio::test]
async fn a_calendar_that_refuses_is_polled_and_asked_again_only_after_days() {
    let product = Product::told().await;
    product.world.google.add_calendar(ANA, TEAM, "Holidays", Tz::UTC);
    product.world.google.refuse_push(TEAM).unwrap();
    product.connect(ANA).await;
    product.sync_well().await;
    assert_eq!(product.world.google.channels().len(), 2);
    let asked = product.network.sent(&format!("{TEAM}/events/watch"));
    assert_eq!(asked, 1);
    for _ in 0..5 {
        product.world.minutes(24 * 60);
        product.sync_well().await;
    }
    assert_eq!(product.network.sent(&format!("{TEAM}/events/watch")), 1);
    product.insert(TEAM, "polled", "2026-03-20T10:00:00Z");
    product.sync_well().await;
    assert_eq!(product.titles().await, [format!("polled on {TEAM}")]);
}

#[tokio::test]
async fn whoever_is_disconnected_is_told_of_no_more() {
    for mirrored in [Mirrored::Keep, Mirrored::Erase] {
        let product = Product::subscribed().await;
        let ana = product.connection(ANA).await;
        let _ = product.tenant.disconnect(&ana.id, mirrored).await.unwrap();
        assert_eq!(product.world.google.channels().len(), 0, "the provider was told while it could be");
        let left = product.store.subscriptions(product.tenant.id(), &ana.id).await.unwrap();
        assert_eq!(left, []);
    }
}

#[tokio::test]
async fn without_a_public_address_or_against_the_manifests_word_nobody_is_asked() {
    let product = Product::new().await;
    product.connect(ANA).await;
    product.sync_well().await;
    assert_eq!(product.world.google.channels().len(), 0);
    let manifest = crate::MANIFEST.replace("every: 5m", "every: 5m, push: false");
    let product = Product::of(&manifest, |builder| builder.public_url("https://product.example/")).await;
    product.connect(ANA).await;
    product.sync_well().await;
    assert_eq!(product.world.google.channels().len(), 0);
}

#[tokio::test]
async fn a_hint_does_not_lift_what_the_provider_has_asked_to_wait() {
    let product = Product::subscribed().await;
    let mut slow = http::Response::builder().status(429).body(Bytes::new()).unwrap();
    slow.headers_mut().insert("retry-after", "3600".parse().unwrap());
    product.network.fail(&format!("{TEAM}/events?"), crate::network::Answer::Says(slow));
    product.insert(TEAM, "told", "2026-03-04T10:00:00Z");
    product.deliver().await;
    let report = product.sync_with(&acquaint::SyncOptions::new().due_only()).await;
    assert!(report.lanes.iter().any(|lane| lane.error.is_some()));
    product.network.heal();
    product.insert(TEAM, "again", "2026-03-04T11:00:00Z");
    product.deliver().await;
    assert!(product.sync_due().await.is_empty());
    product.world.minutes(70);
    product.sync_due().await;
    assert_eq!(product.titles().await.len(), 3);
}
