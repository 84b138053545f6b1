//! Asking for meetings.

use acquaint_core::Result;
use acquaint_core::meeting::Meeting;
use acquaint_core::store::MeetingQuery;
use chrono::{DateTime, Utc};

use crate::tenant::Tenant;

/// Asks for meetings of a tenant, in order of start and id.
#[derive(Debug, Clone)]
#[must_use = "nothing is asked before `all`"]
pub struct Meetings {
    tenant: Tenant,
    query: MeetingQuery,
    incomplete: bool,
}

/// Meetings fetched at a time.
const PAGE: usize = 500;

impl Meetings {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant, query: MeetingQuery::default(), incomplete: false }
    }

    /// Only those that the rules keep.
    pub fn kept(mut self) -> Self {
        self.query.kept = Some(true);
        self
    }

    /// Only those that the rules drop.
    pub fn dropped(mut self) -> Self {
        self.query.kept = Some(false);
        self
    }

    /// Only those that the rules keep and of which nothing is told, because a value is missing that the output cannot do
    /// without: [`Decision::incomplete`](acquaint_core::meeting::Decision::incomplete) names it.
    pub fn incomplete(mut self) -> Self {
        self.incomplete = true;
        self.kept()
    }

    /// Only those that end after `instant`.
    pub fn from(mut self, instant: DateTime<Utc>) -> Self {
        self.query.from = Some(instant);
        self
    }

    /// Only those that begin before `instant`.
    pub fn to(mut self, instant: DateTime<Utc>) -> Self {
        self.query.to = Some(instant);
        self
    }

    /// All of them.
    ///
    /// # Errors
    /// The store's.
    pub async fn all(mut self) -> Result<Vec<Meeting>> {
        self.query.limit = PAGE;
        let mut meetings = Vec::new();
        loop {
            let page = self.tenant.engine.store.meetings(&self.tenant.id, &self.query).await?;
            let last = page.len() < PAGE;
            self.query.after = page.last().map(|row| (row.meeting.start.instant(), row.meeting.id.clone()));
            let found = page.into_iter().map(|row| row.meeting);
            meetings
                .extend(found.filter(|meeting| !self.incomplete || !meeting.decision.incomplete.is_empty()));
            if last {
                return Ok(meetings);
            }
        }
    }
}
