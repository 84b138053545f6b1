//! The command-line tool of a product.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ffi::OsString;
use std::path::Path;

use acquaint::cli::{Ended, run};
use acquaint::core::view::{Account, Attendee, CalendarEvent, Colleague, EventTime};
use acquaint::registry::predicate_fn;
use acquaint::{Acquaint, Builder, Manifest, Registry, Sqlite};
use serde_json::{Value, json};

/// How the command ended, and what it said.
fn ran(builder: Builder, args: &[&str]) -> (Ended, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = ["acquaint"].iter().chain(args).map(OsString::from);
    let ended = run(builder, args, &mut out, &mut err);
    (ended, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

/// A file with this text, and the folder that goes with it.
fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("meetings.yaml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/meetings.yaml");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn check_refuses_a_misspelt_field_with_line_column_and_what_was_meant() {
    let text = example().replace("- title:", "- titel:");
    let line = text.lines().position(|line| line.contains("titel")).unwrap() + 1;
    let (_folder, path) = file(&text);
    let (ended, out, err) = ran(Acquaint::builder(), &["check", &path]);
    assert_eq!((ended, out.as_str()), (Ended::Wrong, ""));
    assert!(err.contains(&format!("meetings.yaml:{line}:7")), "{err}");
    assert!(err.contains("did you mean `title`?") && err.contains("the manifest has 1 problem\n"), "{err}");
}

#[test]
fn check_says_that_a_manifest_is_right_and_which_revision_it_is() {
    let (_folder, path) = file(&example());
    let (ended, out, err) = ran(Acquaint::builder(), &["check", &path]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert!(out.contains("customer-meetings is right, revision rev_"), "{out}");
}

#[test]
fn check_looks_at_every_file_and_ends_with_the_worst() {
    let (_good, good) = file(&example());
    let (_bad, bad) = file("acquaint: 1\n");
    let missing = format!("{good}.missing");
    let (ended, out, err) = ran(Acquaint::builder(), &["check", &missing, &bad, &good]);
    assert_eq!(ended, Ended::Unusable);
    assert!(err.contains(&missing) && err.contains("No such file"), "{err}");
    assert!(err.contains("a manifest needs `name`"), "{err}");
    assert!(out.contains("is right"), "{out}");
    assert_eq!(ran(Acquaint::builder(), &["check", &bad, &good]).0, Ended::Wrong);
}

#[test]
fn check_looks_for_mapped_fields_in_a_lock() {
    let (folder, path) = file(&example());
    let lock = folder.path().join("fields.json");
    let fields = lock.to_str().unwrap();
    let (companies, contacts) =
        (json!({ "lifecyclestage": "enumeration", "industry": "enumeration" }), "job_title");
    let locked = json!({ "connectors": { "hubspot": { "companies": companies, "contacts": { contacts: "string" } } } });
    std::fs::write(&lock, locked.to_string()).unwrap();
    let (ended, _, err) = ran(Acquaint::builder(), &["check", "--fields", fields, &path]);
    assert_eq!(ended, Ended::Wrong);
    assert!(err.contains("`contacts` of `hubspot` has no field `jobtitle`"), "{err}");
    assert!(err.contains("did you mean `job_title`?"), "{err}");

    std::fs::write(&lock, locked.to_string().replace(contacts, "jobtitle")).unwrap();
    let (ended, _, err) = ran(Acquaint::builder(), &["check", "--fields", fields, &path]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));

    // A lock that knows nothing of what is mapped says so instead of letting it pass.
    std::fs::write(&lock, json!({ "connectors": {} }).to_string()).unwrap();
    let (ended, _, err) = ran(Acquaint::builder(), &["check", "--fields", fields, &path]);
    assert_eq!(ended, Ended::Wrong);
    assert!(err.contains("the lock knows no fields of `companies`") && err.contains("2 problems"), "{err}");
    std::fs::write(&lock, "fields").unwrap();
    assert_eq!(ran(Acquaint::builder(), &["check", "--fields", fields, &path]).0, Ended::Unusable);
}

#[test]
fn check_speaks_json_to_tools() {
    let (_good, good) = file(&example());
    let (_bad, bad) = file(&example().replace("- title:", "- titel:"));
    let (ended, out, err) = ran(Acquaint::builder(), &["check", "--json", &good, &bad]);
    assert_eq!((ended, err.as_str()), (Ended::Wrong, ""));
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["problems"], &lines[0]["name"]), (&json!([]), &json!("customer-meetings")));
    assert_eq!(lines[1]["problems"][0]["suggestion"], "title");
    assert_eq!(lines[1]["problems"][0]["place"]["column"], 7);
}

