//! What the tests with the providers' own clients share: the interpreter, and a script that says its steps.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

/// The interpreter, or `None` and a word about it.
pub(crate) fn python(provider: &str) -> Option<OsString> {
    let named = std::env::var_os("ACQUAINT_PYTHON").filter(|path| !path.is_empty());
    if named.is_none() {
        let required = std::env::var("ACQUAINT_REQUIRE_SERVERS").is_ok_and(|value| value == "1");
        assert!(!required, "ACQUAINT_REQUIRE_SERVERS is set, but ACQUAINT_PYTHON names no interpreter");
        // Past the test harness, which shows nothing of tests that pass.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no test with {provider}'s own client: ACQUAINT_PYTHON names no interpreter"
        );
    }
    named
}

/// Runs a script of `official/` with these variables and no others, and gives the steps that it has done. It must
/// succeed.
pub(crate) async fn steps_of(python: &OsStr, script: &str, variables: &[(&str, String)]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/official").join(script);
    let run = tokio::process::Command::new(python)
        .args(["-I", "-B"])
        .arg(script)
        // Nothing of this machine's, no proxy above all.
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(300), run).await.expect("the script ends");
    let output = output.unwrap_or_else(|error| panic!("{} does not start: {error}", python.display()));
    let said = String::from_utf8_lossy(&output.stdout);
    let steps: Vec<String> =
        said.lines().filter_map(|line| line.strip_prefix("ok ")).map(str::to_owned).collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "after {steps:?}:\n{errors}");
    steps
}
