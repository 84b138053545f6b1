//! Capture: a case from a meeting as it is, with nobody's name in it.

mod redact;
mod yaml;

pub use redact::Redact;

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::ids::{ConnectionId, MeetingId, SourceName};
use acquaint_core::meeting::Entity;
use acquaint_core::view::{EventTime, Fields};
use acquaint_core::{Error, Result};
use acquaint_matcher::{Address, RecordId, domain};
use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use crate::directory::record_id;
use crate::explain::{Now, decided_now};
use crate::join::{self, address};
use crate::manifest::{Evaluation, Manifest};
use crate::tenant::Tenant;
use redact::Redactor;
use yaml::Lines;

/// Captures a stored meeting as it would be decided now.
pub(crate) async fn capture(tenant: &Tenant, id: &MeetingId, redact: &Redact) -> Result<String> {
    let engine = &tenant.engine;
    let gone = || Error::not_found("there is no such meeting in the mirror").with("meeting", id);
    let stored = engine.store.meeting(&tenant.id, id).await?.ok_or_else(gone)?.meeting;
    let now = decided_now(tenant, &stored, &mut Evaluation::default()).await?.ok_or_else(gone)?;
    let users = join::users(&*engine.store, &tenant.id).await?;
    let state = engine.store.tenant(&tenant.id).await?.unwrap_or_default();
    let sources = join::sources_of(engine, &tenant.id).await?;
    let originals = format!("{:?} {:?} {users:?} {:?}", now.draft, now.entities, state.slots);
    // What the manifest itself names is no secret, what a tenant has filled in is one.
    let filled = filled_domains(&engine.manifest);
    let own = engine.manifest.matching().internal.fixed.iter().filter(|_| filled.is_none());
    let own = own.filter_map(|own| domain::normalise(own).ok()).collect();
    let mut scene = Scene {
        manifest: &engine.manifest,
        now: &now,
        sources: &sources,
        redactor: Redactor::new(own, &originals),
        labels: BTreeMap::new(),
    };
    let mut case: Lines = vec![("now", time(EventTime::At(engine.env.now())))];
    let given = scene.given(&users);
    case.push(("meeting", scene.meeting(redact)));
    case.extend(scene.expected());
    let mut text = String::from("cases:\n  - given:\n");
    yaml::all(&mut text, 3, &given);
    yaml::all(&mut text, 2, &case);
    match engine.manifest.check_cases(&text, &engine.registry) {
        Ok(()) => Ok(text),
        Err(problems) => {
            let error = Error::invalid("with other names, the meeting does not come out as it does");
            let first = problems.problems.first().map(ToString::to_string).unwrap_or_default();
            let advice = "rules look at what was replaced; keep its text with `Redact::keep_text`, or write the case by hand";
            Err(error.with("meeting", id).with("first", first).advise(advice))
        }
    }
}

/// The slot for the tenant's own domains and what is in it, if it is filled.
fn filled_domains(manifest: &Manifest) -> Option<(&str, &Value)> {
    let slot = manifest.domains_slot()?;
    Some((&slot.name, manifest.filled().get(&slot.name)?))
}

/// What a case is made of.
struct Scene<'a> {
    manifest: &'a Manifest,
    now: &'a Now,
    sources: &'a BTreeMap<ConnectionId, SourceName>,
    redactor: Redactor,
    /// The ids of accounts in the case.
    labels: BTreeMap<RecordId, String>,
}

