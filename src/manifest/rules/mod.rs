//! Rules: a typed predicate tree, parsed once, evaluated on meetings.

mod compile;
mod eval;
mod field;
mod gathered;
mod linked;
#[cfg(test)]
mod properties;
mod test;
mod text;
mod truth;
mod value;

pub(super) use compile::{COUNT, Scope, allowed, compile};
pub(crate) use eval::{Evaluation, evaluate};
pub(super) use field::{
    ATTENDEE, ENTITY, EntityField, Field, FieldType, Fields, MEETING, compile_field, compile_path,
};
pub(crate) use gathered::Gathered;
pub(super) use gathered::{COUNT_OF_MEETINGS, GatheredField, MEETINGS, WHICH, Which, kind_of};
pub(super) use linked::{DEAL, DealField, OWNER, OwnerField};
pub(crate) use linked::{Follow, Follows};
pub(crate) use test::Test;
pub(super) use test::{Bound, Instant};
pub(crate) use truth::{Truth, Unfetched};
pub(crate) use value::Subject;
pub(super) use value::{Found, Rank, elements, read, read_record, to_json};

use std::sync::Arc;

/// A clause, with its place in the manifest in words: `keep.all[1].title`.
#[derive(Debug, Clone)]
pub(crate) struct Clause {
    pub(crate) name: Arc<str>,
    pub(crate) predicate: Predicate,
}

/// What a clause demands.
#[derive(Debug, Clone)]
pub(crate) enum Predicate {
    /// Every clause holds. Of none: holds.
    All(Vec<Clause>),
    /// Some clause holds. Of none: fails.
    Any(Vec<Clause>),
    /// The clause does not hold.
    Not(Box<Clause>),
    /// The field passes the test.
    Field(Field, Test),
}
