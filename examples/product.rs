//! The smallest product: it connects a calendar and a CRM and prints the meetings that matter.
//!
//! It talks to the real Google and HubSpot, so it needs apps registered there: `ACQUAINT_KEY` (the output of
//! `openssl rand -base64 32`), `GOOGLE_CLIENT_ID`, `GOOGLE_CLIENT_SECRET`, `HUBSPOT_CLIENT_ID` and
//! `HUBSPOT_CLIENT_SECRET`. Without one of them it ends with an error that names it. A product with a web server
//! connects with `begin` and `finish_connect` instead of `on_loopback`.

#![allow(clippy::print_stdout)]

use acquaint::{Acquaint, Initiator, Keys, Manifest, OAuthApp, Sqlite};

#[tokio::main]
async fn main() -> acquaint::Result<()> {
    let me = Initiator::new("ana", "the session of ana's browser");
    let acquaint = Acquaint::builder()
        .manifest(Manifest::read("examples/data/meetings.yaml")?)
        .store(Sqlite::at("acquaint.db"))
        .keys(Keys::from_env("ACQUAINT_KEY")?)
        .app("google-calendar", OAuthApp::from_env("GOOGLE")?)
        .app("hubspot", OAuthApp::from_env("HUBSPOT")?)
        .build()
        .await?;
    let acme = acquaint.tenant("acme");
    acme.connect("calendar", &me).on_loopback(|url| println!("open {url}")).await?;
    acme.connect("crm", &me).on_loopback(|url| println!("open {url}")).await?;
    acme.sync().await?.into_result()?;
    for meeting in acme.meetings().kept().all().await? {
        println!("{} {} {:?}", meeting.start, meeting.title, meeting.main_account());
    }
    Ok(())
}
