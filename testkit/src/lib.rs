//! Memory store, conformance suites and provider sandboxes for testing with and against acquaint.

mod clock;
pub mod conformance;
mod entropy;
mod memory;
mod probe;
pub mod sandbox;

pub use clock::ManualClock;
pub use entropy::SeededEntropy;
pub use memory::MemoryStore;
pub use probe::Script;
