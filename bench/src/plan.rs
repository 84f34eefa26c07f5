//! What a run of the benchmark is made of: the programs, the sizes, how long and how often.

use crate::failure::{Required, Result};
use crate::postgres::Postgres;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// A run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Roster.
    pub(crate) program: PathBuf,
    /// Where data sets and what else is made are kept, absolute.
    pub(crate) folder: PathBuf,
    /// A PostgreSQL that belongs to the benchmark.
    pub(crate) postgres: Postgres,
    /// The numbers of users, in ascending order.
    pub(crate) sizes: Vec<u64>,
    /// How often the yardstick and Roster take turns.
    pub(crate) rounds: usize,
    /// How long a load is kept up.
    pub(crate) load: Duration,
    /// Whether it is only to be seen that everything works.
    pub(crate) is_quick: bool,
}

impl Plan {
    /// The size of most comparisons: 100,000 users, or the largest below.
    pub(crate) fn usual(&self) -> Result<u64> {
        let fitting = self.sizes.iter().filter(|size| **size <= 100_000).max();
        let usual = fitting.or(self.sizes.first()).copied();
        usual.or_missing("a size")
    }

    /// The largest size.
    pub(crate) fn largest(&self) -> Result<u64> {
        self.sizes.last().copied().or_missing("a size")
    }

    /// The smallest size.
    pub(crate) fn smallest(&self) -> Result<u64> {
        self.sizes.first().copied().or_missing("a size")
    }

    /// One thing for a quick run, another for all others.
    pub(crate) fn quick_or<T>(&self, quick: T, other: T) -> T {
        if self.is_quick { quick } else { other }
    }

    /// A number of repetitions: this one, or fewer in a quick run.
    pub(crate) fn times(&self, usual: usize) -> usize {
        self.quick_or(usual.div_ceil(10), usual)
    }

    /// Roster, which sees nothing of the environment.
    pub(crate) fn roster(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().current_dir(&self.folder);
        command
    }
}

/// How many processors there are.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Runs a program to its end and gives what it printed.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    use crate::failure::{Context, ensure};
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(std::process::Stdio::null())
        .output()
        .while_doing(&name)?;
    ensure!(
        output.status.success(),
        "{name} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// Waits a moment where there is nothing to wait for but time.
#[expect(
    clippy::disallowed_methods,
    reason = "what is waited for, such as the end of a process, tells nobody"
)]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
