//! The token store of the example keeps every promise of the trait, also when it is open twice.
#![allow(clippy::unwrap_used)]

#[path = "../examples/custom_token_store.rs"]
#[allow(dead_code)]
mod example;

use std::future::{Ready, ready};
use std::sync::Arc;

use example::DirectoryStore;
use tempfile::TempDir;

fn place() -> Ready<TempDir> {
    ready(tempfile::tempdir().unwrap())
}

fn open(place: &TempDir) -> Ready<Arc<DirectoryStore>> {
    ready(Arc::new(DirectoryStore(place.path().to_owned())))
}

acquaint_testkit::token_store_conformance!(place, open);
