//! A customer's CRM: contacts, companies and the links between them.

use std::fmt::Display;
use std::sync::Arc;

use acquaint::core::env::{Clock, Env};
use acquaint::core::http::ReqwestTransport;
use acquaint::hubspot::{HubSpot, HubSpotConfig};
use acquaint::{Acquaint, Credential, Error, Initiator, Keys, Manifest, Result, Sqlite, SyncOptions, Tenant};
use acquaint_testkit::ManualClock;
use acquaint_testkit::sandbox::Loopback;
use acquaint_testkit::sandbox::hubspot::{HubSpotSandbox, Link};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use url::Url;

use crate::Args;
use crate::cost::{self, Cost};

const PORTAL: u64 = 48_120_077;
const SCOPES: &[&str] = &["crm.objects.contacts.read", "crm.objects.companies.read"];

#[derive(Debug, Serialize)]
pub(crate) struct Costs {
    contacts: usize,
    companies: usize,
    associations: usize,
    /// Everything is read: companies, contacts, and the links between them.
    baseline: Cost,
    /// What is due a quarter of an hour later, and nothing has changed.
    idle_poll: Cost,
    /// What is due after one contact was changed.
    one_changed_contact: Cost,
    /// All links are read again, which finds those that changed while their contacts did not.
    all_associations: Cost,
}

/// A provider on a port of this machine, and an engine that reads it.
struct Bench {
    clock: ManualClock,
    hubspot: Arc<HubSpotSandbox>,
    server: Loopback,
    tenant: Tenant,
    /// When everything was read.
    read: DateTime<Utc>,
    _folder: tempfile::TempDir,
}

pub(crate) async fn measure(args: &Args) -> Result<Costs> {
    if args.contacts == 0 || args.companies == 0 {
        return Err(
            Error::invalid("nothing would be measured").advise("give at least one contact and one company")
        );
    }
    let (bench, associations) = Bench::start(args).await?;
    let baseline = bench.sync().await?;
    bench.pass(TimeDelta::minutes(17));
    let idle_poll = bench.sync().await?;
    bench.pass(TimeDelta::minutes(7));
    let contact = bench.some_contact()?;
    bench.hubspot.update(PORTAL, "contacts", contact, &[("jobtitle", "Chief of rivets")]).map_err(bug)?;
    bench.pass(TimeDelta::minutes(10));
    let one_changed_contact = bench.sync().await?;
    let all_associations = bench.walk(args.contacts).await?;
    Ok(Costs {
        contacts: args.contacts,
        companies: args.companies,
        associations,
        baseline,
        idle_poll,
        one_changed_contact,
        all_associations,
    })
}

fn bug(error: impl Display) -> Error {
    Error::bug(error.to_string())
}

impl Bench {
    async fn start(args: &Args) -> Result<(Self, usize)> {
        let clock = ManualClock::at("2026-03-02T08:00:00Z".parse().map_err(Error::malformed)?);
        let time = Arc::new(clock.clone()) as Arc<dyn Clock>;
        let hubspot = Arc::new(HubSpotSandbox::new(time, Default::default()));
        hubspot.add_portal(PORTAL, "acme.example", "admin@acme.example");
        let associations = fill(&hubspot, args)?;
        // What was made just now would be read again with the first polls.
        clock.set(clock.now() + TimeDelta::hours(3));
        let server =
            Loopback::start(Arc::<HubSpotSandbox>::clone(&hubspot)).await.map_err(Error::unavailable)?;
        let url: Url = server.url().parse().map_err(Error::malformed)?;
        let folder = tempfile::tempdir().map_err(Error::store)?;
        let mut env = Env::new(Arc::new(ReqwestTransport::new()?));
        env.clock = Arc::new(clock.clone());
        let manifest = "acquaint: 1\nname: costs\nsources: { crm: { connector: hubspot } }";
        let manifest = Manifest::parse(manifest).map_err(|problems| Error::invalid(problems.to_string()))?;
        let acquaint = Acquaint::builder()
            .manifest(manifest)
            .store(Sqlite::at(folder.path().join("costs.db")))
            .keys(Keys::new("costs", [7; 32]))
            .connector(HubSpot::new(HubSpotConfig::at(&url)?)?)
            .env(env)
            .build()
            .await?;
        let tenant = acquaint.tenant("acme");
        let token = hubspot.static_token(PORTAL, SCOPES).map_err(bug)?;
        let me = Initiator::new("ana", "a session");
        tenant.connect("crm", &me).with_credential(Credential::token(token)).await?;
        let read = clock.now();
        Ok((Self { clock, hubspot, server, tenant, read, _folder: folder }, associations))
    }

