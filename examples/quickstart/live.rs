//! The same with the real providers, or whatever `ACQUAINT_GOOGLE_URL` and `ACQUAINT_HUBSPOT_URL` name: consent in a
//! browser, then the meetings that matter.

use std::io::Write;
use std::path::{Path, PathBuf};

use acquaint::core::env::{Entropy, SystemEntropy};
use acquaint::google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use acquaint::hubspot::{HubSpot, HubSpotConfig};
use acquaint::{
    Acquaint, Builder, Connection, ConnectionStatus, Initiator, Keys, OAuthApp, PreflightOptions, Sqlite,
    Tenant,
};
use url::Url;

use crate::args::Args;
use crate::outcome::Failure;
use crate::{rules, show, world};

const NEEDED: &[&str] =
    &["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "HUBSPOT_CLIENT_ID", "HUBSPOT_CLIENT_SECRET"];

pub(crate) async fn run(args: &Args) -> Result<(), Failure> {
    // What is wrong with the input is found before anything is written or anybody is asked to consent.
    args.check_database()?;
    args.check_internal()?;
    let manifest = rules::live(args)?;
    let missing: Vec<&str> = NEEDED.iter().copied().filter(|name| variable(name).is_none()).collect();
    if !missing.is_empty() {
        return Err(Failure::Input(format!(
            "--live needs apps at Google and HubSpot; not set: {}. The connectors' README files show how to \
             register one",
            missing.join(", ")
        )));
    }
    let folder =
        tempfile::tempdir().map_err(|error| Failure::Input(format!("no temporary folder: {error}")))?;
    let database = args.database.clone().unwrap_or_else(|| folder.path().join("acquaint.db"));
    match &args.database {
        Some(database) => eprintln!("database {}", database.display()),
        None => eprintln!("nothing is kept; with --database FILE the next run goes on without consent"),
    }
    let builder = Acquaint::builder()
        .manifest(manifest)
        .store(Sqlite::at(&database))
        .keys(keys(args.database.as_deref())?)
        .app("google-calendar", OAuthApp::from_env("GOOGLE")?)
        .app("hubspot", OAuthApp::from_env("HUBSPOT")?);
    let acquaint = elsewhere(builder)?.build().await?;

    // Google takes any port of this machine, HubSpot the one that it knows.
    let redirect = format!("http://127.0.0.1:{}/callback", args.hubspot_port);
    let redirect = redirect.parse().map_err(|_| Failure::Input(format!("{redirect} is no address")))?;
    let preflight = acquaint.preflight_with(&PreflightOptions::new().redirect("hubspot", redirect)).await?;
    eprint!("{preflight}");
    preflight.into_result()?;

    let tenant = acquaint.tenant("live");
    connect(&tenant, args).await?;
    if !args.internal.is_empty() {
        tenant.set_slot("internal_domains", args.internal.clone()).await?;
    }
    eprintln!("\nSync");
    show::sync(&tenant, &|line: &str| eprintln!("{line}")).await?;
    show::table(&tenant).await?;
    if let Some((what, text)) = show::decisions(&tenant).await?.first() {
        println!("\nWhy {what}?\n{text}");
    }
    Ok(())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The key in `ACQUAINT_KEY`, or one in a file beside the database, which is made if need be. What is not kept needs
/// no key that is.
fn keys(database: Option<&Path>) -> Result<Keys, Failure> {
    if variable("ACQUAINT_KEY").is_some() {
        return Ok(Keys::from_env("ACQUAINT_KEY")?);
    }
    let mut key = [0; 32];
    SystemEntropy.fill(&mut key);
    let Some(database) = database else { return Ok(Keys::new("once", key)) };
    let mut path = database.as_os_str().to_owned();
    path.push(".key");
    let path = PathBuf::from(path);
    let wrong = |error: std::io::Error| Failure::Input(format!("{}: {error}", path.display()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&path) {
        Ok(mut file) => {
            let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(wrong)?;
            eprintln!(
                "key {}: whoever has it and the database can read what you connect. A product sets ACQUAINT_KEY",
                path.display()
            );
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(wrong(error)),
    }
    let text = std::fs::read_to_string(&path).map_err(wrong)?;
    Ok(Keys::parse(&text).map_err(|error| error.with("file", path.display()))?)
}

/// Sends requests where the environment says, if it does.
fn elsewhere(mut builder: Builder) -> Result<Builder, Failure> {
    let url = |name: &str| match variable(name) {
        Some(text) => Url::parse(&text).map(Some).map_err(|error| Failure::Input(format!("{name}: {error}"))),
        None => Ok(None),
    };
    if let Some(url) = url("ACQUAINT_GOOGLE_URL")? {
        builder = builder.connector(GoogleCalendar::new(GoogleCalendarConfig::at(&url)));
    }
    if let Some(url) = url("ACQUAINT_HUBSPOT_URL")? {
        builder = builder.connector(HubSpot::new(HubSpotConfig::at(&url)?)?);
    }
    Ok(builder)
}

/// Connects what is not connected yet.
async fn connect(tenant: &Tenant, args: &Args) -> Result<(), Failure> {
    let mut session = [0; 16];
    SystemEntropy.fill(&mut session);
    let me = Initiator::new("me", format!("{session:?}"));
    let browser = world::browser()?;
    let known = tenant.connections().await?;
    for source in ["calendar", "crm"] {
        let before = known.iter().find(|connection| connection.source.as_str() == source);
        if let Some(connection) = before.filter(|connection| connection.status == ConnectionStatus::Active) {
            eprintln!(
                "{source}: connected to {} since {}",
                connection.label,
                connection.created.date_naive()
            );
            continue;
        }
        let connect = match before {
            Some(stopped) => tenant.reconnect(stopped, &me),
            None => tenant.connect(source, &me),
        };
        let open = |url: &Url| {
            eprintln!("{source}: open {url}");
            if args.visit {
                world::visit(&browser, url.clone());
            }
        };
        let connection: Connection = match source {
            // HubSpot knows a redirect only as it is registered; Google takes any port of this machine.
            "crm" => connect.on_loopback_at(args.hubspot_port, open).await?,
            _ => connect.on_loopback(open).await?,
        };
        eprintln!("{source}: connected to {}", connection.label);
    }
    Ok(())
}