#[test]
fn describe_says_in_sentences_what_a_manifest_says() {
    let (_good, good) = file(&example());
    let (ended, out, err) = ran(Acquaint::builder(), &["describe", &good]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert!(out.contains("  - the length is at least 10 minutes\n"), "{out}");
    let (_bad, bad) = file(&example().replace("- title:", "- titel:"));
    let (ended, out, err) = ran(Acquaint::builder(), &["describe", &bad]);
    assert_eq!((ended, out.as_str()), (Ended::Wrong, ""));
    assert!(err.contains("did you mean `title`?"), "{err}");
    assert_eq!(ran(Acquaint::builder(), &["describe", "no-such.yaml"]).0, Ended::Unusable);
}

const CASES: &str = "\
acquaint: 1
name: reviews
sources: { calendar: { connector: google-calendar } }
keep: { title: { not: { matches: '^Hold' } } }
cases:
  - { meeting: { title: Review }, kept: true }
  - { name: A hold, meeting: { title: 'Hold: QBR' }, because: title }
  - { meeting: { title: 'Hold: QBR' }, because: title }
";

#[test]
fn test_says_of_every_case_what_became_of_it() {
    let (_folder, path) = file(CASES);
    let (ended, out, err) = ran(Acquaint::builder(), &["test", &path]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert_eq!(out, "ok 1 kept: Review\nok 2 keep.title: A hold\nok 3 keep.title: Hold: QBR\n");

    let (_folder, path) = file(&CASES.replace("kept: true", "kept: false"));
    let (ended, out, err) = ran(Acquaint::builder(), &["test", &path]);
    assert_eq!(ended, Ended::Wrong);
    assert!(out.starts_with("failed 1 kept: Review\nok 2"), "{out}");
    assert!(err.contains("meetings.yaml:6:35") && err.contains("saw \"Review\""), "{err}");
    assert_eq!(ran(Acquaint::builder(), &["check", &path]).0, Ended::Wrong);
}

#[test]
fn test_decides_cases_that_stand_beside_manifests() {
    let (_manifest, manifest) = file(&example());
    let (_cases, cases) = file("cases: [{ meeting: { title: 'Hold: x' }, kept: false }]\n");
    let (ended, out, err) = ran(Acquaint::builder(), &["test", &manifest, "--cases", &cases]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert_eq!(out, "ok 1 keep.all[0].attendees: Hold: x\n");
    let (ended, out, _) = ran(Acquaint::builder(), &["test", &manifest]);
    assert_eq!((ended, out.contains("has no cases")), (Ended::Well, true));
    let missing = format!("{cases}.missing");
    assert_eq!(ran(Acquaint::builder(), &["test", &manifest, "--cases", &missing]).0, Ended::Unusable);
}

#[test]
fn test_speaks_json_to_tools() {
    let (_folder, path) = file(&CASES.replace("kept: true", "kept: false"));
    let (ended, out, err) = ran(Acquaint::builder(), &["test", "--json", &path]);
    assert_eq!((ended, err.as_str()), (Ended::Wrong, ""));
    let line: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(line["cases"][1]["because"], "keep.title");
    assert_eq!(line["cases"][0]["problems"][0]["place"], json!({ "line": 6, "column": 35 }));
    assert_eq!(line["wrong"][0]["file"], path);
}

#[test]
fn schema_is_the_one_that_is_kept() {
    let (ended, out, err) = ran(Acquaint::builder(), &["schema"]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/manifest.schema.json");
    assert_eq!(out, std::fs::read_to_string(path).unwrap());
}

#[test]
fn the_tool_knows_what_the_product_has_registered() {
    let text =
        "acquaint: 1\nname: own\nsources: { crm: { connector: local } }\nkeep: { title: { call: vip } }\n";
    let (_folder, path) = file(text);
    assert_eq!(ran(Acquaint::builder(), &["check", &path]).0, Ended::Wrong);
    let registry = Registry::bundled().unwrap().predicate(predicate_fn("vip", 1, |_, _| true));
    assert_eq!(ran(Acquaint::builder().registry(registry), &["check", &path]).0, Ended::Well);
}

/// A database with a tenant that has one meeting with a customer and one with somebody else.
fn database() -> (tempfile::TempDir, impl Fn() -> Builder) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acquaint.db");
    let builder = move || Acquaint::builder().store(Sqlite::at(&path));
    let filled = async {
        let manifest = Manifest::parse(&rules("attendees: { some: { external: true } }")).unwrap();
        let tenant = builder().manifest(manifest).build().await.unwrap().tenant("acme");
        let local = tenant.local("product");
        local.put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
        let globex = Account::new("1", "Globex").domain("globex.com").field("stage", "customer");
        local.put_accounts([globex]).await.unwrap();
        let event = |id: &str, title: &str, whom: &str| {
            let time = |hour: u32| EventTime::At(format!("2026-03-03T{hour:02}:00:00Z").parse().unwrap());
            let mut event = CalendarEvent::new("ana", id, time(9), time(10));
            event.title = Some(title.to_owned());
            event.organiser.email = Some("ana@us.example".to_owned());
            event.attendees = vec![Attendee::new(whom)];
            event
        };
        local
            .put_events([event("1", "QBR", "jane@globex.com"), event("2", "Demo", "bill@initech.com")])
            .await
            .unwrap();
        tenant.sync().await.unwrap().into_result().unwrap();
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(filled);
    (folder, builder)
}

fn rules(keep: &str) -> String {
    format!(
        "acquaint: 1\nname: tool\nsources: {{ product: {{ connector: local, accounts: {{ fields: {{ stage: stage }} }} }} }}\nkeep: {{ {keep} }}\noutput: {{ title: title }}\n"
    )
}

#[test]
fn a_plan_is_shown_applied_and_listed() {
    let (_folder, builder) = database();
    let (_file, path) = file(&rules("main_account.stage: customer"));
    let (ended, out, err) = ran(builder(), &["plan", "acme", &path]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert!(out.contains("2 meetings looked at: 0 gained, 1 lost, 0 changed"), "{out}");
    assert!(out.contains("Demo: dropped by keep.main_account.stage"), "{out}");
    let hash = out.lines().find_map(|line| line.strip_prefix("plan ")).unwrap().to_owned();

    let (ended, out, err) = ran(builder(), &["plan", "--json", "acme", &path]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["hash"], hash);

    let (ended, out, err) = ran(builder(), &["apply", "acme", &path, "--plan", "plan_0"]);
    assert_eq!((ended, out.as_str()), (Ended::Wrong, ""));
    assert!(err.contains("nothing was applied") && err.contains(&hash), "{err}");

    let (ended, out, err) = ran(builder(), &["apply", "acme", &path, "--plan", &hash]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert!(out.contains("is in force for acme: 2 meetings decided, 1 changes announced"), "{out}");
    let (ended, out, _) = ran(builder(), &["apply", "acme", &path, "--plan", &hash]);
    assert_eq!(ended, Ended::Well);
    assert!(out.contains("already"), "{out}");

    let (_other, other) = file(&rules("title: QBR"));
    let (ended, out, err) = ran(builder(), &["revisions", "acme", "--diff", &other]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert_eq!(out.lines().filter(|line| line.contains(" tool: in force from ")).count(), 2, "{out}");
    assert!(out.contains("+ keep.title: \"QBR\""), "{out}");
    let range = ["--from", "2026-03-01T00:00:00Z", "--to", "2026-04-01T00:00:00Z"];
    let (ended, out, _) = ran(builder(), &[&["replay", "acme"][..], &range].concat());
    assert_eq!((ended, out.as_str()), (Ended::Well, "1 meetings are told again\n"));
    let (ended, out, _) = ran(builder(), &["status", "acme"]);
    assert_eq!(ended, Ended::Well);
    assert!(out.contains("applied to this tenant") && out.contains("product"), "{out}");
}

#[test]
fn a_broken_manifest_is_neither_planned_nor_applied() {
    let (_folder, builder) = database();
    let (_file, path) = file(&rules("titel: QBR"));
    for command in ["plan", "apply"] {
        let (ended, out, err) = ran(builder(), &[command, "acme", &path]);
        assert_eq!((ended, out.as_str()), (Ended::Wrong, ""), "{command}");
        assert!(err.contains("did you mean `title`?"), "{err}");
    }
}

#[test]
fn support_is_told_why_a_meeting_is_not_there() {
    let (_folder, builder) = database();
    let args = ["why", "acme", "--near", "2026-03-03T09:00:00Z", "--with", "bill@initech.com"];
    let (ended, out, err) = ran(builder(), &args);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert!(out.contains("\"Demo\" is kept"), "{out}");
    let (_, out, _) = ran(builder(), &[&args[..], &["--json"]].concat());
    let found: Value = serde_json::from_str(&out).unwrap();
    let id = found["meeting"].as_str().unwrap();
    let (ended, out, _) = ran(builder(), &["explain", "acme", id]);
    assert_eq!(ended, Ended::Well);
    assert!(out.contains("holds  keep.attendees"), "{out}");
    let (_, out, _) = ran(builder(), &["explain", "acme", id, "--for", "customer"]);
    assert_eq!(out, "\"Demo\" on 2026-03-03 09:00 UTC is shown.\n\n");
    let (_, out, _) = ran(builder(), &[&args[..], &["--for", "support"]].concat());
    assert!(
        out.contains("bill@initech.com is nobody that the CRM knows.\n")
            && out.contains("\nNext: nothing.\n"),
        "{out}"
    );
    let (ended, _, err) = ran(builder(), &["explain", "acme", id, "--for", "boss"]);
    assert_eq!(ended, Ended::Unusable);
    assert!(err.contains("use one of: engineer, support, customer"), "{err}");
    let (ended, _, err) = ran(builder(), &["explain", "acme", "nothing"]);
    assert_eq!(ended, Ended::Unusable);
    assert!(err.contains("error: "), "{err}");
}

#[test]
fn support_is_told_how_a_connection_stands() {
    let (_folder, builder) = database();
    let (_, out, _) = ran(builder(), &["status", "acme"]);
    // The id stands behind the account.
    let id = out
        .lines()
        .find_map(|line| line.split_once(", ").and_then(|(_, rest)| rest.split_once(")")))
        .unwrap()
        .0;
    let (ended, out, err) = ran(builder(), &["connection", "acme", id]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert!(out.contains("events: pushed by the product") && out.contains(id), "{out}");
    let (_, out, _) = ran(builder(), &["connection", "acme", id, "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["connection"], id);
    let (ended, _, err) = ran(builder(), &["connection", "acme", "nothing", "--for", "customer"]);
    assert_eq!(ended, Ended::Unusable);
    assert!(err.contains("there is no such connection"), "{err}");
}

#[test]
fn a_command_about_a_tenant_needs_a_store() {
    let (ended, out, err) = ran(Acquaint::builder(), &["status", "acme"]);
    assert_eq!((ended, out.as_str()), (Ended::Unusable, ""));
    assert!(err.contains("an engine needs a store"), "{err}");
}

#[test]
fn help_is_no_mistake_and_a_wrong_command_is() {
    let (ended, out, err) = ran(Acquaint::builder(), &["--help"]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert!(out.contains("check"), "{out}");
    for args in [&["chek"][..], &[], &["check"]] {
        let (ended, out, err) = ran(Acquaint::builder(), args);
        assert_eq!((ended, out.as_str()), (Ended::Unusable, ""), "{args:?}");
        assert!(!err.is_empty());
    }
}
