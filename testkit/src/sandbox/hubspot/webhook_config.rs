//! What can be set about webhooks.

use chrono::Duration;

/// How webhooks are sent, and the points on which HubSpot's documentation leaves room.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookConfig {
    /// Whether anything is sent; what happens while this is off is never told. Default: yes.
    pub enabled: bool,
    /// How long after it happened a change is told. Default: at once.
    pub delay: Duration,
    /// How many events a delivery holds at most. Default: 100.
    pub batch: usize,
    /// Whether one delivery may hold events of several portals. Default: yes.
    pub mixes_portals: bool,
    /// Whether every event is told twice. Default: no.
    pub repeats: bool,
    /// Whether events are told in another order than they happened, the same for the same seed. Default: no.
    pub shuffle: Option<u64>,
    /// Whether each event has an id of its own, of which HubSpot is not certain. Default: yes.
    pub unique_event_ids: bool,
    /// Whether a record that is made with values is told as changes of them besides. Default: yes.
    pub creation_tells_properties: bool,
    /// Whether the signature is over the target's address with some of its escapes decoded, as the documentation
    /// has it; else as it is sent, as HubSpot's own clients check it. Default: decoded.
    pub signs_decoded_uri: bool,
    /// How long the receiver may take to answer. Default: five seconds.
    pub timeout: Duration,
    /// How often a delivery that failed is tried again, within 24 hours. Default: ten times.
    pub retries: u32,
    /// Whether a target may be an `http` address, for receivers on this machine. Default: no.
    pub http_targets: bool,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            delay: Duration::zero(),
            batch: 100,
            mixes_portals: true,
            repeats: false,
            shuffle: None,
            unique_event_ids: true,
            creation_tells_properties: true,
            signs_decoded_uri: true,
            timeout: Duration::seconds(5),
            retries: 10,
            http_targets: false,
        }
    }
}
