//! What a manifest may name, and whether it fits the connectors that are there.

use acquaint::core::auth::AuthScheme;
use acquaint::core::connector::{
    AnyStream, Connector, ConnectorInfo, Context, FetchRequest, Identity, Next, Page, RecordStream,
    StreamKind, StreamSpec,
};
use acquaint::core::cursor::SyncCursor;
use acquaint::core::http::HttpPolicy;
use acquaint::core::record::RawRecord;
use acquaint::core::view::Views;
use acquaint::registry::{Predicate, predicate_fn};
use acquaint::{Acquaint, ErrorKind, Manifest, Registry};
use acquaint_testkit::MemoryStore;
use serde_json::Value;

const START: &str = "acquaint: 1\nname: fit\n";

fn bundled() -> Registry {
    Registry::bundled().unwrap()
}

/// Place, message and suggestion of everything that is wrong.
fn wrong(text: &str, registry: &Registry) -> Vec<(String, String, Option<String>)> {
    let problems = Manifest::check(&format!("{START}{text}"), registry).unwrap_err().problems;
    problems.into_iter().map(|one| (one.place.to_string(), one.message, one.suggestion)).collect()
}

#[test]
fn everything_that_does_not_fit_is_said_at_once_with_its_place() {
    let text = "\
sources:
  calendar: { connector: google-calender }
  other:
    connector: google-calendar
    calendars: { acess: owner }
    scopes: { exactly: [openid] }
  crm:
    connector: hubspot
    owners: 7
keep: { titel: QBR }
";
    let found = wrong(text, &bundled());
    let places: Vec<&str> = found.iter().map(|one| one.0.as_str()).collect();
    assert_eq!(places, ["4:26", "7:18", "8:5", "11:5", "12:9"], "{found:#?}");
    let known = "no connector `google-calender` is registered; known are google-calendar, hubspot, local";
    assert_eq!((found[0].1.as_str(), found[0].2.as_deref()), (known, Some("google-calendar")));
    let setting = &found[1].1;
    assert!(setting.contains("unknown field `acess`") && setting.contains("write `calendars`"), "{setting}");
    assert!(found[2].1.contains("(missing: https://"), "{}", found[2].1);
    assert!(found[3].1.contains("invalid type"), "{}", found[3].1);
    assert_eq!(found[4].2.as_deref(), Some("title"));
}

#[test]
fn what_no_connector_can_leave_out_is_refused_where_it_stands() {
    let text = "\
sources: { calendar: { connector: local } }
privacy:
  drop: [title, atachments]
";
    let found = wrong(text, &bundled());
    assert_eq!((found.len(), found[0].0.as_str()), (1, "5:17"), "{found:#?}");
    let found = wrong(&text.replace("atachments", "titel"), &bundled());
    assert_eq!(found[0].2.as_deref(), Some("title"));
    // What an unknown connector can drop nobody knows.
    let found = wrong(&text.replace("local", "other"), &bundled());
    assert_eq!((found.len(), found[0].0.as_str()), (1, "3:35"), "{found:#?}");
}

#[test]
fn a_window_reaches_no_further_back_than_what_is_retained() {
    let text = "\
sources:
  calendar: { connector: google-calendar, window: { past: 100d } }
  usual: { connector: google-calendar }
  crm: { connector: hubspot }
  product: { connector: local }
privacy:
  retain: 90d
";
    let found = wrong(text, &bundled());
    let places: Vec<&str> = found.iter().map(|one| one.0.as_str()).collect();
    assert_eq!(places, ["4:59", "9:11"], "{found:#?}");
    assert!(found[0].1.contains("`calendar` reads events of the last 100 days"), "{}", found[0].1);
    assert!(found[1].1.contains("`usual` reads events of the last 180 days"), "{}", found[1].1);
    assert!(Manifest::check(&format!("{START}{}", text.replace("90d", "180d")), &bundled()).is_ok());
}

/// A calendar whose events say nothing of who may see them.
#[derive(Debug)]
struct Open(ConnectorInfo, Vec<Box<dyn AnyStream>>);

#[acquaint::core::async_trait]
impl Connector for Open {
    fn info(&self) -> &ConnectorInfo {
        &self.0
    }

    fn streams(&self) -> &[Box<dyn AnyStream>] {
        &self.1
    }

