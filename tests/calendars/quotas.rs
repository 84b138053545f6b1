//! A provider's limits are kept before it has to refuse, and a day's end is waited for without asking.

use acquaint::ErrorKind;
use acquaint::google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use acquaint_testkit::sandbox::google::GoogleQuotas;
use chrono::TimeDelta;

use crate::Product;
use crate::support::{ANA, BEN};

/// Two people with sixty events each, read one a page by a connector that knows of these limits; the provider has others.
async fn product(config: impl Fn(&mut GoogleCalendarConfig), quotas: GoogleQuotas) -> Product {
    let product = Product::of(crate::MANIFEST, |builder| {
        let mut known = GoogleCalendarConfig::at(&"http://google.test".parse().unwrap()).page_size(1);
        config(&mut known);
        builder.connector(GoogleCalendar::new(known))
    })
    .await;
    for who in [ANA, BEN] {
        for number in 0..60 {
            product.insert(who, &format!("{}{number}", &who[..3]), "2026-03-03T10:00:00Z");
        }
        product.connect(who).await;
    }
    product.world.minutes(2);
    product.world.google.configure(|config| config.quotas = quotas);
    product
}

/// A sync for which time passes whenever it waits.
async fn sync_over_time(product: &Product) -> acquaint::SyncReport {
    let time = async {
        loop {
            tokio::task::yield_now().await;
            product.world.clock.advance_to_next_wake();
        }
    };
    tokio::select! {
        biased;
        done = product.tenant.sync() => done.unwrap(),
        () = time => unreachable!("time does not end"),
    }
}

#[tokio::test]
async fn a_minutes_quota_is_kept_before_the_provider_refuses() {
    let mut quotas = GoogleQuotas::default();
    (quotas.per_minute_user, quotas.per_minute_project) = (Some(20), Some(30));
    let known = |config: &mut GoogleCalendarConfig| {
        (config.user_per_minute, config.project_per_minute) = (Some(20), Some(30));
    };
    let product = product(known, quotas).await;
    let began = product.world.env().now();
    for _ in 0..40 {
        if product.titles().await.len() == 120 {
            break;
        }
        let _ = sync_over_time(&product).await;
        product.world.minutes(1);
    }
    assert_eq!(product.titles().await.len(), 120);
    assert_eq!(product.world.google.refused(), 0, "it never had to refuse");
    // Some 250 requests at thirty a minute.
    let took = product.world.env().now() - began;
    assert!(took >= TimeDelta::minutes(8), "{took}");
}

#[tokio::test]
async fn a_refusal_for_the_day_parks_everything_until_the_day_ends() {
    let mut quotas = GoogleQuotas::default();
    quotas.per_day_project = Some(40);
    let product = product(|_| {}, quotas).await;
    let report = sync_over_time(&product).await;
    assert!(
        report.lanes.iter().any(|lane| {
            lane.error.as_ref().is_some_and(|error| error.kind() == ErrorKind::QuotaExhausted)
        })
    );
    let (refused, sent) = (product.world.google.refused(), product.network.sent(""));
    assert!(refused <= 2, "one refusal stops all, but for what is under way: {refused}");
    // The clock stands at 08:02 UTC; nothing is asked before the next morning.
    for _ in 0..10 {
        product.world.minutes(2 * 60);
        let report = sync_over_time(&product).await;
        assert!(!report.waiting.is_empty() || report.lanes.iter().any(|lane| lane.error.is_some()));
    }
    let tokens = product.network.sent("/token");
    assert_eq!(product.network.sent("") - tokens, sent - tokens.min(sent), "nothing was asked meanwhile");
    product.world.google.configure(|config| config.quotas = GoogleQuotas::default());
    product.world.minutes(5 * 60);
    for _ in 0..3 {
        let _ = sync_over_time(&product).await;
    }
    assert_eq!(product.titles().await.len(), 120);
}

#[tokio::test]
async fn a_days_budget_that_is_known_is_never_overdrawn() {
    let mut quotas = GoogleQuotas::default();
    quotas.per_day_project = Some(100);
    let product = product(|config| config.project_per_day = Some(90), quotas).await;
    let ana = product.connection(ANA).await;
    for day in 0..3 {
        for _ in 0..5 {
            let _ = sync_over_time(&product).await;
            product.world.minutes(2 * 60);
        }
        let left = product.tenant.quotas(&ana.id).await.unwrap();
        let budget = left.iter().find(|quota| quota.name == "project_per_day").unwrap();
        assert!(budget.used <= 90 && (day > 0 || budget.calls() == 0), "{left:?}");
        product.world.minutes(14 * 60);
    }
    assert_eq!(product.world.google.refused(), 0);
    assert_eq!(product.titles().await.len(), 120);
}
