//! The Google Calendar connector of acquaint.
