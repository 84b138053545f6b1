//! A product's web server: people of several tenants log in, connect their calendars and CRM, and disconnect them.
//!
//! It runs by itself against sandboxes on this machine. With `GOOGLE_CLIENT_ID`, `GOOGLE_CLIENT_SECRET`,
//! `HUBSPOT_CLIENT_ID`, `HUBSPOT_CLIENT_SECRET` and `ACQUAINT_KEY` it connects to the real ones; register the redirect
//! that it prints. With `GOOGLE_SERVICE_ACCOUNT`, the path of a key file, calendars are connected without consent too
//! wherever an administrator has allowed that. `--check` lets three people use it, each in a browser of their own, and ends with 0 if all went
//! as it should.
//!
//! Start with `routes.rs`: what a product does with this library is there.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod browser;
mod check;
mod pages;
mod routes;
mod sandbox;
mod session;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;

use acquaint::{Acquaint, Error, Keys, Manifest, OAuthApp, Result, ServiceAccountKey, Sqlite};
use clap::Parser;
use tokio::net::TcpListener;

use sandbox::Sandboxes;

/// A web server where people of several tenants connect their calendars and CRM.
#[derive(Debug, Parser)]
#[command(name = "connect_axum")]
struct Args {
    /// Connect to sandboxes on this machine, as is done without GOOGLE_CLIENT_ID anyway.
    #[arg(long)]
    sandbox: bool,
    /// Let three browsers use the server with sandboxes, say what happened, and end with 1 if something went wrong.
    #[arg(long)]
    check: bool,
    /// The port of 127.0.0.1 to listen on.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address that browsers know this server by, if it is another.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Where the database is, unless there are only sandboxes.
    #[arg(long, value_name = "FILE", default_value = "connect_axum.db")]
    database: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<bool> {
    let port = if args.check { 0 } else { args.port };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(Error::unavailable)?;
    let address = listener.local_addr().map_err(Error::unavailable)?;
    let known_by = args.public_url.filter(|_| !args.check).unwrap_or_else(|| format!("http://{address}"));
    let known_by = known_by.trim_end_matches('/');

    let manifest = Manifest::parse(include_str!("../data/meetings.yaml"))
        .map_err(|problems| Error::invalid(problems.to_string()))?;
    let builder = Acquaint::builder()
        .manifest(manifest)
        // What people come back to is below this, whatever `Host` a request names.
        .public_url(format!("{known_by}/acquaint/"));
    let sandboxes = match args.check || args.sandbox || std::env::var_os("GOOGLE_CLIENT_ID").is_none() {
        true => Some(Sandboxes::start().await?),
        false => None,
    };
    let builder = match &sandboxes {
        Some(sandboxes) => sandboxes.outfit(builder).await?,
        None => {
            let builder = builder
                .store(Sqlite::at(&args.database))
                .keys(Keys::from_env("ACQUAINT_KEY")?)
                .app("google-calendar", OAuthApp::from_env("GOOGLE")?)
                .app("hubspot", OAuthApp::from_env("HUBSPOT")?);
            match std::env::var_os("GOOGLE_SERVICE_ACCOUNT") {
                Some(_) => builder.service_account(
                    "google-calendar",
                    ServiceAccountKey::from_env("GOOGLE_SERVICE_ACCOUNT")?,
                ),
                None => builder,
            }
        }
    };
    let acquaint = builder.build().await?;
    let redirect = acquaint.callback_url()?;
    if let Some(sandboxes) = &sandboxes {
        sandboxes.register(&redirect);
    }

    let secure = redirect.scheme() == "https";
    let app = routes::App::new(acquaint.clone(), sandboxes.is_some(), secure);
    let server = tokio::spawn(axum::serve(listener, routes::router(app)).into_future());
    // Before anybody is sent to a provider: is everything set up? The server runs, since it is asked too.
    let preflight = acquaint.preflight().await?;
    eprint!("{preflight}");
    preflight.into_result()?;
    if let (true, Some(sandboxes)) = (args.check, &sandboxes) {
        return check::run(&acquaint, &redirect, sandboxes).await;
    }
    println!("open {known_by}/ and log in; the redirect to register is {redirect}");
    server.await.map_err(Error::unavailable)?.map_err(Error::unavailable)?;
    Ok(true)
}
