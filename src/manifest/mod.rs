//! The manifest: the YAML that says what to sync, match, keep and deliver.

mod call;
mod cases;
mod describe;
mod fit;
mod node;
mod output;
mod priority;
mod problem;
mod reader;
#[cfg(feature = "miette")]
mod render;
mod rules;
mod schema;
mod section;
mod source;
mod span;

pub use cases::CaseOutcome;
pub use problem::{Place, Problem, Problems};
#[cfg(feature = "miette")]
pub use render::Diagnosis;
pub use source::Source;

pub(crate) use output::Output;
pub(crate) use priority::{Addend, sum as priority_of};
pub(crate) use rules::{Clause, Evaluation, Subject, evaluate};
pub(crate) use section::{InternalDomains, Matching};

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use acquaint_core::ids::{RevisionId, SourceName};
use acquaint_core::{Error, Result};
use acquaint_matcher::Internal;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::registry::Registry;

/// One version of a manifest: read, checked and compiled. Cheap to clone.
///
/// ```
/// let manifest = acquaint::Manifest::parse("
/// acquaint: 1
/// name: customer-meetings
/// sources:
///   calendar: { connector: google-calendar }
///   crm: { connector: hubspot, accounts: { fields: { stage: lifecyclestage } } }
/// match:
///   accounts: { stage: customer }
/// keep:
///   attendees: { some: { external: true, account: { exists: true } } }
/// ").unwrap();
/// assert_eq!(manifest.name(), "customer-meetings");
///
/// let problems = acquaint::Manifest::parse("
/// acquaint: 1
/// name: typo
/// sources: { calendar: { connector: google-calendar } }
/// keep: { titel: { exists: true } }
/// ").unwrap_err();
/// assert_eq!(problems.problems[0].place.line, 5);
/// assert_eq!(problems.problems[0].suggestion.as_deref(), Some("title"));
/// ```
#[derive(Debug, Clone)]
pub struct Manifest(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    revision: RevisionId,
    name: String,
    sources: BTreeMap<SourceName, Source>,
    /// What privacy keeps out of the mirror, each with its place.
    drop: Vec<(String, Place)>,
    /// Its content, places dropped.
    content: Value,
    matching: Matching,
    keep: Clause,
    priority: Vec<Addend>,
    output: Output,
    cases: Vec<cases::Case>,
    /// What of the product's own is called, each with its version, sorted.
    calls: Vec<String>,
}

