//! The server's process.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, Once};

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use crate::scene::LIFE;

/// A server that one test has for itself. Servers are handed on from test to test, since starting one takes as
/// long as a test; their clocks go on from where they were left.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) issuer: Url,
    process: Mutex<Option<Process>>,
}

#[derive(Debug)]
struct Process {
    issuer: Url,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    ahead: TimeDelta,
}

/// Servers that no test uses. They end with this process, because their standard input does.
static IDLE: Mutex<Vec<Process>> = Mutex::new(Vec::new());

impl Provider {
    /// `None`, and a word about it, if there is no server here.
    pub(crate) fn take(secret: &str, redirect: &str) -> Option<Self> {
        let folder = match installed() {
            Ok(folder) => folder,
            Err(why) => {
                skip(&why);
                return None;
            }
        };
        let idle = IDLE.lock().unwrap().pop();
        let process = idle.unwrap_or_else(|| Process::start(&folder, secret, redirect));
        Some(Self { issuer: process.issuer.clone(), process: Mutex::new(Some(process)) })
    }

    /// An address of the server.
    pub(crate) fn at(&self, path: &str) -> Url {
        self.issuer.join(path).unwrap()
    }

    /// What the server's clock shows.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.process.lock().unwrap().as_ref().unwrap().ahead
    }

    /// Moves the server's clock.
    pub(crate) fn advance(&self, seconds: u32) {
        self.process.lock().unwrap().as_mut().unwrap().advance(seconds);
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let Some(mut process) = self.process.get_mut().unwrap().take() else { return };
        if std::thread::panicking() {
            let _ = process.child.kill();
            let _ = process.child.wait();
        } else {
            IDLE.lock().unwrap().push(process);
        }
    }
}

impl Process {
    fn start(folder: &Path, secret: &str, redirect: &str) -> Self {
        let mut child = Command::new("node")
            .arg("server.mjs")
            .current_dir(folder)
            .env("CLIENT_SECRET", secret)
            .env("REDIRECT_URI", redirect)
            .env("ACCESS_TOKEN_TTL", LIFE.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("`node` does not start: {error}"));
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let Some(address) = line(&mut output) else {
            drop(input);
            let mut said = String::new();
            let _ = child.stderr.take().unwrap().read_to_string(&mut said);
            panic!("the server in {} does not start:\n{said}", folder.display());
        };
        Self { issuer: address.parse().unwrap(), child, input, output, ahead: TimeDelta::zero() }
    }

    fn advance(&mut self, seconds: u32) {
        writeln!(self.input, "advance {seconds}").unwrap();
        assert_eq!(line(&mut self.output).as_deref(), Some("advanced"));
        self.ahead += TimeDelta::seconds(seconds.into());
    }
}

fn line(output: &mut BufReader<ChildStdout>) -> Option<String> {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// The folder of the server with its packages, or why there is none.
fn installed() -> Result<PathBuf, String> {
    if let Some(folder) = std::env::var_os("ACQUAINT_OAUTH_SERVER").filter(|folder| !folder.is_empty()) {
        let folder = PathBuf::from(folder);
        assert!(has_packages(&folder), "ACQUAINT_OAUTH_SERVER has no packages: {}", folder.display());
        return Ok(folder);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/independent_oauth/server");
    if !has_packages(&folder) {
        return Err("its packages are not installed: `npm ci` in tests/independent_oauth/server".into());
    }
    match Command::new("node").arg("--version").stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(folder),
        _ => Err("there is no `node`".into()),
    }
}

fn has_packages(folder: &Path) -> bool {
    folder.join("server.mjs").is_file() && folder.join("node_modules/oidc-provider").is_dir()
}

fn skip(why: &str) {
    static SAID: Once = Once::new();
    let required = std::env::var("ACQUAINT_REQUIRE_SERVERS").is_ok_and(|value| value == "1");
    assert!(!required, "ACQUAINT_REQUIRE_SERVERS is set, but the OAuth server cannot run: {why}");
    // Past the test harness, which shows nothing of tests that pass.
    SAID.call_once(|| {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no test against the independent OAuth server: {why}");
    });
}
