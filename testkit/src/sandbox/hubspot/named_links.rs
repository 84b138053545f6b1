//! Associations as version 3 has them: each type goes by a name
//! (<https://developers.hubspot.com/docs/api-reference/legacy/crm/associations/associate-records/v3/guide>).

use serde::Deserialize;
use serde_json::{Value, json};

use super::failures::ItemErrors;
use super::kinds::Kind;
use super::linking::inputs;
use super::objects::batch_reply;
use super::params;
use super::reply::Reply;
use super::server::Cx;
use super::writes::{Target, write_kind};

#[derive(Debug, Deserialize)]
struct Named {
    from: Target,
    to: Target,
    #[serde(rename = "type")]
    name: String,
}

fn pair(cx: &Cx<'_>, from: &str, to: &str) -> Result<(Kind, Kind), Reply> {
    let (from, to) = (cx.kind(from)?, cx.kind(to)?);
    cx.need(from.read_scope())?;
    cx.need(to.read_scope())?;
    Ok((from, to))
}

fn id_of(cx: &Cx<'_>, from: &Kind, to: &Kind, name: &str) -> Result<u32, Reply> {
    let types = cx.portal.link_types(from, to);
    let found = types.iter().find(|link| link.name == name).map(|link| link.id);
    found.ok_or_else(|| Reply::invalid(format!("{name} is no association type of these objects")))
}

pub(super) fn types(cx: &Cx<'_>, from: &str, to: &str) -> Result<Reply, Reply> {
    let (from, to) = pair(cx, from, to)?;
    let types = cx.portal.link_types(&from, &to);
    let types = types.iter().map(|link| json!({"id": link.id.to_string(), "name": link.name}));
    Ok(Reply::ok(json!({"results": types.collect::<Vec<_>>()})))
}

pub(super) fn read(cx: &Cx<'_>, from: &str, to: &str) -> Result<Reply, Reply> {
    let (from, to) = pair(cx, from, to)?;
    let types = cx.portal.link_types(&from, &to);
    let (mut results, mut errors) = (Vec::new(), ItemErrors::default());
    for input in inputs::<Target>(cx)? {
        let key = params::text(&input.id).unwrap_or_default();
        let live = key.parse().ok().filter(|id| cx.portal.live(&from, *id).is_some_and(|r| r.id == *id));
        let Some(id) = live else {
            errors.missing(&from, key);
            continue;
        };
        if let Some(failure) = cx.portal.failing.get(&(from.clone(), id)) {
            errors.failing(&from, failure, key);
            continue;
        }
        let mut rows: Vec<Value> = Vec::new();
        for (target, held) in cx.portal.linked(&(from.clone(), id), &to) {
            let held = types.iter().filter(|link| held.contains(&link.id));
            rows.extend(held.map(|link| json!({"id": target.to_string(), "type": link.name})));
        }
        if !rows.is_empty() {
            results.push(json!({"from": {"id": key}, "to": rows}));
        }
    }
    Ok(batch_reply(cx, results, errors.json()))
}

/// Makes associations, or takes their types away.
pub(super) fn write(cx: &mut Cx<'_>, from: &str, to: &str, archive: bool) -> Result<Reply, Reply> {
    let (from, to) = (write_kind(cx, from)?, write_kind(cx, to)?);
    let rules = cx.rules();
    let mut results = Vec::new();
    for input in inputs::<Named>(cx)? {
        let link = id_of(cx, &from, &to, &input.name)?;
        let (one, other) = ((from.clone(), input.from.id()?), (to.clone(), input.to.id()?));
        if archive {
            cx.portal.dissociate(&rules, &one, &other, Some(link))?;
        } else {
            cx.portal.associate(&rules, &one, &other, Some(link))?;
            let end = |id: u64| json!({"id": id.to_string()});
            results.push(json!({"from": end(one.1), "to": end(other.1), "type": input.name}));
        }
    }
    if archive {
        return Ok(Reply::empty());
    }
    let mut reply = batch_reply(cx, results, Vec::new());
    reply.status = 201;
    Ok(reply)
}
