//! Changing many records in one call.
//!
//! See <https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis> and, for what fails item by item,
//! <https://developers.hubspot.com/docs/api-reference/error-handling>.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::failures::ItemErrors;
use super::kinds::Kind;
use super::objects::{batch_reply, by_property, is_unique};
use super::params;
use super::portal::addresses;
use super::record::Properties;
use super::render;
use super::reply::Reply;
use super::server::Cx;
use super::values::values;
use super::writes::{NewAssociation, links, write_kind};

const LIMIT: usize = 100;

#[derive(Debug, Deserialize)]
struct Batch<T> {
    inputs: Vec<T>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(default)]
    id: Value,
    id_property: Option<String>,
    #[serde(default)]
    properties: Map<String, Value>,
    #[serde(default)]
    associations: Vec<NewAssociation>,
    object_write_trace_id: Option<String>,
}

impl Input {
    fn key(&self) -> Result<String, Reply> {
        let key = params::text(&self.id).filter(|key| !key.is_empty());
        key.ok_or_else(|| Reply::invalid("an id must be a string"))
    }
}

fn inputs(cx: &Cx<'_>) -> Result<Vec<Input>, Reply> {
    let batch: Batch<Input> = params::json(cx.body)?;
    if batch.inputs.len() > LIMIT {
        return Err(Reply::invalid(format!(
            "The maximum number of inputs supported in a batch request is {LIMIT}"
        )));
    }
    Ok(batch.inputs)
}

/// A refusal as one error of a batch.
fn refused(errors: &mut ItemErrors, refusal: &Reply, key: &str, id: String) {
    let text = |name: &str| refusal.body[name].as_str().unwrap_or_default();
    let own = refusal.body["errors"][0]["message"].as_str().unwrap_or_else(|| text("message"));
    errors.add(text("category"), own, key, id);
}

/// What a new record would be, if nothing speaks against it. `taken` are the addresses of the batch so far.
fn checked(
    cx: &Cx<'_>,
    kind: &Kind,
    own: Option<u64>,
    input: &Input,
    taken: &mut BTreeSet<String>,
) -> Result<Properties, Reply> {
    let values = values(cx, kind, own, &input.properties)?;
    let own: Vec<u64> = own.into_iter().collect();
    cx.portal.check_emails(kind, &own, &values)?;
    if *kind == Kind::CONTACT {
        for email in addresses(&values) {
            if !taken.insert(email.clone()) {
                return Err(Reply::invalid(format!("Duplicate address in one batch: {email}")));
            }
        }
    }
    Ok(values)
}

/// Makes records: all or none, unless every input says by which `objectWriteTraceId` its failure is told.
pub(super) fn create(cx: &mut Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = write_kind(cx, kind)?;
    let inputs = inputs(cx)?;
    let one_by_one = inputs.iter().all(|input| input.object_write_trace_id.is_some());
    let (mut wanted, mut errors, mut taken) = (Vec::new(), ItemErrors::default(), BTreeSet::new());
    for input in &inputs {
        let new = checked(cx, &kind, None, input, &mut taken)
            .and_then(|values| Ok((values, links(cx, &kind, &input.associations)?)));
        match (new, &input.object_write_trace_id) {
            (Ok((values, links)), _) => wanted.push((input, values, links)),
            (Err(refusal), Some(trace)) if one_by_one => {
                refused(&mut errors, &refusal, "objectWriteTraceId", trace.clone());
            }
            (Err(refusal), _) => return Err(refusal),
        }
    }
    let rules = cx.rules();
    let mut results = Vec::new();
    for (input, values, links) in wanted {
        let id = cx.portal.create(&rules, &kind, None, values, None)?;
        for (to, link) in links {
            cx.portal.associate(&rules, &(kind.clone(), id), &to, Some(link))?;
        }
        let mut shown = shown(cx, &kind, id, &input.properties)?;
        if let Some(trace) = &input.object_write_trace_id {
            shown["objectWriteTraceId"] = json!(trace);
        }
        results.push(shown);
    }
    Ok(made(cx, results, errors))
}

fn shown(cx: &Cx<'_>, kind: &Kind, id: u64, properties: &Map<String, Value>) -> Result<Value, Reply> {
    let record = cx.portal.live(kind, id).ok_or_else(Reply::not_found)?;
    let asked: Vec<String> = properties.keys().cloned().collect();
    Ok(render::record(cx, kind, record, &asked))
}

