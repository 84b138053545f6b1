//! What the connector declares of HubSpot's limits.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use acquaint_core::connector::Connector as _;
use acquaint_core::http::{Quota, QuotaLimit, QuotaScope};
use acquaint_hubspot::{HubSpot, HubSpotConfig};

fn declared(config: HubSpotConfig) -> Vec<Quota> {
    HubSpot::new(config).unwrap().info().http.quotas.clone()
}

#[test]
fn searches_are_counted_apart_from_everything_else() {
    let quotas = declared(HubSpotConfig::default());
    let limits: Vec<_> = quotas.iter().map(|quota| (quota.name, quota.scope, quota.limit)).collect();
    let rate = |calls, seconds| QuotaLimit::Rate { calls, per: Duration::from_secs(seconds) };
    assert_eq!(
        limits,
        [
            ("calls_per_10_seconds", QuotaScope::Account, rate(110, 10)),
            ("searches_per_second", QuotaScope::Account, rate(5, 1)),
        ]
    );
    for operation in ["account", "properties", "list", "archived", "batch_read", "associations"] {
        let operation = format!("hubspot.{operation}");
        assert!(quotas[0].counts(&operation) && !quotas[1].counts(&operation), "{operation}");
    }
    assert!(!quotas[0].counts("hubspot.search") && quotas[1].counts("hubspot.search"));
}

#[test]
fn what_an_account_has_can_be_set_and_a_sandbox_has_no_limits() {
    let mut config = HubSpotConfig::default();
    (config.calls_per_10_seconds, config.searches_per_second) = (Some(190), None);
    let quotas = declared(config);
    assert_eq!(quotas.iter().map(|quota| quota.limit.calls()).collect::<Vec<_>>(), [190]);
    assert!(declared(HubSpotConfig::at(&"http://127.0.0.1:4000/".parse().unwrap()).unwrap()).is_empty());
}
