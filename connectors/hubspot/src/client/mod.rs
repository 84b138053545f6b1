//! The calls to HubSpot.

mod records;
mod rest;

use acquaint_core::connector::Context;
use acquaint_core::{Error, ErrorKind};
use chrono::TimeDelta;

use crate::config::HubSpotConfig;
use crate::versions::Endpoints;

pub(crate) use self::records::longest;

/// The operation that has a quota of its own.
pub(crate) const SEARCH: &str = "hubspot.search";

/// What all streams of a connector share.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) config: HubSpotConfig,
    pub(crate) endpoints: Endpoints,
}

/// HubSpot as one connection sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Api<'a> {
    pub(crate) cx: &'a Context,
    pub(crate) setup: &'a Setup,
}

impl<'a> Api<'a> {
    pub(crate) fn new(cx: &'a Context, setup: &'a Setup) -> Self {
        Self { cx, setup }
    }

    /// An instant of this host's clock as HubSpot's would show it, in milliseconds since 1970. Until HubSpot has answered
    /// something, nobody knows better than this host.
    pub(crate) fn theirs(&self, ours: i64) -> i64 {
        ours.saturating_add(self.ahead())
    }

    /// An instant of HubSpot's clock as this host's would show it.
    pub(crate) fn ours(&self, theirs: i64) -> i64 {
        theirs.saturating_sub(self.ahead())
    }

    /// How far HubSpot's clock is ahead of this host's, in milliseconds. A date that is a day off is no clock but a mistake of
    /// somebody in between; and since it tells no more than seconds, one or two of them are no difference.
    fn ahead(&self) -> i64 {
        let clock = TimeDelta::seconds(2)..=TimeDelta::days(1);
        let skew = self.cx.http.stats().skew().filter(|skew| clock.contains(&skew.abs()));
        skew.map_or(0, |skew| skew.num_milliseconds())
    }
}

/// A list that goes well without a paging cursor and is refused with it: the paging cursor is dead.
fn dead_after(after: Option<&str>, error: Error) -> Error {
    if after.is_some() && error.kind() == ErrorKind::Invalid && error.context("status") == Some("400") {
        return Error::new(ErrorKind::CursorExpired, "HubSpot no longer takes the paging cursor")
            .operation("hubspot.list")
            .with_source(error);
    }
    error
}

/// What follows a page that was asked for with `after`.
pub(crate) fn next_page(after: Option<&str>, next: Option<&str>) -> acquaint_core::Result<Option<String>> {
    if next.is_some() && next == after {
        return Err(goes_round());
    }
    Ok(next.map(str::to_owned))
}

fn goes_round() -> Error {
    Error::new(ErrorKind::Unavailable, "HubSpot's next page is the one that it just gave")
}

/// Of so many records, none could be read.
pub(crate) fn unread(first: &str, number: usize) -> Error {
    Error::new(ErrorKind::Unavailable, "HubSpot answered for none of the records")
        .with("record", first)
        .with("records", number)
}
