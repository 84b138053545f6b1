//! The whole library against both sandboxes: real sockets, real redirects, a database file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "end_to_end/changes.rs"]
mod changes;
#[path = "end_to_end/deletions.rs"]
mod deletions;
#[path = "end_to_end/privacy.rs"]
mod privacy;
#[path = "end_to_end/quotas.rs"]
mod quotas;
#[path = "end_to_end/slots.rs"]
mod slots;
mod support;
#[path = "end_to_end/trouble.rs"]
mod trouble;

use acquaint::{Acquaint, Builder, Connection, Sqlite, SyncOptions, SyncReport, Tenant};
use support::{ANA, BEN, World, at, me};
use url::Url;

/// A product that embeds the library, and the providers of its one tenant.
struct Product {
    world: World,
    acquaint: Acquaint,
    tenant: Tenant,
    folder: tempfile::TempDir,
}

impl Product {
    /// Two calendars and a CRM, connected and not read yet.
    async fn connected() -> Self {
        let world = World::on_loopback(at("2026-03-02T08:00:00Z")).await;
        world.fill();
        Self::of(world, |builder| builder).await
    }

    async fn of(world: World, change: impl FnOnce(Builder) -> Builder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let builder = world.builder().store(Sqlite::at(folder.path().join("acquaint.db")));
        let acquaint = change(builder).build().await.unwrap();
        let tenant = acquaint.tenant("acme");
        for (source, account) in [("calendar", ANA), ("calendar", BEN), ("crm", "admin@us.example")] {
            connect(&tenant, source, account).await;
        }
        Self { world, acquaint, tenant, folder }
    }

    /// A minute later, without any failure.
    async fn sync(&self) -> SyncReport {
        self.sync_with(&SyncOptions::new()).await
    }

    async fn sync_with(&self, options: &SyncOptions) -> SyncReport {
        self.world.minutes(1);
        let report = self.tenant.sync_with(options).await.unwrap();
        assert!(
            report.lanes.iter().all(|lane| lane.error.is_none()) && report.stopped.is_empty(),
            "{report:?}"
        );
        report
    }

    async fn connection(&self, of: &str) -> Connection {
        let connections = self.tenant.connections().await.unwrap();
        connections.into_iter().find(|connection| connection.email.as_deref() == Some(of)).unwrap()
    }

    /// Titles of all meetings, sorted.
    async fn titles(&self) -> Vec<String> {
        let meetings = self.tenant.meetings().all().await.unwrap();
        let mut titles: Vec<String> = meetings.into_iter().map(|meeting| meeting.title).collect();
        titles.sort();
        titles
    }

    /// The same providers read from the beginning into another database.
    async fn read_afresh(&self) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let builder = self.world.builder().store(Sqlite::at(folder.path().join("acquaint.db")));
        let tenant = builder.build().await.unwrap().tenant("acme");
        for (source, account) in [("calendar", ANA), ("calendar", BEN), ("crm", "admin@us.example")] {
            connect(&tenant, source, account).await;
        }
        let _ = tenant.sync().await.unwrap().into_result().unwrap();
        support::table(&tenant).await
    }
}

/// A browser visits the consent page and follows the redirects to the listener on this machine.
async fn connect(tenant: &Tenant, source: &str, account: &str) -> Connection {
    let browser = reqwest::Client::builder().no_proxy().build().unwrap();
    let open = |url: &Url| {
        let visit = browser.get(url.clone()).send();
        tokio::spawn(async move { assert!(visit.await.unwrap().status().is_success()) });
    };
    tenant.connect(source, &me(account)).account(account).on_loopback(open).await.unwrap()
}
