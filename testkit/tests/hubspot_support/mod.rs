//! What the tests of the HubSpot sandbox share: two portals and a client.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use acquaint_testkit::ManualClock;
use acquaint_testkit::sandbox::Sandbox;
use acquaint_testkit::sandbox::hubspot::{HubSpotConfig, HubSpotSandbox};
use bytes::Bytes;
use chrono::Duration;
use http::{HeaderMap, Method, Request};
use serde_json::Value;

pub(crate) const PORTAL: u64 = 48_120_077;
pub(crate) const OTHER: u64 = 48_120_078;
pub(crate) const SCOPES: &[&str] = &[
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.owners.read",
    "crm.schemas.contacts.read",
    "crm.schemas.companies.read",
];

pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) hubspot: Arc<HubSpotSandbox>,
    pub(crate) token: String,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

pub(crate) fn world() -> World {
    world_with(|_| {})
}

/// Two portals at 2026-10-10 08:00 UTC; the token is of the first.
pub(crate) fn world_with(change: impl FnOnce(&mut HubSpotConfig)) -> World {
    let clock = ManualClock::at("2026-10-10T08:00:00Z".parse().unwrap());
    let mut config = HubSpotConfig::default();
    config.redirect_uris.push("https://app.example/callback".to_owned());
    change(&mut config);
    let hubspot = Arc::new(HubSpotSandbox::new(Arc::new(clock.clone()), config));
    hubspot.add_portal(PORTAL, "harbourfoods.example", "admin@harbourfoods.example");
    hubspot.add_portal(OTHER, "globex.example", "admin@globex.example");
    let token = hubspot.static_token(PORTAL, SCOPES).unwrap();
    World { clock, hubspot, token }
}

impl World {
    pub(crate) fn forward(&self, by: Duration) {
        self.clock.advance(by.to_std().unwrap());
    }

    pub(crate) fn clock_now(&self) -> chrono::DateTime<chrono::Utc> {
        acquaint_core::env::Clock::now(&self.clock)
    }

    pub(crate) fn send(&self, method: Method, path: &str, token: Option<&str>, body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("https://api.hubapi.com{path}"));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = self.hubspot.handle(&request.body(Bytes::from(body.to_owned())).unwrap());
        let (parts, body) = response.into_parts();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Some(&self.token), "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(&self.token), &body.to_string())
    }

    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.send(Method::POST, path, None, &form.finish())
    }

    pub(crate) fn contact(&self, email: &str) -> u64 {
        self.hubspot.create(PORTAL, "contacts", &[("email", email)]).unwrap()
    }

    pub(crate) fn company(&self, name: &str, domain: &str) -> u64 {
        self.hubspot.create(PORTAL, "companies", &[("name", name), ("domain", domain)]).unwrap()
    }

    /// The ids of a search, in its order.
    pub(crate) fn search(&self, kind: &str, body: &Value) -> Vec<u64> {
        let answer = self.post(&format!("/crm/objects/2026-03/{kind}/search"), body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        ids(&answer)
    }
}

/// The ids of an answer's results.
pub(crate) fn ids(answer: &Answer) -> Vec<u64> {
    let results = answer.body["results"].as_array().expect("results");
    results.iter().map(|record| record["id"].as_str().unwrap().parse().unwrap()).collect()
}
