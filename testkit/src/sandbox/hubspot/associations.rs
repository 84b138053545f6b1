//! Reading associations: of one record, of many, and the labels of a pair.
//!
//! See <https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide>.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failures::ItemErrors;
use super::kinds::Kind;
use super::link_types::LinkType;
use super::links::End;
use super::objects::batch_reply;
use super::params;
use super::portal::Portal;
use super::reply::Reply;
use super::server::Cx;

/// A paging cursor that stands before the target `next`.
pub(super) fn cursor(next: u64) -> String {
    STANDARD.encode(next.to_string()).replace('=', "%3D")
}

fn parse_cursor(text: &str) -> Result<u64, Reply> {
    // A client may or may not have decoded it once on its way through a URL.
    let bytes = STANDARD.decode(text.replace("%3D", "=")).ok();
    (bytes.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok()))
        .ok_or_else(|| Reply::invalid("after is not a paging cursor of these associations"))
}

/// One page of the targets of a record, and the cursor to the next.
fn page(portal: &Portal, from: &End, to: &Kind, after: u64, limit: usize) -> (Vec<Value>, Option<String>) {
    let types = portal.link_types(&from.0, to);
    let mut targets = portal.linked(from, to).filter(|(id, _)| *id >= after);
    let rows = targets.by_ref().take(limit).map(|(id, held)| row(id, held, &types)).collect();
    let next = targets.next().map(|(id, _)| cursor(id));
    (rows, next)
}

fn row(id: u64, held: &BTreeSet<u32>, types: &[LinkType]) -> Value {
    let shown: Vec<Value> = (types.iter().filter(|link| held.contains(&link.id)))
        .map(|link| json!({"category": link.category, "typeId": link.id, "label": link.label}))
        .collect();
    // A number, though the record's own id is a string everywhere else.
    json!({"toObjectId": id, "associationTypes": shown})
}

fn pair(cx: &Cx<'_>, from: &str, to: &str) -> Result<(Kind, Kind), Reply> {
    let (from, to) = (cx.kind(from)?, cx.kind(to)?);
    cx.need(from.read_scope())?;
    cx.need(to.read_scope())?;
    Ok((from, to))
}

pub(super) fn of_record(cx: &Cx<'_>, from: &str, id: &str, to: &str) -> Result<Reply, Reply> {
    let (from, to) = pair(cx, from, to)?;
    let limit = cx.params.limit(500, 500)?;
    let after = cx.params.first("after").map(parse_cursor).transpose()?.unwrap_or(0);
    let record = cx.portal.live(&from, params::id(id)?).ok_or_else(Reply::not_found)?;
    let (rows, next) = page(cx.portal, &(from, record.id), &to, after, limit);
    let mut body = json!({"results": rows});
    if let Some(after) = next {
        body["paging"] = json!({"next": {"after": after, "link": "ignored"}});
    }
    Ok(Reply::ok(body))
}

#[derive(Debug, Deserialize)]
struct Batch {
    inputs: Vec<Input>,
}

#[derive(Debug, Deserialize)]
struct Input {
    id: Value,
    after: Option<String>,
}

pub(super) fn batch(cx: &Cx<'_>, from: &str, to: &str) -> Result<Reply, Reply> {
    let (from, to) = pair(cx, from, to)?;
    let request: Batch = params::json(cx.body)?;
    if request.inputs.len() > 1000 {
        return Err(Reply::invalid("The maximum number of inputs supported in a batch request is 1000"));
    }
    let (mut results, mut errors, mut failing) = (Vec::new(), Vec::new(), ItemErrors::default());
    for input in &request.inputs {
        let key = params::text(&input.id).ok_or_else(|| Reply::invalid("an id must be a string"))?;
        let after = input.after.as_deref().map(parse_cursor).transpose()?.unwrap_or(0);
        let live = key.parse().ok().filter(|id| cx.portal.live(&from, *id).is_some_and(|r| r.id == *id));
        if let Some(failure) = live.and_then(|id| cx.portal.failing.get(&(from.clone(), id))) {
            failing.failing(&from, failure, key);
            continue;
        }
        let (rows, next) = match live {
            Some(id) => page(cx.portal, &(from.clone(), id), &to, after, cx.config.association_page),
            None => (Vec::new(), None),
        };
        if rows.is_empty() {
            errors.push(json!({
                "status": "error",
                "category": "OBJECT_NOT_FOUND",
                "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                "message": format!("No {} is associated with {} {key}.", to.singular(), from.singular()),
                "context": {
                    "fromObjectId": [key],
                    "fromObjectType": [from.singular()],
                    "toObjectType": [to.singular()],
                },
            }));
            continue;
        }
        let mut entry = json!({"from": {"id": key}, "to": rows});
        if let Some(after) = next {
            entry["paging"] = json!({"next": {"after": after, "link": "ignored"}});
        }
        results.push(entry);
    }
    if !cx.config.report_lacking_associations {
        errors.clear();
    }
    errors.extend(failing.json());
    Ok(batch_reply(cx, results, errors))
}

pub(super) fn labels(cx: &Cx<'_>, from: &str, to: &str) -> Result<Reply, Reply> {
    let (from, to) = pair(cx, from, to)?;
    let all: Vec<Value> = (cx.portal.link_types(&from, &to).iter())
        .map(|link| json!({"category": link.category, "typeId": link.id, "label": link.label}))
        .collect();
    Ok(Reply::ok(json!({"results": all})))
}
