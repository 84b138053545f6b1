//! What every part of acquaint implements or speaks: connectors, stores, tokens, records, errors, HTTP.

pub mod auth;
pub mod connector;
pub mod cursor;
pub mod delivery;
pub mod depkey;
pub mod env;
pub mod error;
pub mod http;
pub mod ids;
pub mod keys;
mod linked;
pub mod meeting;
pub mod notice;
pub mod oauth;
pub mod prelude;
pub mod record;
pub mod seal;
pub mod secret;
pub mod store;
pub mod token;
pub mod view;

pub use async_trait::async_trait;
pub use error::{Error, ErrorKind, Result};
