//! The search itself: what is planted is found, in each place and in each shape.

use std::fmt;

use acquaint::Keys;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use url::form_urlencoded;

use crate::logging::Log;
use crate::needles::{Needles, Secrets};
use crate::planted::{ANA, PORTAL, me};
use crate::scene::{Scene, client};
use crate::shown::Shown;

const SECRET: &str = "pl4nted/one+two=three&four%five \"six\" \u{fc} seven";

fn needles(secret: &str) -> Needles {
    let mut secrets = Secrets::default();
    secrets.add("planted", secret);
    secrets.public("product.apps.example");
    secrets.needles()
}

#[test]
fn a_secret_is_found_in_every_shape() {
    let needles = needles(SECRET);
    let form: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let json = serde_json::to_string(SECRET).unwrap();
    let pair = format!("product.apps.example:{SECRET}");
    let shapes = [
        SECRET.to_owned(),
        SECRET[..12].to_owned(),
        SECRET[17..29].to_owned(),
        form[10..40].to_owned(),
        SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        serde_json::to_string(&json).unwrap(),
        json,
        format!("{SECRET:?}"),
        format!("{:?}", SECRET.as_bytes()),
        format!("{:#?}", SECRET.as_bytes()),
        format!("{:?}", bytes::Bytes::from_static(SECRET.as_bytes())),
        SECRET.bytes().map(|byte| format!("{byte:02x}")).collect(),
        SECRET.bytes().map(|byte| format!("{byte:02X}")).collect(),
        STANDARD.encode(SECRET),
        URL_SAFE.encode(SECRET),
        STANDARD.encode(&pair),
        STANDARD.encode(format!("x{pair}")),
        STANDARD.encode(format!("xx{pair}")),
        STANDARD.encode(format!("product.apps.example:{form}")),
    ];
    for shape in shapes {
        let text = format!("before {shape} after");
        assert!(!needles.find_in_text(&text).is_empty(), "not found in: {text}");
    }
    for harmless in ["product.apps.example", &SECRET[..11], "a text without anything in it"] {
        assert!(needles.find_in_text(harmless).is_empty(), "{harmless}");
    }
}

#[test]
fn a_secret_is_found_in_what_is_logged() {
    const LOGGED: &str = "l0gged-here-and-there-9d";
    let log = Log::install();
    let needles = needles(LOGGED);
    let count = || log.lines().iter().filter(|line| !needles.find_in_text(&line.text).is_empty()).count();
    let error = std::io::Error::other(Outer(Inner(LOGGED)));
    let leaks: [&dyn Fn(); 7] = [
        &|| tracing::trace!("a message with {LOGGED}"),
        &|| tracing::debug!(shown = LOGGED, "a field as text"),
        &|| tracing::debug!(shown = %Inner(LOGGED), "a field by Display"),
        &|| tracing::debug!(shown = ?LOGGED.as_bytes(), "a field by Debug"),
        &|| tracing::debug!(error = &error as &(dyn std::error::Error + 'static), "a source of an error"),
        &|| drop(tracing::trace_span!("a span", shown = LOGGED)),
        &|| log::trace!("through the other facade: {LOGGED}"),
    ];
    for (number, leak) in leaks.iter().enumerate() {
        leak();
        assert_eq!(count(), number + 1, "leak {number} was not found");
    }
}

/// Shows nothing of what it holds, and has it as its source.
#[derive(Debug)]
struct Outer(Inner);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("something went wrong")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

struct Inner(&'static str);

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not `{}`", self.0)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inner")
    }
}

impl std::error::Error for Inner {}

#[test]
fn a_secret_is_found_in_what_is_shown() {
    #[derive(Debug, serde::Serialize)]
    struct Careless {
        key: &'static str,
    }
    #[derive(Debug)]
    struct Bytes(#[expect(dead_code, reason = "only its Debug is looked at")] Vec<u8>);

    let (needles, log) = (needles(SECRET), Log::install());
    let places = |show: &dyn Fn(&Shown)| {
        let shown = Shown::default();
        show(&shown);
        let (found, _) = shown.search(&needles, &log);
        found.into_iter().map(|(place, _)| place).collect::<Vec<_>>()
    };
    let careless = || Careless { key: SECRET };
    assert!(places(&|shown| shown.value(&careless())).iter().any(|place| place.starts_with("Debug of")));
    assert!(places(&|shown| shown.value(&careless())).iter().any(|place| place.starts_with("pretty Debug")));
    assert!(places(&|shown| shown.json(&careless())).iter().any(|place| place.starts_with("JSON of")));
    assert!(!places(&|shown| shown.value(&Bytes(SECRET.into()))).is_empty());
    let error = acquaint::Error::invalid("wrong").with_source(Outer(Inner(SECRET)));
    assert!(places(&|shown| shown.error(&error)).contains(&"an error or its source".to_owned()));
    let error = acquaint::Error::invalid("wrong").advise(format!("do not use {SECRET}"));
    assert!(places(&|shown| shown.error(&error)).contains(&"advice".to_owned()));
}

#[tokio::test]
async fn a_secret_is_found_on_the_disk() {
    let scene = Scene::start().await;
    // Without protection all of them are there.
    let acquaint = scene.open("open.db", Keys::plaintext()).await;
    scene.connect(&acquaint, "calendar", ANA).await;
    scene.connect(&acquaint, "crm", &PORTAL.to_string()).await;
    let _ = acquaint.tenant("acme").connect("calendar", &me(ANA)).begin().await.unwrap();
    scene.look_at_files("now");
    let (found, _) = scene.shown.search(&scene.heard.all().needles(), &Log::install());
    let in_log: Vec<&str> = found
        .iter()
        .filter(|(place, _)| place.ends_with("open.db-wal now"))
        .map(|(_, found)| found.what.as_str())
        .collect();
    assert!(found.len() == in_log.len(), "and nowhere else: {found:?}");
    // Data keys lie in the clear, and what they seal does not open by a look at it.
    assert!(in_log.contains(&"data key, as it is"), "{in_log:?}");
}

/// What a careless product can do, and nobody else prevent.
#[tokio::test]
async fn a_client_that_logs_its_traffic_is_found_out() {
    const BEARER: &str = "b3arer-of-a-verbose-client";
    let (log, scene) = (Log::install(), Scene::start().await);
    let needles = needles(BEARER);
    for (verbose, leaks) in [(false, false), (true, true)] {
        let url = scene.hubspot_server.url().join("account-info").unwrap();
        let _ = client(verbose).get(url).bearer_auth(BEARER).send().await.unwrap();
        let found = log.lines().iter().any(|line| !needles.find_in_text(&line.text).is_empty());
        assert_eq!(found, leaks);
    }
}
