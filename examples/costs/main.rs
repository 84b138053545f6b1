//! What reading costs in calls and bytes, measured on the wire against sandboxes on this machine.
//!
//! `cargo run --release --example costs -- --json`. Bytes are those of HTTP bodies as they travel, compressed if they are, and of
//! heads as HTTP/1.1 writes them; TLS and what lies below are not counted.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod cost;
mod google;
mod hubspot;

use std::process::ExitCode;

use acquaint::Result;
use clap::Parser;
use serde_json::json;

/// What reading costs in calls and bytes.
#[derive(Debug, Parser)]
#[command(name = "costs")]
struct Args {
    /// How many calendars the person has.
    #[arg(long, default_value_t = 3)]
    calendars: usize,
    /// How many events there are in all of them together.
    #[arg(long, default_value_t = 10_000)]
    events: usize,
    /// How many contacts the CRM has.
    #[arg(long, default_value_t = 100_000)]
    contacts: usize,
    /// How many companies the CRM has.
    #[arg(long, default_value_t = 20_000)]
    companies: usize,
    /// Write one JSON object, and nothing else.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match measure(&args).await {
        Ok((google, hubspot)) if args.json => {
            println!("{}", json!({ "google_calendar": google, "hubspot": hubspot }));
            ExitCode::SUCCESS
        }
        Ok((google, hubspot)) => {
            google::show(&google);
            hubspot::show(&hubspot);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(args: &Args) -> Result<(google::Costs, hubspot::Costs)> {
    Ok((google::measure(args).await?, hubspot::measure(args).await?))
}
