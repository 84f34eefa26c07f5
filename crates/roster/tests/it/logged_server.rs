//! `roster serve`, for what it writes to its log.

use crate::harness::TestDatabase;
use crate::program::roster;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// `roster serve`, ended with this value.
pub(crate) struct LoggedServer {
    child: Child,
    log: PathBuf,
    base_url: String,
    folder: tempfile::TempDir,
}

impl LoggedServer {
    /// Starts it on a database, with a filter for its log that lets `info` of the server pass.
    pub(crate) async fn start(database: &TestDatabase, filter: &str, format: &str) -> Self {
        let settings = [("ROSTER_LOG", filter), ("ROSTER_LOG_FORMAT", format)];
        Self::start_with(database, &settings).await
    }

    /// Starts it on a database, with these settings.
    pub(crate) async fn start_with(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("stderr");
        let mut child = roster(folder.path())
            .env("ROSTER_DATABASE_URL", database.url())
            .env("ROSTER_DATA_DIR", folder.path())
            .env("ROSTER_LISTEN", "127.0.0.1:0")
            .envs(settings.iter().copied())
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // A file, and no pipe: what was written is there when the answer has come.
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        let base_url = loop {
            let text = std::fs::read_to_string(&log).unwrap();
            if let Some((_, rest)) = text.split_once("Roster answers at ") {
                let end = rest.find(|c: char| c.is_whitespace() || c == '"');
                if let Some(url) = end.and_then(|end| rest.get(..end)) {
                    break url.to_owned();
                }
            }
            assert!(child.try_wait().unwrap().is_none(), "it ended: {text}");
            assert!(Instant::now() < deadline, "it does not start: {text}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        Self {
            child,
            log,
            base_url,
            folder,
        }
    }

    /// Where it answers, without a slash at the end.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What it keeps on this machine.
    pub(crate) fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for LoggedServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
