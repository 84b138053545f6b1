//! `events.list`: what is shown, page by page, in full or since a sync token.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::calendar::{Calendar, Window};
use super::config::{GoogleConfig, IncrementalWindow};
use super::error::ApiError;
use super::event::Event;
use super::query::{OrderBy, PageState, Query, SyncState};

/// One page of events.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) events: Vec<Arc<Event>>,
    pub(super) next_page_token: Option<String>,
    pub(super) next_sync_token: Option<String>,
}

/// The lists that are being paged through, so that not every page starts anew. What it forgets is made again.
#[derive(Debug, Default)]
pub(super) struct Listings(RefCell<VecDeque<(String, Listing)>>);

type Listing = Arc<Vec<Arc<Event>>>;

impl Listings {
    /// How many lists are kept.
    const KEPT: usize = 8;

    fn get(&self, key: &str, make: impl FnOnce() -> Vec<Arc<Event>>) -> Listing {
        let known = self.0.borrow().iter().find(|(known, _)| known == key).map(|(_, list)| Arc::clone(list));
        known.unwrap_or_else(|| {
            let list = Arc::new(make());
            let mut kept = self.0.borrow_mut();
            kept.push_front((key.to_owned(), Arc::clone(&list)));
            kept.truncate(Self::KEPT);
            list
        })
    }
}

/// What a page is made from.
pub(super) struct Lister<'a> {
    pub(super) calendar: &'a Calendar,
    pub(super) config: &'a GoogleConfig,
    pub(super) listings: &'a Listings,
    pub(super) now: DateTime<Utc>,
    pub(super) revision: u64,
    /// Whether this page shall be empty though more follows.
    pub(super) empty: bool,
}