impl Manifest {
    /// Reads a manifest's text, without looking whether its connectors are there and know their settings: an engine
    /// that is built with it does.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with line and column.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        Self::compile(text, &Registry::default(), false)
    }

    /// Reads a manifest's text and looks whether it fits what is registered: connectors, their settings, scopes and what
    /// they can leave out, and the product's own strategies, predicates and transforms. Then it decides its cases. Needs
    /// neither store nor network: for a product's unit tests.
    ///
    /// # Errors
    /// Everything that is wrong with it or, if it can be read, every expectation of its cases that is not met, each
    /// with line and column.
    pub fn check(text: &str, registry: &Registry) -> Result<Self, Problems> {
        let manifest = Self::compile(text, registry, true)?;
        cases::unmet(manifest.run_cases())?;
        Ok(manifest)
    }

    pub(crate) fn compile(text: &str, registry: &Registry, fit: bool) -> Result<Self, Problems> {
        let node = node::parse(text).map_err(|problem| Problems { problems: vec![problem] })?;
        section::compile(&node, registry, fit).map(|compiled| Self(Arc::new(compiled)))
    }

    /// Whether it fits what is registered.
    pub(crate) fn fits(&self, registry: &Registry) -> Result<(), Problems> {
        let reader = reader::Reader::default();
        let Compiled { sources, drop, matching, .. } = &*self.0;
        fit::check(&reader, sources, drop, matching.reads_contacts(), registry);
        let problems = reader.into_problems();
        if problems.is_empty() { Ok(()) } else { Err(Problems { problems }) }
    }

    /// Reads a manifest from a file.
    ///
    /// # Errors
    /// `Invalid`, naming the file, if it cannot be read or has problems.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_as(path.as_ref(), Self::parse)
    }

    /// Reads a manifest from a file and looks whether it fits what is registered, as [`Manifest::check`] does.
    ///
    /// # Errors
    /// `Invalid`, naming the file, if it cannot be read or has problems.
    pub fn read_checked(path: impl AsRef<Path>, registry: &Registry) -> Result<Self> {
        Self::read_as(path.as_ref(), |text| Self::check(text, registry))
    }

    fn read_as(path: &Path, parse: impl Fn(&str) -> Result<Self, Problems>) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::invalid("the manifest cannot be read").with("file", path.display()).with_source(error)
        })?;
        parse(&text).map_err(|problems| {
            Error::invalid(problems.to_string()).with("file", path.display()).with_source(problems)
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What identifies its content: the same text, comments, layout and cases aside, has the same revision. Cases decide
    /// nothing, so changing one decides nothing anew.
    pub fn revision(&self) -> &RevisionId {
        &self.0.revision
    }

    /// Its content as JSON, which is a manifest too, of the same revision.
    pub fn to_json(&self) -> &Value {
        &self.0.content
    }

    /// Its sources.
    pub fn sources(&self) -> &BTreeMap<SourceName, Source> {
        &self.0.sources
    }

    /// Whether the manifest opens a slot, and a value fits it.
    pub(crate) fn check_slot(&self, slot: &str, value: &Value) -> Result<()> {
        let open = self.0.matching.internal.slot.as_deref();
        if open != Some(slot) {
            let advice = open.map_or_else(
                || "the manifest opens none: write `domains: { slot: NAME }`".to_owned(),
                |open| format!("it opens `{open}`"),
            );
            return Err(Error::invalid("the manifest opens no such slot").with("slot", slot).advise(advice));
        }
        let entries = match value {
            Value::Null => return Ok(()),
            Value::Array(entries) => entries,
            _ => return Err(Error::invalid("this slot takes a list of domains").with("slot", slot)),
        };
        for entry in entries {
            let domain = entry.as_str().unwrap_or_default();
            let ignored = Internal::new().domain(domain).ignored().first().map(|ignored| ignored.why.clone());
            if let Some(why) = ignored {
                let error = Error::invalid("this is no domain of one's own").with("slot", slot);
                return Err(error.with("entry", entry).with("because", why));
            }
        }
        Ok(())
    }

    /// Whether it looks for contacts.
    pub(crate) fn reads_contacts(&self) -> bool {
        self.0.matching.reads_contacts()
    }

    /// What names the code and the data that decide under it.
    pub(crate) fn evaluator(&self) -> String {
        let calls: String = self.0.calls.iter().map(|call| format!(" {call}")).collect();
        format!("{}+{}{calls}", env!("CARGO_PKG_VERSION"), self.0.matching.matcher.fingerprint())
    }

    pub(crate) fn matching(&self) -> &Matching {
        &self.0.matching
    }

    pub(crate) fn keep(&self) -> &Clause {
        &self.0.keep
    }

    pub(crate) fn priority(&self) -> &[Addend] {
        &self.0.priority
    }

    pub(crate) fn output(&self) -> &Output {
        &self.0.output
    }
}

/// Content-addressed: a digest of the values, comments, layout and cases dropped.
fn revision_of(content: &Value) -> RevisionId {
    use std::fmt::Write as _;
    let text = match content {
        Value::Object(sections) if sections.contains_key("cases") => {
            let rest = sections.iter().filter(|(key, _)| *key != "cases");
            let rest: serde_json::Map<_, _> = rest.map(|(key, value)| (key.clone(), value.clone())).collect();
            Value::Object(rest).to_string()
        }
        _ => content.to_string(),
    };
    let digest = Sha256::digest(text.as_bytes());
    let mut id = String::from("rev_");
    for byte in &digest[..12] {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    RevisionId::from(id)
}
