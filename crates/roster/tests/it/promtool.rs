//! Prometheus's own judge of metrics and rules.

use std::io::Write;
use std::process::{Command, Stdio};

/// Names the program; `scripts/test` sets it.
const VARIABLE: &str = "ROSTER_TEST_PROMTOOL";

/// Runs promtool on a text, and stops the test if it finds a fault.
pub(crate) fn promtool(arguments: &[&str], text: &str) {
    #[expect(clippy::disallowed_methods, reason = "tests have no settings")]
    let program = std::env::var(VARIABLE);
    let program = program.unwrap_or_else(|_| panic!("{VARIABLE} is not set: run scripts/test"));
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{said}\n{text}");
}
