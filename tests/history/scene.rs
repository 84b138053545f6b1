//! Everything outside the engine: the product's own records, the providers, the tenant's slots.

use std::sync::{Arc, Mutex};

use acquaint::Tenant;
use acquaint::core::env::Clock;
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::Mismatch;
use super::clock::Time;
use super::cloud::Cloud;
use super::cloud_edits::{self, CloudEdit};
use super::local::{self, LocalEdit, Model};

/// What changes there.
#[derive(Debug, Clone)]
pub enum Edit {
    Local(LocalEdit),
    Cloud(CloudEdit),
    Slot(usize),
    /// All sync tokens of Google end.
    ExpireTokens,
    /// The next calls to a provider fail: HubSpot's, or else Google's.
    Trouble(bool, usize),
}

#[derive(Debug)]
pub struct Scene {
    pub clock: Time,
    pub model: Mutex<Model>,
    pub slots: Mutex<Map<String, Value>>,
    pub cloud: Option<Cloud>,
}

impl Scene {
    pub fn new(clock: Time, cloud: bool) -> Arc<Self> {
        let cloud = cloud.then(|| Cloud::new(Arc::new(clock.clone())));
        Arc::new(Self { clock, model: Mutex::default(), slots: Mutex::default(), cloud })
    }

    /// The `local` source of the scene's manifests.
    pub fn local_source(&self) -> &'static str {
        if self.cloud.is_some() { "people" } else { "product" }
    }

    /// Makes a change. Pushes go through an engine that lives for ever.
    pub async fn edit(&self, product: &Tenant, edit: &Edit) -> Result<(), Mismatch> {
        let failed = |error: acquaint::Error| Mismatch::new("a push failed", format!("{error:?}"));
        match (edit, &self.cloud) {
            (Edit::Local(edit), _) => {
                let push = local::apply(&mut self.model.lock().unwrap(), edit, self.clock.now());
                push.send(product, self.local_source()).await.map_err(failed)
            }
            (Edit::Slot(index), _) => {
                let value = local::slot(*index);
                self.slots.lock().unwrap().insert("internal_domains".to_owned(), value.clone());
                product.set_slot("internal_domains", value).await.map_err(failed)
            }
            (Edit::Cloud(edit), Some(cloud)) => {
                let (google, hubspot) = (&cloud.google, &cloud.hubspot);
                cloud_edits::apply(google, hubspot, &cloud.calendars(), edit, self.clock.now());
                Ok(())
            }
            (Edit::ExpireTokens, Some(cloud)) => {
                cloud.google.expire_sync_tokens();
                Ok(())
            }
            (Edit::Trouble(crm, times), Some(cloud)) => {
                cloud.trouble(*crm, *times);
                Ok(())
            }
            (_, None) => Ok(()),
        }
    }
}

/// Edits of a scene with providers, or without.
pub fn edits(cloud: bool) -> BoxedStrategy<Edit> {
    let slot = || (0..7usize).prop_map(Edit::Slot);
    if cloud {
        prop_oneof![
            40 => cloud_edits::edits().prop_map(Edit::Cloud),
            2 => local::users().prop_map(Edit::Local),
            2 => slot(),
            3 => Just(Edit::ExpireTokens),
            1 => (any::<bool>(), 1..8usize).prop_map(|(crm, times)| Edit::Trouble(crm, times)),
        ]
        .boxed()
    } else {
        prop_oneof![20 => local::edits().prop_map(Edit::Local), 1 => slot()].boxed()
    }
}
