//! Webhooks on their way: from news to events, from events to batches, and each batch until it is taken.
//!
//! See <https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide>.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use http::header::{CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request};
use serde_json::{Map, Value, json};

use super::HubSpotSandbox;
use super::config::HubSpotConfig;
use super::happened::event;
use super::search::mix;
use super::server::State;
use super::signature;
use super::subscription::Settings;

const AGENT: &str = "HubSpot Connect 2.0 (http://dev.hubspot.com/) (namespace: webhooks-nio-http-client)";

/// How long a delivery is tried again after its first attempt.
const PATIENCE: Duration = Duration::hours(24);

/// About how long before each further attempt, in seconds. HubSpot spreads them at random.
const PAUSES: [i64; 10] = [60, 180, 480, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600];

/// A batch of events on its way to the app's target.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Delivery {
    /// The number of the batch, the same in all its attempts.
    pub number: u64,
    /// Which attempt this is, from 0 on.
    pub attempt: u32,
    /// The whole request, signed when it was taken.
    pub request: Request<Bytes>,
}

#[derive(Debug)]
struct Waiting {
    due: DateTime<Utc>,
    event: Map<String, Value>,
}

#[derive(Debug)]
struct Batch {
    /// When it is tried next; while it is under way, when its time is up.
    due: DateTime<Utc>,
    /// When it was tried first.
    first: DateTime<Utc>,
    attempt: u32,
    events: Vec<Map<String, Value>>,
}

/// All of the app's webhooks.
#[derive(Debug, Default)]
pub(super) struct Push {
    pub(super) settings: Settings,
    events: u64,
    batches: u64,
    waiting: VecDeque<Waiting>,
    again: BTreeMap<u64, Batch>,
    under_way: BTreeMap<u64, Batch>,
}

impl State {
    /// Lets portals keep news as long as somebody is subscribed.
    pub(super) fn listen(&mut self) {
        let open = !self.push.settings.topics.is_empty();
        self.portals.values_mut().for_each(|portal| portal.news.open = open);
    }

    /// Queues what has happened for those who asked for it. Says whether there is anything to send.
    pub(super) fn announce(&mut self, now: DateTime<Utc>) -> bool {
        let Self { config, portals, push, .. } = self;
        for portal in portals.values_mut().filter(|portal| !portal.news.is_empty()) {
            let all = portal.news.take();
            if !config.webhooks.enabled || push.settings.target.is_none() || !portal.installed {
                continue;
            }
            for news in &all {
                for (id, topic) in &push.settings.topics {
                    if !topic.hears(&news.kind, &news.what) {
                        continue;
                    }
                    push.events += 1;
                    let number = if config.webhooks.unique_event_ids { push.events } else { push.events % 3 };
                    let Some(mut event) = event(config, portal, news, (*id, topic), now) else { continue };
                    event.insert("eventId".to_owned(), json!(100_000_000 + number));
                    let due = now + config.webhooks.delay;
                    for _ in 0..=usize::from(config.webhooks.repeats) {
                        push.waiting.push_back(Waiting { due, event: event.clone() });
                    }
                }
            }
        }
        if let Some(seed) = config.webhooks.shuffle {
            // Not beyond the newest, so that a long queue costs no more.
            let last = push.waiting.len();
            for at in last.saturating_sub(256)..last {
                let other = mix(seed ^ mix(push.events + at as u64)) as usize % last;
                push.waiting.swap(at, other);
            }
        }
        !push.waiting.is_empty()
    }
}

impl Push {
    /// Takes the batch that is due first, tried again ones before new ones.
    fn take(&mut self, config: &HubSpotConfig, now: DateTime<Utc>) -> Option<Delivery> {
        self.give_up_waiting(config, now);
        let again = self.again.iter().find(|(_, batch)| batch.due <= now).map(|(number, _)| *number);
        let (number, mut batch) = match again.and_then(|number| self.again.remove_entry(&number)) {
            Some(entry) => entry,
            None => {
                let events = self.due_events(config, now);
                if events.is_empty() {
                    return None;
                }
                self.batches += 1;
                (self.batches, Batch { due: now, first: now, attempt: 0, events })
            }
        };
        batch.due = now + config.webhooks.timeout;
        let request = self.request(config, &batch, now)?;
        let delivery = Delivery { number, attempt: batch.attempt, request };
        self.under_way.insert(number, batch);
        Some(delivery)
    }

