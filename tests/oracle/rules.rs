//! The manifests of the histories, and what each of them means, written out by hand.

use std::collections::BTreeMap;

use acquaint::core::meeting::Items;
use acquaint::core::view::EventStatus;
use acquaint::{Entity, Meeting, MeetingAttendee};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use super::random::Random;

/// A manifest as text, and as plain functions.
#[derive(Debug)]
pub struct Rules {
    pub name: &'static str,
    pub manifest: &'static str,
    pub domains: Domains,
    pub strategies: &'static [&'static str],
    /// Our name to the provider's.
    pub account_fields: &'static [(&'static str, &'static str)],
    pub contact_fields: &'static [(&'static str, &'static str)],
    /// Whether it names who looks after accounts, and their deals.
    pub owners: bool,
    pub deals: bool,
    /// Whether an account counts.
    pub counts: fn(&Entity, DateTime<Utc>) -> bool,
    /// Whether a meeting is kept, or which clause failed.
    pub keep: fn(&Meeting, DateTime<Utc>) -> Result<(), &'static str>,
    /// What is delivered.
    pub output: fn(&Meeting, DateTime<Utc>) -> Value,
    /// What is delivered besides, of a meeting that is kept.
    pub items: fn(&Meeting, DateTime<Utc>) -> Items,
    /// Rules in the place of `keep`, if they are drawn at random. Which clause failed is not said then.
    pub random: Option<Random>,
}

impl Rules {
    /// The same with other rules.
    pub fn with(self, random: Random) -> Self {
        let manifest: &str = random.manifest(self.manifest).leak();
        // Only what is named is looked up.
        let deals = manifest.contains("deals:");
        Self { manifest, deals, random: Some(random), ..self }
    }

    /// Whether a meeting is kept, or which clause failed, if that is known.
    pub fn kept(&self, meeting: &Meeting, now: DateTime<Utc>) -> Result<(), Option<&'static str>> {
        match &self.random {
            Some(random) => random.keeps(meeting, now).then_some(()).ok_or(None),
            None => (self.keep)(meeting, now).map_err(Some),
        }
    }

    /// What is delivered.
    pub fn content(&self, meeting: &Meeting, now: DateTime<Utc>) -> Value {
        let mut content = (self.output)(meeting, now);
        if let Some(random) = &self.random {
            let kept = meeting.decision.kept;
            content["priority"] = json!(if kept { random.priority(meeting, now) } else { 0 });
        }
        content
    }
}

/// Which domains are the tenant's own.
#[derive(Debug)]
pub struct Domains {
    pub slot: Option<&'static str>,
    pub fixed: &'static [&'static str],
    pub from_users: bool,
}

/// Manifests over a `local` source alone.
pub const LOCAL_RULES: [Rules; 2] = [
    Rules {
        name: "customers",
        manifest: include_str!("local_customers.yaml"),
        domains: CUSTOMERS.domains,
        strategies: CUSTOMERS.strategies,
        account_fields: &[("stage", "stage"), ("seats", "seats"), ("renewal", "renewal")],
        contact_fields: &[("role", "role")],
        owners: true,
        deals: true,
        counts: CUSTOMERS.counts,
        keep: CUSTOMERS.keep,
        output: |meeting, now| {
            let main = meeting.accounts.first();
            let deals = main.map(|account| account.deals.as_slice()).unwrap_or_default();
            let large = |amount: Option<&str>| amount.is_some_and(|text| text.parse::<i64>().unwrap() >= 100);
            let mut content = (CUSTOMERS.output)(meeting, now);
            content["owner"] =
                json!(main.and_then(|account| account.owner.as_ref()).and_then(|owner| owner.email.clone()));
            content["deals"] = deals
                .iter()
                .filter(|deal| large(deal.amount.as_deref()))
                .map(|deal| json!({ "id": deal.id, "stage": deal.stage }))
                .collect();
            content
        },
        items: CUSTOMERS.items,
        random: None,
    },
    Rules {
        name: "people",
        manifest: include_str!("local_people.yaml"),
        domains: PEOPLE.domains,
        strategies: PEOPLE.strategies,
        account_fields: &[("stage", "stage"), ("seats", "seats"), ("renewal", "renewal")],
        contact_fields: &[("role", "role")],
        owners: false,
        deals: true,
        counts: PEOPLE.counts,
        keep: |meeting, now| {
            (PEOPLE.keep)(meeting, now)?;
            let lost =
                |account: &Entity| account.deals.iter().any(|deal| deal.stage.as_deref() == Some("lost"));
            if meeting.accounts.iter().any(lost) { Err("keep.all[5].accounts") } else { Ok(()) }
        },
        output: PEOPLE.output,
        items: PEOPLE.items,
        random: None,
    },
];

/// Manifests over Google Calendar, HubSpot and a `local` list of users. Same rules, the CRM's own field names.
pub const CLOUD_RULES: [Rules; 2] = [CUSTOMERS, PEOPLE];