impl Scene<'_> {
    fn given(&mut self, users: &BTreeSet<String>) -> Lines {
        let mut given = vec![("users", self.users(users))];
        // The other slots decide what is read, and under which names, which a case has behind it.
        if let Some((slot, filled)) = filled_domains(self.manifest) {
            let filled = match filled {
                Value::Array(domains) => {
                    let domains = domains.iter().filter_map(Value::as_str);
                    let domains: Vec<String> =
                        domains.filter_map(|text| domain::normalise(text).ok()).collect();
                    domains.iter().map(|domain| self.redactor.host(domain)).collect()
                }
                word => word.clone(),
            };
            given.push(("slots", json!({ slot: filled })));
        }
        // Names before what may hold them.
        let entities = &self.now.entities;
        let names = entities.accounts.values().map(|(_, account)| account.name.as_deref());
        let names = names.chain(entities.contacts.values().map(|(_, contact)| contact.name.as_deref()));
        let people = self.now.draft.people.values().map(|person| person.attendee.name.as_deref());
        for name in names.chain(people).flatten() {
            self.redactor.name(name);
        }
        for (number, id) in (1..).zip(entities.accounts.keys()) {
            self.labels.insert(id.clone(), format!("account-{number}"));
        }
        given.push(("accounts", self.accounts()));
        given.push(("contacts", self.contacts()));
        given
    }

    /// Those who are in the meeting, whoever called it first, and one of every other host.
    fn users(&mut self, users: &BTreeSet<String>) -> Value {
        let draft = &self.now.draft;
        let first = draft.organiser.iter().chain(draft.people.keys());
        let users: BTreeSet<String> = users.iter().map(|user| address(user)).collect();
        let mut chosen: Vec<&String> = first.filter(|email| users.contains(*email)).collect();
        let host = |user: &str| Address::parse(user).ok().map(|user| user.host().to_owned());
        let mut hosts: BTreeSet<Option<String>> = chosen.iter().map(|user| host(user)).collect();
        chosen.extend(users.iter().filter(|user| host(user).is_some() && hosts.insert(host(user))));
        let mut seen = BTreeSet::new();
        chosen.retain(|user| seen.insert(*user));
        chosen.into_iter().map(|user| Value::from(self.redactor.address(user))).collect()
    }

    fn accounts(&mut self) -> Value {
        let mut all = Vec::new();
        for (id, (record, account)) in &self.now.entities.accounts {
            let (Some(source), Some(label)) = (self.sources.get(&record.connection), self.labels.get(id))
            else {
                continue;
            };
            let mut given = Map::new();
            given.insert("id".to_owned(), json!(label));
            given.insert("source".to_owned(), json!(source));
            if let Some(name) = &account.name {
                given.insert("name".to_owned(), json!(self.redactor.name(name)));
            }
            let domains = account.domains.iter().filter_map(|text| domain::normalise(text).ok());
            let domains: Vec<String> = domains.map(|domain| self.redactor.host(&domain)).collect();
            if !domains.is_empty() {
                given.insert("domains".to_owned(), json!(domains));
            }
            let parent = account.parent.as_deref().map(|parent| record_id(&record.connection, parent));
            if let Some(parent) = parent.and_then(|parent| self.labels.get(&parent)) {
                given.insert("parent".to_owned(), json!(parent));
            }
            let map = self.manifest.sources().get(source).map(|source| &source.account_fields);
            given.extend(fields(&mut self.redactor, map, &account.fields));
            all.push(Value::Object(given));
        }
        Value::Array(all)
    }

    fn contacts(&mut self) -> Value {
        let mut all = Vec::new();
        for (id, (record, contact)) in &self.now.entities.contacts {
            let Some(source) = self.sources.get(&record.connection) else { continue };
            let mut given = Map::new();
            given.insert("source".to_owned(), json!(source));
            let emails = contact.emails.iter().filter(|email| Address::parse(email).is_ok());
            let emails: Vec<String> = emails.map(|email| self.redactor.address(email)).collect();
            given.insert("emails".to_owned(), json!(emails));
            if let Some(name) = &contact.name {
                given.insert("name".to_owned(), json!(self.redactor.name(name)));
            }
            let links = self.now.entities.links.get(id);
            let mut links: Vec<(bool, &String)> = links
                .into_iter()
                .flatten()
                .filter_map(|(account, primary)| Some((!primary, self.labels.get(account)?)))
                .collect();
            links.sort();
            if !links.is_empty() {
                let accounts: Vec<&String> = links.into_iter().map(|(_, account)| account).collect();
                given.insert("account".to_owned(), json!(accounts));
            }
            let map = self.manifest.sources().get(source).map(|source| &source.contact_fields);
            given.extend(fields(&mut self.redactor, map, &contact.fields));
            all.push(Value::Object(given));
        }
        Value::Array(all)
    }

    fn meeting(&mut self, redact: &Redact) -> Value {
        let (draft, meeting) = (&self.now.draft, &self.now.meeting);
        let mut given = Map::new();
        let mut say = |key: &str, value: Value| given.insert(key.to_owned(), value);
        say("start", time(meeting.start));
        say("end", time(meeting.end));
        say("all_day", json!(meeting.start.is_day()));
        say("status", json!(meeting.status));
        say("kind", json!(meeting.kind));
        say("private", json!(meeting.private));
        say("organiser", json!(draft.organiser.as_deref().map(|email| self.redactor.address(email))));
        let texts = [
            ("title", Some(&meeting.title), "Meeting"),
            ("description", meeting.description.as_ref(), "Description"),
            ("location", meeting.location.as_ref(), "Somewhere"),
            ("conference", meeting.conference.as_ref(), "https://conference.example"),
        ];
        for (key, text, instead) in texts {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                let text = if redact.keep_text { self.redactor.prose(text) } else { instead.to_owned() };
                say(key, json!(text));
            }
        }
        let attendees = draft.people.iter().map(|(email, person)| {
            let who = &person.attendee;
            let mut given = json!({ "email": self.redactor.address(email), "response": who.response });
            if let Some(name) = &who.name {
                given["name"] = json!(self.redactor.name(name));
            }
            if who.optional {
                given["optional"] = json!(true);
            }
            if who.resource {
                given["resource"] = json!(true);
            }
            given
        });
        say("attendees", attendees.collect());
        Value::Object(given)
    }

    fn expected(&mut self) -> Lines {
        let meeting = &self.now.meeting;
        let label = |account: &Entity| self.labels.get(&record_id(&account.connection, &account.id)).cloned();
        let mut expected = vec![("kept", json!(meeting.decision.kept))];
        if let Some(because) = &meeting.decision.because {
            expected.push(("because", json!(because)));
        }
        expected.push(("priority", json!(meeting.decision.priority)));
        expected.push(("accounts", meeting.accounts.iter().filter_map(label).map(Value::from).collect()));
        let matched: Vec<(&str, Option<String>)> = meeting
            .attendees
            .iter()
            .map(|who| (who.email.as_str(), who.account.as_ref().and_then(label)))
            .collect();
        let matches: Map<String, Value> = matched
            .into_iter()
            .map(|(email, account)| (self.redactor.address(email), json!(account)))
            .collect();
        expected.push(("matches", Value::Object(matches)));
        expected
    }
}

/// What is mapped, under our names.
fn fields(
    redactor: &mut Redactor,
    map: Option<&BTreeMap<String, String>>,
    fields: &Fields,
) -> Vec<(String, Value)> {
    let map = map.into_iter().flatten();
    let known = map.filter_map(|(ours, theirs)| Some((ours, fields.get(theirs)?)));
    let known = known.filter(|(_, value)| !value.is_null());
    known.map(|(ours, value)| (ours.clone(), redactor.value(value))).collect()
}

fn time(time: EventTime) -> Value {
    Value::from(match time {
        EventTime::Day(day) => day.to_string(),
        EventTime::At(at) => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    })
}
