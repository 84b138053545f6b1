//! Answers that a sandbox gives instead of its own, a set number of times.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// One fault: the next `times` requests whose path and query contain `path_contains` get `response`.
#[derive(Debug, Clone)]
pub struct Fault {
    /// What the request's path and query must contain; empty strikes every request.
    pub path_contains: String,
    /// How often it strikes.
    pub times: usize,
    /// How many matching requests pass before it strikes.
    pub skip: usize,
    /// Whether the request takes effect first: a reply that was lost on its way.
    pub after_effect: bool,
    /// What is answered.
    pub response: http::Response<Bytes>,
}

impl Fault {
    /// The next matching request gets `response` and has no effect.
    pub fn once(path_contains: impl Into<String>, response: http::Response<Bytes>) -> Self {
        Self { path_contains: path_contains.into(), times: 1, skip: 0, after_effect: false, response }
    }

    /// Strikes `times` times.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Lets `skip` matching requests pass first.
    #[must_use]
    pub fn after(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    /// The request takes effect and only its reply is replaced.
    #[must_use]
    pub fn losing_the_reply(mut self) -> Self {
        self.after_effect = true;
        self
    }
}

/// The faults that wait to strike. Those injected first strike first.
#[derive(Debug, Default)]
pub struct Faults(Mutex<VecDeque<Fault>>);

impl Faults {
    /// Adds a fault.
    pub fn inject(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
    }

    /// Takes the fault that strikes a request for `path_and_query`, if one does.
    pub fn strike(&self, path_and_query: &str) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.retain(|fault| fault.times > 0);
        let fault = faults.iter_mut().find(|fault| path_and_query.contains(&fault.path_contains))?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.times -= 1;
        Some(fault.clone())
    }

    /// Forgets all faults.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
