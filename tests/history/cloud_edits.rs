//! What people do in Google Calendar and in HubSpot.

use acquaint_testkit::sandbox::google::{AccessRole, GoogleSandbox};
use acquaint_testkit::sandbox::hubspot::{HubSpotSandbox, Link};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::cloud::{PORTAL, TEAM};
use super::local::hours;
use super::pools::{self, pick};

/// One thing that somebody does. Numbers pick among what there is; what cannot be done is not done.
#[derive(Debug, Clone)]
pub enum CloudEdit {
    NewEvent {
        calendar: usize,
        hours: i64,
        minutes: i64,
        title: usize,
        guests: Vec<usize>,
        series: Option<usize>,
        private: bool,
    },
    Event(usize, EventChange),
    /// The team's calendar comes onto the second user's list, or goes from it.
    Share(bool),
    NewCompany {
        domain: usize,
        stage: usize,
        seats: usize,
        parent: Option<usize>,
    },
    EditCompany(usize, CompanyChange),
    ArchiveCompany(usize),
    RestoreCompany(usize),
    MergeCompanies(usize, usize),
    NewContact {
        email: usize,
        role: usize,
        company: Option<usize>,
    },
    EditContact {
        contact: usize,
        email: Option<usize>,
        role: usize,
    },
    ArchiveContact(usize),
    RestoreContact(usize),
    MergeContacts(usize, usize),
    EraseContact(usize),
    /// With an edit of the contact, or one that nothing but a baseline sees.
    Associate {
        contact: usize,
        company: usize,
        main: bool,
        edited: bool,
    },
    Dissociate {
        contact: usize,
        company: usize,
        edited: bool,
    },
}

#[derive(Debug, Clone)]
pub enum EventChange {
    Move(i64),
    Retitle(usize),
    Cancel,
    Uncancel,
    Invite(usize),
    Uninvite(usize),
    Respond(usize, usize),
    Private(bool),
    Tentative(bool),
    /// Of a series: one occurrence is moved, or called off.
    MoveOccurrence(usize, i64),
    CancelOccurrence(usize),
}

#[derive(Debug, Clone)]
pub enum CompanyChange {
    Domain(usize),
    Stage(usize),
    Seats(usize),
    Renewal(i64),
    Name(usize),
}

const ANSWERS: [&str; 4] = ["needsAction", "accepted", "declined", "tentative"];

