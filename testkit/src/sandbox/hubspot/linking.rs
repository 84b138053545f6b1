//! Making and taking away associations over HTTP, one or many
//! (<https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide>).

use serde::Deserialize;
use serde_json::{Value, json};

use super::failures::ItemErrors;
use super::kinds::Kind;
use super::links::End;
use super::objects::batch_reply;
use super::params;
use super::reply::Reply;
use super::server::Cx;
use super::writes::{Target, TypeOf, write_kind};

/// As many pairs as one call may associate.
const LIMIT: usize = 2000;

fn ends(cx: &Cx<'_>, from: (&str, &str), to: (&str, &str)) -> Result<(End, End), Reply> {
    Ok(((write_kind(cx, from.0)?, params::id(from.1)?), (write_kind(cx, to.0)?, params::id(to.1)?)))
}

/// The labels among types of association.
fn labels(cx: &Cx<'_>, from: &Kind, to: &Kind, types: &[u32]) -> Vec<String> {
    let known = cx.portal.link_types(from, to).into_iter();
    known.filter(|link| types.contains(&link.id)).filter_map(|link| link.label).collect()
}

fn pair(cx: &Cx<'_>, from: &End, to: &End, types: &[u32]) -> Value {
    json!({
        "fromObjectTypeId": from.0.id(),
        "fromObjectId": from.1,
        "toObjectTypeId": to.0.id(),
        "toObjectId": to.1,
        "labels": labels(cx, &from.0, &to.0, types),
    })
}

/// Both directions of an association without a label.
fn plain(cx: &Cx<'_>, from: &End, to: &End) -> [Value; 2] {
    [(from, to), (to, from)].map(|(from, to)| {
        let types = cx.portal.link_types(&from.0, &to.0);
        let plain = types.iter().find(|link| link.label.is_none());
        json!({
            "from": {"id": from.1.to_string()},
            "to": {"id": to.1.to_string()},
            "associationSpec": {
                "associationCategory": plain.map(|link| link.category),
                "associationTypeId": plain.map(|link| link.id),
            },
        })
    })
}

pub(super) fn associate(cx: &mut Cx<'_>, from: (&str, &str), to: (&str, &str)) -> Result<Reply, Reply> {
    let (from, to) = ends(cx, from, to)?;
    let types: Vec<TypeOf> = params::json(cx.body)?;
    let types: Vec<u32> = types.iter().map(|link| link.association_type_id).collect();
    let rules = cx.rules();
    for link in &types {
        cx.portal.associate(&rules, &from, &to, Some(*link))?;
    }
    Ok(Reply::new(201, pair(cx, &from, &to, &types)))
}

pub(super) fn associate_plainly(
    cx: &mut Cx<'_>,
    from: (&str, &str),
    to: (&str, &str),
) -> Result<Reply, Reply> {
    let (from, to) = ends(cx, from, to)?;
    let rules = cx.rules();
    cx.portal.associate(&rules, &from, &to, None)?;
    Ok(batch_reply(cx, plain(cx, &from, &to).to_vec(), Vec::new()))
}

pub(super) fn dissociate(cx: &mut Cx<'_>, from: (&str, &str), to: (&str, &str)) -> Result<Reply, Reply> {
    let (from, to) = ends(cx, from, to)?;
    let rules = cx.rules();
    cx.portal.dissociate(&rules, &from, &to, None)?;
    Ok(Reply::empty())
}

#[derive(Debug, Deserialize)]
struct Batch<T> {
    inputs: Vec<T>,
}

#[derive(Debug, Deserialize)]
struct Pair {
    from: Target,
    to: Target,
    #[serde(default)]
    types: Vec<TypeOf>,
}

#[derive(Debug, Deserialize)]
struct Fan {
    from: Target,
    to: Vec<Target>,
}

fn kinds(cx: &Cx<'_>, from: &str, to: &str) -> Result<(Kind, Kind), Reply> {
    Ok((write_kind(cx, from)?, write_kind(cx, to)?))
}

