//! The account, its owners and its property definitions.

use serde::Deserialize;
use serde_json::{Value, json};

use super::kinds::Kind;
use super::params;
use super::property::{PropertyDefinition, PropertyOption};
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
    let kind = cx.kind(kind)?;
    cx.need(kind.schema_scope())?;
    // Not paged.
    let sensitive = cx.params.first("dataSensitivity").is_some_and(|wanted| wanted != "non_sensitive");
    let all = cx.portal.definitions.list(&kind, cx.params.flag("archived"), sensitive);
    Ok(Reply::ok(json!({"results": all})))
}

pub(super) fn property(cx: &Cx<'_>, kind: &str, name: &str) -> Result<Reply, Reply> {
    let kind = cx.kind(kind)?;
    cx.need(kind.schema_scope())?;
    let found = cx.portal.definitions.one(&kind, name, cx.params.flag("archived"));
    found.map(Reply::ok).ok_or_else(Reply::not_found)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    name: Option<String>,
    label: Option<String>,
    #[serde(rename = "type")]
    value: Option<String>,
    field_type: Option<String>,
    group_name: Option<String>,
    description: Option<String>,
    options: Option<Vec<WrittenOption>>,
    has_unique_value: Option<bool>,
    hidden: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct WrittenOption {
    label: String,
    value: String,
    #[serde(default)]
    hidden: bool,
}

impl Written {
    /// Writes what is said over `definition`.
    fn apply(self, definition: &mut PropertyDefinition) {
        definition.label = self.label.unwrap_or_else(|| definition.label.clone());
        definition.value_type = self.value.unwrap_or_else(|| definition.value_type.clone());
        definition.field_type = self.field_type.or_else(|| definition.field_type.clone());
        definition.group = self.group_name.or_else(|| definition.group.clone());
        definition.description = self.description.unwrap_or_else(|| definition.description.clone());
        definition.unique = self.has_unique_value.unwrap_or(definition.unique);
        definition.hidden = self.hidden.unwrap_or(definition.hidden);
        if let Some(options) = self.options {
            let own = |WrittenOption { label, value, hidden }| PropertyOption { value, label, hidden };
            definition.options = options.into_iter().map(own).collect();
        }
    }
}

fn write_scope(kind: &Kind) -> String {
    kind.schema_scope().replace(".read", ".write")
}

pub(super) fn create_property(cx: &mut Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = cx.kind(kind)?;
    cx.need(&write_scope(&kind))?;
    let written: Written = params::json(cx.body)?;
    let name = written.name.clone().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Reply::invalid("a property needs a name"))?;
    if cx.portal.definitions.value_type(&kind, &name).is_some() {
        return Err(Reply::error(409, "OBJECT_ALREADY_EXISTS", format!("Property {name} already exists")));
    }
    let mut definition = PropertyDefinition::new(name.as_str(), "");
    written.apply(&mut definition);
    let value = definition.value()?;
    cx.portal.definitions.put(&kind, definition, value, cx.now);
    let entry = cx.portal.definitions.one(&kind, &name, false).ok_or_else(Reply::not_found)?;
    Ok(Reply::new(201, entry))
}

pub(super) fn change_property(cx: &mut Cx<'_>, kind: &str, name: &str) -> Result<Reply, Reply> {
    let kind = cx.kind(kind)?;
    cx.need(&write_scope(&kind))?;
    let written: Written = params::json(cx.body)?;
    let now = cx.now;
    let known = cx.portal.definitions.custom(&kind, name).filter(|custom| custom.archived.is_none());
    let mut definition = known.ok_or_else(Reply::not_found)?.definition.clone();
    written.apply(&mut definition);
    let value = definition.value()?;
    cx.portal.definitions.put(&kind, definition, value, now);
    cx.portal.definitions.one(&kind, name, false).map(Reply::ok).ok_or_else(Reply::not_found)
}

pub(super) fn archive_property(cx: &mut Cx<'_>, kind: &str, name: &str) -> Result<Reply, Reply> {
    let kind = cx.kind(kind)?;
    cx.need(&write_scope(&kind))?;
    cx.portal.archive_property(&kind, name, Some(cx.now))?;
    Ok(Reply::empty())
}