/// Does it. Refusals are no matter: people cannot do everything either.
pub fn apply(
    google: &GoogleSandbox,
    hubspot: &HubSpotSandbox,
    calendars: &[String],
    edit: &CloudEdit,
    now: DateTime<Utc>,
) {
    let live = |kind: &str, index: usize| -> Option<u64> {
        let ids: Vec<u64> = hubspot.records(PORTAL, kind).ok()?.into_keys().collect();
        (!ids.is_empty()).then(|| ids[index % ids.len()])
    };
    let archived = |kind: &str, index: usize| -> Option<u64> {
        let ids: Vec<u64> = hubspot.archived_records(PORTAL, kind).ok()?.into_keys().collect();
        (!ids.is_empty()).then(|| ids[index % ids.len()])
    };
    let merge = |kind: &str, a: usize, b: usize| {
        if let (Some(a), Some(b)) = (live(kind, a), live(kind, b)) {
            let _ = hubspot.merge(PORTAL, kind, a, b);
        }
    };
    match edit {
        CloudEdit::NewEvent { calendar, hours, minutes, title, guests, series, private } => {
            let start = now + TimeDelta::hours(*hours);
            let mut fields = json!({
                "start": time(start),
                "end": time(start + TimeDelta::minutes(*minutes)),
                "summary": pick(&pools::TITLES, *title),
                "attendees": guests.iter().map(|who| json!({ "email": pick(&pools::PEOPLE, *who) })).collect::<Vec<_>>(),
            });
            if let Some(series) = series {
                let rules = ["RRULE:FREQ=WEEKLY;COUNT=4", "RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=WEEKLY"];
                fields["recurrence"] = json!([pick(&rules, *series)]);
            }
            if *private {
                fields["visibility"] = json!("private");
            }
            let _ = google.insert_event(&calendars[calendar % calendars.len()], fields);
        }
        CloudEdit::Event(index, change) => {
            let events: Vec<(String, Value)> = calendars
                .iter()
                .flat_map(|calendar| {
                    google.stored_events(calendar).into_iter().map(|event| (calendar.clone(), event))
                })
                .collect();
            if !events.is_empty() {
                let (calendar, event) = &events[index % events.len()];
                change_event(google, calendar, event, change);
            }
        }
        CloudEdit::Share(true) => {
            let _ = google.share_calendar(TEAM, pools::USERS[1], AccessRole::Owner);
        }
        CloudEdit::Share(false) => google.unshare_calendar(TEAM, pools::USERS[1]),
        CloudEdit::NewCompany { domain, stage, seats, parent } => {
            let parent = parent.and_then(|index| live("companies", index)).map(|id| id.to_string());
            let name = format!("Company {domain}");
            let _ = hubspot.create(
                PORTAL,
                "companies",
                &[
                    ("name", &*name),
                    ("domain", pick(&pools::DOMAINS, *domain)),
                    ("lifecyclestage", pick(&pools::STAGES, *stage)),
                    ("seats", pick(&pools::SEATS, *seats)),
                    ("hs_parent_company_id", parent.as_deref().unwrap_or("")),
                ],
            );
        }
        CloudEdit::EditCompany(index, change) => {
            let Some(id) = live("companies", *index) else { return };
            let (name, value) = match change {
                CompanyChange::Domain(index) => ("domain", pick(&pools::DOMAINS, *index).to_owned()),
                CompanyChange::Stage(index) => ("lifecyclestage", pick(&pools::STAGES, *index).to_owned()),
                CompanyChange::Seats(index) => ("seats", pick(&pools::SEATS, *index).to_owned()),
                CompanyChange::Renewal(days) => {
                    ("renewal", (now + TimeDelta::days(*days)).date_naive().to_string())
                }
                CompanyChange::Name(index) => ("name", format!("Renamed {index}")),
            };
            let _ = hubspot.update(PORTAL, "companies", id, &[(name, &value)]);
        }
        CloudEdit::ArchiveCompany(index) => {
            if let Some(id) = live("companies", *index) {
                let _ = hubspot.archive(PORTAL, "companies", id);
            }
        }
        CloudEdit::RestoreCompany(index) => {
            if let Some(id) = archived("companies", *index) {
                let _ = hubspot.restore(PORTAL, "companies", id);
            }
        }
        CloudEdit::MergeCompanies(a, b) => merge("companies", *a, *b),
        CloudEdit::NewContact { email, role, company } => {
            let made = hubspot.create(
                PORTAL,
                "contacts",
                &[
                    ("firstname", "Pat"),
                    ("lastname", &email.to_string()),
                    ("email", &pick(&pools::CONTACTS, *email).to_lowercase()),
                    ("jobtitle", pick(&pools::ROLES, *role)),
                ],
            );
            if let (Ok(contact), Some(company)) = (made, company.and_then(|index| live("companies", index))) {
                let _ =
                    hubspot.associate(PORTAL, ("contacts", contact), ("companies", company), Link::Primary);
            }
        }
        CloudEdit::EditContact { contact, email, role } => {
            let Some(id) = live("contacts", *contact) else { return };
            let _ = hubspot.update(PORTAL, "contacts", id, &[("jobtitle", pick(&pools::ROLES, *role))]);
            if let Some(email) = email {
                let email = pick(&pools::CONTACTS, *email).to_lowercase();
                let _ = hubspot.update(PORTAL, "contacts", id, &[("email", &email)]);
            }
        }
        CloudEdit::ArchiveContact(index) => {
            if let Some(id) = live("contacts", *index) {
                let _ = hubspot.archive(PORTAL, "contacts", id);
            }
        }
        CloudEdit::RestoreContact(index) => {
            if let Some(id) = archived("contacts", *index) {
                let _ = hubspot.restore(PORTAL, "contacts", id);
            }
        }
        CloudEdit::MergeContacts(a, b) => merge("contacts", *a, *b),
        CloudEdit::EraseContact(index) => {
            if let Some(id) = live("contacts", *index) {
                let _ = hubspot.gdpr_delete(PORTAL, "contacts", id);
            }
        }
        CloudEdit::Associate { contact, company, main, edited } => {
            let (Some(contact), Some(company)) = (live("contacts", *contact), live("companies", *company))
            else {
                return;
            };
            let link = if *main { Link::Primary } else { Link::Unlabelled };
            let _ = hubspot.associate(PORTAL, ("contacts", contact), ("companies", company), link);
            touch(hubspot, contact, *edited);
        }
        CloudEdit::Dissociate { contact, company, edited } => {
            let (Some(contact), Some(company)) = (live("contacts", *contact), live("companies", *company))
            else {
                return;
            };
            let from = ("contacts", contact);
            let _ = hubspot.dissociate(PORTAL, from, ("companies", company), Link::Unlabelled);
            touch(hubspot, contact, *edited);
        }
    }
}

