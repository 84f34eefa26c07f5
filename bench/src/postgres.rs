//! The benchmark's own PostgreSQL, by way of psql and pgbench.

use crate::failure::{Context, Required, Result, ensure};
use crate::plan::run;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::process::Command;

/// A PostgreSQL that runs, with a superuser `roster`.
#[derive(Debug)]
pub(crate) struct Postgres {
    /// The folder of its programs.
    pub(crate) programs: PathBuf,
    /// The folder of its socket.
    pub(crate) socket: PathBuf,
    /// Its log.
    pub(crate) log: PathBuf,
}

/// A script for pgbench, with the values of its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Script {
    /// The statements and what else pgbench does.
    pub(crate) text: String,
    /// What stands in the statements besides what changes from run to run.
    pub(crate) values: Vec<(String, String)>,
}

impl Postgres {
    /// The URL of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        format!(
            "postgres://roster@localhost/{database}?host={}",
            self.socket.display()
        )
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.arg("-h").arg(&self.socket).args(["-U", "roster"]);
        command
    }

    /// psql, which prints rows and nothing else.
    pub(crate) fn psql(&self, database: &str) -> Command {
        let mut command = self.program("psql");
        command.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            database,
        ]);
        command
    }

    /// What a statement gives.
    pub(crate) fn ask(&self, database: &str, sql: &str) -> Result<String> {
        let text = run(self.psql(database).args(["-c", sql]))?;
        Ok(text.trim_end_matches('\n').to_owned())
    }

    /// Runs a statement where no database is needed.
    pub(crate) fn tell(&self, sql: &str) -> Result<()> {
        self.ask("postgres", sql).map(drop)
    }

    /// Makes a database: a copy, or an empty one.
    pub(crate) fn create(&self, database: &str, of: &str) -> Result<()> {
        self.drop(database)?;
        self.tell(&format!("CREATE DATABASE {database} TEMPLATE {of}"))
    }

    /// Drops a database, if there is one.
    pub(crate) fn drop(&self, database: &str) -> Result<()> {
        self.tell(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"))
    }

    /// Lets pgbench run a script; gives the transactions a second.
    pub(crate) fn pgbench(
        &self,
        database: &str,
        script: &Script,
        clients: usize,
        seconds: u64,
    ) -> Result<f64> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), &script.text)?;
        let mut command = self.program("pgbench");
        command
            .args(["-n", "-M", "prepared", "-j", "1"])
            .args(["-c", &clients.to_string(), "-T", &seconds.to_string()])
            .arg("-f")
            .arg(file.path());
        for (name, value) in &script.values {
            command.args(["-D", &format!("{name}={value}")]);
        }
        transactions_a_second(&run(command.arg(database))?).while_doing("reading what pgbench says")
    }

    /// How long the log is.
    pub(crate) fn log_length(&self) -> Result<u64> {
        Ok(std::fs::metadata(&self.log)?.len())
    }

    /// What stands in the log behind so many bytes.
    pub(crate) fn log_behind(&self, length: u64) -> Result<String> {
        let mut file = std::fs::File::open(&self.log)?;
        file.seek(SeekFrom::Start(length))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// The version of the server.
    pub(crate) fn version(&self) -> Result<String> {
        self.ask("postgres", "SHOW server_version")
    }
}

fn transactions_a_second(said: &str) -> Result<f64> {
    let behind = |words: &str| said.lines().find_map(|line| line.strip_prefix(words));
    if let Some(failed) = behind("number of failed transactions: ") {
        ensure!(failed.starts_with("0 "), "{failed} transactions failed");
    }
    let rest = behind("tps = ").or_missing("the line with tps")?;
    let number = rest.split(' ').next().or_missing("the number of tps")?;
    Ok(number.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "transaction type: f.sql\nnumber of transactions actually processed: 31245\n\
        number of failed transactions: 0 (0.000%)\nlatency average = 1.02 ms\n\
        tps = 10416.123456 (without initial connection time)\n";

    #[test]
    fn reads_what_pgbench_says() {
        assert_eq!(transactions_a_second(SAID).unwrap(), 10416.123456);
        let failed = SAID.replace(": 0 (0", ": 3 (0");
        assert!(transactions_a_second(&failed).is_err());
    }
}
