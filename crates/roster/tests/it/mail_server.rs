//! A real mail server for tests, which misbehaves as told, and how Roster finds it.

use roster_server::config::{PublicUrl, Settings};
use roster_server::mail::MailSetup;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// The variable that names a Python with aiosmtpd.
const PYTHON_VARIABLE: &str = "ROSTER_TEST_PYTHON";

/// What links in mails begin with.
pub(crate) const PUBLIC_URL: &str = "https://people.example";

/// How long a server that says nothing is waited for, where a test waits for that.
pub(crate) const SHORT: Duration = Duration::from_millis(300);

/// A mail server, ended with this value. See `smtp/server.py` for what it can be told.
pub(crate) struct MailServer {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    port: u16,
    folder: tempfile::TempDir,
}

impl MailServer {
    /// Starts one that accepts everything.
    pub(crate) fn start() -> Self {
        Self::with(json!({}))
    }

    /// Starts one with options, such as TLS.
    pub(crate) fn with(options: Value) -> Self {
        let mut server = Self::deaf(options);
        server.listen();
        server
    }

    /// Starts one that refuses connections until it is told to listen.
    pub(crate) fn deaf(mut options: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if options["tls"].is_string() {
            let (certificate, key) = certificate(folder.path());
            options["certificate"] = json!(certificate);
            options["key"] = json!(key);
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/smtp/server.py");
        let mut child = Command::new(python())
            .arg(script)
            .arg(options.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut server = Self {
            child,
            stdin,
            stdout,
            port: 0,
            folder,
        };
        server.port = server.answer().as_u64().unwrap().try_into().unwrap();
        server
    }

    /// Begins to answer.
    pub(crate) fn listen(&mut self) {
        self.tell(json!({"listen": true}));
    }

    /// Replaces the rules by which it misbehaves.
    pub(crate) fn rules(&mut self, rules: Value) {
        self.tell(json!({"rules": rules}));
    }

    /// Waits until a client waits or hangs because of a rule.
    pub(crate) fn is_waited_for(&mut self) {
        self.tell(json!({"waiting": true}));
    }

    /// Lets the clients that wait go on.
    pub(crate) fn go_on(&mut self) {
        self.tell(json!({"go_on": true}));
    }

    /// The mails that it has accepted since it was last asked, taken apart.
    pub(crate) fn mails(&mut self) -> Vec<Value> {
        self.tell(json!({"mails": true}))
            .as_array()
            .unwrap()
            .clone()
    }

    fn tell(&mut self, command: Value) -> Value {
        writeln!(self.stdin, "{command}").unwrap();
        self.answer()
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("the mail server has ended")
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The certificate that vouches for it.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Where Roster finds it, without TLS.
    pub(crate) fn setup(&self) -> MailSetup {
        self.setup_with("smtp_security = 'none'")
    }

    /// The same, with further settings as lines of a settings file.
    pub(crate) fn setup_with(&self, settings: &str) -> MailSetup {
        let port = self.port;
        setup(&format!(
            "smtp_host = 'localhost'
             smtp_port = {port}
             mail_from = 'Roster <roster@people.example>'
             {settings}"
        ))
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The link in a mail.
#[track_caller]
pub(crate) fn link(mail: &Value) -> String {
    let text = mail["text"].as_str().unwrap();
    let found = text.split_whitespace().find(|word| word.contains("://"));
    found.unwrap().to_owned()
}

/// The token in a mail.
#[track_caller]
pub(crate) fn token(mail: &Value) -> String {
    link(mail).rsplit_once('/').unwrap().1.to_owned()
}

/// What outgoing mail needs to know, by the lines of a settings file.
pub(crate) fn setup(settings: &str) -> MailSetup {
    let settings = Settings::of_toml(settings).unwrap();
    MailSetup::of(&settings, &PublicUrl::parse(PUBLIC_URL).unwrap()).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings")]
fn python() -> String {
    std::env::var(PYTHON_VARIABLE).unwrap_or_else(|_| {
        panic!("{PYTHON_VARIABLE} is not set: run the tests with scripts/test, which gets a mail server")
    })
}

/// Makes a certificate for `localhost` that vouches for itself.
fn certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}
