//! What a product makes of values before they are delivered.

use std::fmt::{self, Debug};

use serde_json::Value;

/// What a product makes of a value before it is delivered. A manifest names it in its output:
/// `{ from: title, call: { NAME: SETTINGS } }`.
///
/// It must be pure, as a [`Predicate`](super::Predicate) is. It sees what the output would have without it, and is not
/// asked where that is `null`.
pub trait Transform: Debug + Send + Sync + 'static {
    /// What manifests call it.
    fn name(&self) -> &str;

    /// To be raised with every change of its answers: decisions name it, so that old ones can be told.
    fn version(&self) -> u32;

    /// Whether it knows these settings. By default it takes any.
    ///
    /// # Errors
    /// What is wrong with them, in a sentence that tells what to write.
    fn check(&self, settings: &Value) -> Result<(), String> {
        let _ = settings;
        Ok(())
    }

    /// What is delivered in the place of `value`.
    fn apply(&self, value: &Value, settings: &Value) -> Value;
}

/// A transform from a closure of value and settings.
pub fn transform_fn(
    name: impl Into<String>,
    version: u32,
    apply: impl Fn(&Value, &Value) -> Value + Send + Sync + 'static,
) -> impl Transform {
    FromFn { name: name.into(), version, apply }
}

struct FromFn<F> {
    name: String,
    version: u32,
    apply: F,
}

impl<F> Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transform").field("name", &self.name).field("version", &self.version).finish()
    }
}

impl<F: Fn(&Value, &Value) -> Value + Send + Sync + 'static> Transform for FromFn<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn apply(&self, value: &Value, settings: &Value) -> Value {
        (self.apply)(value, settings)
    }
}
