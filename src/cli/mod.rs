//! A product's own command-line tool: the engine's builder with what the product has registered, as commands.
//!
//! A product's tool is a `main` of a few lines:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     acquaint::cli::main(acquaint::Acquaint::builder())
//! }
//! ```

mod ask;
mod check;
mod describe;
mod lock;
mod open;
mod revise;
mod schema;
mod status;
mod test;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use acquaint_core::{Error, Result};
use clap::{Parser, Subcommand};

use crate::Builder;

/// What this engine can say of a manifest.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads manifests and says everything that is wrong with them, each with line and column.
    Check(check::Check),
    /// Says in plain sentences what a manifest says.
    Describe(describe::Describe),
    /// Decides the cases of manifests and says of each whether it comes out as it expects.
    Test(test::Test),
    /// Says as a JSON Schema what a manifest may hold, for editors.
    Schema(schema::Schema),
    /// Says what a manifest would change for a tenant, without changing anything.
    Plan(revise::Plan),
    /// Puts a manifest in force for a tenant, and decides its meetings by it.
    Apply(revise::Apply),
    /// Lists the revisions that are kept for a tenant, those last in force first.
    Revisions(revise::Revisions),
    /// Tells again what was told of the kept meetings that overlap with a range.
    Replay(revise::Replay),
    /// Says why a meeting was kept or dropped, clause by clause and attendee by attendee.
    Explain(ask::Explain),
    /// Says why a meeting is or is not there, for those who know only when it was and with whom.
    Why(ask::Why),
    /// Says how a connection stands: what it may read and reads, when, what fails, and what to do about it.
    Connection(ask::Connection),
    /// Asks a tenant's providers which fields there are, for `check --fields`.
    Lock(lock::Lock),
    /// Says how a tenant stands: what is in force, its connections, and what was read when.
    Status(status::Status),
}

/// How a command ended, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Ended {
    /// All is well.
    Well,
    /// It did its work, and something is wrong with what it looked at. Exit code 1.
    Wrong,
    /// It could not do its work: it was asked wrongly, or a file cannot be read. Exit code 2.
    Unusable,
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> Self {
        Self::from(match ended {
            Ended::Well => 0,
            Ended::Wrong => 1,
            Ended::Unusable => 2,
        })
    }
}

/// Runs the command of the process's arguments.
pub fn main(builder: Builder) -> ExitCode {
    run(builder, std::env::args_os(), &mut std::io::stdout(), &mut std::io::stderr()).into()
}

/// Runs the command of `args`, of which the first is the tool's own name. Results go to `out`; what is wrong goes to
/// `err`.
pub fn run(
    builder: Builder,
    args: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Ended {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            // Help and version are no mistakes, and come this way too.
            let asked = !error.use_stderr();
            // Nobody is left to tell of a pipe that is closed.
            let _ = if asked { write!(out, "{}", error.render()) } else { write!(err, "{}", error.render()) };
            return if asked { Ended::Well } else { Ended::Unusable };
        }
    };
    let ended = match &args.command {
        Command::Check(check) => builder.into_registry().and_then(|registry| check.run(&registry, out, err)),
        Command::Describe(describe) => {
            builder.into_registry().and_then(|registry| describe.run(&registry, out, err))
        }
        Command::Schema(schema) => schema.run(out),
        Command::Test(test) => builder.into_registry().and_then(|registry| test.run(&registry, out, err)),
        Command::Plan(plan) => plan.run(builder, out, err),
        Command::Apply(apply) => apply.run(builder, out, err),
        Command::Revisions(revisions) => revisions.run(builder, out, err),
        Command::Replay(replay) => replay.run(builder, out),
        Command::Explain(explain) => explain.run(builder, out),
        Command::Why(why) => why.run(builder, out),
        Command::Connection(connection) => connection.run(builder, out),
        Command::Lock(lock) => lock.run(builder, out),
        Command::Status(status) => status.run(builder, out),
    };
    ended.unwrap_or_else(|error| {
        let _ = writeln!(err, "error: {error}");
        Ended::Unusable
    })
}

fn unwritable(error: std::io::Error) -> Error {
    Error::invalid(format!("the output cannot be written: {error}")).with_source(error)
}

/// The text of a manifest.
fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        let message = format!("the manifest cannot be read: {error}");
        Error::invalid(message).with("file", path.display()).with_source(error)
    })
}
