//! Edits of the sandboxes between two syncs: a meeting moved, one cancelled, an attendee removed, a company added.
//!
//! They are chosen by what the files hold, in a fixed order, so that a run that was cut short and run again ends
//! where an undisturbed one does.

use std::collections::{BTreeMap, BTreeSet};

use acquaint::Tenant;
use acquaint::core::meeting::{Meeting, MeetingAttendee};
use acquaint::core::view::EventTime;
use acquaint::matcher::{List, Lists, domain};
use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value, json};

use crate::outcome::Failure;
use crate::world::{PORTAL, World};

/// The id of the company that is added.
const ADDED: u64 = 99_000_000_001;

/// What was edited.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    pub(crate) told: Vec<String>,
    /// The meeting that is no longer there.
    pub(crate) cancelled: Option<Meeting>,
}

pub(crate) async fn make(tenant: &Tenant, world: &World) -> Result<Edits, Failure> {
    let mut edits = Edits::default();
    let added = missing_company(tenant, world).await?;
    let kept = tenant.meetings().kept().all().await?;
    let mut candidates: Vec<&Meeting> = kept
        .iter()
        .filter(|meeting| !meeting.start.is_day())
        .filter(|meeting| added.as_ref().is_none_or(|added| !outsiders(meeting).any(|who| is_at(who, added))))
        .collect();
    // By start and title: ids differ from one database to the next.
    candidates.sort_by(|a, b| (a.start, &a.title, &a.identity).cmp(&(b.start, &b.title, &b.identity)));

    if let Some(index) = candidates.iter().rposition(|meeting| outsiders(meeting).count() >= 3) {
        let meeting = candidates.remove(index);
        if let Some(who) = outsiders(meeting).last() {
            each_copy(world, meeting, |calendar, id| world.google.remove_attendee(calendar, id, &who.email));
            edits.told.push(format!("{} is taken off \"{}\"", who.email, meeting.title));
        }
    }
    if let Some(meeting) = candidates.pop() {
        let hour = TimeDelta::hours(1);
        let (start, end) = (later(meeting.start, hour), later(meeting.end, hour));
        each_copy(world, meeting, |calendar, id| {
            world.google.move_event(calendar, id, start.clone(), end.clone())
        });
        edits.told.push(format!("\"{}\" is moved by an hour", meeting.title));
    }
    if let Some(meeting) = candidates.pop() {
        each_copy(world, meeting, |calendar, id| world.google.cancel_event(calendar, id));
        edits.told.push(format!("\"{}\" of {} is cancelled", meeting.title, meeting.start));
        edits.cancelled = Some(meeting.clone());
    }
    if let Some(domain) = added {
        let name = domain.split('.').next().unwrap_or(&domain);
        let mut letters = name.chars();
        let name: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let properties =
            [("name", name.as_str()), ("domain", domain.as_str()), ("lifecyclestage", "customer")];
        world
            .hubspot
            .create_with_id(PORTAL, "companies", ADDED, &properties)
            .map_err(|error| Failure::Input(error.to_string()))?;
        edits.told.push(format!("the company {name} ({domain}) is added to the CRM"));
    }
    Ok(edits)
}

fn outsiders(meeting: &Meeting) -> impl Iterator<Item = &MeetingAttendee> {
    meeting.attendees.iter().filter(|who| who.external)
}

fn is_at(who: &MeetingAttendee, domain: &str) -> bool {
    who.email
        .rsplit_once('@')
        .is_some_and(|(_, host)| host == domain || host.ends_with(&format!(".{domain}")))
}

/// A copy may be somebody's who is not connected here, or gone with another one.
fn each_copy<E>(world: &World, meeting: &Meeting, edit: impl Fn(&str, &str) -> Result<(), E>) {
    for copy in &meeting.copies {
        let calendar = copy.partition.as_str();
        if world.calendars.iter().any(|known| known == calendar) {
            let _ = edit(calendar, copy.key.as_str());
        }
    }
}

fn later(time: EventTime, by: TimeDelta) -> Value {
    json!({ "dateTime": (time.instant() + by).to_rfc3339_opts(SecondsFormat::Secs, true) })
}

/// The domain of outsiders whom the CRM of the files does not know, in the most meetings; that of the other
/// edits' meetings is no part of it.
async fn missing_company(tenant: &Tenant, world: &World) -> Result<Option<String>, Failure> {
    let known: BTreeSet<String> = world
        .hubspot
        .records(PORTAL, "companies")
        .map_err(|error| Failure::Input(error.to_string()))?
        .values()
        .flat_map(|company| {
            let own = company.properties.get("domain").cloned().unwrap_or_default();
            let more = company.properties.get("hs_additional_domains").cloned().unwrap_or_default();
            format!("{own};{more}")
                .split(';')
                .filter_map(|text| domain::normalise(text).ok())
                .collect::<Vec<_>>()
        })
        .collect();
    let lists = Lists::shipped();
    let mut meetings: BTreeMap<String, usize> = BTreeMap::new();
    for meeting in tenant.meetings().all().await? {
        let domains: BTreeSet<&str> = outsiders(&meeting)
            .filter(|who| who.contact.is_none())
            .filter_map(|who| who.email.rsplit_once('@').map(|(_, host)| host))
            .filter(|host| !lists.covers(List::FreeMail, host) && !lists.covers(List::Disposable, host))
            .filter(|host| !domain::candidates(host).any(|candidate| known.contains(candidate)))
            .collect();
        for host in domains {
            *meetings.entry(host.to_owned()).or_default() += 1;
        }
    }
    Ok(meetings.into_iter().max_by(|(a, m), (b, n)| (m, b).cmp(&(n, a))).map(|(domain, _)| domain))
}
