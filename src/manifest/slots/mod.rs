//! Slots: what a manifest leaves to tenants, and what a tenant fills in.
//!
//! They are gone before anything is compiled: in the place of each stands what the tenant has filled in, or the
//! default. So what is filled in is checked like the manifest itself, by the same code.

mod expand;
mod fill;
mod schema;

pub(super) use expand::{FORM, expand};
pub(super) use fill::{Filling, given};

use acquaint_core::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::problem::{Problem, Problems};
use super::{Manifest, section};
use crate::registry::Registry;

/// What a slot stands for, and so what may be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SlotKind {
    /// The tenant's own domains: a list of text, or `from_users`.
    Domains,
    /// How far around now events are read: `{ past: 180d, future: 365d }`, or a part of that.
    Window,
    /// When a source is read: `{ every: 15m, baseline: weekly, push: true }`, or a part of that.
    Sync,
    /// A time such as `15m` or `weekly`.
    Duration,
    /// True or false.
    Flag,
    /// Our names of fields and the provider's: `{ stage: lifecyclestage }`. Those that are left out stay as they are
    /// by default.
    Fields,
    /// The provider's name of one field.
    Field,
    /// A setting of the connector's own, which knows what it takes.
    Setting,
}

/// A slot that a manifest opens: enough to draw a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// What it stands for.
    pub kind: SlotKind,
    /// What holds for tenants who fill nothing in; `None` if it is as if nothing were written there.
    pub default: Option<Value>,
    /// Where in the manifest it stands, at least once: `sources.crm.accounts.fields.stage`.
    pub uses: Vec<String>,
    /// What may be filled in, as a JSON Schema (draft 2020-12). Of what connectors take it says nothing.
    pub schema: Value,
}

impl Manifest {
    /// The slots that it opens, in the order of the text.
    ///
    /// ```
    /// let manifest = acquaint::Manifest::parse("
    /// acquaint: 1
    /// name: own-fields
    /// sources:
    ///   crm:
    ///     connector: hubspot
    ///     sync: { every: { slot: schedule, default: 15m } }
    ///     accounts: { fields: { stage: { slot: stage_field, default: lifecyclestage } } }
    /// keep: { main_account.stage: customer }
    /// ").unwrap();
    /// let slots = manifest.slots();
    /// assert_eq!(slots[1].name, "stage_field");
    /// assert_eq!(slots[1].default, Some("lifecyclestage".into()));
    /// assert_eq!(slots[1].uses, ["sources.crm.accounts.fields.stage"]);
    /// ```
    pub fn slots(&self) -> &[Slot] {
        &self.0.slots
    }

    /// The manifest as it is for a tenant that has filled these slots: it has the same revision, and no cases. Looks whether
    /// it fits what is registered, as [`Manifest::check`] does; needs neither store nor network, so a form can be
    /// checked before it is sent. `null` leaves a slot empty.
    ///
    /// # Errors
    /// Everything that is wrong with what is filled in, each with the slot and the place in its value
    /// ([`Problem::slot`]); the place in the text is that of the slot.
    ///
    /// ```
    /// use acquaint::{Manifest, Registry};
    /// let manifest = Manifest::parse("
    /// acquaint: 1
    /// name: own-window
    /// sources: { crm: { connector: local, window: { slot: window, default: { past: 30d } } } }
    /// ").unwrap();
    /// let mut filled = serde_json::Map::new();
    /// filled.insert("window".into(), serde_json::json!({ "past": "soon" }));
    /// let registry = Registry::bundled().unwrap();
    /// let problems = manifest.with_slots(&filled, &registry).unwrap_err();
    /// let place = problems.problems[0].slot.as_ref().unwrap();
    /// assert_eq!((place.name.as_str(), place.path.as_str()), ("window", "past"));
    /// ```
    pub fn with_slots(&self, filled: &Map<String, Value>, registry: &Registry) -> Result<Self, Problems> {
        let mut problems: Vec<Problem> = filled.keys().filter_map(|name| self.unopened(name)).collect();
        match self.filled_with(filled, registry) {
            Ok(manifest) if problems.is_empty() => return Ok(manifest),
            Ok(_) => {}
            Err(wrong) => problems.extend(wrong.problems),
        }
        Err(Problems { problems })
    }

    /// As [`Manifest::with_slots`]. What is filled into slots that it does not open is not looked at: a former revision may have
    /// opened them.
    pub(crate) fn filled_with(
        &self,
        filled: &Map<String, Value>,
        registry: &Registry,
    ) -> Result<Self, Problems> {
        let open = self.open_of(filled);
        if open == self.0.filled {
            return Ok(self.clone());
        }
        let filling = Filling::of(&self.0.root, &self.0.slots, &open)?;
        let compiled = section::compile(&self.0.root, &filling.values(), registry, true);
        let mut compiled = compiled.map_err(|problems| filling.locate(problems))?;
        // A tenant's values are no part of a revision.
        compiled.revision = self.0.revision.clone();
        compiled.content = self.0.content.clone();
        compiled.filled = open;
        Ok(Self(std::sync::Arc::new(compiled)))
    }

    /// What is filled into its slots.
    pub(crate) fn filled(&self) -> &Map<String, Value> {
        &self.0.filled
    }

    /// Of what a tenant has filled in, that which is for the slots of this manifest.
    pub(crate) fn open_of(&self, filled: &Map<String, Value>) -> Map<String, Value> {
        let open = |name: &str| self.0.slots.iter().any(|slot| slot.name == name);
        let kept = filled.iter().filter(|(name, value)| !value.is_null() && open(name));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The slot in which a tenant names its own domains, if there is one.
    pub(crate) fn domains_slot(&self) -> Option<&Slot> {
        self.0.slots.iter().find(|slot| slot.kind == SlotKind::Domains)
    }

    /// What is wrong with filling a slot of this name, if none is open.
    pub(crate) fn unopened(&self, name: &str) -> Option<Problem> {
        let names = || self.0.slots.iter().map(|slot| slot.name.as_str());
        (!names().any(|open| open == name)).then(|| fill::unopened(self.0.root.place, name, names()))
    }
}

/// What does not fit, as an error that says it all.
pub(crate) fn refused(problems: Problems) -> Error {
    let error = Error::invalid(problems.to_string());
    let first = problems.problems.first().and_then(|problem| problem.slot.as_ref());
    let error = match first {
        Some(place) => error.with("slot", &place.name),
        None => error,
    };
    error.with_source(problems)
}
