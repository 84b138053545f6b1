//! What an app has to subscribe to, so that notifications tell of all that is read: as a list, and as the file that a project
//! of HubSpot's developer platform takes.

use std::collections::BTreeSet;

use acquaint_core::connector::SourceSettings;
use acquaint_core::{Error, Result};
use serde_json::{Value, json};
use url::Url;

use crate::object::{ObjectKind, is_custom_type};
use crate::options::Options;

/// The most that an app may have: <https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines>.
const MOST: usize = 1_000;

/// Calls that HubSpot makes at a time for one account; its default.
const CONCURRENT: u32 = 10;

/// One kind of event that an app has to subscribe to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct WebhookSubscription {
    /// The type of object, as HubSpot names it: `contact`, or `2-3465404`.
    pub object: String,
    /// The type of event: `object.creation`, `object.propertyChange`, `contact.privacyDeletion`.
    pub event: String,
    /// The property whose changes are told; for `object.propertyChange` alone.
    pub property: Option<String>,
}

impl WebhookSubscription {
    /// Whether it is of the generic form, which most are.
    fn is_generic(&self) -> bool {
        self.event.starts_with("object.")
    }
}

/// What an app has to subscribe to for sources with these settings: those of all tenants, since an app has one set of
/// subscriptions for every account that installs it.
///
/// They are in the generic form, except for privacy deletions, which exist in the classic one alone. Of custom objects only
/// those that the manifest names by their id are among them: the same name means another type in each account. HubSpot
/// documents such subscriptions for apps of one account alone; others see changes of custom objects by polling. See
/// <https://developers.hubspot.com/docs/apps/legacy-apps/public-apps/create-generic-webhook-subscriptions>.
///
/// # Errors
/// `Invalid` if the options of some settings are, or if HubSpot allows no app so many subscriptions.
pub fn webhook_subscriptions<'a>(
    settings: impl IntoIterator<Item = &'a SourceSettings>,
) -> Result<Vec<WebhookSubscription>> {
    const EVENTS: [&str; 5] = ["creation", "deletion", "merge", "restore", "associationChange"];
    let mut all = BTreeSet::new();
    for settings in settings {
        let options = Options::of(settings)?;
        for kind in ObjectKind::STANDARD.into_iter().chain([ObjectKind::Custom]) {
            if !options.reads(kind) {
                continue;
            }
            for (name, further) in options.further(settings, kind) {
                let object = match kind {
                    ObjectKind::Custom if !is_custom_type(name) => continue,
                    ObjectKind::Custom => name,
                    _ => kind.describe().singular,
                };
                let subscription = |event: &str, property: Option<&str>| WebhookSubscription {
                    object: object.to_owned(),
                    event: event.to_owned(),
                    property: property.map(str::to_owned),
                };
                all.extend(EVENTS.map(|event| subscription(&format!("object.{event}"), None)));
                if kind == ObjectKind::Contacts {
                    all.insert(subscription("contact.privacyDeletion", None));
                }
                let selected = options.selection(kind).properties();
                let further = further.iter().map(String::as_str);
                let read = kind.viewed().iter().copied().chain(selected).chain(further);
                let told = read.filter(|name| ObjectKind::is_field(name));
                all.extend(told.map(|name| subscription("object.propertyChange", Some(name))));
            }
        }
    }
    if all.len() > MOST {
        return Err(Error::invalid("HubSpot allows no app so many subscriptions")
            .with("subscriptions", all.len())
            .with("most", MOST)
            .advise("subscribe to changes of fewer properties; the others are seen by polling"));
    }
    Ok(all.into_iter().collect())
}

/// The content of `webhooks-hsmeta.json` in a project of HubSpot's developer platform, with notifications going to `target`.
/// See <https://developers.hubspot.com/docs/apps/developer-platform/add-features/configure-webhooks>.
pub fn webhooks_file(subscriptions: &[WebhookSubscription], target: &Url) -> Value {
    let (generic, classic): (Vec<_>, Vec<_>) = subscriptions.iter().partition(|one| one.is_generic());
    let crm_objects: Vec<Value> = generic
        .into_iter()
        .map(|one| {
            let mut entry = json!({"subscriptionType": one.event, "objectType": one.object, "active": true});
            if let Some(property) = &one.property {
                entry["propertyName"] = json!(property);
            }
            entry
        })
        .collect();
    let hub_events: Vec<Value> =
        classic.into_iter().map(|one| json!({"subscriptionType": one.event, "active": true})).collect();
    json!({
        "uid": "webhooks",
        "type": "webhooks",
        "config": {
            "settings": {"targetUrl": target, "maxConcurrentRequests": CONCURRENT},
            "subscriptions": {"crmObjects": crm_objects, "hubEvents": hub_events},
        },
    })
}