fn touch(hubspot: &HubSpotSandbox, contact: u64, edited: bool) {
    if edited {
        let _ = hubspot.update(PORTAL, "contacts", contact, &[("phone", "1")]);
    }
}

fn change_event(google: &GoogleSandbox, calendar: &str, event: &Value, change: &EventChange) {
    let id = event["id"].as_str().unwrap();
    let starts =
        |event: &Value| -> Option<DateTime<Utc>> { event["start"]["dateTime"].as_str()?.parse().ok() };
    let moved = |id: &str, event: &Value, hours: i64| {
        if let Some(start) = starts(event) {
            let start = start + TimeDelta::hours(hours);
            let _ = google.move_event(calendar, id, time(start), time(start + TimeDelta::minutes(30)));
        }
    };
    let occurrence = |index: usize| -> Option<Value> {
        let start = starts(event)?;
        let all = google.events(calendar, start - TimeDelta::days(1), start + TimeDelta::days(30));
        let own: Vec<Value> = all.into_iter().filter(|one| one["recurringEventId"] == id).collect();
        (!own.is_empty()).then(|| own[index % own.len()].clone())
    };
    // Whatever it says, the sandbox has decided.
    match change {
        EventChange::Move(hours) => moved(id, event, *hours),
        EventChange::Retitle(title) => {
            let _ = google.patch_event(calendar, id, json!({ "summary": pick(&pools::TITLES, *title) }));
        }
        EventChange::Cancel => {
            let _ = google.cancel_event(calendar, id);
        }
        EventChange::Uncancel => {
            let _ = google.patch_event(calendar, id, json!({ "status": "confirmed" }));
        }
        EventChange::Tentative(tentative) if event["status"] != "cancelled" => {
            let status = if *tentative { "tentative" } else { "confirmed" };
            let _ = google.patch_event(calendar, id, json!({ "status": status }));
        }
        EventChange::Tentative(_) => {}
        EventChange::Invite(who) => {
            let _ = google.add_attendee(calendar, id, json!({ "email": pick(&pools::PEOPLE, *who) }));
        }
        EventChange::Uninvite(who) => {
            let _ = google.remove_attendee(calendar, id, pick(&pools::PEOPLE, *who));
        }
        EventChange::Respond(who, answer) => {
            let _ = google.respond(calendar, id, pick(&pools::PEOPLE, *who), pick(&ANSWERS, *answer));
        }
        EventChange::Private(private) => {
            let visibility = if *private { "private" } else { "default" };
            let _ = google.patch_event(calendar, id, json!({ "visibility": visibility }));
        }
        EventChange::MoveOccurrence(index, hours) => {
            if let Some(one) = occurrence(*index) {
                moved(one["id"].as_str().unwrap(), &one, *hours);
            }
        }
        EventChange::CancelOccurrence(index) => {
            if let Some(one) = occurrence(*index) {
                let _ = google.cancel_event(calendar, one["id"].as_str().unwrap());
            }
        }
    }
}

fn time(at: DateTime<Utc>) -> Value {
    json!({ "dateTime": at.to_rfc3339_opts(SecondsFormat::Secs, true), "timeZone": "UTC" })
}

/// Often the other user is there too, and somebody of a company.
fn guests() -> impl Strategy<Value = Vec<usize>> {
    let few = prop::collection::vec(0..pools::PEOPLE.len(), 0..3);
    (few, any::<bool>(), any::<bool>()).prop_map(|(mut guests, colleague, customer)| {
        guests.extend(colleague.then_some(13));
        guests.extend(customer.then_some(0));
        guests
    })
}

