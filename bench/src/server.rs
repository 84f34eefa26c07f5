//! Roster as a process: started on a free port, waited for, looked at from outside, and stopped.

use crate::failure::{Context, Required, Result, ensure};
use crate::http::{Client, Request};
use crate::plan::{Plan, pause, run};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A process that answers at a port; it ends with this value.
pub(crate) struct Server {
    child: Child,
    /// Where it answers.
    pub(crate) port: u16,
    /// How long it took from its start to its first answer.
    pub(crate) start: Duration,
    /// What it writes, such as mails.
    _folder: tempfile::TempDir,
}

/// How much memory a process has, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// All that is there now.
    pub(crate) resident: u64,
    /// Of it what belongs to no file.
    pub(crate) anonymous: u64,
    /// The most that was there, since the start or since it was last forgotten.
    pub(crate) peak: u64,
}

impl Server {
    /// Starts Roster on a database and waits for its first answer. It logs as it does by default, to nowhere.
    pub(crate) fn start(plan: &Plan, database_url: &str, arguments: &[&str]) -> Result<Self> {
        let folder = tempfile::tempdir_in(&plan.folder)?;
        let port = free_port()?;
        let mut command = plan.roster();
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
            .args(["--database-url", database_url, "--data-dir"])
            .arg(folder.path())
            .args(arguments);
        Self::run(command, port, "/readyz", folder)
    }

    /// Starts the bare server that is the yardstick of look-ups.
    pub(crate) fn yardstick(plan: &Plan) -> Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["yardstick-http", "--port", &port.to_string()]);
        Self::run(
            command,
            port,
            "/users/get_user.json?email=a",
            tempfile::tempdir_in(&plan.folder)?,
        )
    }

    fn run(mut command: Command, port: u16, path: &str, folder: tempfile::TempDir) -> Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let begun = Instant::now();
        let child = command.spawn().while_doing(format_args!("{command:?}"))?;
        let start = Duration::ZERO;
        let mut server = Self {
            child,
            port,
            start,
            _folder: folder,
        };
        loop {
            let answered =
                Client::connect(port, "").and_then(|mut client| client.send(Request::get(path)));
            if answered.is_ok() {
                server.start = begun.elapsed();
                return Ok(server);
            }
            let ended = server.child.try_wait()?;
            ensure!(
                ended.is_none(),
                "the server has ended; this says why: {command:?}"
            );
            ensure!(
                begun.elapsed() < PATIENCE,
                "the server does not answer: {command:?}"
            );
            pause(Duration::from_millis(1));
        }
    }

    /// A connection to it.
    pub(crate) fn client(&self, key: &str) -> Result<Client> {
        Client::connect(self.port, key).while_doing("a connection to the server")
    }

    /// How much memory it has.
    pub(crate) fn memory(&self) -> Result<Memory> {
        let status = std::fs::read_to_string(self.of_process("status"))?;
        let bytes = |name: &str| -> Result<u64> {
            let rest = status
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let number = rest
                .or_missing(name)?
                .trim()
                .trim_end_matches(" kB")
                .parse::<u64>()?;
            Ok(number * 1024)
        };
        Ok(Memory {
            resident: bytes("VmRSS")?,
            anonymous: bytes("RssAnon")?,
            peak: bytes("VmHWM")?,
        })
    }

    /// Forgets what the most memory was.
    pub(crate) fn forget_peak(&self) -> Result<()> {
        std::fs::write(self.of_process("clear_refs"), "5")
            .while_doing("forgetting the peak of memory")
    }

    fn of_process(&self, file: &str) -> std::path::PathBuf {
        Path::new("/proc")
            .join(self.child.id().to_string())
            .join(file)
    }

    /// Tells it to end and waits for that; it must not have ended before.
    pub(crate) fn stop(mut self) -> Result<()> {
        ensure!(
            self.child.try_wait()?.is_none(),
            "the server has ended by itself"
        );
        run(Command::new("kill")
            .arg("-TERM")
            .arg(self.child.id().to_string()))?;
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            ensure!(begun.elapsed() < PATIENCE, "the server does not stop");
            pause(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}
