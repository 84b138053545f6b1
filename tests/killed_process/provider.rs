//! The providers, with the demo data, and what happens there from one sync to the next.

use acquaint::Tenant;
use acquaint_testkit::sandbox::crm_csv::{load_companies, load_contacts};
use acquaint_testkit::sandbox::ics;
use serde_json::{Value, json};

use crate::child::{Order, open};
use crate::support::{PORTAL, World, at};

pub(crate) const TENANT: &str = "acme";

/// The rules of the demo data over half a year.
pub(crate) const MANIFEST: &str = "
acquaint: 1
name: customer-meetings
sources:
  calendar:
    connector: google-calendar
    window: { past: 170d, future: 30d }
  crm:
    connector: hubspot
    accounts: { fields: { stage: lifecyclestage } }
    contacts: { fields: { role: jobtitle } }
match:
  accounts: { stage: customer }
keep:
  all:
    - attendees: { some: { external: true, account: { exists: true } } }
    - title: { not: { matches: '(?i)^(hold|blocked)' } }
    - duration: { at_least: 10m }
output:
  title: title
  starts_at: start
  account: main_account.name
  people: { each: attendees, where: { external: true }, take: { email: email, role: contact.role, account: account.name } }
";

/// The first sync, an increment, and a baseline because the cursors are dead.
pub(crate) const STAGES: usize = 3;

const ANA: &str = "ana.duarte@meridian-robotics.example";
const BEN: &str = "ben.osei@meridian-robotics.example";

#[derive(Debug)]
pub(crate) struct Provider {
    world: World,
    folder: tempfile::TempDir,
}

impl Provider {
    /// With everything connected, and nothing read yet.
    pub(crate) async fn new() -> Self {
        let world = World::on_loopback(at("2026-11-20T09:00:00Z")).await;
        for (owner, name, text) in [
            (ANA, "ana.ics", include_str!("../../examples/data/ana.ics")),
            (BEN, "ben.ics", include_str!("../../examples/data/ben.ics")),
        ] {
            world.google.add_account(owner, chrono_tz::Europe::Berlin);
            world.google.load_ics(owner, owner, &ics::load(name, text).unwrap()).unwrap();
        }
        let mut companies =
            load_companies("companies.csv", include_bytes!("../../examples/data/companies.csv")).unwrap();
        let mut contacts =
            load_contacts("contacts.csv", include_bytes!("../../examples/data/contacts.csv")).unwrap();
        let changed = Some(at("2026-11-19T09:00:00Z"));
        companies.rows.iter_mut().for_each(|row| row.updated = changed);
        contacts.rows.iter_mut().for_each(|row| row.updated = changed);
        contacts.rows.truncate(120);
        world.hubspot.load(PORTAL, &companies, &contacts).unwrap();

        let provider = Self { world, folder: tempfile::tempdir().unwrap() };
        let acquaint = provider.open().await;
        let tenant = acquaint.tenant(TENANT);
        for (source, account) in [("calendar", ANA), ("calendar", BEN), ("crm", "admin@us.example")] {
            provider.world.connect(&acquaint, &tenant, source, account).await.unwrap();
        }
        provider
    }

    async fn open(&self) -> acquaint::Acquaint {
        let order = self.order();
        open(&order.google, &order.hubspot, &order.database, self.world.env()).await
    }

    pub(crate) async fn tenant(&self) -> Tenant {
        self.open().await.tenant(TENANT)
    }

    pub(crate) fn order(&self) -> Order {
        Order {
            database: self.folder.path().join("acquaint.db"),
            google: self.world.google_url.clone(),
            hubspot: self.world.hubspot_url.clone(),
            now: acquaint::core::env::Clock::now(&self.world.clock),
        }
    }

    pub(crate) fn minutes(&self, minutes: i64) {
        self.world.minutes(minutes);
    }

    /// What happens before a sync. It does not depend on what was read before.
    pub(crate) fn stage(&self, stage: usize) {
        let google = &self.world.google;
        match stage {
            0 => {}
            1 => {
                self.each_copy("Wayfair: rollout plan", |calendar, id| {
                    google.patch_event(calendar, id, json!({ "summary": "Wayfair: the plan" })).unwrap();
                });
                self.world.company("Wayfair", "wayfair.com", "customer");
                google.oauth().expire_access_tokens();
            }
            _ => {
                self.each_copy("Wayfair: pilot review", |calendar, id| {
                    google.cancel_event(calendar, id).unwrap()
                });
                google.expire_sync_tokens();
            }
        }
        self.world.minutes(1);
    }

    fn each_copy(&self, title: &str, edit: impl Fn(&str, &str)) {
        let (from, until) = (at("2026-09-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let mut found = 0;
        for calendar in [ANA, BEN] {
            let events: Vec<Value> = self.world.google.events(calendar, from, until);
            for event in events {
                if event["summary"].as_str().is_some_and(|summary| summary.starts_with(title)) {
                    edit(calendar, event["id"].as_str().unwrap());
                    found += 1;
                }
            }
        }
        assert!(found > 0, "{title}");
    }
}
