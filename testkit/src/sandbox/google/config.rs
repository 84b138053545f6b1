//! How the sandbox behaves where Google leaves a choice.

use chrono::Duration;

use super::quota::GoogleQuotas;
use crate::sandbox::oauth::{OAuthConfig, RefreshIssue};

/// Google's token endpoint, which assertions are addressed to wherever the sandbox is served.
const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";

/// What an incremental list says of changes outside the window of the first list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncrementalWindow {
    /// Everything that changed is told, wherever it lies.
    Everything,
    /// Only what lies in the first list's window, or lay in it before the change.
    FirstListOnly,
}

/// What readers see of a private event besides its times. Which of them Google shows is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateShape {
    /// Nothing: the event has no `summary`.
    TimesOnly,
    /// `summary` is `busy`.
    Busy,
}

/// How a call is refused that a quota does not allow, and with which status: 403, or 429 as Google's guide to
/// errors has it too. A day's quota is always refused with 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaAnswer {
    /// `rateLimitExceeded`, `userRateLimitExceeded` or `dailyLimitExceeded`, and nothing else.
    Reason(u16),
    /// `rateLimitExceeded` or `quotaExceeded`, with the metric in the message and in details.
    Metric(u16),
}

/// The behaviour of a [`GoogleSandbox`](super::GoogleSandbox). Everything can be changed while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GoogleConfig {
    /// At most so many items on a page, whatever `maxResults` asks.
    pub page_cap: Option<usize>,
    /// Sync tokens older than this answer 410.
    pub sync_token_age: Option<Duration>,
    /// What incremental lists say of changes outside the first list's window.
    pub incremental_window: IncrementalWindow,
    /// Whether cancelled events keep their details on the organiser's own calendar; elsewhere they are stubs.
    pub cancelled_details: bool,
    /// Whether deleting a series also tells of each of its changed occurrences as cancelled.
    pub cancel_exceptions_with_series: bool,
    /// How far ahead of now series are expanded where no `timeMax` is given.
    pub expand_ahead: Duration,
    /// An `updatedMin` further back than this answers 410.
    pub updated_min_age: Duration,
    /// Whether invitations reach the calendars of invited accounts.
    pub deliver_invitations: bool,
    /// What sync tokens carry at first. A server that does not go on from an earlier one's state is given another
    /// number, so that tokens of the earlier one answer 410.
    pub first_generation: u64,
    /// Whether channels may have addresses without TLS, so that a test can receive on a port of its own.
    pub http_callbacks: bool,
    /// The longest that a channel lives, whatever is asked. Google's own limit is not documented.
    pub channel_life: Duration,
    /// Whether a channel's `expiration` is a JSON number instead of a string: Google documents both.
    pub expiration_as_number: bool,
    /// Whether the ids of a new series' occurrences say nothing of series and start: Google documents no form.
    pub opaque_instance_ids: bool,
    /// Whether a series that goes on after "this and following" keeps the `iCalUID` (not documented at Google).
    pub split_keeps_uid: bool,
    /// What readers see of private events (not documented at Google).
    pub private_shape: PrivateShape,
    /// How many calls are allowed; see [`GoogleSandbox::refused`](super::GoogleSandbox::refused).
    pub quotas: GoogleQuotas,
    /// How a call beyond them is refused.
    pub quota_answer: QuotaAnswer,
    /// What `Retry-After` says to a refused call, in whole seconds; Google does not document any.
    pub retry_after: Option<Duration>,
}

impl Default for GoogleConfig {
    fn default() -> Self {
        Self {
            page_cap: None,
            sync_token_age: None,
            incremental_window: IncrementalWindow::Everything,
            cancelled_details: false,
            cancel_exceptions_with_series: false,
            expand_ahead: Duration::days(730),
            updated_min_age: Duration::days(28),
            deliver_invitations: true,
            first_generation: 0,
            http_callbacks: false,
            channel_life: Duration::days(7),
            expiration_as_number: false,
            opaque_instance_ids: false,
            split_keeps_uid: false,
            private_shape: PrivateShape::TimesOnly,
            quotas: GoogleQuotas::default(),
            quota_answer: QuotaAnswer::Reason(403),
            retry_after: None,
        }
    }
}

/// Google's authorisation server: one-hour access tokens; refresh tokens that stay, and that come only with
/// `access_type=offline` at the first or a forced consent
/// (<https://developers.google.com/identity/protocols/oauth2/web-server>), a hundred for each account and client;
/// service accounts (<https://developers.google.com/identity/protocols/oauth2/service-account>).
pub fn google_oauth() -> OAuthConfig {
    OAuthConfig {
        access_lifetime: Duration::seconds(3599),
        refresh_issue: RefreshIssue::OfflineFirstConsent,
        grants_per_account: Some(100),
        redirect_carries_scope: true,
        access_prefix: "ya29.".to_owned(),
        refresh_prefix: "1//0".to_owned(),
        code_prefix: "4/0".to_owned(),
        assertion_audience: Some(TOKEN_URL.to_owned()),
        assertion_scope_prefix: "https://www.googleapis.com/auth/".to_owned(),
        ..OAuthConfig::default()
    }
}
