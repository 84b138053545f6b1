//! Records and associations as JSON.

use serde_json::{Map, Value, json};

use super::associations::cursor;
use super::kinds::Kind;
use super::portal::Portal;
use super::record::{Properties, Record, stamp};
use super::reply::Reply;
use super::server::Cx;

/// The asked-for properties of a record, beside those that always come: names that the type does not have are
/// left out in silence.
pub(super) fn properties(cx: &Cx<'_>, kind: &Kind, values: &Properties, asked: &[String]) -> Value {
    let mut shown = Map::new();
    // A name that the type does not have (any more) is nothing, whatever the record still holds.
    let value =
        |name: &str| values.get(name).filter(|_| cx.portal.definitions.value_type(kind, name).is_some());
    let mut show = |name: &str| match value(name) {
        Some(value) => {
            shown.insert(name.to_owned(), json!(value));
        }
        None if cx.config.empty_as_null && cx.portal.definitions.value_type(kind, name).is_some() => {
            shown.insert(name.to_owned(), Value::Null);
        }
        None => {}
    };
    for name in ["hs_object_id", kind.created(), kind.modified()] {
        show(name);
    }
    if asked.is_empty() {
        kind.defaults().iter().for_each(|name| show(name));
    }
    asked.iter().for_each(|name| show(name));
    Value::Object(shown)
}

/// A record in full, as single reads, lists and batch reads give it.
pub(super) fn record(cx: &Cx<'_>, kind: &Kind, record: &Record, asked: &[String]) -> Value {
    let mut body = json!({
        "id": record.id.to_string(),
        "properties": properties(cx, kind, &record.properties, asked),
        "createdAt": stamp(record.created),
        "updatedAt": stamp(record.updated),
        "archived": record.archived.is_some(),
        "url": format!("https://app.hubspot.com/contacts/{}/record/{}/{}", cx.portal.id, kind.id(), record.id),
    });
    if let Some(at) = record.archived {
        body["archivedAt"] = json!(stamp(at));
    }
    body
}

/// The types asked for with `associations`, each of which the token must be allowed to read.
pub(super) fn asked_associations(cx: &Cx<'_>) -> Result<Vec<Kind>, Reply> {
    let mut kinds = Vec::new();
    for name in cx.params.list("associations") {
        let kind = cx.kind(&name)?;
        cx.need(kind.read_scope())?;
        kinds.push(kind);
    }
    Ok(kinds)
}

/// The `associations` of a list or single read: a target comes once for each of its types.
pub(super) fn associations(
    portal: &Portal,
    page: usize,
    kind: &Kind,
    id: u64,
    asked: &[Kind],
) -> Option<Value> {
    let mut all = Map::new();
    for to in asked {
        let types = portal.link_types(kind, to);
        let from = (kind.clone(), id);
        let mut targets = portal.linked(&from, to);
        let mut rows = Vec::new();
        for (target, held) in targets.by_ref().take(page) {
            // The unlabelled type comes last, after primary and custom labels.
            let mut held: Vec<_> = types.iter().filter(|link| held.contains(&link.id)).collect();
            held.sort_by_key(|link| (link.label.is_none(), link.id));
            rows.extend(held.iter().map(|link| json!({"id": target.to_string(), "type": link.name})));
        }
        if rows.is_empty() {
            continue;
        }
        let mut entry = json!({"results": rows});
        if let Some((next, _)) = targets.next() {
            let link = format!(
                "https://api.hubapi.com/crm/v3/objects/{}/{id}/associations/{}?after={next}",
                kind.plural(),
                to.plural()
            );
            entry["paging"] = json!({"next": {"after": cursor(next), "link": link}});
        }
        all.insert(portal.list_name(to), entry);
    }
    (!all.is_empty()).then_some(Value::Object(all))
}
