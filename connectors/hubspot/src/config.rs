//! What can be set about the connector.

use std::time::Duration;

use acquaint_core::http::{Quota, QuotaScope};
use acquaint_core::{Error, Result};
use chrono::NaiveTime;
use url::Url;

/// The operations that HubSpot counts as searches.
const SEARCH: &[&str] = &[crate::client::SEARCH];

/// Hosts, API version, page sizes and cadence. The defaults are HubSpot's own hosts and limits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HubSpotConfig {
    /// Where the API is. HubSpot routes by the token, so that one host serves all regions; see
    /// [`HubSpotConfig::in_region`] for tokens that it answers with 488.
    pub api_base: Url,
    /// Where a person is sent to authorise.
    pub authorize_url: Url,
    /// The date version of every API path, as `2026-03`; or `v3` for the numbered versions before, which go unsupported in 2027.
    pub api_version: String,
    /// Scopes asked for whatever the manifest reads. Discovering the fields of a type needs its `crm.schemas.….read` here;
    /// reading does not, except for custom objects, which ask for theirs.
    pub scopes: Vec<String>,
    /// Whether a PKCE challenge is sent. Off, because HubSpot documents none for this flow; the client secret
    /// and the single-use `state` protect it.
    pub pkce: bool,
    /// How far each incremental window reaches back into the one before. It should exceed the time that HubSpot usually
    /// takes to show a change in search.
    pub search_overlap: Duration,
    /// How far each window of the `trailing` lanes reaches back into the one before: for what search shows later than
    /// usually.
    pub trailing_overlap: Duration,
    /// Time between two runs of the `head` lanes.
    pub head_every: Duration,
    /// Time between two runs of the `trailing` lanes.
    pub trailing_every: Duration,
    /// Time between two complete passes, unless the manifest says otherwise.
    pub baseline_every: Duration,
    /// Time between two walks through all links.
    pub associations_every: Duration,
    /// Time between two walks through the owners.
    pub owners_every: Duration,
    /// Time between two walks through the archived records.
    pub archived_every: Duration,
    /// Records per page of a list, 1 to 100.
    pub list_page: usize,
    /// Records per page of a search, 1 to 200.
    pub search_page: usize,
    /// Records per batch read, 1 to 100.
    pub batch_size: usize,
    /// Properties per batch read, 1 or more. With more than fit, a batch is read several times.
    pub batch_properties: usize,
    /// Records per batch read of associations, 1 to 1,000.
    pub association_batch_size: usize,
    /// The longest URL that a list is asked for with, in bytes. With more properties than fit, records are
    /// listed by id and read in batches.
    pub url_limit: usize,
    /// The longest body that a search is asked for with, in characters; likewise.
    pub search_body_limit: usize,
    /// Calls in 10 seconds for one account, searches apart; 110 by default, which is what an OAuth app has. A private
    /// app has 100 or more. `None` counts nothing and leaves it to HubSpot to refuse. See
    /// <https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines>.
    pub calls_per_10_seconds: Option<u32>,
    /// Calls a day for one account, searches apart. An app with OAuth has no such limit, which is the default; private apps
    /// and service keys of one account share 250,000 (Free, Starter), 625,000 (Professional) or 1,000,000 (Enterprise) by the
    /// same page. HubSpot counts from midnight in the account's time zone, this from midnight UTC.
    pub calls_per_day: Option<u32>,
    /// Searches a second for one account; 5 by default, which all apps together have.
    pub searches_per_second: Option<u32>,
    /// Whether notifications are believed that carry no signature of version 3 but one of version 1 or 2. Those are no proof
    /// of when they were sent, so that whoever has seen one can send it again for ever; off.
    pub accept_signatures_before_v3: bool,
}

