//! Companies and contacts as HubSpot exports them to CSV.
//!
//! The order of columns is free, headers are read without regard to case and spacing, and columns that are not
//! known become properties. Files may be UTF-8 or UTF-16, with commas, semicolons or tabs. A file is read in
//! full or not at all: what is wrong comes as a [`CsvError`] that names the place, what is only odd as a
//! [`CsvWarning`].

mod columns;
mod companies;
mod contacts;
mod error;
mod table;
mod text;
mod values;

pub use companies::{CompanyRow, CompanyTable, load_companies};
pub use contacts::{ContactRow, ContactTable, load_contacts};
pub use error::{CsvError, CsvWarning};
