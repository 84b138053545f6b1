//! Two tenants that differ in nothing but what their records say.

use std::sync::{Arc, Mutex};

use acquaint::core::env::{Entropy, Env};
use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use acquaint::core::store::Store;
use acquaint::{Acquaint, Manifest, Tenant, async_trait};
use acquaint_testkit::SeededEntropy;

use crate::support::{ANA, BEN, CALLBACK, MANIFEST, PORTAL, World, me, meeting};
use crate::watched::Watched;

/// What each tenant's records say.
pub(crate) const WORDS: [&str; 2] = ["alpha", "bravo"];

/// Two tenants of one engine. Accounts, portals, addresses, record ids and times are equal, and so are connections,
/// grants and meetings down to their ids.
pub(crate) struct Twins {
    pub(crate) worlds: [World; 2],
    pub(crate) acquaint: Acquaint,
    pub(crate) store: Arc<Watched>,
    entropy: Rewound,
}

impl Twins {
    pub(crate) async fn new(store: Arc<dyn Store>) -> Self {
        let worlds = WORDS.map(|word| World::with_tokens(&format!("{word}-")));
        for (world, word) in worlds.iter().zip(WORDS) {
            fill(world, word);
        }
        let store = Arc::new(Watched::new(store));
        let entropy = Rewound::default();
        let mut env = Env::new(Arc::new(Providers(worlds.each_ref().map(|world| Arc::clone(&world.http)))));
        env.clock = Arc::new(worlds[0].clock.clone());
        env.entropy = Arc::new(entropy.clone());
        let manifest = MANIFEST.replace("match:", "  own: { connector: local }\nmatch:");
        // One lane after the other, so that both draw the same ids.
        let builder =
            worlds[0].builder().manifest(Manifest::parse(&manifest).unwrap()).env(env).concurrency(1);
        let acquaint = builder.store(Arc::clone(&store)).build().await.unwrap();
        Self { worlds, acquaint, store, entropy }
    }

    /// One of the two, who acts from now on.
    pub(crate) fn act(&self, which: usize) -> Tenant {
        let tenant = self.acquaint.tenant(format!("tenant-{which}"));
        self.store.act_as(tenant.id());
        tenant
    }

    /// Connects everything of one of them and reads it, with the same random numbers for both.
    pub(crate) async fn connect(&self, which: usize) {
        self.entropy.rewind();
        let (tenant, world) = (self.act(which), &self.worlds[which]);
        for (source, account) in [("calendar", ANA), ("calendar", BEN), ("crm", "admin@us.example")] {
            world.connect(&self.acquaint, &tenant, source, account).await.unwrap();
        }
        let _ = tenant.sync().await.unwrap().into_result().unwrap();
    }

    /// An authorisation of one of them that has come back and is not finished yet.
    pub(crate) async fn begun(&self, which: usize) -> http::Request<()> {
        let callback = CALLBACK.parse().unwrap();
        let begun =
            self.act(which).connect("calendar", &me(ANA)).account(ANA).begin_at(&callback).await.unwrap();
        self.worlds[which].visit(&begun.url)
    }
}

fn fill(world: &World, word: &str) {
    let title = |title: &str| format!("{title} {word}");
    let people = [ANA, BEN, "jane@globex.com"];
    for (id, name) in [("review", "Review"), ("planning", "Planning"), ("hold1", "Hold")] {
        let event = meeting(id, &title(name), "2026-03-03T10:00:00Z", &people);
        world.google.insert_event(ANA, event).unwrap();
    }
    world
        .google
        .insert_event(ANA, meeting("gone1", &title("Gone"), "2026-03-05T10:00:00Z", &people))
        .unwrap();
    let company = world.company(&title("Globex"), "globex.com", "customer");
    let jane = [("email", "jane@globex.com"), ("firstname", "Jane"), ("lastname", word), ("jobtitle", word)];
    let jane = world.hubspot.create(PORTAL, "contacts", &jane).unwrap();
    let link = acquaint_testkit::sandbox::hubspot::Link::Primary;
    world.hubspot.associate(PORTAL, ("contacts", jane), ("companies", company), link).unwrap();
    world.minutes(1);
}

/// One provider behind one address, in which each tenant has data of its own: who is asked depends on the
/// credential, as it does out there.
#[derive(Debug)]
struct Providers([Arc<dyn HttpTransport>; 2]);

#[async_trait]
impl HttpTransport for Providers {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let whose: Vec<usize> = (0..WORDS.len())
            .filter(|which| {
                let word = WORDS[*which];
                header.is_some_and(|header| header.contains(word))
                    || (header.is_none() && body.contains(word))
            })
            .collect();
        assert_eq!(
            whose.len(),
            1,
            "a request carries the credential of one tenant: {}",
            request.uri().path()
        );
        self.0[whose[0]].send(request).await
    }
}

/// Random numbers that begin anew.
#[derive(Debug, Clone)]
struct Rewound(Arc<Mutex<SeededEntropy>>);

impl Default for Rewound {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(SeededEntropy::new(1))))
    }
}

impl Rewound {
    fn rewind(&self) {
        *self.0.lock().unwrap() = SeededEntropy::new(1);
    }
}

impl Entropy for Rewound {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill(bytes);
    }
}
