//! Attendee-to-account resolution: pure, deterministic, with evidence for every answer.
