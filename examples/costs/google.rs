//! A person's calendars.

use std::sync::Arc;

use acquaint::core::env::{Clock, Env};
use acquaint::core::http::ReqwestTransport;
use acquaint::google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use acquaint::{Acquaint, Error, Initiator, Keys, Manifest, OAuthApp, Result, Sqlite, SyncOptions, Tenant};
use acquaint_testkit::ManualClock;
use acquaint_testkit::sandbox::google::{GoogleConfig, GoogleSandbox, google_oauth};
use acquaint_testkit::sandbox::oauth::Client;
use acquaint_testkit::sandbox::{Loopback, Sandbox};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::Args;
use crate::cost::{self, Cost};

const ANA: &str = "ana@product.example";
const CALLBACK: &str = "https://product.example/callback";

#[derive(Debug, Serialize)]
pub(crate) struct Costs {
    calendars: usize,
    events: usize,
    /// Everything is read: the list of calendars, the next two weeks, then the whole window.
    first_sync: Cost,
    /// What is due five minutes later, and nothing has changed.
    idle_poll: Cost,
    /// The list of calendars is due, and nothing has changed.
    idle_list: Cost,
    /// What is due after one event was changed.
    one_changed_event: Cost,
    /// The first sync where the manifest drops descriptions and attachments.
    first_sync_without_descriptions: Cost,
}

/// A provider on a port of this machine, and an engine that reads it.
struct Bench {
    clock: ManualClock,
    google: Arc<GoogleSandbox>,
    server: Loopback,
    tenant: Tenant,
    _folder: tempfile::TempDir,
}

pub(crate) async fn measure(args: &Args) -> Result<Costs> {
    if args.calendars == 0 || args.events == 0 {
        return Err(
            Error::invalid("nothing would be measured").advise("give at least one calendar and one event")
        );
    }
    let bench = Bench::start(args, "").await?;
    let first_sync = bench.sync(&SyncOptions::new()).await?;
    bench.pass(TimeDelta::minutes(6));
    let idle_poll = bench.sync(&SyncOptions::new().due_only()).await?;
    bench.pass(TimeDelta::minutes(6));
    let id = "event00000000";
    bench
        .google
        .patch_event(ANA, id, json!({ "summary": "Moved to another title" }))
        .map_err(|error| Error::bug(error.to_string()))?;
    let one_changed_event = bench.sync(&SyncOptions::new().due_only()).await?;
    bench.pass(TimeDelta::minutes(66));
    let both = bench.sync(&SyncOptions::new().due_only()).await?;
    let without = Bench::start(args, "privacy: { drop: [description, attachments] }").await?;
    Ok(Costs {
        calendars: args.calendars,
        events: args.events,
        idle_list: both.less(&idle_poll),
        first_sync,
        idle_poll,
        one_changed_event,
        first_sync_without_descriptions: without.sync(&SyncOptions::new()).await?,
    })
}

impl Bench {
    async fn start(args: &Args, privacy: &str) -> Result<Self> {
        let clock = ManualClock::at("2026-03-02T08:00:00Z".parse().map_err(Error::malformed)?);
        // No token runs out while it is measured.
        let mut oauth = google_oauth();
        oauth.access_lifetime = TimeDelta::hours(6);
        let time = Arc::new(clock.clone()) as Arc<dyn Clock>;
        let google = Arc::new(GoogleSandbox::with_oauth(time, GoogleConfig::default(), oauth));
        google.oauth().add_client(Client::new("client", "secret").redirect(CALLBACK));
        google.add_account(ANA, Tz::UTC);
        fill(&google, args, clock.now())?;
        let server =
            Loopback::start(Arc::<GoogleSandbox>::clone(&google)).await.map_err(Error::unavailable)?;
        let url: Url = server.url().parse().map_err(Error::malformed)?;
        let folder = tempfile::tempdir().map_err(Error::store)?;
        let mut env = Env::new(Arc::new(ReqwestTransport::new()?));
        env.clock = Arc::new(clock.clone());
        let manifest = format!(
            "acquaint: 1\nname: costs\nsources: {{ calendar: {{ connector: google-calendar, sync: {{ every: 5m }} }} }}\n{privacy}"
        );
        let manifest = Manifest::parse(&manifest).map_err(|problems| Error::invalid(problems.to_string()))?;
        let acquaint = Acquaint::builder()
            .manifest(manifest)
            .store(Sqlite::at(folder.path().join("costs.db")))
            .keys(Keys::new("costs", [7; 32]))
            .app("google-calendar", OAuthApp::new("client", "secret"))
            .connector(GoogleCalendar::new(GoogleCalendarConfig::at(&url)))
            .env(env)
            .build()
            .await?;
        let tenant = acquaint.tenant("acme");
        let me = Initiator::new("ana", "a session");
        let callback: Url = CALLBACK.parse().map_err(Error::malformed)?;
        let begun = tenant.connect("calendar", &me).account(ANA).begin_at(&callback).await?;
        // The browser of somebody who agrees to everything.
        let page = http::Request::get(begun.url.as_str()).body(Bytes::new()).map_err(Error::malformed)?;
        let agreed = google.handle(&page);
        let back = agreed.headers().get("location").and_then(|value| value.to_str().ok());
        let back = http::Request::get(back.unwrap_or_default()).body(()).map_err(Error::malformed)?;
        acquaint.finish_connect(&back, &me).await?.into_result()?;
        Ok(Self { clock, google, server, tenant, _folder: folder })
    }

