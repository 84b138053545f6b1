//! Output: which of a meeting's values a destination gets, and under which names.

mod apply;
mod compile;
mod gather;
mod schema;
mod zoned;

use std::sync::Arc;

use serde_json::{Map, Value};

pub(crate) use apply::Mapped;
pub(super) use compile::{MISSING, OF_ITEM, OF_LIST, OF_SORT, OF_VALUE, SECTIONS};
pub(crate) use gather::AROUND;
pub(super) use zoned::{SHAPES, Shape, Zoned};

use super::call::Call;
use super::rules::{Clause, EntityField, Field, Scope};
use crate::registry::Transform;

/// The output of one meeting: names and where their values come from, in the manifest's order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Output {
    /// What is told of the meeting itself; `None` if its items alone are.
    pub(super) meeting: Option<Vec<Line>>,
    pub(super) attendance: Option<Attendance>,
    /// At most one of accounts and one of contacts.
    pub(super) gathers: Vec<Gather>,
    /// Whether the manifest writes it in sections.
    pub(super) in_sections: bool,
}

/// One item for each attendee.
#[derive(Debug, Clone)]
pub(super) struct Attendance {
    /// Who has none has no item; of several with the same the first by address has it.
    pub(super) key: Field,
    pub(super) only: Option<Clause>,
    pub(super) take: Vec<Line>,
}

/// One item for each account, or contact, that gathers the kept meetings it takes part in.
#[derive(Debug, Clone)]
pub(super) struct Gather {
    pub(super) of: Scope,
    /// What of the record is the key; its source and id unless set.
    pub(super) key: Option<EntityField>,
    pub(super) only: Option<Clause>,
    pub(super) take: Vec<Line>,
}

impl Gather {
    /// The section.
    pub(super) fn section(&self) -> &'static str {
        if self.of == Scope::ContactItem { CONTACT } else { ACCOUNT }
    }
}

const ACCOUNT: &str = "account";
const CONTACT: &str = "contact";
/// The sections whose items gather meetings.
pub(crate) const SECTIONS_THAT_GATHER: [&str; 2] = [ACCOUNT, CONTACT];

/// The section of the items of attendees.
const ATTENDANCE: &str = "attendance";

/// One value under its name.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) name: String,
    /// Its place in the manifest in words: `output.people.role`.
    pub(super) place: Arc<str>,
    pub(super) mapping: Mapping,
    pub(super) missing: Missing,
}

/// Where a value comes from.
#[derive(Debug, Clone)]
pub(super) enum Mapping {
    /// Always the same.
    Constant(Value),
    /// Read, and perhaps changed.
    Value(Read),
    /// Of each element of a list, or of the first one alone, a map.
    List(List),
}

/// A value that is read.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) from: Path,
    /// How a point in time is written.
    pub(super) zoned: Option<Zoned>,
    /// By which the value is exchanged, in lower case; empty if it is not.
    pub(super) values: Map<String, Value>,
    pub(super) default: Value,
    pub(super) call: Option<Call<dyn Transform>>,
}

/// Elements of a list.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) of: Path,
    pub(super) only: Option<Clause>,
    /// The order of the elements; the list's own if absent.
    pub(super) sort: Option<Sort>,
    pub(super) take: Vec<Line>,
    /// The most elements, if there is a limit.
    pub(super) most: Option<usize>,
    /// Whether the first one alone is given, as a map and not in a list.
    pub(super) first: bool,
}

/// An order of elements. What has no value comes last either way, and equals stay in the list's own order.
#[derive(Debug, Clone)]
pub(super) struct Sort {
    pub(super) by: Field,
    pub(super) descending: bool,
}

/// What a value is read from.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) field: Field,
    /// Within a list: whether it is the meeting's, and not the element's.
    pub(super) of_meeting: bool,
}

/// What happens if a value is missing: it is `null` in the end, or a list without elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Missing {
    /// It is delivered as it is: `null`, or an empty list.
    #[default]
    Told,
    /// Its name is left out.
    DropField,
    /// What it is a value of is left out: the element of a list, the item, or the meeting, which is not kept then.
    DropItem,
    /// Nothing of the meeting is told while it is missing; what was told before stands.
    Refuse,
}

impl Output {
    /// The places of the values without which a meeting is not kept.
    pub(super) fn dropping(&self) -> impl Iterator<Item = &str> {
        let lines = self.meeting.iter().flatten();
        lines.filter(|line| matches!(line.missing, Missing::DropItem)).map(|line| &*line.place)
    }

    /// The names under which values of meetings themselves are delivered.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.meeting.iter().flatten().map(|line| line.name.as_str())
    }
}