pub(super) fn inputs<T: serde::de::DeserializeOwned>(cx: &Cx<'_>) -> Result<Vec<T>, Reply> {
    let batch: Batch<T> = params::json(cx.body)?;
    if batch.inputs.len() > LIMIT {
        return Err(Reply::invalid(format!(
            "The maximum number of inputs supported in a batch request is {LIMIT}"
        )));
    }
    Ok(batch.inputs)
}

/// Associates pairs under types, or without a label. What cannot be associated is told item by item.
pub(super) fn batch_create(cx: &mut Cx<'_>, from: &str, to: &str, default: bool) -> Result<Reply, Reply> {
    let (from, to) = kinds(cx, from, to)?;
    let rules = cx.rules();
    let (mut results, mut errors) = (Vec::new(), ItemErrors::default());
    for input in inputs::<Pair>(cx)? {
        let key = params::text(&input.from.id).unwrap_or_default();
        let (Ok(one), Ok(other)) = (input.from.id(), input.to.id()) else {
            errors.missing(&from, key);
            continue;
        };
        let (one, other) = ((from.clone(), one), (to.clone(), other));
        let types: Vec<u32> = input.types.iter().map(|link| link.association_type_id).collect();
        let wanted: Vec<Option<u32>> =
            if default { vec![None] } else { types.iter().copied().map(Some).collect() };
        let linked: Result<(), _> =
            wanted.into_iter().try_for_each(|link| cx.portal.associate(&rules, &one, &other, link));
        match linked {
            Ok(()) if default => results.extend(plain(cx, &one, &other)),
            Ok(()) => results.push(pair(cx, &one, &other, &types)),
            Err(error) => {
                let refusal = Reply::from(error);
                let text = |name: &str| refusal.body[name].as_str().unwrap_or_default();
                errors.add(text("category"), text("message"), "fromObjectId", key);
            }
        }
    }
    let mut reply = batch_reply(cx, results, errors.json());
    if reply.status == 200 && !default {
        reply.status = 201;
    }
    Ok(reply)
}

/// Takes whole associations away. What is not associated is no error.
pub(super) fn batch_archive(cx: &mut Cx<'_>, from: &str, to: &str) -> Result<Reply, Reply> {
    let (from, to) = kinds(cx, from, to)?;
    let rules = cx.rules();
    for fan in inputs::<Fan>(cx)? {
        let one = (from.clone(), fan.from.id()?);
        for target in fan.to {
            let other = (to.clone(), target.id()?);
            // Nothing there is nothing to take away.
            let _ = cx.portal.dissociate(&rules, &one, &other, None);
        }
    }
    Ok(Reply::empty())
}

/// Takes types of association away; others of the same pair stay.
pub(super) fn batch_archive_labels(cx: &mut Cx<'_>, from: &str, to: &str) -> Result<Reply, Reply> {
    let (from, to) = kinds(cx, from, to)?;
    let rules = cx.rules();
    for input in inputs::<Pair>(cx)? {
        let (one, other) = ((from.clone(), input.from.id()?), (to.clone(), input.to.id()?));
        for link in input.types {
            cx.portal.dissociate(&rules, &one, &other, Some(link.association_type_id))?;
        }
    }
    Ok(Reply::empty())
}

#[derive(Debug, Deserialize)]
struct NewLabel {
    label: String,
}

/// Defines a custom label; the answer shows it in both directions.
pub(super) fn create_label(cx: &mut Cx<'_>, from: &str, to: &str) -> Result<Reply, Reply> {
    let (from, to) = kinds(cx, from, to)?;
    let new: NewLabel = params::json(cx.body)?;
    let (there, back) = cx.portal.define_label(&from, &to, &new.label);
    let shown = [there, back].map(|id| json!({"category": "USER_DEFINED", "typeId": id, "label": new.label}));
    let shown = if there == back { &shown[..1] } else { &shown[..] };
    Ok(Reply::ok(json!({ "results": shown })))
}