const CUSTOMERS: Rules = Rules {
    name: "customers",
    manifest: include_str!("cloud_customers.yaml"),
    domains: Domains { slot: Some("internal_domains"), fixed: &[], from_users: true },
    strategies: &["email", "contact_account", "domain"],
    account_fields: CRM_ACCOUNT,
    contact_fields: CRM_CONTACT,
    owners: false,
    deals: false,
    counts: |account, _| same_text(field(account, "stage"), "customer"),
    keep: |meeting, now| {
        if !meeting.attendees.iter().any(|who| who.external && counted(who).is_some()) {
            return Err("keep.all[0].attendees");
        }
        let title = meeting.title.to_lowercase();
        if title.starts_with("hold") || title.starts_with("blocked") {
            return Err("keep.all[1].title");
        }
        if meeting.end.instant() - meeting.start.instant() < TimeDelta::minutes(10) {
            return Err("keep.all[2].duration");
        }
        if (meeting.start.instant() - now).abs() > TimeDelta::days(30) {
            return Err("keep.all[3].start");
        }
        Ok(())
    },
    output: |meeting, _| {
        let main = meeting.accounts.first();
        json!({
            "title": text(&meeting.title),
            "starts_at": meeting.start.to_string(),
            "account": main.and_then(|account| account.name.as_deref()).and_then(|name| text(name)),
            "stage": match main.and_then(|account| field(account, "stage")) {
                Some(stage) if same_text(Some(stage), "customer") => "Customer",
                _ => "Prospect",
            },
            "people": meeting.attendees.iter().filter(|who| who.external).map(|who| json!({
                "email": who.email,
                "role": who.contact.as_ref().and_then(|contact| field(contact, "role")),
                "answer": who.response,
            })).collect::<Vec<_>>(),
        })
    },
    items: |_, _| Items::new(),
    random: None,
};

const PEOPLE: Rules = Rules {
    name: "people",
    manifest: include_str!("cloud_people.yaml"),
    domains: Domains { slot: Some("internal_domains"), fixed: &["us.example"], from_users: false },
    strategies: &["domain", "email", "contact_account"],
    account_fields: CRM_ACCOUNT,
    contact_fields: CRM_CONTACT,
    owners: false,
    deals: false,
    // A renewal that is far away, or long past, or not known.
    counts: |account, now| {
        day(field(account, "renewal")).is_none_or(|at| (at - now).abs() > TimeDelta::days(60))
    },
    keep: |meeting, now| {
        let answered =
            |who: &MeetingAttendee| who.external && who.response == acquaint::core::view::Response::Accepted;
        let large = |account: &Entity| number(field(account, "seats")).is_some_and(|seats| seats >= 50.0);
        if !(meeting.attendees.iter().any(answered) || meeting.accounts.iter().any(large)) {
            return Err("keep.all[0].any");
        }
        if meeting.status == EventStatus::Tentative && !meeting.private {
            return Err("keep.all[1].not");
        }
        if !meeting.attendees.iter().all(|who| who.class != "robot") {
            return Err("keep.all[2].attendees");
        }
        if meeting.start.instant() >= now + TimeDelta::days(21) {
            return Err("keep.all[3].start");
        }
        if meeting.end.instant() <= now - TimeDelta::days(14) {
            return Err("keep.all[4].end");
        }
        Ok(())
    },
    output: |meeting, now| {
        let soon = |account: &&Entity| renews_soon(account, now);
        json!({
            "what": text(&meeting.title),
            "organiser": meeting.organiser,
            "minutes": (meeting.end.instant() - meeting.start.instant()).num_seconds(),
            "everybody": meeting.attendees.iter().map(|who| who.email.as_str()).collect::<Vec<_>>(),
            "renewals": meeting.accounts.iter().filter(soon).map(|account| json!({
                "id": account.id,
                "domain": account.domain,
                "at": field(account, "renewal"),
            })).collect::<Vec<_>>(),
        })
    },
    items: |meeting, now| {
        let wanted = |who: &&MeetingAttendee| {
            who.external || counted(who).is_some_and(|account| renews_soon(account, now))
        };
        let item = |who: &MeetingAttendee| {
            let mut item = json!({
                "role": who.contact.as_ref().and_then(|contact| field(contact, "role")),
                "organiser": meeting.organiser.as_ref()?,
            });
            if let Some(company) = counted(who).and_then(|account| account.name.as_deref()).and_then(text) {
                item["company"] = company.into();
            }
            Some((who.email.clone(), item))
        };
        let items: BTreeMap<_, _> = meeting.attendees.iter().filter(wanted).filter_map(item).collect();
        if items.is_empty() { Items::new() } else { [("attendance".to_owned(), items)].into() }
    },
    random: None,
};

fn renews_soon(account: &Entity, now: DateTime<Utc>) -> bool {
    day(field(account, "renewal")).is_some_and(|at| at < now + TimeDelta::days(90))
}

const CRM_ACCOUNT: &[(&str, &str)] =
    &[("stage", "lifecyclestage"), ("seats", "seats"), ("renewal", "renewal")];
const CRM_CONTACT: &[(&str, &str)] = &[("role", "jobtitle")];

/// A mapped field; empty text is none.
pub(super) fn field<'a>(entity: &'a Entity, name: &str) -> Option<&'a Value> {
    entity.fields.get(name).filter(|value| !value.is_null() && **value != json!(""))
}

pub(super) fn counted(who: &MeetingAttendee) -> Option<&Entity> {
    who.account.as_ref().filter(|_| who.account_counts)
}

pub(super) fn text(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn same_text(value: Option<&Value>, wanted: &str) -> bool {
    value.and_then(Value::as_str).is_some_and(|text| text.to_lowercase() == wanted)
}

pub(super) fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Midnight of a date.
pub(super) fn day(value: Option<&Value>) -> Option<DateTime<Utc>> {
    let day: NaiveDate = value?.as_str()?.parse().ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}
