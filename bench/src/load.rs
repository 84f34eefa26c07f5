//! Load from wrk, and what wrk says.

use crate::data;
use crate::failure::{Context, Required, Result, ensure};
use crate::plan::Plan;
use std::process::{Child, Command, Stdio};

/// Look-ups of users by address, spread over a data set.
#[derive(Debug)]
pub(crate) struct Lookups {
    script: tempfile::NamedTempFile,
    seconds: u64,
}

impl Lookups {
    /// Over so many users.
    pub(crate) fn over(plan: &Plan, users: u64) -> Result<Self> {
        let script = tempfile::NamedTempFile::new_in(&plan.folder)?;
        std::fs::write(script.path(), script_over(users))?;
        let seconds = plan.load.as_secs().max(1);
        Ok(Self { script, seconds })
    }

    /// How wrk is called.
    pub(crate) fn command_line(&self) -> String {
        format!(
            "wrk -t1 -c32 -d{}s -s lookups.lua -H 'X-Holistics-Key: …' http://127.0.0.1:…",
            self.seconds
        )
    }

    /// Begins with them.
    pub(crate) fn begin(&self, port: u16, key: &str, connections: usize) -> Result<Running> {
        let mut command = Command::new("wrk");
        command
            .args([
                "-t1",
                &format!("-c{connections}"),
                &format!("-d{}s", self.seconds),
                "-s",
            ])
            .arg(self.script.path())
            .args([
                "-H",
                &format!("X-Holistics-Key: {key}"),
                &format!("http://127.0.0.1:{port}"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().while_doing("wrk").map(Running)
    }

    /// Makes them; gives how many were answered each second.
    pub(crate) fn run(&self, port: u16, key: &str) -> Result<f64> {
        self.begin(port, key, 32)?.end()
    }
}

/// wrk while it runs.
pub(crate) struct Running(Child);

impl Running {
    /// Waits for its end; gives how many requests were answered each second.
    pub(crate) fn end(self) -> Result<f64> {
        let output = self.0.wait_with_output()?;
        ensure!(
            output.status.success(),
            "wrk: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        answers_a_second(&String::from_utf8(output.stdout)?).while_doing("reading what wrk says")
    }
}

fn script_over(users: u64) -> String {
    let (start, end) = (data::EMAIL_START, data::EMAIL_END);
    format!(
        r#"math.randomseed(4711)
request = function()
    return wrk.format("GET", "/users/get_user.json?email={start}" .. math.random(1, {users}) .. "{end}")
end
"#
    )
}

fn answers_a_second(said: &str) -> Result<f64> {
    let behind = |words: &str| {
        said.lines()
            .find_map(|line| line.trim_start().strip_prefix(words))
    };
    for faults in ["Non-2xx or 3xx responses: ", "Socket errors: "] {
        let found = behind(faults);
        ensure!(found.is_none(), "{faults}{}", found.unwrap_or_default());
    }
    let number = behind("Requests/sec:").or_missing("the line with Requests/sec")?;
    Ok(number.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Running 3s test @ http://127.0.0.1:8080\n  1 threads and 32 connections\n\
        \x20 123456 requests in 3.00s, 20.00MB read\nRequests/sec:  41152.01\nTransfer/sec:      6.67MB\n";

    #[test]
    fn reads_what_wrk_says() {
        assert_eq!(answers_a_second(SAID).unwrap(), 41152.01);
    }

    #[test]
    fn answers_that_are_no_good_are_a_failure() {
        for fault in [
            "  Non-2xx or 3xx responses: 7",
            "  Socket errors: connect 0, read 3, write 0, timeout 0",
        ] {
            let said = SAID.replace("Requests/sec", &format!("{fault}\nRequests/sec"));
            assert!(answers_a_second(&said).is_err(), "{fault}");
        }
    }
}
