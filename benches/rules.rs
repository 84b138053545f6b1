//! Stored meetings judged under a new rule, beside only reading and decoding them.
//!
//! `cargo bench --bench rules -- 1000000` says how many meetings; 100,000 unless told. They lie in a SQLite file, and are
//! read in pages in the order of their start, as `plan` would. Reading and judging are timed page by page in the same
//! run, so that whatever else the machine does falls on both alike.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use acquaint::core::ids::{Seq, TenantId, WorkerId};
use acquaint::core::meeting::Decision;
use acquaint::core::store::{
    JoinClaim, MeetingCommit, MeetingQuery, MeetingRow, MeetingWrite, Store, TenantUpdate,
};
use acquaint::core::view::{EventTime, Response};
use acquaint::{Entity, Manifest, Meeting, MeetingAttendee, Sqlite};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

const MEETINGS: usize = 100_000;
const PAGE: usize = 1_000;
const ROUNDS: usize = 3;

const RULES: &str = "
acquaint: 1
name: a-new-rule
sources:
  calendar: { connector: google-calendar }
  crm:
    connector: hubspot
    accounts: { fields: { stage: lifecyclestage, seats: seats, renewal: renewal } }
    contacts: { fields: { role: jobtitle } }
keep:
  all:
    - attendees: { some: { external: true, account.stage: { in: [customer, opportunity] } } }
    - title: { not: { matches: '(?i)^(hold|blocked)' } }
    - title: { not: { contains: lunch } }
    - duration: { at_least: 10m }
    - any: [{ main_account.seats: { at_least: 20 } }, { main_account.renewal: { within: 90d } }]
    - start: { within: 180d }
priority:
  - { when: { attendees: { some: { contact.role: { matches: '(?i)chief|vp' } } } }, add: 10 }
  - { when: { main_account.renewal: { before: now+30d } }, add: 5 }
";

fn beginning() -> DateTime<Utc> {
    "2026-03-01T09:00:00Z".parse().unwrap()
}

fn entity(id: String, name: String, fields: &Value) -> Entity {
    let mut entity = Entity::new("crm".into(), "con_0123456789abcdef".into(), id);
    entity.name = Some(name);
    entity.fields = fields.as_object().unwrap().clone();
    entity
}

/// A meeting of four, two of them from outside, as calendars and CRMs fill them.
fn meeting(n: usize) -> Meeting {
    let start = beginning() + TimeDelta::minutes(i64::try_from(n % 500_000).unwrap());
    let (start, end) = (EventTime::At(start), EventTime::At(start + TimeDelta::minutes(30)));
    let decision =
        Decision::new(n.is_multiple_of(3), "rev_0123456789abcdef01234567".into(), "0.1.0+bench", Seq(1));
    let mut meeting = Meeting::new(
        format!("mtg_{n:012}").into(),
        format!("{n:012}@calendar.example"),
        start,
        end,
        decision,
    );
    let titles = ["Quarterly review", "Hold: planning", "Kick-off with Zoë", "Lunch", "Weekly sync"];
    meeting.title = format!("{} {n}", titles[n % titles.len()]);
    meeting.description = Some("What we want to talk about, and what was said last time. ".repeat(4));
    meeting.conference = Some(format!("https://meet.example/{n:012}"));
    let company = n % 20_000;
    let account = entity(
        format!("{company}"),
        format!("Company {company}"),
        &json!({
            "stage": (["lead", "customer", "Opportunity"])[company % 3],
            "seats": (company % 100).to_string(),
            "renewal": format!("2026-{:02}-15", company % 12 + 1),
        }),
    );
    meeting.attendees = (0..4)
        .map(|who| {
            let external = who >= 2;
            let host = if external { format!("company{company}.example") } else { "us.example".to_owned() };
            let class = if external { "external" } else { "internal" };
            let mut attendee = MeetingAttendee::new(format!("person{who}.{n}@{host}"), class, external);
            attendee.name = Some(format!("Person {who} of {host}"));
            attendee.response = Response::Accepted;
            if external {
                let role = (["Engineer", "VP Sales", "Chief of staff", "Buyer"])[(n + who) % 4];
                attendee.contact =
                    Some(entity(format!("{n}{who}"), format!("Person {who}"), &json!({ "role": role })));
                attendee.account = Some(account.clone());
                attendee.account_counts = true;
                attendee.strategy = Some("email".to_owned());
            }
            attendee
        })
        .collect();
    meeting.organiser = Some(meeting.attendees[0].email.clone());
    meeting.content = json!({
        "title": meeting.title,
        "account": account.name,
        "people": meeting.attendees.iter().map(|who| &who.email).collect::<Vec<_>>(),
    });
    meeting.accounts = vec![account];
    meeting
}

