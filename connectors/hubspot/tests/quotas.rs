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
    let others = [
        "account",
        "properties",
        "schemas",
        "owners",
        "list",
        "archived",
        "read",
        "batch_read",
        "associations",
    ];
    for operation in others {
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

#[test]
fn a_daily_limit_is_kept_where_there_is_one() {
    let mut config = HubSpotConfig::default();
    config.calls_per_day = Some(250_000);
    let quotas = declared(config);
    let daily = QuotaLimit::Daily { calls: 250_000, resets: chrono::NaiveTime::MIN };
    assert_eq!(quotas.last().map(|quota| (quota.name, quota.limit)), Some(("calls_per_day", daily)));
    assert!(!quotas[2].counts("hubspot.search"));
}

#[test]
fn a_region_has_hosts_of_its_own_and_the_first_has_those_without_a_name() {
    let eu = HubSpotConfig::in_region("eu1").unwrap();
    assert_eq!(eu.api_base.as_str(), "https://api-eu1.hubapi.com/");
    assert_eq!(eu.authorize_url.as_str(), "https://app-eu1.hubspot.com/oauth/authorize");
    assert_eq!(HubSpotConfig::in_region("na1").unwrap(), HubSpotConfig::default());
    for wrong in ["", "eu", "1", "EU1", "eu1.evil.example", "eu1/", "europe1", "e1", "eu1@x"] {
        let error = HubSpotConfig::in_region(wrong).unwrap_err();
        assert!(error.advice().is_some(), "{wrong}");
    }
}

#[test]
fn sizes_that_cannot_work_are_refused_beforehand() {
    type Change = fn(&mut HubSpotConfig);
    let wrong: [Change; 6] = [
        |config| config.list_page = 101,
        |config| config.search_page = 0,
        |config| config.batch_size = 101,
        |config| config.batch_properties = 0,
        |config| config.association_batch_size = 1001,
        |config| config.api_version = "v4".to_owned(),
    ];
    for change in wrong {
        let mut config = HubSpotConfig::default();
        change(&mut config);
        assert!(HubSpot::new(config).unwrap_err().advice().is_some());
    }
}
