#![doc = include_str!("../README.md")]

mod address;
mod answers;
mod attendee;
mod class;
mod directory;
pub mod domain;
mod evidence;
mod fingerprint;
mod full_name;
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
mod score;
mod settle;
mod slice;
mod sorted;
mod store;
pub mod strategy;
mod suffix;

pub use address::{Address, AddressError, AddressRef, MAX_ADDRESS_INPUT};
pub use answers::{Answered, Answers};
pub use attendee::{Attendee, AttendeeRef, Attendees, Kind};
pub use class::{Class, Classifier};
pub use directory::{AccountRef, ContactRef, Directory};
pub use evidence::{
    Candidate, CandidateRef, Candidates, Evidence, Loss, Outcome, Reason, Record, RecordRef, Verdict,
};
pub use fingerprint::fingerprint;
pub use full_name::full_name;
pub use internal::{Ignored, Internal};
pub use key::{Key, KeyError};
pub use lists::{List, ListError, Lists};
pub use lookup::{Found, KeyRef, Lookup};
pub use matcher::{Matcher, UnknownStrategy};
pub use record::{Account, Contact, Link, Pin, PinError, Records};
pub use record_id::RecordId;
pub use relaxed::relaxed;
pub use resolution::Resolution;
pub use score::{Ground, Score};
pub use slice::Slice;
pub use strategy::{Answer, Finding, Refusal, Strategy, Subject};
