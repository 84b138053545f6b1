//! One event of a webhook, in HubSpot's words
//! (<https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide>).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::config::HubSpotConfig;
use super::link_types;
use super::news::{Happening, News};
use super::portal::Portal;
use super::subscription::Topic;

/// What a subscription is told of some news; its `eventId` and `attemptNumber` come later. `None` if it is not told.
pub(super) fn event(
    config: &HubSpotConfig,
    portal: &Portal,
    news: &News,
    (subscription, topic): (u64, &Topic),
    now: DateTime<Utc>,
) -> Option<Map<String, Value>> {
    let mut event = Map::new();
    let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
    put("subscriptionId", json!(subscription));
    put("portalId", json!(portal.id));
    put("appId", json!(config.app_id));
    put("occurredAt", json!(now.timestamp_millis()));
    put("subscriptionType", json!(topic.shown.event_type));
    put("changeSource", json!(if news.by_app { "INTEGRATION" } else { "CRM_UI" }));
    let source = match news.by_app {
        true => config.app_id.to_string(),
        false => format!("userId:{}", portal.user_id),
    };
    if let Happening::Linked { to, link, removed } = &news.what {
        let types = portal.link_types(&news.kind, &to.0);
        let held = types.iter().find(|known| known.id == *link)?;
        let (from_name, to_name) = (portal.link_name(&news.kind), portal.link_name(&to.0));
        put("associationType", json!(format!("{from_name}_TO_{to_name}").to_uppercase()));
        put("fromObjectId", json!(news.id));
        put("toObjectId", json!(to.1));
        put("associationRemoved", json!(removed));
        put("isPrimaryAssociation", json!(link_types::primary(&news.kind, &to.0) == Some(*link)));
        if !news.by_app {
            put("changeSource", json!("USER"));
        }
        if topic.generic {
            // <https://developers.hubspot.com/changelog/public-beta-generic-webhook-subscriptions>
            put("fromObjectTypeId", json!(news.kind.id()));
            put("toObjectTypeId", json!(to.0.id()));
            put("associationTypeId", json!(link));
            put("associationCategory", json!(held.category));
        }
        return Some(event);
    }
    put("objectId", json!(news.id));
    if topic.generic {
        put("objectTypeId", json!(news.kind.id()));
    }
    match &news.what {
        Happening::Created => {
            put("changeFlag", json!("NEW"));
            put("sourceId", json!(source));
        }
        Happening::Deleted | Happening::Erased => {
            put("changeFlag", json!("DELETED"));
        }
        Happening::Changed { name, value, initial } => {
            if *initial && !config.webhooks.creation_tells_properties {
                return None;
            }
            let custom = portal.definitions.custom(&news.kind, name);
            let sensitive = custom.is_some_and(|custom| custom.definition.sensitive);
            put("propertyName", json!(name));
            put("propertyValue", json!(if sensitive { "REDACTED" } else { value }));
            put("sourceId", json!(source));
            if topic.generic {
                put("isSensitive", json!(sensitive));
            }
        }
        Happening::Merged { primary, other, moved } => {
            put("primaryObjectId", json!(primary));
            put("mergedObjectIds", json!([other]));
            put("newObjectId", json!(news.id));
            put("numberOfPropertiesMoved", json!(moved));
        }
        Happening::Restored | Happening::Linked { .. } => {}
    }
    Some(event)
}
