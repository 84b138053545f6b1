//! What a manifest may name: connectors, destinations, and strategies, predicates and transforms of the product's own.

mod predicate;
mod transform;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use acquaint_core::Result;
use acquaint_core::connector::Connector;
use acquaint_core::ids::{ConnectorId, DestinationName};
use acquaint_matcher::strategy::{self, Strategy};

pub use predicate::{Predicate, predicate_fn};
pub use transform::{Transform, transform_fn};

use crate::local::Local;

/// What a manifest may name. Needs neither store nor network, so a manifest can be checked in a unit test.
///
/// ```
/// use acquaint::registry::{Registry, predicate_fn};
/// use acquaint::Manifest;
///
/// let big = predicate_fn("big_account", 1, |account, settings| {
///     account["fields"]["seats"].as_f64() >= settings["seats"].as_f64()
/// });
/// let registry = Registry::bundled().unwrap().predicate(big);
/// let text = "
/// acquaint: 1
/// name: large-customers
/// sources: { crm: { connector: local, accounts: { fields: { seats: seats } } } }
/// keep: { main_account: { call: { big_account: { seats: 50 } } } }
/// ";
/// assert!(Manifest::check(text, &registry).is_ok());
///
/// let problems = Manifest::check(&text.replace("local", "lokal"), &registry).unwrap_err();
/// assert_eq!(problems.problems[0].suggestion.as_deref(), Some("local"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Registry {
    pub(crate) connectors: BTreeMap<ConnectorId, Arc<dyn Connector>>,
    strategies: BTreeMap<String, Arc<dyn Strategy>>,
    predicates: BTreeMap<String, Arc<dyn Predicate>>,
    transforms: BTreeMap<String, Arc<dyn Transform>>,
    destinations: BTreeSet<DestinationName>,
}

impl Registry {
    /// The connectors that are compiled in, and `local`.
    ///
    /// # Errors
    /// `Misconfigured` if a connector's endpoints cannot be understood.
    pub fn bundled() -> Result<Self> {
        let mut registry = Self::default();
        let local: Arc<dyn Connector> = Arc::new(Local::new());
        for connector in crate::bundled()?.into_iter().chain([local]) {
            registry.add(connector);
        }
        Ok(registry)
    }

    /// The same with one more connector, in the place of one of the same id.
    #[must_use]
    pub fn connector(mut self, connector: impl Connector) -> Self {
        self.add(Arc::new(connector));
        self
    }

    /// The same with one more strategy, which `match.strategies` may name. The names of those that the library has stay
    /// theirs.
    #[must_use]
    pub fn strategy(mut self, strategy: Arc<dyn Strategy>) -> Self {
        self.strategies.insert(strategy.name().to_owned(), strategy);
        self
    }

    /// The same with one more predicate, in the place of one of the same name.
    #[must_use]
    pub fn predicate(mut self, predicate: impl Predicate) -> Self {
        self.predicates.insert(predicate.name().to_owned(), Arc::new(predicate));
        self
    }

    /// The same with one more transform, in the place of one of the same name.
    #[must_use]
    pub fn transform(mut self, transform: impl Transform) -> Self {
        self.transforms.insert(transform.name().to_owned(), Arc::new(transform));
        self
    }

    /// The same with the name of one more destination, which `deliver` may name. For checks, and for processes that do not
    /// deliver: an engine that does gets the destination itself by
    /// [`Builder::destination`](crate::Builder::destination), which registers its name.
    #[must_use]
    pub fn destination(mut self, name: impl Into<DestinationName>) -> Self {
        self.destinations.insert(name.into());
        self
    }

    pub(crate) fn destinations(&self) -> &BTreeSet<DestinationName> {
        &self.destinations
    }

    pub(crate) fn add(&mut self, connector: Arc<dyn Connector>) {
        self.connectors.insert(connector.info().id.clone(), connector);
    }

    pub(crate) fn connector_names(&self) -> impl Iterator<Item = &str> {
        self.connectors.keys().map(ConnectorId::as_str)
    }

    /// The strategy of this name, the library's own first.
    pub(crate) fn find_strategy(&self, name: &str) -> Option<Arc<dyn Strategy>> {
        strategy::by_name(name).or_else(|| self.strategies.get(name).cloned())
    }

    pub(crate) fn strategy_names(&self) -> impl Iterator<Item = &str> {
        let own = self.strategies.keys().map(String::as_str);
        strategy::NAMES.into_iter().chain(own.filter(|name| !strategy::NAMES.contains(name)))
    }

    pub(crate) fn predicates(&self) -> &BTreeMap<String, Arc<dyn Predicate>> {
        &self.predicates
    }

    pub(crate) fn transforms(&self) -> &BTreeMap<String, Arc<dyn Transform>> {
        &self.transforms
    }
}

/// What an engine's manifest may name: what it was given, or else what is bundled, and what was registered with it.
pub(crate) fn complete<'d>(
    given: Option<Registry>,
    connectors: Vec<Arc<dyn Connector>>,
    destinations: impl Iterator<Item = &'d DestinationName>,
) -> Result<Registry> {
    let mut registry = match given {
        Some(registry) => registry,
        None => Registry::bundled()?,
    };
    connectors.into_iter().for_each(|connector| registry.add(connector));
    Ok(destinations.fold(registry, |registry, name| registry.destination(name.clone())))
}
