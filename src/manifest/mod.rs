//! The manifest: the YAML that says what to sync, match, keep and deliver.
//!
//! # Output
//!
//! `output` names the values that are delivered of a meeting that is kept. A value is a path (`title: title`), or a map:
//!
//! | key | what it does |
//! |---|---|
//! | `from` | the path that the value is read from; within a list, `meeting.` leads back to the meeting |
//! | `zone`, `format` | a point in time in the time of a zone, as `rfc3339` (unless said otherwise), `date` or `time`; a whole day stays the day that it is and has no `time` |
//! | `values`, `default` | a table that exchanges the value, and what stands in where nothing else does |
//! | `call` | a transform that the product has registered |
//! | `value` | instead of all that: always the same |
//! | `each`, `where`, `sort`, `limit`, `take` | a list: of each attendee or account that fulfils a rule, a map of values; at most so many |
//! | `first`, `where`, `sort`, `take` | the first of them alone, and `null` without one |
//! | `sort` | a path of the elements, or `{ by: PATH, descending: true }`; what has no value comes last either way, and equals stay in the order in which they are |
//! | `required: true` | it must be there: the same as `missing: drop_item` unless `missing` says otherwise |
//! | `missing` | what happens if it is `null` in the end, or a list without elements; see below |
//!
//! Unless something is said of it, what is missing is delivered as `null`, or as an empty list. `missing: drop_field` leaves its
//! name out. `missing: drop_item` leaves out what it is a value of: the element of the list, the item of a section, or the
//! meeting, which is not kept then, because of `output.NAME`. `missing: refuse` keeps the meeting and tells nothing of it, nor of
//! its items, until the value is there; what was told before stands, and
//! [`Decision::incomplete`](acquaint_core::meeting::Decision::incomplete) says what is missing.
//!
//! Instead of values, `output` may hold sections, which are maps with `take` and without `each` or `first`:
//!
//! ```
//! acquaint::Manifest::parse("
//! acquaint: 1
//! name: attendance
//! sources: { crm: { connector: hubspot, contacts: { fields: { role: jobtitle } } }, calendar: { connector: google-calendar } }
//! output:
//!   meeting:
//!     take: { title: { from: title, required: true }, starts_at: { from: start, zone: Europe/Berlin } }
//!   attendance:
//!     key: email
//!     where: { external: true, not: { response: declined } }
//!     take: { role: contact.role, starts_at: meeting.start }
//! ").unwrap();
//! ```
//!
//! `meeting` is the meeting itself; without it only items are told. `attendance` is an item of its own for each attendee that
//! fulfils `where` (those from outside, unless it is given), under the value of `key` (the address, unless it is given). Who has
//! no such value has no item; of several with one key the first by address has it. An item is added, changed and removed in
//! the feed on its own, behind its meeting when that is added and before it when that is removed.
//!
//! `account` and `contact` gather: an item for each account that a kept meeting counts, or contact from outside that takes
//! part in one, with what all of them say by now. A meeting that is incomplete is not among them.
//!
//! ```
//! acquaint::Manifest::parse("
//! acquaint: 1
//! name: accounts
//! sources: { crm: { connector: hubspot, accounts: { fields: { stage: lifecyclestage } } }, calendar: { connector: google-calendar } }
//! output:
//!   account:
//!     where: { stage: customer }
//!     take:
//!       name: name
//!       owner: owner.email
//!       meetings: meeting_count
//!       last: last.start
//!       next: next.title
//!       recent: { each: meetings, where: { start: { before: now } }, sort: { by: start, descending: true }, limit: 5, take: { title: title } }
//! ").unwrap();
//! ```
//!
//! | path | what it is |
//! |---|---|
//! | `id`, `name`, `domain`, `source`, `owner`, `deals`, mapped fields | of the record itself |
//! | `meeting_count` | how many kept meetings there are |
//! | `first.`, `last.`, `next.` and a path of a meeting | of the first of them, of the last that has begun, of the first that has not |
//! | `meetings`, behind `each` or `first` | those around now, in order of start: the 100 latest that have begun, and the 100 nearest that have not |
//!
//! An item has the key `SOURCE/ID`, unless `key` names a text or number of the record: who has none has no item, and of several
//! records with one key there is one item, which gathers the meetings of all of them and shows the record of the latest. Its
//! feed entries are of no meeting, come once the meetings are decided, and have their positions as revisions. `required` and
//! `missing: drop_item` leave the item out, `missing: refuse` holds up the item alone. It is removed when its last kept meeting
//! goes.

//!
//! # Slots
//!
//! `{ slot: NAME, default: … }` opens a place to tenants. It may stand for any setting of a source or a part of one, except
//! `connector` and `scopes`; for a source's mapped fields as a whole, or for the provider's name of one; and for
//! `match.internal.domains`. What a tenant fills in ([`Tenant::set_slot`](crate::Tenant::set_slot)) is checked as if it
//! stood there. Of mapped fields, whose names rules use, it says only what is called otherwise, and a default is needed.
//! Several places may name one slot, if they mean the same and have the same default.

mod call;
mod cases;
mod describe;
mod fit;
mod inputs;
mod judge;
mod locked;
mod node;
mod output;
mod priority;
mod privacy;
mod problem;
mod reader;
#[cfg(feature = "miette")]
mod render;
mod rules;
mod schema;
mod section;
mod slots;
mod source;
mod span;

pub use cases::CaseOutcome;
pub use judge::Judgement;
pub use problem::{Place, Problem, Problems, SlotPlace};
#[cfg(feature = "miette")]
pub use render::Diagnosis;
pub use slots::{Slot, SlotKind};
pub use source::Source;

