//! Where Google is, how much is asked for at a time, and how often.

use std::time::Duration;

use acquaint_core::http::{Quota, QuotaScope};
use chrono::NaiveTime;
use url::Url;

/// The most events that Google puts on one page.
const LARGEST_PAGE: u16 = 2500;

const MINUTE: Duration = Duration::from_secs(60);

/// Google's days begin at midnight Pacific time, which is 07:00 or 08:00 UTC: the later, so that nobody comes too early.
pub(crate) const RESETS: NaiveTime = match NaiveTime::from_hms_opt(8, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// What Google allows a project a minute, unless its console says otherwise.
const PROJECT_PER_MINUTE: u32 = 10_000;

/// What Google allows a user of a project a minute, likewise.
const USER_PER_MINUTE: u32 = 600;

/// Google's addresses, the size of a page, and the quotas of the Google Cloud project. The default is the real Google.
///
/// A project's quotas are shown, and can be raised, in its console:
/// <https://developers.google.com/workspace/calendar/api/guides/quota>. Enter there what yours has if it differs;
/// `None` counts nothing and leaves it to Google to refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GoogleCalendarConfig {
    /// The Calendar API, up to and including its version.
    pub api_base: Url,
    /// The consent page.
    pub authorize_url: Url,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: Url,
    /// Where a grant is revoked.
    pub revoke_url: Url,
    /// Events per page: 1 to 2500, the default; other values are brought into that range. A pass that is under
    /// way, and increments that go on from it, keep the size that they began with.
    pub page_size: u16,
    /// Calls a minute of the whole project; 10,000 by default.
    pub project_per_minute: Option<u32>,
    /// Calls a minute of one user in the project; 600 by default. A service account is one user, whomever it acts
    /// for.
    pub user_per_minute: Option<u32>,
    /// Calls a day of the whole project; none by default. Above a threshold that the console shows, Google bills or
    /// refuses.
    pub project_per_day: Option<u32>,
}

impl Default for GoogleCalendarConfig {
    fn default() -> Self {
        Self {
            api_base: fixed("https://www.googleapis.com/calendar/v3"),
            authorize_url: fixed("https://accounts.google.com/o/oauth2/v2/auth"),
            token_url: fixed("https://oauth2.googleapis.com/token"),
            revoke_url: fixed("https://oauth2.googleapis.com/revoke"),
            page_size: LARGEST_PAGE,
            project_per_minute: Some(PROJECT_PER_MINUTE),
            user_per_minute: Some(USER_PER_MINUTE),
            project_per_day: None,
        }
    }
}

impl GoogleCalendarConfig {
    /// Everything on the one host of `base`, as a sandbox serves it: `/calendar/v3`, `/o/oauth2/v2/auth`,
    /// `/token` and `/revoke`. Path and query of `base` are not used. No quota is kept, since a sandbox has none, and
    /// whoever waits for one on a clock that stands still waits for ever.
    pub fn at(base: &Url) -> Self {
        let on_host = |path: &str| {
            let mut url = base.clone();
            url.set_path(path);
            url.set_query(None);
            url.set_fragment(None);
            url
        };
        Self {
            api_base: on_host("/calendar/v3"),
            authorize_url: on_host("/o/oauth2/v2/auth"),
            token_url: on_host("/token"),
            revoke_url: on_host("/revoke"),
            page_size: LARGEST_PAGE,
            project_per_minute: None,
            user_per_minute: None,
            project_per_day: None,
        }
    }

    /// Sets the number of events per page.
    #[must_use]
    pub fn page_size(mut self, events: u16) -> Self {
        self.page_size = events;
        self
    }

    /// Sets the calls a minute of the whole project.
    #[must_use]
    pub fn project_per_minute(mut self, calls: impl Into<Option<u32>>) -> Self {
        self.project_per_minute = calls.into();
        self
    }

    /// Sets the calls a minute of one user.
    #[must_use]
    pub fn user_per_minute(mut self, calls: impl Into<Option<u32>>) -> Self {
        self.user_per_minute = calls.into();
        self
    }

    /// Sets the calls a day of the whole project.
    #[must_use]
    pub fn project_per_day(mut self, calls: impl Into<Option<u32>>) -> Self {
        self.project_per_day = calls.into();
        self
    }

    pub(crate) fn quotas(&self) -> Vec<Quota> {
        let rate = |name, scope, calls| Quota::rate(name, scope, calls, MINUTE);
        let project = self.project_per_minute.map(|calls| rate("project_per_minute", QuotaScope::App, calls));
        let user = self.user_per_minute.map(|calls| rate("user_per_minute", QuotaScope::Account, calls));
        let day =
            self.project_per_day.map(|calls| Quota::daily("project_per_day", QuotaScope::App, calls, RESETS));
        [project, user, day].into_iter().flatten().collect()
    }

    pub(crate) fn effective_page_size(&self) -> u16 {
        self.page_size.clamp(1, LARGEST_PAGE)
    }
}

fn fixed(url: &str) -> Url {
    #[expect(clippy::expect_used, reason = "the addresses above are constants, and a test reads them all")]
    Url::parse(url).expect("a constant address")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_default_is_google_itself() {
        let config = GoogleCalendarConfig::default();
        assert_eq!(config.api_base.as_str(), "https://www.googleapis.com/calendar/v3");
        assert_eq!(config.token_url.host_str(), Some("oauth2.googleapis.com"));
        assert_eq!(config.effective_page_size(), 2500);
    }

    #[test]
    fn a_sandbox_has_everything_on_one_host() {
        let config = GoogleCalendarConfig::at(&Url::parse("http://127.0.0.1:4000/x?y").unwrap()).page_size(0);
        assert_eq!(config.api_base.as_str(), "http://127.0.0.1:4000/calendar/v3");
        assert_eq!(config.authorize_url.as_str(), "http://127.0.0.1:4000/o/oauth2/v2/auth");
        assert_eq!(config.token_url.as_str(), "http://127.0.0.1:4000/token");
        assert_eq!(config.revoke_url.as_str(), "http://127.0.0.1:4000/revoke");
        assert_eq!(config.effective_page_size(), 1);
    }
}
