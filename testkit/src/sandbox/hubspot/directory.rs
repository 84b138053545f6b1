//! The account, its owners and its property definitions.

use serde::Deserialize;
use serde_json::{Value, json};

use super::definitions::ValueType;
use super::params;
use super::reply::Reply;
use super::server::Cx;

pub(super) fn account(cx: &Cx<'_>) -> Result<Reply, Reply> {
    Ok(Reply::ok(json!({
        "portalId": cx.portal.id,
        "accountType": "STANDARD",
        "timeZone": "Europe/Berlin",
        "companyCurrency": "EUR",
        "additionalCurrencies": [],
        "utcOffset": "+01:00",
        "utcOffsetMilliseconds": 3_600_000,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    })))
}

pub(super) fn owners(cx: &Cx<'_>) -> Result<Reply, Reply> {
    cx.need("crm.objects.owners.read")?;
    let limit = cx.params.limit(100, 500)?;
    let after = match cx.params.first("after") {
        Some(text) => text.parse().map_err(|_| Reply::invalid("after is not a paging cursor"))?,
        None => 0u64,
    };
    let (archived, email) = (cx.params.flag("archived"), cx.params.first("email"));
    let mut found = (cx.portal.owners.range(after..).map(|(_, owner)| owner)).filter(|owner| {
        owner.archived == archived && email.is_none_or(|email| owner.email.eq_ignore_ascii_case(email))
    });
    let results: Vec<Value> = found.by_ref().take(limit).map(|owner| owner.json()).collect();
    let mut body = json!({"results": results});
    if let Some(next) = found.next() {
        body["paging"] = json!({"next": {
            "after": next.id.to_string(),
            "link": format!("https://api.hubapi.com/crm/v3/owners?after={}", next.id),
        }});
    }
    Ok(Reply::ok(body))
}

pub(super) fn owner(cx: &Cx<'_>, id: &str) -> Result<Reply, Reply> {
    cx.need("crm.objects.owners.read")?;
    let id = params::id(id)?;
    let archived = cx.params.flag("archived");
    let by_user = cx.params.first("idProperty") == Some("userId");
    let mut all = cx.portal.owners.values().filter(|owner| owner.archived == archived);
    let found = all.find(|owner| if by_user { owner.user_id == id } else { owner.id == id });
    found.map(|owner| Reply::ok(owner.json())).ok_or_else(Reply::not_found)
}

pub(super) fn properties(cx: &Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = params::kind(kind)?;
    cx.need(kind.schema_scope())?;
    // Not paged. Nothing here is archived or sensitive, so those who ask for such see nothing.
    let other = cx.params.flag("archived")
        || cx.params.first("dataSensitivity").is_some_and(|wanted| wanted != "non_sensitive");
    let all = if other { Vec::new() } else { cx.portal.definitions.list(&kind) };
    Ok(Reply::ok(json!({"results": all})))
}

pub(super) fn property(cx: &Cx<'_>, kind: &str, name: &str) -> Result<Reply, Reply> {
    let kind = params::kind(kind)?;
    cx.need(kind.schema_scope())?;
    cx.portal.definitions.one(&kind, name).map(Reply::ok).ok_or_else(Reply::not_found)
}

#[derive(Debug, Deserialize)]
struct NewProperty {
    name: String,
    label: Option<String>,
    #[serde(rename = "type")]
    value: String,
}

pub(super) fn create_property(cx: &mut Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = params::kind(kind)?;
    cx.need(&kind.schema_scope().replace(".read", ".write"))?;
    let new: NewProperty = params::json(cx.body)?;
    let value = ValueType::parse(&new.value)
        .ok_or_else(|| Reply::invalid(format!("{} is no property type of this sandbox", new.value)))?;
    let label = new.label.as_deref().unwrap_or(&new.name);
    if !cx.portal.definitions.define(&kind, &new.name, label, value, cx.now) {
        return Err(Reply::error(
            409,
            "OBJECT_ALREADY_EXISTS",
            format!("Property {} already exists", new.name),
        ));
    }
    let entry = cx.portal.definitions.one(&kind, &new.name).ok_or_else(Reply::not_found)?;
    Ok(Reply::new(201, entry))
}
