//! Where Google is, and how much is asked for at a time.

use url::Url;

/// The most events that Google puts on one page.
const LARGEST_PAGE: u16 = 2500;

/// Google's addresses, and the size of a page. The default is the real Google.
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
}

impl Default for GoogleCalendarConfig {
    fn default() -> Self {
        Self {
            api_base: fixed("https://www.googleapis.com/calendar/v3"),
            authorize_url: fixed("https://accounts.google.com/o/oauth2/v2/auth"),
            token_url: fixed("https://oauth2.googleapis.com/token"),
            revoke_url: fixed("https://oauth2.googleapis.com/revoke"),
            page_size: LARGEST_PAGE,
        }
    }
}

impl GoogleCalendarConfig {
    /// Everything on the one host of `base`, as a sandbox serves it: `/calendar/v3`, `/o/oauth2/v2/auth`,
    /// `/token` and `/revoke`. Path and query of `base` are not used.
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
        }
    }

    /// Sets the number of events per page.
    #[must_use]
    pub fn page_size(mut self, events: u16) -> Self {
        self.page_size = events;
        self
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