    fn due_events(&mut self, config: &HubSpotConfig, now: DateTime<Utc>) -> Vec<Map<String, Value>> {
        let mut events: Vec<Map<String, Value>> = Vec::new();
        let mut kept = VecDeque::new();
        while let Some(waiting) = self.waiting.pop_front() {
            let portal = |event: &Map<String, Value>| event.get("portalId").cloned();
            let fits = waiting.due <= now
                && (config.webhooks.mixes_portals
                    || events.first().is_none_or(|first| portal(first) == portal(&waiting.event)));
            if fits {
                events.push(waiting.event);
                if events.len() >= config.webhooks.batch.max(1) {
                    break;
                }
            } else {
                kept.push_back(waiting);
            }
        }
        if !kept.is_empty() {
            kept.append(&mut self.waiting);
            self.waiting = kept;
        }
        events
    }

    fn request(&self, config: &HubSpotConfig, batch: &Batch, now: DateTime<Utc>) -> Option<Request<Bytes>> {
        let target = self.settings.target.clone()?;
        let events: Vec<Value> = (batch.events.iter().cloned())
            .map(|mut event| {
                event.insert("attemptNumber".to_owned(), json!(batch.attempt));
                Value::Object(event)
            })
            .collect();
        let body = Value::Array(events).to_string();
        let address = target.to_string();
        let signed = if config.webhooks.signs_decoded_uri { signature::decoded(&address) } else { address };
        let (secret, timestamp) = (&config.client_secret, now.timestamp_millis().to_string());
        let v3 = signature::v3(secret, "POST", &signed, &body, &timestamp);
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = target;
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in [
            ("x-hubspot-signature", signature::v1(secret, &body)),
            ("x-hubspot-signature-version", "v1".to_owned()),
            ("x-hubspot-signature-v3", v3),
            ("x-hubspot-request-timestamp", timestamp),
        ] {
            headers.insert(name, HeaderValue::try_from(value).ok()?);
        }
        *request.body_mut() = Bytes::from(body);
        Some(request)
    }

    /// What was sent and not answered in time has failed.
    fn give_up_waiting(&mut self, config: &HubSpotConfig, now: DateTime<Utc>) {
        let late = self.under_way.iter().filter(|(_, batch)| batch.due <= now);
        let late: Vec<u64> = late.map(|(number, _)| *number).collect();
        for number in late {
            self.answered(config, number, None, now);
        }
    }

    /// Anything from 400 on, and no answer, is tried again.
    fn answered(&mut self, config: &HubSpotConfig, number: u64, status: Option<u16>, now: DateTime<Utc>) {
        let Some(mut batch) = self.under_way.remove(&number) else { return };
        if status.is_some_and(|status| status < 400) {
            return;
        }
        let pause = PAUSES[(batch.attempt as usize).min(PAUSES.len() - 1)] * 1000;
        let spread = 750 + (mix(number ^ mix(u64::from(batch.attempt))) % 500).cast_signed();
        batch.due = now + Duration::milliseconds(pause * spread / 1000);
        batch.attempt += 1;
        if batch.attempt <= config.webhooks.retries && batch.due <= batch.first + PATIENCE {
            self.again.insert(number, batch);
        }
    }
}

impl HubSpotSandbox {
    /// Takes the next batch that is due to be sent, signed now, so that a test can hand it to whatever receives it,
    /// and say what became of it with [`Self::answer_delivery`]. Unless that is said within
    /// [`WebhookConfig::timeout`](super::WebhookConfig::timeout) it counts as failed, and comes again.
    /// A [`Courier`](super::Courier) takes from the same queue.
    pub fn next_delivery(&self) -> Option<Delivery> {
        let now = self.clock.now();
        let mut state = self.state();
        let State { config, push, .. } = &mut *state;
        push.take(config, now)
    }

    /// Says with which status a delivery was answered, or that it was not (`None`). After that and after 400 and above
    /// it is tried again, up to ten times within 24 hours.
    pub fn answer_delivery(&self, delivery: &Delivery, status: Option<u16>) {
        let now = self.clock.now();
        let mut state = self.state();
        let State { config, push, .. } = &mut *state;
        push.answered(config, delivery.number, status, now);
        self.bell.notify_one();
    }

    /// When [`Self::next_delivery`] has something next; `None` if nothing waits.
    pub fn next_delivery_at(&self) -> Option<DateTime<Utc>> {
        let state = self.state();
        let push = &state.push;
        let batches = push.again.values().chain(push.under_way.values()).map(|batch| batch.due);
        push.waiting.iter().map(|waiting| waiting.due).chain(batches).min()
    }

    /// How many events have not been taken by anybody yet, those under way included.
    pub fn undelivered(&self) -> usize {
        let state = self.state();
        let push = &state.push;
        let batches = push.again.values().chain(push.under_way.values());
        push.waiting.len() + batches.map(|batch| batch.events.len()).sum::<usize>()
    }

    /// Forgets every event that waits or is under way.
    pub fn drop_deliveries(&self) {
        let mut state = self.state();
        state.push.waiting.clear();
        state.push.again.clear();
        state.push.under_way.clear();
    }
}
