//! A destination that fails in every way, and looks whether it is told in order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use acquaint::core::error::Retry;
use acquaint::core::ids::TenantId;
use acquaint::{Delivery, Destination, Error, ErrorKind, Receipt, Result, Subject, async_trait};
use serde_json::Value;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Takes,
    /// It takes, and the answer is lost.
    TakesInSilence,
    Fails,
    Hangs,
    Refuses,
    Panics,
    Gone,
}

type About = (TenantId, Subject);

#[derive(Debug, Default)]
struct Inner {
    mood: Option<Mood>,
    /// Everything that was begun, in order.
    begun: Vec<Delivery>,
    /// What it has, by subject: the newest revision, and its content.
    has: BTreeMap<About, (u64, Value)>,
    flying: BTreeMap<About, u64>,
    wrong: Vec<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Receiver(Arc<Mutex<Inner>>);

impl Receiver {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    pub(crate) fn is(&self, mood: Mood) {
        self.inner().mood = Some(mood);
    }

    /// The attempts that were begun since it was last asked.
    pub(crate) fn attempts(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.inner().begun)
    }

    /// The contents that it has of a tenant, those gone left out.
    pub(crate) fn has(&self, tenant: &TenantId) -> BTreeMap<Subject, Value> {
        let inner = self.inner();
        let own = inner.has.iter().filter(|((whose, _), (_, content))| whose == tenant && !content.is_null());
        own.map(|((_, subject), (_, content))| (subject.clone(), content.clone())).collect()
    }

    /// What was not as promised.
    pub(crate) fn wrong(&self) -> Vec<String> {
        self.inner().wrong.clone()
    }

    /// Begins an attempt, and looks whether it may.
    fn begin(&self, delivery: &Delivery) -> Mood {
        let mut inner = self.inner();
        let about = (delivery.tenant.clone(), delivery.subject.clone());
        let same = inner
            .begun
            .iter()
            .filter(|begun| (&begun.tenant, &begun.subject) == (&delivery.tenant, &delivery.subject));
        let mut wrong = Vec::new();
        for before in same {
            if before.revision > delivery.revision {
                wrong.push(format!("{} begins after {}", delivery.id, before.id));
            }
            let alike = (before.revision == delivery.revision) == (before.id == delivery.id);
            let whole = before.id != delivery.id || before.payload() == delivery.payload();
            if !alike || !whole {
                wrong.push(format!("{} is not the same snapshot under the same id", delivery.id));
            }
        }
        let flying = inner.flying.entry(about).or_default();
        *flying += 1;
        if *flying > 1 {
            wrong.push(format!("{} is attempted twice at a time", delivery.id));
        }
        inner.wrong.extend(wrong);
        inner.begun.push(delivery.clone());
        inner.mood.unwrap_or(Mood::Takes)
    }

    fn take(&self, delivery: &Delivery) {
        let mut inner = self.inner();
        let about = (delivery.tenant.clone(), delivery.subject.clone());
        let known = inner.has.entry(about).or_default();
        if delivery.revision > known.0 {
            *known = (delivery.revision, delivery.content.clone());
        }
    }
}

/// The end of an attempt, however it ends.
struct Flight<'a>(&'a Receiver, About);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        *self.0.inner().flying.get_mut(&self.1).unwrap() -= 1;
    }
}

#[async_trait]
impl Destination for Receiver {
    async fn deliver(&self, delivery: &Delivery) -> Result<Receipt> {
        let mood = self.begin(delivery);
        let _flight = Flight(self, (delivery.tenant.clone(), delivery.subject.clone()));
        tokio::task::yield_now().await;
        match mood {
            Mood::Takes => {
                self.take(delivery);
                Ok(Receipt::new())
            }
            Mood::TakesInSilence => {
                self.take(delivery);
                Err(Error::new(ErrorKind::Unavailable, "the answer was lost"))
            }
            Mood::Fails => Err(Error::new(ErrorKind::Unavailable, "it fails")),
            Mood::Hangs => std::future::pending().await,
            Mood::Refuses => Err(Error::invalid("it refuses this").retry(Retry::Never)),
            Mood::Panics => panic!("on purpose"),
            Mood::Gone => Err(Error::not_found("it is gone")),
        }
    }
}