impl Default for HubSpotConfig {
    fn default() -> Self {
        const HOUR: u64 = 60 * 60;
        Self {
            api_base: constant("https://api.hubapi.com/"),
            authorize_url: constant("https://app.hubspot.com/oauth/authorize"),
            api_version: "2026-03".to_owned(),
            scopes: vec!["oauth".to_owned()],
            pkce: false,
            search_overlap: Duration::from_secs(60),
            trailing_overlap: Duration::from_secs(2 * HOUR),
            head_every: Duration::from_secs(15 * 60),
            trailing_every: Duration::from_secs(HOUR),
            baseline_every: Duration::from_secs(7 * 24 * HOUR),
            associations_every: Duration::from_secs(6 * HOUR),
            owners_every: Duration::from_secs(6 * HOUR),
            archived_every: Duration::from_secs(HOUR),
            list_page: 100,
            search_page: 200,
            batch_size: 100,
            batch_properties: 500,
            association_batch_size: 1000,
            url_limit: 6000,
            search_body_limit: 3000,
            calls_per_10_seconds: Some(110),
            calls_per_day: None,
            searches_per_second: Some(5),
            accept_signatures_before_v3: false,
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "both arguments are literals, parsed in every test that makes a config"
)]
fn constant(url: &'static str) -> Url {
    Url::parse(url).expect("a literal URL")
}

impl HubSpotConfig {
    /// API and OAuth on one host: a sandbox. No quota is kept, since a sandbox has none, and whoever waits for one on
    /// a clock that stands still waits for ever.
    ///
    /// # Errors
    /// `Invalid` if paths cannot be added to `base`, as to `mailto:`.
    pub fn at(base: &Url) -> Result<Self> {
        let authorize_url = crate::versions::below(base, &["oauth", "authorize"])?;
        Ok(Self {
            api_base: base.clone(),
            authorize_url,
            calls_per_10_seconds: None,
            searches_per_second: None,
            ..Self::default()
        })
    }

    /// The hosts of one region: `eu1`, `na2`. HubSpot routes by the token, so that they are hardly ever needed; some old tokens
    /// are answered with 488 elsewhere. The account's details name its region, as `dataHostingLocation`.
    ///
    /// # Errors
    /// `Invalid` if this is no name of a region.
    pub fn in_region(region: &str) -> Result<Self> {
        let letters = region.bytes().take_while(u8::is_ascii_lowercase).count();
        let (name, number) = region.split_at(letters);
        if name.len() != 2 || number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::invalid("this is no region of HubSpot's")
                .with("region", region)
                .advise("use the name that HubSpot shows as the data hosting location, such as na1 or eu1"));
        }
        // The first region has the hosts without a name.
        if region == "na1" {
            return Ok(Self::default());
        }
        let url = |text: String| {
            Url::parse(&text).map_err(|error| Error::bug("a host is no host").with_source(error))
        };
        Ok(Self {
            api_base: url(format!("https://api-{region}.hubapi.com/"))?,
            authorize_url: url(format!("https://app-{region}.hubspot.com/oauth/authorize"))?,
            ..Self::default()
        })
    }

    pub(crate) fn quotas(&self) -> Vec<Quota> {
        let rate = |name, calls, seconds| {
            Quota::rate(name, QuotaScope::Account, calls, Duration::from_secs(seconds))
        };
        let calls =
            self.calls_per_10_seconds.map(|calls| rate("calls_per_10_seconds", calls, 10).except(SEARCH));
        let searches =
            self.searches_per_second.map(|calls| rate("searches_per_second", calls, 1).only(SEARCH));
        let day =
            |calls| Quota::daily("calls_per_day", QuotaScope::Account, calls, NaiveTime::MIN).except(SEARCH);
        calls.into_iter().chain(searches).chain(self.calls_per_day.map(day)).collect()
    }

    pub(crate) fn check(&self) -> Result<()> {
        let sizes = [
            ("list_page", self.list_page, 100),
            ("search_page", self.search_page, 200),
            ("batch_size", self.batch_size, 100),
            ("association_batch_size", self.association_batch_size, 1000),
            ("batch_properties", self.batch_properties, 10_000),
        ];
        for (name, size, most) in sizes {
            if !(1..=most).contains(&size) {
                return Err(Error::invalid("a page size of the HubSpot connector is out of range")
                    .with("setting", name)
                    .with("value", size)
                    .advise(format!("use a number from 1 to {most}")));
            }
        }
        Ok(())
    }
}