    async fn identify(&self, _: &Context) -> acquaint::Result<Identity> {
        Ok(Identity::new("open", "Open"))
    }
}

#[derive(Debug)]
struct Events(StreamSpec);

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Nowhere;

impl SyncCursor for Nowhere {
    const KIND: &'static str = "nowhere";
}

#[acquaint::core::async_trait]
impl RecordStream for Events {
    type Cursor = Nowhere;

    fn spec(&self) -> &StreamSpec {
        &self.0
    }

    async fn fetch(&self, _: &Context, _: FetchRequest<Nowhere>) -> acquaint::Result<Page<Nowhere>> {
        Ok(Page::new(Vec::new(), Next::Done(Nowhere)))
    }

    fn view(&self, _: &RawRecord) -> acquaint::Result<Views> {
        Ok(Views::new())
    }
}

#[test]
fn private_events_are_told_by_their_connector_or_cannot_be_cut() {
    let spec = StreamSpec::new("events", StreamKind::Events, Vec::new());
    let info = ConnectorInfo::new("open", "Open", AuthScheme::None, HttpPolicy::default());
    let registry = bundled().connector(Open(info, vec![Box::new(Events(spec))]));
    let text = "sources: { calendar: { connector: open } }\nprivacy: { private_events: busy_only }\n";
    let found = wrong(text, &registry);
    let said = "source `calendar`: the connector `open` cannot tell which events are private";
    assert_eq!(found, [("4:28".to_owned(), said.to_owned(), None)]);
    let as_they_are = text.replace("busy_only", "as_they_are");
    assert!(Manifest::check(&format!("{START}{as_they_are}"), &registry).is_ok());
}

#[test]
fn reading_alone_asks_nothing_of_connectors() {
    let text = format!("{START}sources: {{ crm: {{ connector: of-my-own, anything: 1 }} }}\n");
    assert!(Manifest::parse(&text).is_ok());
    assert!(Manifest::check(&text, &bundled()).is_err());
}

#[derive(Debug)]
struct Seats;

impl Predicate for Seats {
    fn name(&self) -> &str {
        "seats"
    }

    fn version(&self) -> u32 {
        1
    }

    fn check(&self, settings: &Value) -> Result<(), String> {
        settings["at_least"].as_u64().map(drop).ok_or_else(|| "write how many: { at_least: 50 }".to_owned())
    }

    fn holds(&self, _: &Value, _: &Value) -> bool {
        true
    }
}

#[test]
fn a_call_names_what_is_registered_and_fits_its_settings() {
    let registry = bundled().predicate(Seats).predicate(predicate_fn("vip", 1, |_, _| true));
    let found = |call: &str| {
        let text = format!(
            "{START}sources: {{ crm: {{ connector: local }} }}\nkeep: {{ main_account: {{ call: {call} }} }}\n"
        );
        let problems = Manifest::check(&text, &registry).err()?.to_string();
        Some(problems.lines().nth(1).unwrap().trim().to_owned())
    };
    assert_eq!(found("vip"), None);
    assert_eq!(found("{ seats: { at_least: 50 } }"), None);
    let shape = "4:31: `call` takes one name, or one name with its settings: { NAME: { … } }";
    let cases = [
        ("vp", "4:31: no predicate `vp` is registered; known are seats, vip; did you mean `vip`?"),
        (
            "{ seats: { atleast: 50 } }",
            "4:40: `seats` cannot use these settings: write how many: { at_least: 50 }",
        ),
        ("seats", "4:31: `seats` cannot use these settings: write how many: { at_least: 50 }"),
        ("7", "4:31: `call` takes a name or { NAME: { … } }, not a number"),
        ("{ vip: 1, seats: 1 }", shape),
        ("{}", shape),
    ];
    for (call, expected) in cases {
        assert_eq!(found(call).as_deref(), Some(expected), "{call}");
    }
}

#[tokio::test]
async fn an_engine_refuses_a_manifest_that_does_not_fit_and_says_all() {
    let text = format!("{START}sources: {{ a: {{ connector: locl }}, b: {{ connector: hubspt }} }}\n");
    let manifest = Manifest::parse(&text).unwrap();
    let error = Acquaint::builder().manifest(manifest).store(MemoryStore::new()).build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let said = error.to_string();
    assert!(said.contains("`local`") && said.contains("`hubspot`"), "{said}");
}
