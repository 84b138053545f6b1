//! What the tests of the whole system share: providers, an engine that reads them, and ways to look at what it made.
#![allow(dead_code, unused_imports, reason = "every test file uses a part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod look;
mod world;

pub(crate) use look::{contents, counts, feed, since, table, told};
pub(crate) use world::{ANA, BEN, CALLBACK, CLIENT, PORTAL, SECRET, World, at, me, meeting};
pub(crate) use world::{engine, transport};

/// Calendars and a CRM; customer meetings are kept.
pub(crate) const MANIFEST: &str = "
acquaint: 1
name: whole-system
sources:
  calendar:
    connector: google-calendar
    calendars: { access: owner }
    window: { past: 180d, future: 365d }
    sync: { every: 5m, baseline: weekly }
  crm:
    connector: hubspot
    sync: { every: 15m }
    accounts: { fields: { stage: lifecyclestage } }
    contacts: { fields: { role: jobtitle } }
match:
  internal: { domains: { slot: internal_domains, default: from_users } }
  accounts: { stage: customer }
keep:
  all:
    - attendees: { some: { external: true, account: { exists: true } } }
    - title: { not: { matches: '(?i)^(hold|blocked)' } }
output:
  title: title
  starts_at: start
  account: main_account.name
  people: { each: attendees, where: { external: true }, take: { email: email, role: contact.role, account: account.name } }
privacy:
  drop: [description, attachments]
";
