//! Where a directory keeps its records: rows of bytes, and indexes of hashes into them.

mod codec;
mod index;
mod page;
mod rows;

pub(crate) use self::codec::{Reader, Writer, written};
pub(crate) use self::index::{Index, Slot, Under};
pub(crate) use self::rows::{ROWS, Rows, Spot};
