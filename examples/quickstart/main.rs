//! The main job, end to end: calendars and a CRM go in, explained customer meetings come out.
//!
//! Sandboxes of Google Calendar and HubSpot are started on this machine and loaded with files, real HTTP all
//! the way: consent, tokens, pages, sync tokens. Then the sandboxes are edited, and only what changed comes out.
//!
//! With `--live` it connects the real ones instead, once and for all runs on one database: `live.rs`.
//!
//! `cargo run --example quickstart -- --help` lists the options.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod edits;
mod live;
mod outcome;
mod rules;
mod show;
mod world;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use acquaint::core::env::{Clock, SystemClock};
use acquaint::google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use acquaint::hubspot::{HubSpot, HubSpotConfig};
use acquaint::{Acquaint, Initiator, Keys, OAuthApp, Sqlite, Tenant};
use clap::Parser;

use args::Args;
use outcome::{Failure, Outcome};
use world::World;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = if args.live {
        live::run(&args).await
    } else if args.serve {
        serve(&args).await
    } else {
        run(&args).await.map(|outcome| {
            if args.json {
                println!("{}", outcome.to_json());
            }
        })
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Input(message)) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
        Err(Failure::Work(error)) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<Outcome, Failure> {
    // Everything that can be wrong with the input is found before anything is started or written.
    let input = world::Input::read(args)?;
    let manifest = rules::manifest(args, &input)?;
    let say = |line: &str| eprintln!("{line}");

    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let world = World::start(&input, clock).await?;
    for warning in world.warnings.iter().take(10) {
        say(&format!("warning: {warning}"));
    }
    if world.warnings.len() > 10 {
        say(&format!("warning: and {} more", world.warnings.len() - 10));
    }
    say(&format!(
        "Google Calendar sandbox at {}, HubSpot sandbox at {}",
        world.google_url, world.hubspot_url
    ));

    let folder =
        tempfile::tempdir().map_err(|error| Failure::Input(format!("no temporary folder: {error}")))?;
    let database = args.database.clone().unwrap_or_else(|| folder.path().join("acquaint.db"));
    say(&format!("database {}", database.display()));
    let mut hubspot = HubSpotConfig::at(&world.hubspot_url)?;
    // The sandbox's search shows every change at once; the real one takes a while, and is asked for it twice.
    hubspot.search_overlap = Duration::ZERO;
    let acquaint = Acquaint::builder()
        .manifest(manifest)
        .store(Sqlite::at(&database))
        // A key for sandbox tokens, which open nothing. Yours comes from `Keys::from_env`.
        .keys(Keys::new("quickstart", [7; 32]))
        .app("google-calendar", OAuthApp::new(world::CLIENT_ID, world::CLIENT_SECRET))
        .app("hubspot", OAuthApp::new(world.hubspot_client.0.clone(), world.hubspot_client.1.clone()))
        .connector(GoogleCalendar::new(GoogleCalendarConfig::at(&world.google_url)))
        .connector(HubSpot::new(hubspot)?)
        .build()
        .await?;
    let tenant = acquaint.tenant("demo");
    connect(&tenant, &world, &say).await?;
    if !input.internal.is_empty() {
        let mut domains = input.internal.clone();
        domains.extend(world.owners.iter().filter_map(|owner| input.domain_of(owner)));
        domains.sort();
        domains.dedup();
        tenant.set_slot("internal_domains", domains).await?;
    }

    say("\nFirst sync: everything is read");
    let first_sync = show::sync(&tenant, &say).await?;
    let before = tenant.position().await?;
    let titles = show::titles(&tenant).await?;
    if !args.json {
        show::table(&tenant).await?;
    }

    let edits = edits::make(&tenant, &world).await?;
    say("\nThe sandboxes are edited:");
    for line in &edits.told {
        say(&format!("  {line}"));
    }
    say("\nSecond sync: only what changed");
    let second_sync = show::sync(&tenant, &say).await?;
    if !args.json {
        show::changes(&tenant, before, &titles).await?;
    }

    say("\nThird sync: nothing was edited");
    let idle_sync = show::sync(&tenant, &say).await?;

    let explanations = show::explanations(&tenant, &edits).await?;
    if !args.json {
        for (heading, text) in &explanations {
            println!("\nWhy {heading}?\n{text}");
        }
    }
    Ok(Outcome {
        first_sync,
        second_sync,
        idle_sync,
        kept: tenant.meetings().kept().all().await?,
        dropped: tenant.meetings().dropped().all().await?,
        explanations,
    })
}

/// Serves the sandboxes until it is stopped, and prints what `--live` reads to find them.
async fn serve(args: &Args) -> Result<(), Failure> {
    let world = World::start(&world::Input::read(args)?, Arc::new(SystemClock)).await?;
    println!("export GOOGLE_CLIENT_ID={} GOOGLE_CLIENT_SECRET={}", world::CLIENT_ID, world::CLIENT_SECRET);
    let (id, secret) = &world.hubspot_client;
    println!("export HUBSPOT_CLIENT_ID={id} HUBSPOT_CLIENT_SECRET={secret}");
    println!("export ACQUAINT_GOOGLE_URL={} ACQUAINT_HUBSPOT_URL={}", world.google_url, world.hubspot_url);
    std::future::pending().await
}

/// Consent through real redirects; a program with a person in front of it would open a browser instead.
async fn connect(tenant: &Tenant, world: &World, say: &impl Fn(&str)) -> Result<(), Failure> {
    let browser = world::browser()?;
    for owner in &world.owners {
        let me = Initiator::new(owner.as_str(), format!("session of {owner}"));
        let connection = tenant
            .connect("calendar", &me)
            .account(owner)
            .on_loopback(|url| world::visit(&browser, url.clone()))
            .await?;
        say(&format!("connected calendar of {}", connection.label));
    }
    let me = Initiator::new("admin", "session of the admin");
    let connection =
        tenant.connect("crm", &me).on_loopback(|url| world::visit(&browser, url.clone())).await?;
    say(&format!("connected CRM {}", connection.label));
    Ok(())
}
