//! Random histories: meetings change, destinations fail and recover, engines crash. In the end every destination that lives
//! has every current state, and nobody was told anything out of order.

use acquaint::{Acquaint, Tenant};
use acquaint_testkit::Script;

use crate::receiver::Mood;
use crate::world::{World, event, manifest, stands};

const STEPS: u64 = 60;

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

struct History {
    world: World,
    dice: Dice,
    engines: Vec<(Acquaint, Script)>,
}

impl History {
    async fn new(seed: u64) -> Self {
        let world = World::seeded(seed).await;
        let mut engines = Vec::new();
        for _ in 0..2 {
            let script = Script::new();
            engines.push((world.engine(&manifest("[audit, product]"), &script).await, script));
        }
        for name in ["acme", "zeta"] {
            crate::world::fill(&engines[0].0.tenant(name)).await;
        }
        Self { world, dice: Dice(seed), engines }
    }

    fn tenant(&mut self) -> Tenant {
        let name = ["acme", "zeta"][usize::try_from(self.dice.below(2)).unwrap()];
        let engine = usize::try_from(self.dice.below(2)).unwrap();
        self.engines[engine].0.tenant(name)
    }

    async fn step(&mut self) {
        match self.dice.below(10) {
            0..=2 => {
                let (tenant, id) = (self.tenant(), format!("e{}", self.dice.below(5)));
                let people = [&["jane@globex.com"][..], &["jane@globex.com", "joe@globex.com"], &[]];
                let people = people[usize::try_from(self.dice.below(3)).unwrap()];
                let title = format!("title {}", self.dice.below(100));
                tenant.local("product").put_events([event(&id, &title, people)]).await.unwrap();
                self.sync(&tenant).await;
            }
            3 => {
                let (tenant, id) = (self.tenant(), format!("e{}", self.dice.below(5)));
                tenant.local("product").remove_events([("ana", id.as_str())]).await.unwrap();
                self.sync(&tenant).await;
            }
            4 => {
                let moods =
                    [Mood::Takes, Mood::TakesInSilence, Mood::Fails, Mood::Hangs, Mood::Refuses, Mood::Gone];
                let mood = moods[usize::try_from(self.dice.below(6)).unwrap()];
                let receiver = if self.dice.below(2) == 0 { &self.world.product } else { &self.world.audit };
                receiver.is(mood);
            }
            5 => self.world.wait_seconds(self.dice.below(7_200)),
            6 => {
                let point = usize::try_from(self.dice.below(4)).unwrap();
                let point = ["deliver.claimed", "deliver.sent", "deliver.settled", "join.committed"][point];
                self.engines[0].1.crash_when(point, 1);
                self.deliver().await;
            }
            7 => {
                let (one, other) = tokio::join!(self.engines[0].0.deliver(), self.engines[1].0.deliver());
                drop((one, other));
                self.engines[0].1.revive();
            }
            _ => self.deliver().await,
        }
    }

    /// Decides what has changed. An engine that crashes is there again, and does it then.
    async fn sync(&self, tenant: &Tenant) {
        while let Err(error) = tenant.sync().await {
            assert!(Script::is_crash(&error), "{error:?}");
            self.engines.iter().for_each(|(_, script)| script.revive());
        }
    }

    /// One engine delivers. If it crashes, it is there again afterwards.
    async fn deliver(&mut self) {
        let engine = usize::try_from(self.dice.below(2)).unwrap();
        let (acquaint, script) = &self.engines[engine];
        if let Err(error) = acquaint.deliver().await {
            assert!(Script::is_crash(&error), "{error:?}");
        }
        script.revive();
    }

    /// Lets time pass until nothing is due any more.
    async fn quiet(&mut self) {
        for _ in 0..60 {
            self.world.wait(3);
            self.deliver().await;
        }
        for name in ["acme", "zeta"] {
            let tenant = self.engines[1].0.tenant(name);
            self.sync(&tenant).await;
            // What was refused for itself.
            for destination in ["audit", "product"] {
                tenant.offer_again(destination).await.unwrap();
            }
        }
        for _ in 0..3 {
            self.world.wait(3);
            self.deliver().await;
        }
    }
}

/// How many histories are looked at: `ACQUAINT_DELIVERIES` sets another number.
fn seeds() -> u64 {
    std::env::var("ACQUAINT_DELIVERIES").ok().and_then(|text| text.parse().ok()).unwrap_or(60)
}

#[tokio::test]
async fn every_current_state_reaches_every_live_destination() {
    for seed in 0..seeds() {
        let mut history = History::new(seed).await;
        for _ in 0..STEPS {
            history.step().await;
        }
        // One of them may never come back. The other must not notice.
        let dies = history.dice.below(3) == 0;
        history.world.product.is(Mood::Takes);
        history.world.audit.is(if dies { Mood::Hangs } else { Mood::Takes });
        history.quiet().await;
        for name in ["acme", "zeta"] {
            let tenant = history.engines[0].0.tenant(name);
            let stands = stands(&tenant).await;
            assert_eq!(history.world.product.has(tenant.id()), stands, "product of {name}, seed {seed}");
            if !dies {
                assert_eq!(history.world.audit.has(tenant.id()), stands, "audit of {name}, seed {seed}");
            }
        }
        assert_eq!(history.world.product.wrong(), Vec::<String>::new(), "seed {seed}");
        assert_eq!(history.world.audit.wrong(), Vec::<String>::new(), "seed {seed}");
    }
}