    fn pass(&self, time: TimeDelta) {
        self.clock.set(self.clock.now() + time);
    }

    async fn sync(&self, options: &SyncOptions) -> Result<Cost> {
        cost::of(&self.tenant, options, &self.server, || self.google.requests()).await
    }
}

/// Meetings with guests, a video link and an agenda, some 1.7 kB each, one to four days apart around now.
fn fill(google: &GoogleSandbox, args: &Args, now: DateTime<Utc>) -> Result<()> {
    let mut calendars = vec![ANA.to_owned()];
    for number in 1..args.calendars {
        let id = format!("c_{number:04}@group.calendar.google.com");
        google.add_calendar(ANA, &id, &format!("Project {number}"), Tz::UTC);
        calendars.push(id);
    }
    for number in 0..args.events {
        let calendar = &calendars[number % calendars.len()];
        google.insert_event(calendar, event(number, now)).map_err(|error| Error::bug(error.to_string()))?;
    }
    Ok(())
}

fn event(number: usize, now: DateTime<Utc>) -> Value {
    // Over half a year back and nearly a year ahead.
    let minutes = i64::try_from(number.wrapping_mul(7_919) % (500 * 24 * 60)).unwrap_or_default();
    let start = now - TimeDelta::days(170) + TimeDelta::minutes(minutes);
    let time = |at: DateTime<Utc>| json!({ "dateTime": at.to_rfc3339(), "timeZone": "UTC" });
    let guests = ["jane", "arturo", "mei", "sofia"].map(|name| {
        json!({ "email": format!("{name}.{}@customer-{}.example", number % 97, number % 311), "displayName": name })
    });
    let agenda = (0..6).map(|point| {
        format!(
            "{point}. What customer {} needs for stage {}, and who does it.\n",
            number % 311,
            (number + point) % 13
        )
    });
    json!({
        "id": format!("event{number:08}"),
        "summary": format!("Customer {} / review {}", number % 311, number),
        "description": agenda.collect::<String>(),
        "location": "Room Tern",
        "start": time(start),
        "end": time(start + TimeDelta::minutes(45)),
        "attendees": guests,
        "hangoutLink": format!("https://meet.google.com/abc-{:04}-xyz", number % 10_000),
        "conferenceData": {
            "entryPoints": [
                { "entryPointType": "video", "uri": format!("https://meet.google.com/abc-{:04}-xyz", number % 10_000) },
                { "entryPointType": "phone", "uri": "tel:+49-30-5550100", "pin": format!("{:09}", number * 31) },
            ],
            "conferenceSolution": { "key": { "type": "hangoutsMeet" }, "name": "Google Meet" },
            "conferenceId": format!("abc-{:04}-xyz", number % 10_000),
        },
    })
}

pub(crate) fn show(costs: &Costs) {
    println!("Google Calendar: {} calendars with {} events", costs.calendars, costs.events);
    let rows = [
        ("first sync", &costs.first_sync),
        ("idle poll", &costs.idle_poll),
        ("idle look at the list", &costs.idle_list),
        ("one changed event", &costs.one_changed_event),
        ("first sync, no descriptions", &costs.first_sync_without_descriptions),
    ];
    cost::show(&rows);
}
