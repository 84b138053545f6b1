#![doc = include_str!("../README.md")]

mod connect;
mod fault;
mod instant;
mod migrate;
mod options;
mod sqlite;
mod store;
mod token_store;
mod verbs;
mod worker;

pub use options::{SqliteOptions, Synchronous};
pub use sqlite::Sqlite;
