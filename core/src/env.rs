//! Everything ambient, in one value: time, randomness, the network, and the points where a test may strike.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::http::HttpTransport;

/// Where the time comes from.
///
/// Nothing in this project asks the operating system for the time but [`SystemClock`], so a test can run a
/// year in a second.
#[async_trait]
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;

    /// Returns once `duration` has passed on this clock. May be dropped at any time.
    async fn sleep(&self, duration: std::time::Duration);
}

/// Where random bytes come from: identifiers, `state` values, PKCE verifiers, nonces, jitter.
pub trait Entropy: Debug + Send + Sync + 'static {
    /// Fills `bytes` with unpredictable values.
    fn fill(&self, bytes: &mut [u8]);
}

/// The named points at which a test may crash or interleave work; see [`Env::reach`].
///
/// In production this is [`NoProbe`], which does nothing.
#[async_trait]
pub trait Probe: Debug + Send + Sync + 'static {
    /// Called when work reaches `point`. An error here ends the work as a crash would: nothing after the
    /// point happens.
    async fn reach(&self, point: &'static str) -> Result<()>;
}

/// The ambient services that every part of the engine is given. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Env {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The network.
    pub http: Arc<dyn HttpTransport>,
    /// Test instrumentation.
    pub probe: Arc<dyn Probe>,
}

impl Env {
    /// An environment on the system clock and the system's randomness, sending through `http`.
    pub fn new(http: Arc<dyn HttpTransport>) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            http,
            probe: Arc::new(NoProbe),
        }
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Marks that work has come to a named point; errs only under a test that wants a crash here.
    pub async fn reach(&self, point: &'static str) -> Result<()> {
        self.probe.reach(point).await
    }

    /// A fresh identifier: `prefix`, an underscore and 128 random bits in lower-case hexadecimal.
    pub fn id(&self, prefix: &str) -> String {
        let mut bytes = [0u8; 16];
        self.entropy.fill(&mut bytes);
        let mut id = String::with_capacity(prefix.len() + 33);
        id.push_str(prefix);
        id.push('_');
        for byte in bytes {
            id.push(char::from(HEX[usize::from(byte >> 4)]));
            id.push(char::from(HEX[usize::from(byte & 15)]));
        }
        id
    }

    /// A number drawn evenly from `0.0..1.0`, for jitter.
    pub fn fraction(&self) -> f64 {
        let mut bytes = [0u8; 4];
        self.entropy.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    async fn sleep(&self, duration: std::time::Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes);
    }
}

/// No instrumentation.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProbe;

#[async_trait]
impl Probe for NoProbe {
    async fn reach(&self, _point: &'static str) -> Result<()> {
        Ok(())
    }
}