    fn pass(&self, time: TimeDelta) {
        self.clock.set(self.clock.now() + time);
    }

    /// Goes on until all links are read again, and gives the cost of that.
    async fn walk(&self, contacts: usize) -> Result<Cost> {
        let whole = u64::try_from(contacts.div_ceil(1_000)).unwrap_or(u64::MAX);
        // They are read every six hours.
        for _ in 0..(8 * 60 / 17) {
            self.pass(TimeDelta::minutes(17));
            let mut cost = self.sync().await?;
            cost.calls.retain(|call, _| call.starts_with("associations"));
            if cost.calls.values().sum::<u64>() >= whole
                && self.clock.now() >= self.read + TimeDelta::hours(5)
            {
                return Ok(cost);
            }
        }
        Err(Error::bug("links are not read again within hours"))
    }

    fn some_contact(&self) -> Result<u64> {
        let contacts = self.hubspot.records(PORTAL, "contacts").map_err(bug)?;
        contacts.keys().next().copied().ok_or_else(|| bug("there is no contact"))
    }

    /// What is due is read, and nothing else, as a scheduler does it.
    async fn sync(&self) -> Result<Cost> {
        let options = SyncOptions::new().due_only();
        cost::of(&self.tenant, &options, &self.server, || self.hubspot.requests()).await
    }
}

/// Companies, each with some contacts; one contact in five is linked to a second company. Returns how many links.
fn fill(hubspot: &HubSpotSandbox, args: &Args) -> Result<usize> {
    let mut companies = Vec::with_capacity(args.companies);
    for number in 0..args.companies {
        let (name, domain) = (format!("Customer {number}"), format!("customer-{number}.example"));
        let values =
            [("name", &*name), ("domain", &domain), ("lifecyclestage", "customer"), ("industry", "RIVETS")];
        companies.push(hubspot.create(PORTAL, "companies", &values).map_err(bug)?);
    }
    let mut links = 0;
    for number in 0..args.contacts {
        let home = number % companies.len();
        let (first, email) = (format!("Jane {number}"), format!("jane.{number}@customer-{home}.example"));
        let values = [("firstname", &*first), ("lastname", "Doe"), ("email", &email), ("jobtitle", "Buyer")];
        let contact = hubspot.create(PORTAL, "contacts", &values).map_err(bug)?;
        let mut link = |company: usize, link| {
            links += 1;
            let (from, to) = (("contacts", contact), ("companies", companies[company]));
            hubspot.associate(PORTAL, from, to, link).map_err(bug)
        };
        link(home, Link::Primary)?;
        if number % 5 == 0 && companies.len() > 1 {
            link((home + 1) % companies.len(), Link::Unlabelled)?;
        }
    }
    Ok(links)
}

pub(crate) fn show(costs: &Costs) {
    println!(
        "HubSpot: {} contacts, {} companies, {} associations",
        costs.contacts, costs.companies, costs.associations
    );
    cost::show(&[
        ("baseline", &costs.baseline),
        ("idle poll", &costs.idle_poll),
        ("one changed contact", &costs.one_changed_contact),
        ("all associations again", &costs.all_associations),
    ]);
}