async fn fill(store: &dyn Store, tenant: &TenantId, meetings: usize) {
    let (now, lease) = (beginning(), Duration::from_secs(3_600));
    store.update_tenant(tenant, &TenantUpdate::default()).await.unwrap();
    let claim: JoinClaim =
        store.claim_join(tenant, &WorkerId::from("bench"), now, lease).await.unwrap().unwrap();
    for first in (0..meetings).step_by(PAGE) {
        let writes: Vec<MeetingWrite> = (first..meetings.min(first + PAGE))
            .map(|n| MeetingWrite {
                row: MeetingRow::new(meeting(n)),
                reads: Vec::new(),
                change: None,
                items: Vec::new(),
                backfill: false,
                gathered: None,
            })
            .collect();
        let commit = MeetingCommit {
            claim: &claim,
            marks: &[],
            writes: &writes,
            removed: &[],
            now,
            lease_until: now + lease,
        };
        store.commit_meetings(&commit).await.unwrap();
    }
    store.release_join(&claim).await.unwrap();
}

/// How long reading all meetings took, how long judging them, and how many there were and are kept.
async fn judged(
    store: &dyn Store,
    tenant: &TenantId,
    manifest: &Manifest,
) -> (Duration, Duration, usize, usize) {
    let (mut reading, mut judging) = (Duration::ZERO, Duration::ZERO);
    let (mut meetings, mut kept) = (0, 0);
    let mut query = MeetingQuery::default();
    query.limit = PAGE;
    loop {
        let began = Instant::now();
        let rows = black_box(store.meetings(tenant, &query).await.unwrap());
        reading += began.elapsed();
        let began = Instant::now();
        for row in &rows {
            kept += usize::from(black_box(manifest.judge(black_box(&row.meeting), beginning())).kept);
        }
        judging += began.elapsed();
        meetings += rows.len();
        match rows.last() {
            Some(last) if rows.len() == PAGE => {
                query.after = Some((last.meeting.start.instant(), last.meeting.id.clone()));
            }
            _ => return (reading, judging, meetings, kept),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let asked = asked.unwrap_or(MEETINGS);
    let manifest = Manifest::parse(RULES).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("meetings.db");
    let store = Sqlite::at(&path).open().await.unwrap();
    let tenant = TenantId::from("acme");
    let began = Instant::now();
    fill(&store, &tenant, asked).await;
    let size = std::fs::metadata(&path).unwrap().len() >> 20;
    println!("{asked} meetings written in {:.0?}, {size} MB", began.elapsed());
    for round in 1..=ROUNDS {
        let (reading, judging, meetings, kept) = judged(&store, &tenant, &manifest).await;
        assert_eq!(meetings, asked);
        assert!(kept > 0 && kept < meetings, "{kept} of {meetings} are kept");
        let each = |time: Duration| time.as_secs_f64() * 1e6 / meetings as f64;
        let all = reading + judging;
        println!("round {round}, microseconds for each of {meetings} meetings, {kept} of them kept:");
        println!("  read and decoded      {:7.3}", each(reading));
        println!("  judged                {:7.3}", each(judging));
        println!(
            "  re-evaluated in all   {:7.3}  {:.2} of reading alone, {:.1?}",
            each(all),
            all.as_secs_f64() / reading.as_secs_f64(),
            all
        );
    }
}
