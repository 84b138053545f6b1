//! HTTP: one transport trait, and a client that adds what every call to a provider needs.

mod transport;

pub use transport::{HttpTransport, Request, Response, TransportError};
