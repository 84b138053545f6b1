//! What every part of acquaint implements or speaks: connectors, stores, tokens, records, errors, HTTP.

pub mod env;
pub mod error;
pub mod http;

pub use async_trait::async_trait;
pub use error::{Error, ErrorKind, Result};
