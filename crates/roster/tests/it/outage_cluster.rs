//! A PostgreSQL that belongs to one test, which stops it, starts it again, and lets it hang.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// How PostgreSQL is ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stop {
    /// In order: clients are told.
    Fast,
    /// As by a crash: it has to recover when it starts again.
    Immediate,
}

/// A PostgreSQL, gone with this value.
pub(crate) struct Cluster {
    server: Option<Child>,
    programs: PathBuf,
    owner: Option<Owner>,
    folder: tempfile::TempDir,
}

/// Whom PostgreSQL runs as, because it refuses to run as root.
struct Owner {
    user: String,
    group: String,
}

impl Owner {
    fn if_needed() -> Option<Self> {
        if ask("id", &["-u"]).as_deref() != Some("0") {
            return None;
        }
        let name = match ask("id", &["-u", "postgres"]) {
            Some(_) => "postgres",
            None => "nobody",
        };
        Some(Self {
            user: ask("id", &["-u", name]).unwrap(),
            group: ask("id", &["-g", name]).unwrap(),
        })
    }
}

/// What a program prints, if it succeeds.
fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    output.status.success().then(|| text.trim().to_owned())
}

impl Cluster {
    /// Makes one and starts it.
    pub(crate) fn start() -> Self {
        let programs = std::env::var_os("PG_BIN").map(PathBuf::from);
        let mut cluster = Self {
            server: None,
            programs: programs.expect("PG_BIN: run the tests with scripts/test, which sets it"),
            owner: Owner::if_needed(),
            folder: tempfile::tempdir().unwrap(),
        };
        if let Some(owner) = &cluster.owner {
            let ids = [owner.user.parse().ok(), owner.group.parse().ok()];
            std::os::unix::fs::chown(cluster.folder(), ids[0], ids[1]).unwrap();
        }
        let made = cluster
            .command("initdb")
            .args(["-D", "data", "-U", "roster", "--auth=trust", "-E", "UTF8"])
            .args(["--locale=C.UTF-8", "--no-sync"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        cluster.start_again();
        cluster
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = match &self.owner {
            None => Command::new(program),
            Some(owner) => {
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={}", owner.user))
                    .arg(format!("--regid={}", owner.group))
                    .arg("--clear-groups")
                    .arg(program);
                command
            }
        };
        command.current_dir(self.folder()).stdin(Stdio::null());
        command
    }

    /// The URL of its database.
    pub(crate) fn url(&self) -> String {
        let folder = self.folder().display();
        format!("postgres://roster@localhost/postgres?host={folder}")
    }

    /// Starts it after a stop; answers when it takes connections.
    pub(crate) fn start_again(&mut self) {
        let folder = self.folder().display().to_string();
        let mut server = self
            .command("postgres")
            .args(["-D", "data", "-k", &folder, "-c", "listen_addresses="])
            .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(server.stderr.take().unwrap()).lines();
        self.server = Some(server);
        let mut log = log.map_while(Result::ok);
        let is_ready = log.any(|line| line.contains("ready to accept connections"));
        assert!(is_ready, "PostgreSQL has ended");
        // Read on, so that it never waits for a reader.
        std::thread::spawn(move || log.for_each(drop));
    }

    /// Ends it, and waits until it has ended.
    pub(crate) fn stop(&mut self, how: Stop) {
        let mut server = self.server.take().unwrap();
        let name = match how {
            Stop::Fast => "INT",
            Stop::Immediate => "QUIT",
        };
        assert!(signal(name, &[server.id()]).success());
        server.wait().unwrap();
    }

    /// Lets all its processes hang: connections stay, and nothing is answered.
    pub(crate) fn hang(&self) {
        // The parent first, so that it makes no more children.
        let parent = self.server.as_ref().unwrap().id();
        assert!(signal("STOP", &[parent]).success());
        assert!(signal("STOP", &children(parent)).success());
    }

    /// Lets them go on.
    pub(crate) fn go_on(&self) {
        let parent = self.server.as_ref().unwrap().id();
        assert!(signal("CONT", &children(parent)).success());
        assert!(signal("CONT", &[parent]).success());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            // Children that hang would outlive their parent.
            signal("CONT", &children(server.id()));
            signal("CONT", &[server.id()]);
            signal("QUIT", &[server.id()]);
            let _ = server.wait();
        }
    }
}

fn signal(name: &str, processes: &[u32]) -> ExitStatus {
    let processes = processes.iter().map(u32::to_string);
    let mut kill = Command::new("kill");
    kill.arg(format!("-{name}")).args(processes);
    kill.stderr(Stdio::null()).status().unwrap()
}

fn children(parent: u32) -> Vec<u32> {
    let table = ask("ps", &["-A", "-o", "pid=", "-o", "ppid="]).unwrap();
    let number = |text: Option<&str>| text.unwrap().parse::<u32>().unwrap();
    table
        .lines()
        .map(|line| line.split_whitespace())
        .map(|mut words| (number(words.next()), number(words.next())))
        .filter(|(_, of)| *of == parent)
        .map(|(process, _)| process)
        .collect()
}