fn made(cx: &Cx<'_>, results: Vec<Value>, errors: ItemErrors) -> Reply {
    let mut reply = batch_reply(cx, results, errors.json());
    if reply.status == 200 {
        reply.status = 201;
    }
    reply
}

/// The live record that an input names. Not by an id that was merged away: batches do not follow it.
fn named(cx: &Cx<'_>, kind: &Kind, input: &Input, key: &str) -> Result<Option<u64>, Reply> {
    match &input.id_property {
        Some(name) if !is_unique(cx.portal, kind, name) => {
            Err(Reply::invalid(format!("{name} is no unique property of {}", kind.plural())))
        }
        Some(name) => Ok(by_property(cx.portal, kind, name, key).map(|record| record.id)),
        None => Ok((key.parse().ok()).filter(|id| cx.portal.live(kind, *id).is_some_and(|r| r.id == *id))),
    }
}

pub(super) fn update(cx: &mut Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = write_kind(cx, kind)?;
    let inputs = inputs(cx)?;
    let (mut wanted, mut errors, mut taken) = (Vec::new(), ItemErrors::default(), BTreeSet::new());
    for input in &inputs {
        let key = input.key()?;
        let Some(id) = named(cx, &kind, input, &key)? else {
            errors.missing(&kind, key);
            continue;
        };
        if let Some(failure) = cx.portal.failing.get(&(kind.clone(), id)) {
            errors.failing(&kind, failure, key);
            continue;
        }
        wanted.push((input, id, checked(cx, &kind, Some(id), input, &mut taken)?));
    }
    let rules = cx.rules();
    let mut results = Vec::new();
    for (input, id, values) in wanted {
        cx.portal.update(&rules, &kind, id, &values)?;
        results.push(shown(cx, &kind, id, &input.properties)?);
    }
    Ok(batch_reply(cx, results, errors.json()))
}

/// Updates the records that the inputs name by a unique property, and makes those that do not exist. By a contact's
/// address it is all or none (<https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/guide>).
pub(super) fn upsert(cx: &mut Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = write_kind(cx, kind)?;
    let inputs = inputs(cx)?;
    let (mut wanted, mut errors, mut taken) = (Vec::new(), ItemErrors::default(), BTreeSet::new());
    for input in &inputs {
        let key = input.key()?;
        let Some(name) = input.id_property.as_deref().filter(|name| *name != "hs_object_id") else {
            return Err(Reply::invalid("an upsert names its records by a unique property, in idProperty"));
        };
        let whole = kind == Kind::CONTACT && name == "email";
        let id = named(cx, &kind, input, &key)?;
        let failure = id.and_then(|id| cx.portal.failing.get(&(kind.clone(), id)));
        if let Some(failure) = failure.filter(|_| !whole) {
            errors.failing(&kind, failure, key);
            continue;
        }
        match checked(cx, &kind, id, input, &mut taken) {
            Ok(mut values) => {
                if id.is_none() {
                    values.entry(name.to_owned()).or_insert(key);
                }
                wanted.push((input, id, values));
            }
            Err(refusal) if !whole => refused(&mut errors, &refusal, "ids", key),
            Err(refusal) => return Err(refusal),
        }
    }
    let rules = cx.rules();
    let mut results = Vec::new();
    for (input, id, values) in wanted {
        let new = id.is_none();
        let id = match id {
            Some(id) => cx.portal.update(&rules, &kind, id, &values)?,
            None => cx.portal.create(&rules, &kind, None, values, None)?,
        };
        let mut shown = shown(cx, &kind, id, &input.properties)?;
        shown["new"] = json!(new);
        results.push(shown);
    }
    Ok(batch_reply(cx, results, errors.json()))
}

/// Archives what is there; what is not there is archived enough.
pub(super) fn archive(cx: &mut Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = write_kind(cx, kind)?;
    let inputs = inputs(cx)?;
    let rules = cx.rules();
    let mut errors = ItemErrors::default();
    for input in &inputs {
        let key = input.key()?;
        let Some(id) = named(cx, &kind, input, &key)? else { continue };
        match cx.portal.failing.get(&(kind.clone(), id)) {
            Some(failure) => errors.failing(&kind, failure, key),
            None => cx.portal.archive(&rules, &kind, id)?,
        }
    }
    let errors = errors.json();
    Ok(if errors.is_empty() { Reply::empty() } else { batch_reply(cx, Vec::new(), errors) })
}
