//! Memory store, conformance suites and provider sandboxes for testing with and against acquaint.

pub mod sandbox;
