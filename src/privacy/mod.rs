//! What a manifest's `privacy` permits: before records reach the mirror, and of what is there already.

mod permit;
mod planned;
mod shed;

pub(crate) use permit::Permit;
pub(crate) use planned::permitted;
pub(crate) use shed::upkeep;

use acquaint_core::connector::AnyStream;
use acquaint_core::record::RawRecord;
use acquaint_core::view::Views;

/// The views of a record, or why it has none.
pub(crate) fn viewed(stream: &dyn AnyStream, record: &RawRecord) -> (Views, Option<String>) {
    match stream.view(record) {
        Ok(found) => (found, None),
        Err(error) => (Views::new(), Some(error.message().to_owned())),
    }
}