impl Lister<'_> {
    /// Lists one page. Pages of one list all show the moment of its first, so that edits in between shift
    /// nothing and appear at the next incremental list.
    pub(super) fn page(&self, query: &Query) -> Result<Page, ApiError> {
        let since =
            query.sync_token.as_deref().map(|token| self.open_sync_token(query, token)).transpose()?;
        let state = match &query.page_token {
            Some(token) => self.open_page_token(query, token)?,
            None => PageState {
                fingerprint: query.fingerprint.clone(),
                shown: self.next_state(query, since.as_ref())?,
                offset: 0,
            },
        };
        let key = format!("{}{:?}{:?}", state.fingerprint, state.shown, self.config.incremental_window);
        let events = self.listings.get(&key, || self.list(query, since.as_ref(), &state.shown));
        let rest = events.len().saturating_sub(state.offset);
        let size = query.max_results.min(self.config.page_cap.unwrap_or(usize::MAX).max(1));
        let size = if self.empty && rest > 0 { 0 } else { size };
        let offset = state.offset.saturating_add(size);
        let more = offset < events.len();
        let next_page_token = more.then(|| seal("p", &PageState { offset, ..state.clone() }));
        let next_sync_token = (!more && query.gives_sync_token() && !self.calendar.withholds_tokens)
            .then(|| seal("s", &state.shown));
        let events = events.iter().skip(state.offset).take(size).cloned().collect();
        Ok(Page { events, next_page_token, next_sync_token })
    }

    fn open_sync_token(&self, query: &Query, token: &str) -> Result<SyncState, ApiError> {
        let invalid = || ApiError::invalid("syncToken", "Invalid sync token value.");
        let state: SyncState = open("s", token).ok_or_else(invalid)?;
        if state.calendar != self.calendar.id {
            return Err(invalid());
        }
        let age = Duration::seconds(self.now.timestamp() - state.issued);
        if state.generation != self.calendar.generation
            || self.config.sync_token_age.is_some_and(|oldest| age > oldest)
        {
            return Err(ApiError::full_sync_required());
        }
        if state.binding != query.binding {
            return Err(ApiError::bad_request());
        }
        Ok(state)
    }

    fn open_page_token(&self, query: &Query, token: &str) -> Result<PageState, ApiError> {
        let invalid = || ApiError::invalid("pageToken", "Invalid page token value.");
        let state: PageState = open("p", token).ok_or_else(invalid)?;
        let fits = state.fingerprint == query.fingerprint
            && state.shown.calendar == self.calendar.id
            && state.shown.revision <= self.revision;
        if fits { Ok(state) } else { Err(invalid()) }
    }

    fn next_state(&self, query: &Query, since: Option<&SyncState>) -> Result<SyncState, ApiError> {
        if query.updated_min.is_some_and(|at| self.now - at > self.config.updated_min_age) {
            return Err(ApiError::updated_min_too_long_ago());
        }
        let ahead = self.now.checked_add_signed(self.config.expand_ahead).unwrap_or(self.now);
        Ok(SyncState {
            calendar: self.calendar.id.clone(),
            revision: self.revision,
            generation: self.calendar.generation,
            binding: query.binding.clone(),
            issued: self.now.timestamp(),
            from: since.map_or(query.window.from, |since| since.from),
            until: since.map_or(query.window.until, |since| since.until),
            ahead: since.map_or(ahead, |since| since.ahead),
        })
    }

    fn list(&self, query: &Query, since: Option<&SyncState>, shown: &SyncState) -> Vec<Arc<Event>> {
        let mut events = match since {
            None => self.full(query, shown),
            Some(since) => self.incremental(query, since, shown),
        };
        match query.order_by {
            Some(OrderBy::Updated) => events.sort_by_key(|event| (event.updated, event.revision)),
            Some(OrderBy::StartTime) => {
                let zone = self.calendar.zone();
                events.sort_by_key(|event| event.start.instant(&zone));
            }
            None => {}
        }
        events
    }

    fn full(&self, query: &Query, shown: &SyncState) -> Vec<Arc<Event>> {
        let mut found = Vec::new();
        for event in self.calendar.ids().filter_map(|id| self.calendar.at(id, shown.revision)) {
            match &event.recurring_event_id {
                // With its series.
                Some(master) if query.single_events && self.calendar.at(master, shown.revision).is_some() => {
                }
                Some(_) => found.push(Arc::clone(event)),
                None if event.is_master() && query.single_events => {
                    found.extend(self.calendar.occurrences(event, shown.revision, shown.expansion()));
                }
                None => found.push(Arc::clone(event)),
            }
        }
        found.retain(|event| self.lists(query, event, shown));
        found
    }

    fn lists(&self, query: &Query, event: &Event, shown: &SyncState) -> bool {
        let updated = query.updated_min.is_none_or(|min| event.updated >= min);
        let visible = !event.cancelled
            || query.show_deleted
            || query.updated_min.is_some()
            // Without it, nobody could tell which occurrences of a rule do not take place.
            || (!query.single_events
                && (event.recurring_event_id.as_deref())
                    .is_some_and(|master| self.calendar.has_live_master(master, shown.revision)));
        visible && updated && query.wants(event) && self.in_window(event, shown)
    }

    fn in_window(&self, event: &Event, shown: &SyncState) -> bool {
        let window = shown.window();
        if event.is_master() && !event.cancelled {
            return self.calendar.occurs_in(event, shown.revision, window);
        }
        window.holds(event, &self.calendar.zone())
    }

    fn incremental(&self, query: &Query, since: &SyncState, shown: &SyncState) -> Vec<Arc<Event>> {
        let mut found = Vec::new();
        if query.single_events {
            let mut series = BTreeSet::new();
            for event in self.calendar.changed(since.revision, shown.revision) {
                let master = event.recurring_event_id.clone().unwrap_or_else(|| event.id.clone());
                // An invitation to single occurrences has no series here.
                if event.recurring_event_id.is_some() && self.calendar.get(&master).is_none() {
                    found.push(Arc::clone(event));
                } else if series.insert(master.clone()) {
                    found.extend(self.changed_occurrences(&master, since, shown));
                }
            }
        } else {
            found.extend(self.calendar.changed(since.revision, shown.revision).cloned());
        }
        found.retain(|event| query.wants(event));
        if self.config.incremental_window == IncrementalWindow::FirstListOnly {
            found.retain(|event| {
                let before = self.calendar.at(&event.id, since.revision);
                self.in_window(event, shown) || before.is_some_and(|before| self.in_window(before, since))
            });
        }
        found
    }

    /// The occurrences of a series (or the single event) that differ between two moments; those that are no
    /// more come as cancelled.
    fn changed_occurrences(&self, master: &str, since: &SyncState, shown: &SyncState) -> Vec<Arc<Event>> {
        let at = |state: &SyncState| -> BTreeMap<String, Arc<Event>> {
            let Some(event) = self.calendar.at(master, state.revision) else { return BTreeMap::new() };
            let all = if event.is_master() {
                self.calendar.occurrences(event, state.revision, state.expansion())
            } else {
                vec![Arc::clone(event)]
            };
            all.into_iter().map(|event| (event.id.clone(), event)).collect()
        };
        let (before, mut now) = (at(since), at(shown));
        for (id, event) in &before {
            if !event.cancelled && !now.contains_key(id) {
                let event = Event { cancelled: true, revision: shown.revision, ..Event::clone(event) };
                now.insert(id.clone(), Arc::new(event));
            }
        }
        now.retain(|id, event| before.get(id) != Some(event));
        now.into_values().collect()
    }
}

impl SyncState {
    fn window(&self) -> Window {
        Window { from: self.from, until: self.until }
    }

    /// The window in which series are expanded, never without an end.
    fn expansion(&self) -> Window {
        Window { from: self.from, until: Some(self.until.unwrap_or(self.ahead)) }
    }
}

/// An opaque token: `kind` tells page from sync tokens.
fn seal<T: Serialize>(kind: &str, state: &T) -> String {
    let json = serde_json::to_string(state).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(format!("{kind}{json}"))
}

fn open<T: DeserializeOwned>(kind: &str, token: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    serde_json::from_slice(bytes.strip_prefix(kind.as_bytes())?).ok()
}
