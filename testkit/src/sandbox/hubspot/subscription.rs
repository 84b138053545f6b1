//! The settings of webhooks: the app's target and its subscriptions, the same for every portal that installed it
//! (<https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide>).

use std::collections::BTreeMap;

use http::Uri;

use super::HubSpotSandbox;
use super::kinds::Kind;
use super::news::Happening;

/// As many subscriptions as an app may have.
const LIMIT: usize = 1000;

/// Properties whose changes nobody can subscribe to.
const DEAF: &[&str] = &["num_unique_conversion_events", "hs_lastmodifieddate"];

/// One kind of event that the app asks to be told of, in all portals.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscription {
    /// `contact.creation`, `company.propertyChange`, `contact.privacyDeletion`, … or in the generic form
    /// `object.creation`, … Objects of the classic form are `contact`, `company`, `deal` and `ticket`.
    pub event_type: String,
    /// The property, of a `propertyChange`.
    pub property: Option<String>,
    /// The type, of the generic form: a name of HubSpot's own, or an id (`0-47`, `2-123`).
    pub object_type: Option<String>,
}

impl Subscription {
    /// A subscription to events of this type.
    pub fn new(event_type: impl Into<String>) -> Self {
        Self { event_type: event_type.into(), property: None, object_type: None }
    }

    /// To changes of this property.
    #[must_use]
    pub fn property(mut self, name: impl Into<String>) -> Self {
        self.property = Some(name.into());
        self
    }

    /// To records of this type, in the generic form.
    #[must_use]
    pub fn object(mut self, object_type: impl Into<String>) -> Self {
        self.object_type = Some(object_type.into());
        self
    }
}

/// Why a setting of webhooks was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// Not a type of event that can be subscribed to.
    #[error("`{0}` is no type of event; use one such as `contact.creation` or `object.propertyChange`")]
    UnknownEvent(String),
    /// A `propertyChange` names its property, and nothing else does.
    #[error("a subscription to `{0}` and its property do not go together; only a propertyChange names one")]
    Property(String),
    /// Changes of this property are not told.
    #[error("changes of `{0}` cannot be subscribed to")]
    DeafProperty(String),
    /// The generic form names its object type, and nothing else does.
    #[error("`object.*` names a type of objects such as `0-1` or `2-123`, other events name none")]
    Object,
    /// The app has as many subscriptions as it may have.
    #[error("an app has 1,000 subscriptions at most")]
    TooMany,
    /// Not an address that webhooks can go to.
    #[error("`{0}` is no target for webhooks; use a whole https address")]
    Target(String),
}

/// A checked subscription.
#[derive(Debug, Clone)]
pub(super) struct Topic {
    pub(super) shown: Subscription,
    pub(super) generic: bool,
    kind: Kind,
    change: String,
}

impl Topic {
    fn of(shown: Subscription) -> Result<Self, WebhookError> {
        let unknown = || WebhookError::UnknownEvent(shown.event_type.clone());
        let (object, change) = shown.event_type.split_once('.').ok_or_else(unknown)?;
        let generic = object == "object";
        if generic != shown.object_type.is_some() {
            return Err(WebhookError::Object);
        }
        let kind = match &shown.object_type {
            Some(name) => Kind::parse(name).ok_or(WebhookError::Object)?,
            None => {
                let classic = matches!(object, "contact" | "company" | "deal" | "ticket");
                Kind::parse(object).filter(|_| classic).ok_or_else(unknown)?
            }
        };
        match change {
            "creation" | "deletion" | "merge" | "restore" | "associationChange" | "propertyChange" => {}
            "privacyDeletion" if !generic && kind == Kind::CONTACT => {}
            _ => return Err(unknown()),
        }
        if (change == "propertyChange") != shown.property.is_some() {
            return Err(WebhookError::Property(shown.event_type));
        }
        if let Some(deaf) = shown.property.as_deref().filter(|name| DEAF.contains(name)) {
            return Err(WebhookError::DeafProperty(deaf.to_owned()));
        }
        let change = change.to_owned();
        Ok(Self { generic, kind, change, shown })
    }

    /// Whether this is told of what happened to a record of `kind`.
    pub(super) fn hears(&self, kind: &Kind, what: &Happening) -> bool {
        if *kind != self.kind {
            return false;
        }
        match what {
            Happening::Created => self.change == "creation",
            Happening::Deleted => self.change == "deletion",
            Happening::Restored => self.change == "restore",
            // It is an ordinary deletion as well.
            Happening::Erased => matches!(self.change.as_str(), "privacyDeletion" | "deletion"),
            Happening::Changed { name, .. } => self.shown.property.as_ref() == Some(name),
            Happening::Merged { .. } => self.change == "merge",
            Happening::Linked { .. } => self.change == "associationChange",
        }
    }
}

/// What the app has set.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) target: Option<Uri>,
    pub(super) topics: BTreeMap<u64, Topic>,
    made: u64,
}

impl HubSpotSandbox {
    /// Where the app's webhooks go from now on. With
    /// [`WebhookConfig::http_targets`](super::WebhookConfig::http_targets) it may be an `http` address.
    ///
    /// # Errors
    /// If it is no such address.
    pub fn set_webhook_target(&self, url: &str) -> Result<(), WebhookError> {
        let mut state = self.state();
        let http = state.config.webhooks.http_targets;
        let parsed = url.parse::<Uri>().ok().filter(|uri| uri.host().is_some_and(|host| !host.is_empty()));
        let fits = |uri: &Uri| matches!((uri.scheme_str(), http), (Some("https"), _) | (Some("http"), true));
        let target = parsed.filter(fits).ok_or_else(|| WebhookError::Target(url.to_owned()))?;
        state.push.settings.target = Some(target);
        Ok(())
    }

    /// Subscribes the app to a kind of event in all its portals, and gives the subscription's id.
    ///
    /// # Errors
    /// If HubSpot has no such subscription.
    pub fn subscribe(&self, subscription: Subscription) -> Result<u64, WebhookError> {
        let topic = Topic::of(subscription)?;
        let mut state = self.state();
        let settings = &mut state.push.settings;
        if settings.topics.len() >= LIMIT {
            return Err(WebhookError::TooMany);
        }
        settings.made += 1;
        let id = 2_200_000 + settings.made;
        settings.topics.insert(id, topic);
        state.listen();
        Ok(id)
    }

    /// Takes a subscription away. False if there is none of that id.
    pub fn unsubscribe(&self, id: u64) -> bool {
        let mut state = self.state();
        let was = state.push.settings.topics.remove(&id).is_some();
        state.listen();
        was
    }

    /// The app's subscriptions, by id.
    pub fn subscriptions(&self) -> BTreeMap<u64, Subscription> {
        let state = self.state();
        state.push.settings.topics.iter().map(|(id, topic)| (*id, topic.shown.clone())).collect()
    }
}
