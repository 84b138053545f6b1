//! Reading records: lists, single reads, batch reads.
//!
//! See <https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis>.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::failures::ItemErrors;
use super::kinds::Kind;
use super::params;
use super::portal::Portal;
use super::record::{Record, stamp};
use super::render;
use super::reply::Reply;
use super::server::Cx;

pub(super) fn list(cx: &Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = cx.kind(kind)?;
    cx.need(kind.read_scope())?;
    let limit = cx.params.limit(10, 100)?;
    let after: u64 = match cx.params.first("after") {
        Some(text) => {
            text.parse().map_err(|_| Reply::invalid("after is not a paging cursor of this list"))?
        }
        None => 0,
    };
    let (asked, archived) = (cx.params.list("properties"), cx.params.flag("archived"));
    let linked = render::asked_associations(cx)?;
    let all = cx.portal.objects.get(&kind).into_iter().flat_map(|objects| objects.records.range(after..));
    let mut found = all.map(|(_, record)| record).filter(|record| record.archived.is_some() == archived);
    let page: Vec<&Record> = found.by_ref().take(limit).collect();
    let results: Vec<Value> = page.iter().map(|record| full(cx, &kind, record, &asked, &linked)).collect();
    let mut body = json!({"results": results});
    if let Some(next) = found.next() {
        let link = format!(
            "https://api.hubapi.com/crm/v3/objects/{}?limit={limit}&after={}",
            kind.plural(),
            next.id
        );
        body["paging"] = json!({"next": {"after": next.id.to_string(), "link": link}});
    }
    Ok(Reply::ok(body))
}

pub(super) fn read(cx: &Cx<'_>, kind: &str, id: &str) -> Result<Reply, Reply> {
    let kind = cx.kind(kind)?;
    cx.need(kind.read_scope())?;
    let record = match cx.params.first("idProperty") {
        Some(name) => by_property(cx.portal, &kind, name, id),
        None => cx.portal.find(&kind, params::id(id)?),
    };
    let archived = cx.params.flag("archived");
    let record =
        record.filter(|record| record.archived.is_some() == archived).ok_or_else(Reply::not_found)?;
    let linked = render::asked_associations(cx)?;
    Ok(Reply::ok(full(cx, &kind, record, &cx.params.list("properties"), &linked)))
}

fn full(cx: &Cx<'_>, kind: &Kind, record: &Record, asked: &[String], linked: &[Kind]) -> Value {
    let mut body = render::record(cx, kind, record, asked);
    if let Some(links) = render::associations(cx.portal, cx.config.association_page, kind, record.id, linked)
    {
        body["associations"] = links;
    }
    body
}

/// A live record by the value of a property that tells records apart.
pub(super) fn by_property<'a>(
    portal: &'a Portal,
    kind: &Kind,
    name: &str,
    value: &str,
) -> Option<&'a Record> {
    if *kind == Kind::CONTACT && name == "email" {
        return portal.live(kind, portal.by_email(value)?);
    }
    let mut all = portal.objects.get(kind)?.records.values();
    all.find(|record| record.archived.is_none() && record.get(name) == Some(value))
}

/// Whether records of a type can be told apart by a property.
pub(super) fn is_unique(portal: &Portal, kind: &Kind, name: &str) -> bool {
    name == "hs_object_id"
        || (*kind == Kind::CONTACT && name == "email")
        || portal.definitions.custom(kind, name).is_some_and(|custom| custom.definition.unique)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchRead {
    inputs: Vec<Input>,
    #[serde(default)]
    properties: Vec<String>,
    id_property: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Input {
    id: Value,
}

pub(super) fn batch_read(cx: &Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = cx.kind(kind)?;
    cx.need(kind.read_scope())?;
    let request: BatchRead = params::json(cx.body)?;
    if request.inputs.len() > 100 {
        return Err(Reply::invalid("The maximum number of inputs supported in a batch request is 100"));
    }
    let archived = cx.params.flag("archived");
    let (mut found, mut errors): (BTreeMap<u64, &Record>, ItemErrors) = Default::default();
    for input in &request.inputs {
        let key = params::text(&input.id).ok_or_else(|| Reply::invalid("an id must be a string"))?;
        let record = match (&request.id_property, key.parse::<u64>()) {
            (Some(name), _) => by_property(cx.portal, &kind, name, &key),
            (None, Ok(id)) => cx
                .portal
                .find(&kind, id)
                .filter(|record| record.id == id || cx.config.batch_read_follows_merges),
            (None, Err(_)) => None,
        };
        match record.filter(|record| record.archived.is_some() == archived) {
            Some(record) => match cx.portal.failing.get(&(kind.clone(), record.id)) {
                Some(failure) => errors.failing(&kind, failure, key),
                None => drop(found.insert(record.id, record)),
            },
            None => errors.missing(&kind, key),
        }
    }
    // By id, whatever the order of the question: no order is promised.
    let results: Vec<Value> =
        found.values().map(|record| render::record(cx, &kind, record, &request.properties)).collect();
    Ok(batch_reply(cx, results, errors.json()))
}

/// What a batch answers: 207 if anything of it failed.
pub(super) fn batch_reply(cx: &Cx<'_>, results: Vec<Value>, errors: Vec<Value>) -> Reply {
    let mut body = json!({
        "status": "COMPLETE",
        "results": results,
        "startedAt": stamp(cx.now),
        "completedAt": stamp(cx.now),
    });
    if errors.is_empty() {
        return Reply::ok(body);
    }
    body["numErrors"] = json!(errors.len());
    body["errors"] = Value::Array(errors);
    Reply::new(207, body)
}
