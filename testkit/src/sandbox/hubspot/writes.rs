//! Changing records over HTTP.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::CrmError;
use super::kinds::Kind;
use super::links::End;
use super::objects::by_property;
use super::params;
use super::render;
use super::reply::Reply;
use super::server::Cx;
use super::values::values;

#[derive(Debug, Deserialize)]
struct Write {
    #[serde(default)]
    properties: Map<String, Value>,
    #[serde(default)]
    associations: Vec<NewAssociation>,
}

#[derive(Debug, Deserialize)]
pub(super) struct NewAssociation {
    to: Target,
    types: Vec<TypeOf>,
}

/// A record of a body, by its id.
#[derive(Debug, Deserialize)]
pub(super) struct Target {
    pub(super) id: Value,
}

impl Target {
    pub(super) fn id(&self) -> Result<u64, Reply> {
        params::id(&params::text(&self.id).unwrap_or_default())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TypeOf {
    pub(super) association_type_id: u32,
}

/// The type that a path names, which the token must be allowed to write. A custom object goes by its id or qualified
/// name here: its bare name is taken for reading alone.
pub(super) fn write_kind(cx: &Cx<'_>, text: &str) -> Result<Kind, Reply> {
    if cx.portal.is_bare_name(text) {
        return Err(CrmError::UnknownType(text.to_owned()).into());
    }
    let kind = cx.kind(text)?;
    cx.need(kind.write_scope())?;
    Ok(kind)
}

pub(super) fn create(cx: &mut Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = write_kind(cx, kind)?;
    let write: Write = params::json(cx.body)?;
    let values = values(cx, &kind, None, &write.properties)?;
    // Everything is looked up before anything is written, so that a refused call leaves nothing behind.
    let links = links(cx, &kind, &write.associations)?;
    let rules = cx.rules();
    let id = cx.portal.create(&rules, &kind, None, values, None)?;
    for (to, link) in links {
        cx.portal.associate(&rules, &(kind.clone(), id), &to, Some(link))?;
    }
    let record = cx.portal.live(&kind, id).ok_or_else(Reply::not_found)?;
    let asked: Vec<String> = write.properties.keys().cloned().collect();
    Ok(Reply::new(201, render::record(cx, &kind, record, &asked)))
}

/// The ends and types of the associations that a new record of `kind` comes with.
pub(super) fn links(cx: &Cx<'_>, kind: &Kind, wanted: &[NewAssociation]) -> Result<Vec<(End, u32)>, Reply> {
    let mut links = Vec::new();
    for association in wanted {
        let id = association.to.id()?;
        for TypeOf { association_type_id } in &association.types {
            let to = target_kind(cx, kind, *association_type_id, id)?;
            links.push(((to, id), *association_type_id));
        }
    }
    Ok(links)
}

/// The type whose record `id` an association type leads to.
fn target_kind(cx: &Cx<'_>, from: &Kind, link: u32, id: u64) -> Result<Kind, Reply> {
    let mut kinds = cx.portal.objects.keys().filter(|to| cx.portal.live(to, id).is_some());
    kinds
        .find(|to| cx.portal.link_types(from, to).iter().any(|known| known.id == link))
        .cloned()
        .ok_or_else(|| Reply::invalid(format!("association type {link} leads to no record {id}")))
}

/// The id that a path means: a number, or the value of `idProperty`.
fn target(cx: &Cx<'_>, kind: &Kind, id: &str) -> Result<u64, Reply> {
    match cx.params.first("idProperty") {
        Some(name) => {
            by_property(cx.portal, kind, name, id).map(|record| record.id).ok_or_else(Reply::not_found)
        }
        None => params::id(id),
    }
}

pub(super) fn update(cx: &mut Cx<'_>, kind: &str, id: &str) -> Result<Reply, Reply> {
    let kind = write_kind(cx, kind)?;
    let write: Write = params::json(cx.body)?;
    let id = target(cx, &kind, id)?;
    let values = values(cx, &kind, Some(id), &write.properties)?;
    let rules = cx.rules();
    let id = cx.portal.update(&rules, &kind, id, &values)?;
    let record = cx.portal.live(&kind, id).ok_or_else(Reply::not_found)?;
    let asked: Vec<String> = write.properties.keys().cloned().collect();
    Ok(Reply::ok(render::record(cx, &kind, record, &asked)))
}

pub(super) fn archive(cx: &mut Cx<'_>, kind: &str, id: &str) -> Result<Reply, Reply> {
    let kind = write_kind(cx, kind)?;
    let id = target(cx, &kind, id)?;
    // Deleting twice is no error.
    if cx.portal.find(&kind, id).is_none_or(|record| record.archived.is_none()) {
        let rules = cx.rules();
        cx.portal.archive(&rules, &kind, id)?;
    }
    Ok(Reply::empty())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Merge {
    primary_object_id: Value,
    object_id_to_merge: Value,
}

pub(super) fn merge(cx: &mut Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = write_kind(cx, kind)?;
    let merge: Merge = params::json(cx.body)?;
    let id = |value: &Value| params::id(&params::text(value).unwrap_or_default());
    let (primary, other) = (id(&merge.primary_object_id)?, id(&merge.object_id_to_merge)?);
    let rules = cx.rules();
    let survivor = cx.portal.merge(&rules, &kind, primary, other)?;
    let record = cx.portal.live(&kind, survivor).ok_or_else(Reply::not_found)?;
    Ok(Reply::ok(render::record(cx, &kind, record, &[])))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GdprDelete {
    object_id: Value,
    id_property: Option<String>,
}

pub(super) fn gdpr_delete(cx: &mut Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = write_kind(cx, kind)?;
    let wanted: GdprDelete = params::json(cx.body)?;
    let key = params::text(&wanted.object_id).unwrap_or_default();
    let id = match &wanted.id_property {
        Some(name) => by_property(cx.portal, &kind, name, &key).map(|r| r.id).ok_or_else(Reply::not_found)?,
        None => params::id(&key)?,
    };
    cx.portal.gdpr_delete(&kind, id)?;
    Ok(Reply::empty())
}