fn event_change() -> impl Strategy<Value = EventChange> {
    let person = || 0..pools::PEOPLE.len();
    prop_oneof![
        3 => hours().prop_map(EventChange::Move),
        2 => (0..pools::TITLES.len()).prop_map(EventChange::Retitle),
        2 => Just(EventChange::Cancel),
        1 => Just(EventChange::Uncancel),
        2 => person().prop_map(EventChange::Invite),
        2 => person().prop_map(EventChange::Uninvite),
        2 => (person(), 0..ANSWERS.len()).prop_map(|(who, answer)| EventChange::Respond(who, answer)),
        1 => prop::bool::weighted(0.3).prop_map(EventChange::Private),
        1 => any::<bool>().prop_map(EventChange::Tentative),
        2 => (0..4usize, hours()).prop_map(|(index, hours)| EventChange::MoveOccurrence(index, hours)),
        1 => (0..4usize).prop_map(EventChange::CancelOccurrence),
    ]
}

fn company_change() -> impl Strategy<Value = CompanyChange> {
    prop_oneof![
        3 => (0..pools::DOMAINS.len()).prop_map(CompanyChange::Domain),
        3 => (0..pools::STAGES.len()).prop_map(CompanyChange::Stage),
        1 => (0..pools::SEATS.len()).prop_map(CompanyChange::Seats),
        2 => (-100i64..150).prop_map(CompanyChange::Renewal),
        1 => (0..3usize).prop_map(CompanyChange::Name),
    ]
}

pub fn edits() -> impl Strategy<Value = CloudEdit> {
    let some = || 0..16usize;
    let event =
        (
            (0..3usize, hours(), prop_oneof![1 => Just(5i64), 4 => Just(30)], 0..pools::TITLES.len()),
            guests(),
            (prop::option::weighted(0.25, 0..3usize), prop::bool::weighted(0.1)),
        )
            .prop_map(|((calendar, hours, minutes, title), guests, (series, private))| {
                CloudEdit::NewEvent { calendar, hours, minutes, title, guests, series, private }
            });
    let company = (
        0..pools::DOMAINS.len(),
        0..pools::STAGES.len(),
        0..pools::SEATS.len(),
        prop::option::weighted(0.3, some()),
    )
        .prop_map(|(domain, stage, seats, parent)| CloudEdit::NewCompany {
            domain,
            stage,
            seats,
            parent,
        });
    let contact = (0..pools::CONTACTS.len() - 1, 0..pools::ROLES.len(), prop::option::of(some()))
        .prop_map(|(email, role, company)| CloudEdit::NewContact { email, role, company });
    let contact_edit = (some(), prop::option::of(0..pools::CONTACTS.len() - 1), 0..pools::ROLES.len())
        .prop_map(|(contact, email, role)| CloudEdit::EditContact { contact, email, role });
    let link = (some(), some(), any::<bool>(), any::<bool>())
        .prop_map(|(contact, company, main, edited)| CloudEdit::Associate { contact, company, main, edited });
    let unlink = (some(), some(), any::<bool>())
        .prop_map(|(contact, company, edited)| CloudEdit::Dissociate { contact, company, edited });
    prop_oneof![
        6 => event,
        8 => (some(), event_change()).prop_map(|(index, change)| CloudEdit::Event(index, change)),
        1 => any::<bool>().prop_map(CloudEdit::Share),
        4 => company,
        4 => (some(), company_change()).prop_map(|(index, change)| CloudEdit::EditCompany(index, change)),
        1 => some().prop_map(CloudEdit::ArchiveCompany),
        1 => some().prop_map(CloudEdit::RestoreCompany),
        2 => (some(), some()).prop_map(|(a, b)| CloudEdit::MergeCompanies(a, b)),
        3 => contact,
        2 => contact_edit,
        1 => some().prop_map(CloudEdit::ArchiveContact),
        1 => some().prop_map(CloudEdit::RestoreContact),
        1 => (some(), some()).prop_map(|(a, b)| CloudEdit::MergeContacts(a, b)),
        1 => some().prop_map(CloudEdit::EraseContact),
        2 => link,
        1 => unlink,
    ]
}
