//! How often a project and a user may call
//! (<https://developers.google.com/workspace/calendar/api/guides/quota>).

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;

use super::config::{GoogleConfig, QuotaAnswer};
use super::error::ApiError;

/// Limits of one project, which is one OAuth client here. `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GoogleQuotas {
    /// Calls of the project in any sixty seconds.
    pub per_minute_project: Option<u32>,
    /// Calls of the project for one user in any sixty seconds.
    pub per_minute_user: Option<u32>,
    /// Calls of the project in a day, which ends at midnight in Los Angeles.
    pub per_day_project: Option<u32>,
}

/// Which limit a call hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    User,
    Project,
    Day,
}

/// The calls that still count. Refused ones do not.
#[derive(Debug, Default)]
pub(super) struct Meter {
    minutes: BTreeMap<String, VecDeque<DateTime<Utc>>>,
    days: BTreeMap<String, (NaiveDate, u32)>,
    /// How many calls were refused.
    pub(super) refused: u64,
}

impl Meter {
    /// Counts a call, or refuses it.
    pub(super) fn admit(
        &mut self,
        config: &GoogleConfig,
        project: &str,
        user: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        let quotas = &config.quotas;
        let today = now.with_timezone(&Tz::America__Los_Angeles).date_naive();
        let used_today = self.days.get(project).filter(|(day, _)| *day == today).map_or(0, |(_, used)| *used);
        // A line break is in no address, so the two kinds of key never meet.
        let keys = [project.to_owned(), format!("{project}\n{user}")];
        let limits = [quotas.per_minute_project, quotas.per_minute_user];
        let hit = if quotas.per_day_project.is_some_and(|most| used_today >= most) {
            Some(Limit::Day)
        } else if self.is_full(&keys[1], limits[1], now) {
            Some(Limit::User)
        } else {
            self.is_full(&keys[0], limits[0], now).then_some(Limit::Project)
        };
        if let Some(limit) = hit {
            self.refused += 1;
            return Err(refusal(config, limit));
        }
        for (key, _) in keys.into_iter().zip(limits).filter(|(_, limit)| limit.is_some()) {
            self.minutes.entry(key).or_default().push_back(now);
        }
        if quotas.per_day_project.is_some() {
            self.days.insert(project.to_owned(), (today, used_today + 1));
        }
        Ok(())
    }

    fn is_full(&mut self, key: &str, limit: Option<u32>, now: DateTime<Utc>) -> bool {
        let (Some(limit), Some(calls)) = (limit, self.minutes.get_mut(key)) else { return limit == Some(0) };
        while calls.front().is_some_and(|at| now - *at >= Duration::minutes(1)) {
            calls.pop_front();
        }
        u32::try_from(calls.len()).is_ok_and(|used| used >= limit)
    }
}

fn refusal(config: &GoogleConfig, limit: Limit) -> ApiError {
    let error = match config.quota_answer {
        QuotaAnswer::Reason(code) => ApiError::limit_reached(code, limit),
        QuotaAnswer::Metric(code) => ApiError::metric_exceeded(code, limit),
    };
    error.retry_after(config.retry_after)
}
