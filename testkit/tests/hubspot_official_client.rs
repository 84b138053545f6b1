//! The sandbox as HubSpot's own client sees it: the Python library, unchanged but for its host.
//!
//! It needs the interpreter of an environment that has `official/requirements.txt`, named by `ACQUAINT_PYTHON`. Without
//! it the test says so and passes, unless `ACQUAINT_REQUIRE_SERVERS=1` is set. `CONTRIBUTING.md` says how to run it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod official_support;

use std::sync::{Arc, Mutex};

use acquaint_core::env::SystemClock;
use acquaint_core::http::ReqwestTransport;
use acquaint_testkit::sandbox::hubspot::{Courier, HubSpotConfig, HubSpotSandbox, Subscription};
use acquaint_testkit::sandbox::{Loopback, Sandbox};
use bytes::Bytes;
use http::{Method, Request, Response};
use official_support::{python, steps_of};
use serde_json::{Map, Value, json};

const PORTAL: u64 = 48_120_077;
const SCOPES: &[&str] = &[
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.objects.custom.read",
    "crm.objects.custom.write",
    "crm.objects.owners.read",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "crm.schemas.custom.read",
];

/// What the script says, in this order.
const STEPS: &[&str] = &[
    "a token is refreshed and introspected",
    "contacts are listed page by page",
    "properties are defined, changed and archived",
    "a contact is created with its company, read by its address and updated",
    "a search knows every operator",
    "a search is paged by offset and by key",
    "a batch read says what is missing",
    "batches create, update, upsert and archive",
    "contacts are archived, merged and purged",
    "associations are made, labelled, read and taken away",
    "associations go by names in version 3",
    "owners are listed and found",
    "a custom object has a schema, records and associations",
    "meetings and deals are records too",
    "refusals say why",
    "too many calls are refused",
    "date versions answer as numbered ones do",
    "webhooks tell of changes",
    "webhooks are signed as the client checks it",
    "published signatures are the client's too",
];

/// Keeps every webhook that is posted, and shows them to whoever asks.
#[derive(Debug, Default)]
struct Receiver(Mutex<Vec<Value>>);

impl Sandbox for Receiver {
    fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let mut seen = self.0.lock().unwrap();
        if request.method() == Method::GET {
            return Response::new(serde_json::to_vec(&*seen).unwrap().into());
        }
        let headers = request.headers().iter();
        let headers: Map<String, Value> =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().into())).collect();
        let body = std::str::from_utf8(request.body()).unwrap();
        seen.push(json!({"headers": headers, "body": body}));
        Response::default()
    }
}

/// A sandbox on the clock of this machine, on which the client checks how old a webhook is.
fn sandbox(change: impl FnOnce(&mut HubSpotConfig)) -> Arc<HubSpotSandbox> {
    let mut config = HubSpotConfig::default();
    config.webhooks.http_targets = true;
    change(&mut config);
    let hubspot = Arc::new(HubSpotSandbox::new(Arc::new(SystemClock), config));
    hubspot.add_portal(PORTAL, "harbourfoods.example", "admin@harbourfoods.example");
    hubspot
}

/// What the script expects to find.
fn fill(hubspot: &HubSpotSandbox) {
    for n in 0..7 {
        hubspot.create(PORTAL, "contacts", &[("email", &format!("p{n}@x.example"))]).unwrap();
    }
    for name in ["X", "Y"] {
        hubspot.create(PORTAL, "companies", &[("name", name)]).unwrap();
    }
    let owners = ["rae", "sam", "gone"]
        .map(|name| hubspot.add_owner(PORTAL, &format!("{name}@harbourfoods.example"), name, "Rep").unwrap());
    hubspot.archive_owner(PORTAL, owners[2]).unwrap();
    hubspot.define_object(PORTAL, "policies", ("Policy", "Policies"), "number").unwrap();
    hubspot.define_label(PORTAL, "contacts", "companies", "Buyer").unwrap();
    hubspot.subscribe(Subscription::new("contact.creation")).unwrap();
    hubspot.subscribe(Subscription::new("contact.propertyChange").property("email")).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hubspots_own_client_works_unchanged() {
    let Some(python) = python("HubSpot") else { return };
    let hubspot = sandbox(|_| {});
    fill(&hubspot);
    let account = hubspot.oauth().accounts().remove(0);
    let config = HubSpotConfig::default();
    let grant = hubspot.oauth().grant(&config.client_id, &account, SCOPES);
    let poor = hubspot.access_token(PORTAL, &["crm.objects.contacts.read"]).unwrap();
    let limited = sandbox(|config| {
        config.enforce_limits = true;
        config.burst_limit = 3;
    });
    limited.add_private_app_token(PORTAL, "limited", &["crm.objects.contacts.read"]).unwrap();

    let server = Loopback::start(hubspot.clone()).await.unwrap();
    let strict = Loopback::start(limited).await.unwrap();
    let hook = Loopback::start(Arc::new(Receiver::default())).await.unwrap();
    let target = format!("{}/hook", hook.url());
    hubspot.set_webhook_target(&target).unwrap();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let transport = ReqwestTransport::from_client(client.build().unwrap());
    let _courier = Courier::start(Arc::clone(&hubspot), Arc::new(transport));

    let steps = steps_of(
        &python,
        "hubspot.py",
        &[
            ("ROOT", server.url()),
            ("LIMITED", strict.url()),
            ("HOOK", target),
            ("CLIENT_ID", config.client_id),
            ("CLIENT_SECRET", config.client_secret),
            ("REFRESH_TOKEN", grant.refresh_token.unwrap()),
            ("POOR_TOKEN", poor),
        ],
    )
    .await;
    assert_eq!(steps, STEPS);
}
