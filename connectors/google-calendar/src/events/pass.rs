//! What a page means for the pass that it belongs to: what comes next, and what is certain then.

use acquaint_core::connector::{FetchRequest, Next, Page, TimeRange};
use acquaint_core::record::Change;
use acquaint_core::{Error, ErrorKind, Result};
use chrono::{DateTime, TimeDelta, Utc};

use super::cursor::{EventsCursor, Position};

/// The lane that reads of a new calendar what is about to take place, before all else.
pub(super) const UPCOMING: &str = "upcoming";

/// How far that lane looks ahead.
const AHEAD: TimeDelta = TimeDelta::days(14);

/// The least time between two baselines of a calendar for which Google gives no sync token: each reads all of it.
const UNSYNCED: TimeDelta = TimeDelta::hours(6);

/// Which lane reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Keeps up with the whole window.
    Head,
    /// Reads once what is to come, as seen from an instant.
    Upcoming(DateTime<Utc>),
}

impl Lane {
    pub(super) fn of(request: &FetchRequest<EventsCursor>) -> Self {
        if request.lane.as_str() == UPCOMING { Self::Upcoming(request.began) } else { Self::Head }
    }

    /// What of the source's window is its to read.
    pub(super) fn window(self, whole: TimeRange) -> TimeRange {
        let Self::Upcoming(now) = self else { return whole };
        let from = whole.from.max(now);
        let to = now.checked_add_signed(AHEAD).map_or(whole.to, |end| end.min(whole.to));
        TimeRange { from, to: to.max(from) }
    }
}

/// The tokens that a page came with.
#[derive(Debug)]
pub(super) struct Tokens {
    page: Option<String>,
    sync: Option<String>,
}

impl Tokens {
    pub(super) fn new(page: Option<String>, sync: Option<String>) -> Self {
        let given = |token: Option<String>| token.filter(|token| !token.is_empty());
        Self { page: given(page), sync: given(sync) }
    }
}

/// What is known without asking Google.
///
/// # Errors
/// `CursorExpired` if there was no sync token and it is time for another baseline.
pub(super) fn unasked(
    here: &EventsCursor,
    lane: Lane,
    now: DateTime<Utc>,
) -> Result<Option<Page<EventsCursor>>> {
    let next = match here.position {
        Position::Unsynced { until: Some(until) } if now < until => {
            Next::Wait { cursor: here.clone(), until }
        }
        Position::Unsynced { .. } => {
            let message = "the last baseline ended without a sync token";
            return Err(Error::new(ErrorKind::CursorExpired, message).operation("events.list"));
        }
        // A source that reads the past alone has nothing to come.
        Position::Start if lane != Lane::Head && here.window.from >= here.window.to => {
            Next::Done(here.at(Position::Unsynced { until: None }))
        }
        _ => return Ok(None),
    };
    Ok(Some(Page::new(Vec::new(), next).window(here.window)))
}

/// The page at `here`. Only with the last one is a sync token kept: one that came before would say that the pages
/// still to come have been read.
pub(super) fn page(
    here: &EventsCursor,
    lane: Lane,
    changes: Vec<Change>,
    tokens: Tokens,
    now: DateTime<Utc>,
) -> Page<EventsCursor> {
    let (began_from, asked) = match &here.position {
        Position::Start | Position::Unsynced { .. } => (None, now),
        Position::Baseline { asked, .. } => (None, *asked),
        Position::Synced { token } => (Some(token.clone()), now),
        Position::Increment { token, asked, .. } => (Some(token.clone()), *asked),
    };
    let more = |position| (Next::More(here.at(position)), false);
    let done = |position, certain| (Next::Done(here.at(position)), certain);
    let (next, certain) = match (tokens.page, tokens.sync, began_from) {
        (Some(page), _, None) => more(Position::Baseline { page, asked }),
        (Some(page), _, Some(token)) => more(Position::Increment { token, page, asked }),
        // Its token is for a part of the window, so nothing goes on from it.
        _ if lane != Lane::Head => done(Position::Unsynced { until: None }, false),
        (None, Some(token), _) => done(Position::Synced { token }, true),
        // An increment without a new token goes on from the old one, which repeats changes and loses none.
        (None, None, Some(token)) => done(Position::Synced { token }, false),
        (None, None, None) => done(Position::Unsynced { until: asked.checked_add_signed(UNSYNCED) }, true),
    };
    let page = Page::new(changes, next).window(here.window);
    if certain { page.covers(asked) } else { page }
}
