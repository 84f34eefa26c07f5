//! `roster` itself, as a process.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a process may take for what a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command that sees nothing of the environment of the tests.
pub(crate) fn roster(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    command
}

/// What a process that ended has said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Stops the test unless the command succeeded; gives what it printed.
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert!(self.status.success(), "{}: {}", self.status, self.stderr);
        self.stdout
    }

    /// Stops the test unless the command failed as a command should: with a code, something to read on stderr,
    /// nothing on stdout, and no panic. Gives what it said.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert!(self.status.code().is_some_and(|code| code != 0), "{self:?}");
        assert_eq!(self.stdout, "");
        assert!(!self.stderr.trim().is_empty());
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stderr
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    Process::start(command).end()
}

/// A process that is ended with this value.
pub(crate) struct Process {
    child: Child,
    stdout: Option<JoinHandle<String>>,
    stderr: Receiver<String>,
    said: String,
}

impl Process {
    /// Starts a command.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, stderr) = channel();
        let mut stdout = child.stdout.take().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        // Both are read for as long as the process lives, so that it never waits for a reader.
        let stdout = std::thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).unwrap();
            text
        });
        std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        Self {
            child,
            stdout: Some(stdout),
            stderr,
            said: String::new(),
        }
    }

    /// Starts a server on a port that is free.
    pub(crate) fn serve(database_url: &str, data_dir: &Path) -> Self {
        Self::start(
            roster(data_dir)
                .args(["serve", "--listen", "127.0.0.1:0", "--workers", "2"])
                .args([
                    "--database-pool-size",
                    "4",
                    "--database-url",
                    database_url,
                    "--data-dir",
                ])
                .arg(data_dir),
        )
    }

    /// Where it answers, as soon as it does; `None` if it ended before.
    pub(crate) fn address(&mut self) -> Option<String> {
        self.told("Roster answers at ")
    }

    /// What stands behind these words in the log, up to a space or a quote, as soon as it does; `None` if the process
    /// ended before.
    pub(crate) fn told(&mut self, words: &str) -> Option<String> {
        while let Some(line) = self.line() {
            if let Some((_, rest)) = line.split_once(words) {
                return rest.split([' ', '"']).next().map(str::to_owned);
            }
        }
        None
    }

    /// Waits until it has said a line that begins so; `false` if it ended before.
    pub(crate) fn says(&mut self, beginning: &str) -> bool {
        while let Some(line) = self.line() {
            if line.starts_with(beginning) {
                return true;
            }
        }
        false
    }

    fn line(&mut self) -> Option<String> {
        match self.stderr.recv_timeout(PATIENCE) {
            Ok(line) => {
                self.said.push_str(&line);
                self.said.push('\n');
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                unreachable!("the process says nothing and does not end:\n{}", self.said)
            }
        }
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Ends it as a power cut would, without a chance to tidy up.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let asked = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(asked.success());
    }

    /// Waits until it has ended.
    pub(crate) fn end(mut self) -> Ended {
        while self.line().is_some() {}
        let stdout = self.stdout.take().unwrap().join().unwrap();
        Ended {
            status: self.child.wait().unwrap(),
            stdout,
            stderr: std::mem::take(&mut self.said),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The file with the first admin's key.
pub(crate) fn key_file(data_dir: &Path) -> PathBuf {
    data_dir.join("first-admin-key")
}

/// The first admin's key.
pub(crate) fn first_key(data_dir: &Path) -> String {
    let text = std::fs::read_to_string(key_file(data_dir)).unwrap();
    text.trim().to_owned()
}
