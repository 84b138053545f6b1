//! A simulation of everything that can happen to a grant while it is refreshed: processes that are killed, callers
//! that go away, stores that fail and token endpoints in every kind of trouble.
//!
//! A round follows from its seed alone. It runs on Tokio's paused time, with one token manager for each process
//! over one store in memory. `ACQUAINT_CASES` sets the number of rounds, `ACQUAINT_SEED` the first one's seed.

mod broken;
mod dice;
mod endpoint;
mod ledger;
mod life;
mod process;
mod round;
mod rounds;
mod store;
mod tally;
mod world;
