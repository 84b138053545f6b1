//! Judging allocates nothing, whatever a rule asks.

use std::hint::black_box;
use std::sync::PoisonError;

use acquaint::core::ids::Seq;
use acquaint::core::meeting::Decision;
use acquaint::core::view::{EventTime, Response};
use acquaint::{Entity, Judgement, Manifest, Meeting, MeetingAttendee};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{ALONE, MEMORY};

/// Every word but `call`, on values of every kind, each of them asked and each of them answered with yes. The last of
/// `keep` fails, so that somebody is to blame.
const RULES: &str = "
acquaint: 1
name: every-word
sources:
  crm:
    connector: local
    accounts: { fields: { stage: stage, seats: seats, size: size, vip: vip, renewal: renewal, since: since } }
    contacts: { fields: { role: role } }
keep:
  all:
    - title: { is: QUARTERLY über-review, in: [QBR, Quarterly Über-Review], contains: ÜBER, starts_with: quarter }
    - title: { ends_with: Review, matches: '^Quarterly .{4}-', exists: true, not: { contains: lunch } }
    - { location: { exists: false }, description: { contains: aab }, kind: default, status: { in: [tentative, confirmed] } }
    - { all_day: false, private: { is: false }, duration: { at_least: 10m, at_most: 1h }, organiser: ana@us.example }
    - start: { before: now+365d, after: now-1d, within: 30d }
    - end: { after: 2026-03-01, before: '2026-04-01T00:00:00+01:00' }
    - any: [{ title: hold }, { not: { title: blocked } }]
    - main_account: { exists: true }
    - { main_account.stage: { in: [lead, CUSTOMER] }, main_account.seats: { is: 50, at_least: 49.5, contains: '5' } }
    - { main_account.size: { at_most: 250 }, main_account.vip: 'true', main_account.renewal: { within: 200d } }
    - { main_account.since: { before: now-1w }, main_account.name: globex, main_account.source: crm }
    - attendees:
        some: { external: true, response: accepted, account.stage: customer, contact.role: { matches: '(?i)chief|cfo' } }
        every: { email: { contains: '@' }, any: [{ external: true }, { class: internal }] }
        none: { class: robot, domain: { starts_with: mailer } }
    - accounts: { some: { id: '1' }, every: { domain: { ends_with: .COM } }, none: { stage: churned } }
    - title: { not: { exists: true } }
priority:
  - { when: { main_account.seats: { at_least: 10 } }, add: 10 }
  - { when: { attendees: { some: { contact.role: { contains: cfo } } } }, add: 5 }
  - { when: { start: { before: now } }, add: 100 }
";

fn now() -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn meeting(manifest: &Manifest) -> Meeting {
    let start: DateTime<Utc> = "2026-03-10T10:00:00Z".parse().unwrap();
    let (start, end) = (EventTime::At(start), EventTime::At(start + TimeDelta::minutes(30)));
    let decision = Decision::new(false, manifest.revision().clone(), "", Seq(0));
    let mut meeting = Meeting::new("m1".into(), "m1", start, end, decision);
    meeting.title = "Quarterly Über-Review".to_owned();
    meeting.description = Some("aaab".repeat(100));
    meeting.organiser = Some("ana@us.example".to_owned());
    let mut globex = Entity::new("crm".into(), "c1".into(), "1");
    globex.name = Some("Globex".to_owned());
    globex.domain = Some("globex.com".to_owned());
    globex.fields = json!({
        "stage": "Customer", "seats": 50, "size": " 250 ", "vip": true,
        "renewal": "2026-06-01", "since": "2024-05-01T12:00:00+02:00",
    })
    .as_object()
    .unwrap()
    .clone();
    let mut jane = MeetingAttendee::new("jane@globex.com", "external", true);
    jane.response = Response::Accepted;
    (jane.account, jane.account_counts) = (Some(globex.clone()), true);
    let mut contact = Entity::new("crm".into(), "c1".into(), "7");
    contact.fields.insert("role".to_owned(), json!("CFO"));
    jane.contact = Some(contact);
    meeting.attendees = vec![MeetingAttendee::new("ana@us.example", "internal", false), jane];
    meeting.accounts = vec![globex];
    meeting
}

/// Bytes allocated while it is judged once. Other threads may add to it, so the least of several trials counts.
fn allocated(judge: impl Fn() -> Judgement) -> usize {
    let trial = |_| {
        let before = MEMORY.total_allocated();
        black_box(judge());
        MEMORY.total_allocated() - before
    };
    (0..100).map(trial).min().unwrap()
}

#[test]
fn judging_allocates_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let dropping = Manifest::parse(RULES).unwrap();
    let keeping = RULES.replace("    - title: { not: { exists: true } }\n", "");
    let keeping = Manifest::parse(&keeping).unwrap();
    let mut meeting = meeting(&keeping);
    let judgement = dropping.judge(&meeting, now());
    assert_eq!((judgement.kept, judgement.because.as_deref()), (false, Some("keep.all[13].title")));
    let judgement = keeping.judge(&meeting, now());
    assert_eq!((judgement.kept, judgement.because, judgement.priority), (true, None, 15));
    assert_eq!(judgement.valid_until, Some(now() + TimeDelta::hours(9 * 24 + 10)));

    assert!(allocated(|| keeping.clone().judge(&meeting.clone(), now())) > 0, "nobody counts");
    for manifest in [&dropping, &keeping] {
        assert_eq!(allocated(|| manifest.judge(&meeting, now())), 0);
    }
    meeting.status = acquaint::core::view::EventStatus::Cancelled;
    assert_eq!(keeping.judge(&meeting, now()).because.as_deref(), Some("cancelled"));
    assert_eq!(allocated(|| keeping.judge(&meeting, now())), 0);
}
