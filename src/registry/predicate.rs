//! Tests of a product's own.

use std::fmt::{self, Debug};

use serde_json::Value;

/// A test of a product's own. A manifest asks it of a field: `main_account: { call: { NAME: SETTINGS } }`.
///
/// It must be pure: the same value and settings always give the same answer, whatever the time. It sees the field that
/// it is asked of and nothing else, so that a change of anything else cannot change its answer: text, a flag or a number
/// as such, a point in time as RFC 3339, a duration in seconds, an account or a contact as [`crate::Entity`] serialises,
/// attendees as a list of [`crate::MeetingAttendee`], and `null` for what is missing.
pub trait Predicate: Debug + Send + Sync + 'static {
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

    /// Whether `value` passes.
    fn holds(&self, value: &Value, settings: &Value) -> bool;
}

/// A predicate from a closure of value and settings.
pub fn predicate_fn(
    name: impl Into<String>,
    version: u32,
    holds: impl Fn(&Value, &Value) -> bool + Send + Sync + 'static,
) -> impl Predicate {
    FromFn { name: name.into(), version, holds }
}

struct FromFn<F> {
    name: String,
    version: u32,
    holds: F,
}

impl<F> Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Predicate").field("name", &self.name).field("version", &self.version).finish()
    }
}

impl<F: Fn(&Value, &Value) -> bool + Send + Sync + 'static> Predicate for FromFn<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn holds(&self, value: &Value, settings: &Value) -> bool {
        (self.holds)(value, settings)
    }
}
