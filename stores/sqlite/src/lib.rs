//! The embedded SQLite store of acquaint.