pub(crate) use describe::length;
pub(crate) use output::{AROUND, Mapped, Output, SECTIONS_THAT_GATHER};
pub(crate) use rules::{Clause, Evaluation, Follow, Follows, Subject, Truth, Unfetched, evaluate};
pub(crate) use section::{InternalDomains, Matching};
pub(crate) use slots::refused;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use acquaint_core::ids::{DestinationName, RevisionId, SourceName};
use acquaint_core::meeting::Meeting;
use acquaint_core::{Error, Result};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::registry::Registry;
use inputs::Inputs;
use priority::Addend;
pub(crate) use privacy::Privacy;

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
    privacy: Privacy,
    /// Its content, places dropped.
    content: Arc<Value>,
    /// The text, from which it is compiled anew for tenants who fill its slots.
    root: Arc<node::Node>,
    slots: Vec<Slot>,
    /// What stands in their place, if it is that of a tenant.
    filled: Map<String, Value>,
    matching: Matching,
    /// What is looked up besides accounts and contacts.
    follows: Follows,
    keep: Clause,
    priority: Vec<Addend>,
    output: Output,
    /// Where changes go, each with its place.
    deliver: Vec<(DestinationName, Place)>,
    /// What the rules and the output read.
    inputs: Inputs,
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
        section::compile(&Arc::new(node), &BTreeMap::new(), registry, fit)
            .map(|compiled| Self(Arc::new(compiled)))
    }

    /// Whether it fits what is registered.
    pub(crate) fn fits(&self, registry: &Registry) -> Result<(), Problems> {
        let reader = reader::Reader::default();
        let Compiled { sources, privacy, matching, follows, deliver, .. } = &*self.0;
        fit::check(&reader, sources, privacy, matching, follows, registry);
        fit::destinations(&reader, deliver, registry);
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

    /// The shape of what is delivered, as a JSON Schema (draft 2020-12): every content in the feed of changes fits it, and
    /// that of a section what stands under `$defs` and its name, `meeting` for meetings themselves. Fields of the CRM may be
    /// anything.
    ///
    /// ```
    /// let manifest = acquaint::Manifest::parse("
    /// acquaint: 1
    /// name: reviews
    /// sources: { calendar: { connector: google-calendar } }
    /// output: { title: title, starts_at: { from: start, zone: Europe/Berlin } }
    /// ").unwrap();
    /// let schema = manifest.output_schema();
    /// let meeting = &schema["$defs"]["meeting"];
    /// assert_eq!(meeting["required"], serde_json::json!(["title", "starts_at"]));
    /// assert_eq!(meeting["properties"]["title"]["type"], serde_json::json!(["string", "null"]));
    /// ```
    pub fn output_schema(&self) -> Value {
        self.0.output.schema(&self.0.name)
    }

    /// Its sources.
    pub fn sources(&self) -> &BTreeMap<SourceName, Source> {
        &self.0.sources
    }

    /// The destinations that changes go to (`deliver`), in order.
    pub fn destinations(&self) -> Vec<DestinationName> {
        self.0.deliver.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The paths of everything that its rules (`match.accounts`, `keep`, `priority`) and its output read of a meeting,
    /// sorted. A change of anything else of a meeting changes nothing that is decided or delivered.
    ///
    /// They are written as in the manifest, from the meeting on: `title`, `main_account.stage`. What is read of the
    /// elements of a list follows the list's name: `attendees.external`, `attendees.contact.role`, `accounts.seats`.
    /// A list, or a record, that is named alone is read as a whole, or it is asked whether there is any:
    /// `attendees`, `main_account`. What `match.accounts` reads is read of every attendee's account:
    /// `attendees.account.stage`. `status` is always read: what is cancelled is dropped.
    ///
    /// ```
    /// let manifest = acquaint::Manifest::parse("
    /// acquaint: 1
    /// name: inputs
    /// sources:
    ///   crm: { connector: hubspot, accounts: { fields: { stage: lifecyclestage } } }
    /// match: { accounts: { stage: customer } }
    /// keep: { attendees: { some: { external: true } }, duration: { at_least: 10m } }
    /// output: { title: title }
    /// ").unwrap();
    /// let inputs = ["attendees.account.stage", "attendees.external", "duration", "status", "title"];
    /// assert_eq!(manifest.inputs(), inputs);
    /// ```
    pub fn inputs(&self) -> Vec<String> {
        self.0.inputs.paths()
    }

    /// Whether two meetings are equal in everything that is read.
    pub(crate) fn reads_alike(&self, one: &Meeting, other: &Meeting) -> bool {
        self.0.inputs.equal(one, other)
    }

    /// Whether it looks for contacts. Links, by which deals are found, come with them.
    pub(crate) fn reads_contacts(&self) -> bool {
        self.0.matching.reads_contacts() || self.0.follows.deals()
    }

    /// What it looks up besides accounts and contacts.
    pub(crate) fn follows(&self) -> &Follows {
        &self.0.follows
    }

    /// What names the code and the data that decide under it.
    pub(crate) fn evaluator(&self) -> String {
        let calls: String = self.0.calls.iter().map(|call| format!(" {call}")).collect();
        format!("{}+{}{calls}", env!("CARGO_PKG_VERSION"), self.0.matching.matcher.fingerprint())
    }

    pub(crate) fn matching(&self) -> &Matching {
        &self.0.matching
    }

    pub(crate) fn privacy(&self) -> &Privacy {
        &self.0.privacy
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
