//! Layers with one defect each, of the kind that histories are there to find.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clears_moved_marks;
mod cursor_first;
mod forgets_its_beginning;
mod no_fence;
mod old_directory;

pub use clears_moved_marks::ClearsMovedMarks;
pub use cursor_first::CursorFirst;
pub use forgets_its_beginning::ForgetsItsBeginning;
pub use no_fence::NoFence;
pub use old_directory::OldDirectory;
