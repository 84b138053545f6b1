#![doc = include_str!("../README.md")]

mod address;
mod attendee;
mod class;
mod directory;
pub mod domain;
mod evidence;
mod fingerprint;
mod host;
mod internal;
mod key;
mod lists;
mod lookup;
mod matcher;
mod rank;
mod record;
mod record_id;
mod relaxed;
mod resolution;
mod settle;
mod slice;
mod sorted;
pub mod strategy;
mod suffix;
#[cfg(feature = "worlds")]
pub mod worlds;

pub use address::{Address, AddressError, MAX_ADDRESS_INPUT};
pub use attendee::{Attendee, Kind};
pub use class::{Class, Classifier};
pub use directory::Directory;
pub use evidence::{Candidate, Evidence, Loss, Outcome, Reason, Record, Verdict};
pub use fingerprint::fingerprint;
pub use internal::{Ignored, Internal};
pub use key::{Key, KeyError};
pub use lists::{List, ListError, Lists};
pub use lookup::{AccountRef, ContactRef, Lookup};
pub use matcher::{Matcher, UnknownStrategy};
pub use record::{Account, Contact, Link, Records};
pub use record_id::RecordId;
pub use relaxed::relaxed;
pub use resolution::Resolution;
pub use slice::Slice;
pub use strategy::{Answer, Finding, Refusal, Strategy, Subject};
