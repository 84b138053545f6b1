//! How much a portal is asked: by each app in ten seconds, by search in a second, and by the day
//! (<https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines>).

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Europe::Berlin;

use super::access::Access;
use super::config::HubSpotConfig;
use super::reply::{Limit, Reply, too_many};

const BURST: Duration = Duration::seconds(10);
const SECOND: Duration = Duration::seconds(1);

/// The calls of one portal.
#[derive(Debug, Default)]
pub(super) struct Meter {
    calls: BTreeMap<String, VecDeque<DateTime<Utc>>>,
    /// Of all apps together.
    searches: VecDeque<DateTime<Utc>>,
    today: (NaiveDate, usize),
}

/// What is left after a call.
#[derive(Debug)]
pub(super) struct Spent {
    searching: bool,
    remaining: usize,
    today: Option<usize>,
}

impl Meter {
    /// Counts a call, or refuses it.
    pub(super) fn count(
        &mut self,
        config: &HubSpotConfig,
        access: &Access,
        searching: bool,
        now: DateTime<Utc>,
    ) -> (Spent, Result<(), Reply>) {
        // The day is the account's, not Greenwich's.
        let day = now.with_timezone(&Berlin).date_naive();
        if self.today.0 != day {
            self.today = (day, 0);
        }
        let (calls, limit, span, kind) = if searching {
            (&mut self.searches, config.search_limit, SECOND, Limit::Search)
        } else {
            let calls = self.calls.entry(access.app.clone()).or_default();
            (calls, config.burst_limit, BURST, Limit::TenSecondly)
        };
        while calls.front().is_some_and(|at| *at + span <= now) {
            calls.pop_front();
        }
        let daily = config.daily_limit.filter(|_| config.enforce_limits);
        let outcome = if config.enforce_limits && calls.len() >= limit {
            Err(too_many(kind, config.app_id, access.portal))
        } else if daily.is_some_and(|daily| self.today.1 >= daily) {
            Err(too_many(Limit::Daily, config.app_id, access.portal))
        } else {
            calls.push_back(now);
            self.today.1 += 1;
            Ok(())
        };
        let spent = Spent {
            searching,
            remaining: config.burst_limit.saturating_sub(calls.len()),
            // Apps that were installed by OAuth are not told.
            today: config.daily_limit.filter(|_| access.private).map(|all| all.saturating_sub(self.today.1)),
        };
        (spent, outcome)
    }
}

impl Spent {
    /// Says in an answer's headers what is left. Searches have a limit of their own and no headers about it.
    pub(super) fn tell(&self, config: &HubSpotConfig, reply: Reply) -> Reply {
        if self.searching {
            return reply;
        }
        let reply = reply
            .header("x-hubspot-ratelimit-interval-milliseconds", BURST.num_milliseconds().to_string())
            .header("x-hubspot-ratelimit-max", config.burst_limit.to_string())
            .header("x-hubspot-ratelimit-remaining", self.remaining.to_string());
        match (self.today, config.daily_limit) {
            (Some(left), Some(all)) => reply
                .header("x-hubspot-ratelimit-daily", all.to_string())
                .header("x-hubspot-ratelimit-daily-remaining", left.to_string()),
            _ => reply,
        }
    }
}
