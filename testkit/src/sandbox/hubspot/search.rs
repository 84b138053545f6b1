//! Search: filters, one sort, pages by offset, and an index that comes after the fact.
//!
//! See <https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm>.

use std::cmp::Ordering;

use serde::Deserialize;
use serde_json::{Value, json};

use super::definitions::ValueType;
use super::filter::{Filter, Key, RawFilter, key, known_key};
use super::kinds::Kind;
use super::params;
use super::record::{Record, Version, stamp};
use super::render;
use super::reply::Reply;
use super::server::Cx;

const BODY_LIMIT: usize = 3000;
const GROUP_LIMIT: usize = 5;
const FILTERS_PER_GROUP: usize = 6;
const FILTER_LIMIT: usize = 18;
const PAGE_LIMIT: usize = 200;

/// In which order search gives records that its sort does not tell apart. HubSpot promises none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchOrder {
    /// By id.
    #[default]
    ById,
    /// Arbitrary, the same in every request.
    Shuffled(u64),
    /// Arbitrary, another in every request: pages by offset repeat and miss records among equals.
    ShuffledEachRequest(u64),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SearchRequest {
    #[serde(default)]
    filter_groups: Vec<Group>,
    /// Filters beside the groups are a group of their own.
    #[serde(default)]
    filters: Vec<RawFilter>,
    #[serde(default)]
    sorts: Vec<Value>,
    #[serde(default)]
    properties: Vec<String>,
    query: Option<String>,
    limit: Option<Value>,
    after: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Group {
    #[serde(default)]
    filters: Vec<RawFilter>,
}

type Hit<'a> = (&'a Record, &'a Version);

pub(super) fn search(cx: &Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = cx.kind(kind)?;
    cx.need(kind.read_scope())?;
    let characters = String::from_utf8_lossy(cx.body).chars().count();
    if characters > BODY_LIMIT {
        return Err(Reply::invalid(format!(
            "The request is {characters} characters long; {BODY_LIMIT} are allowed"
        )));
    }
    let request: SearchRequest = params::json(cx.body)?;
    let limit = number(request.limit.as_ref(), 10, "limit")?;
    if !(1..=PAGE_LIMIT).contains(&limit) {
        return Err(Reply::invalid(format!("limit must be a number from 1 to {PAGE_LIMIT}, and is {limit}")));
    }
    let after = number(request.after.as_ref(), 0, "after")?;
    let most = cx.config.search_results;
    if after.saturating_add(limit) > most {
        return Err(Reply::invalid(format!("A search gives {most} results at most; narrow the filters")));
    }
    let groups = groups(cx, &kind, &request)?;
    let sort = request.sorts.first().map(sort).transpose()?;
    if request.sorts.len() > 1 {
        return Err(Reply::invalid("Only one sort is allowed"));
    }
    let words = request.query.as_deref().map(str::to_lowercase).filter(|query| !query.is_empty());

    let all = cx.portal.objects.get(&kind).into_iter().flat_map(|objects| objects.records.values());
    let hits: Vec<Hit<'_>> = (all.filter(|record| record.archived.is_none()))
        .filter_map(|record| Some((record, record.indexed(cx.now, cx.config.index_lag)?)))
        .filter(|(record, seen)| {
            groups.is_empty()
                || groups.iter().any(|group| group.iter().all(|f| f.passes(cx.portal, &kind, record, seen)))
        })
        .filter(|(_, seen)| words.as_ref().is_none_or(|words| mentions(seen, words)))
        .collect();
    let total = hits.len();
    let results: Vec<Value> = (ordered(cx, &kind, sort.as_ref(), hits).into_iter().skip(after).take(limit))
        .map(|(record, seen)| {
            json!({
                "id": record.id.to_string(),
                "properties": render::properties(cx, &kind, &seen.properties, &request.properties),
                "createdAt": stamp(record.created),
                "updatedAt": stamp(seen.updated),
                "archived": false,
            })
        })
        .collect();
    let next = after + results.len();
    let mut body = json!({"total": total, "results": results});
    if next < total {
        body["paging"] = json!({"next": {"after": next.to_string()}});
    }
    Ok(Reply::ok(body))
}

/// A number that may be written as a string.
fn number(value: Option<&Value>, default: usize, name: &str) -> Result<usize, Reply> {
    let text = match value {
        None | Some(Value::Null) => return Ok(default),
        Some(value) => params::text(value).unwrap_or_default(),
    };
    text.parse().map_err(|_| Reply::invalid(format!("{name} must be a whole number, and is {text}")))
}

fn groups(cx: &Cx<'_>, kind: &Kind, request: &SearchRequest) -> Result<Vec<Vec<Filter>>, Reply> {
    let raw: Vec<&Vec<RawFilter>> = (request.filter_groups.iter().map(|group| &group.filters))
        .chain([&request.filters])
        .filter(|filters| !filters.is_empty())
        .collect();
    if raw.len() > GROUP_LIMIT
        || raw.iter().any(|filters| filters.len() > FILTERS_PER_GROUP)
        || raw.iter().map(|filters| filters.len()).sum::<usize>() > FILTER_LIMIT
    {
        return Err(Reply::invalid(format!(
            "A search has {GROUP_LIMIT} filter groups of {FILTERS_PER_GROUP} filters at most, \
             {FILTER_LIMIT} filters in all"
        )));
    }
    let check =
        |filters: &Vec<RawFilter>| filters.iter().map(|raw| Filter::check(cx.portal, kind, raw)).collect();
    raw.into_iter().map(check).collect()
}

struct Sort {
    property: String,
    descending: bool,
}

/// `{"propertyName", "direction"}`, or a bare name, with `-` before it for descending.
fn sort(value: &Value) -> Result<Sort, Reply> {
    let bad = || Reply::invalid("a sort is an object with `propertyName` and `direction`");
    if let Value::String(text) = value {
        let descending = text.starts_with('-');
        return Ok(Sort { property: text.trim_start_matches('-').to_owned(), descending });
    }
    let property = value.get("propertyName").and_then(Value::as_str).ok_or_else(bad)?.to_owned();
    let descending = match value.get("direction").and_then(Value::as_str) {
        None | Some("ASCENDING") => false,
        Some("DESCENDING") => true,
        Some(_) => return Err(bad()),
    };
    Ok(Sort { property, descending })
}

/// Sorted as asked, else oldest first; records without the property come last.
fn ordered<'a>(cx: &Cx<'_>, kind: &Kind, sort: Option<&Sort>, hits: Vec<Hit<'a>>) -> Vec<Hit<'a>> {
    let value_type = sort.and_then(|sort| cx.portal.definitions.value_type(kind, &sort.property));
    let value = |(record, seen): &Hit<'_>| -> Option<Key> {
        let Some(sort) = sort else { return Some(Key::Time(record.created.timestamp_millis())) };
        let text = seen.properties.get(&sort.property)?;
        let known = known_key(kind, &sort.property, record, seen);
        known.or_else(|| key(value_type.unwrap_or(ValueType::Text), text))
    };
    let tie = |id: u64| match cx.order {
        SearchOrder::ById => id,
        SearchOrder::Shuffled(seed) => mix(id ^ mix(seed)),
        SearchOrder::ShuffledEachRequest(seed) => mix(id ^ mix(seed ^ mix(cx.serial))),
    };
    let descending = sort.is_some_and(|sort| sort.descending);
    let mut keyed: Vec<_> = hits.into_iter().map(|hit| (value(&hit), tie(hit.0.id), hit)).collect();
    keyed.sort_by(|(a, tie_a, _), (b, tie_b, _)| {
        let by_value = match (a, b) {
            (Some(a), Some(b)) => {
                let order = a.partial_cmp(b).unwrap_or(Ordering::Equal);
                if descending { order.reverse() } else { order }
            }
            (a, b) => a.is_none().cmp(&b.is_none()),
        };
        by_value.then(tie_a.cmp(tie_b))
    });
    keyed.into_iter().map(|(.., hit)| hit).collect()
}

/// A mixing step that sends neighbouring numbers far apart (SplitMix64).
pub(super) fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Whether the properties that free text searches in mention `words`.
fn mentions(seen: &Version, words: &str) -> bool {
    ["email", "firstname", "lastname", "phone", "company", "name", "domain", "website", "dealname"]
        .iter()
        .filter_map(|name| seen.properties.get(*name))
        .any(|value| value.to_lowercase().contains(words))
}
