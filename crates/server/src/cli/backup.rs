//! `roster backup` and `roster restore`: an SQLite database as one file. PostgreSQL has programs of its own for it.

use super::{Failure, make_private_folder};
use crate::config::Settings;
use crate::db::backup;
use crate::db::url::{DatabaseUrl, masked};
use clap::Args;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// What SQLite lays beside a database that is in use or was not closed.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write, which must not exist
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The file that `roster backup` wrote
    file: PathBuf,
}

impl Backup {
    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let file = &self.file;
        match &settings.database.database_url {
            DatabaseUrl::Postgres { given, .. } => Err(Failure::new(format!(
                "PostgreSQL is backed up by its own program: pg_dump --format=custom --no-owner --file={} --dbname={}",
                quoted(&file.display().to_string()),
                quoted(&masked(given))
            ))),
            DatabaseUrl::Sqlite { path, .. } => {
                if !Path::new(path).exists() {
                    return Err(Failure::new(format!("there is no database {path}")));
                }
                let draft = Draft::new(file)?;
                backup::write(path, draft.path()?)
                    .map_err(|error| Failure::from(error).about(Path::new(path)))?;
                draft.publish()
            }
        }
    }
}

impl Restore {
    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let file = &self.file;
        match &settings.database.database_url {
            DatabaseUrl::Postgres { given, .. } => Err(Failure::new(format!(
                "PostgreSQL is restored by its own program, into a database that is empty: \
                 pg_restore --no-owner --single-transaction --exit-on-error --dbname={} {}",
                quoted(&masked(given)),
                quoted(&file.display().to_string())
            ))),
            DatabaseUrl::Sqlite { path, .. } => restore(file, Path::new(path)),
        }
    }
}

fn restore(file: &Path, target: &Path) -> Result<(), Failure> {
    for end in [""].into_iter().chain(BESIDE) {
        let present = with_end(target, end);
        if present.symlink_metadata().is_ok() {
            return Err(Failure::new(format!(
                "{} exists, and nothing is overwritten: stop the server and move the database away, with -wal and -shm",
                present.display()
            )));
        }
    }
    for end in ["-wal", "-journal"] {
        if with_end(file, end).exists() {
            return Err(Failure::new(format!(
                "{} lies beside {}, which so is a database and no backup: write one with `roster backup`",
                with_end(file, end).display(),
                file.display()
            )));
        }
    }
    let mut backup = File::open(file).map_err(|error| Failure::from(error).about(file))?;
    if let Some(folder) = target.parent() {
        make_private_folder(folder)?;
    }
    let draft = Draft::new(target)?;
    std::io::copy(&mut backup, &mut draft.open()?)
        .map_err(|error| Failure::from(error).about(target))?;
    backup::check(draft.path()?).map_err(|error| {
        Failure::from(error).about(Path::new(&format!("{} is not restored", file.display())))
    })?;
    draft.publish()
}

/// A file that only its owner can read, and that has another name until it is whole.
struct Draft<'a> {
    file: &'a Path,
    draft: PathBuf,
}

impl<'a> Draft<'a> {
    fn new(file: &'a Path) -> Result<Self, Failure> {
        if file.symlink_metadata().is_ok() {
            return Err(Failure::new(format!(
                "{} exists, and nothing is overwritten",
                file.display()
            )));
        }
        let draft = with_end(file, &format!(".{}.partial", std::process::id()));
        create(&draft).map_err(|error| Failure::from(error).about(file))?;
        Ok(Self { file, draft })
    }

    fn path(&self) -> Result<&str, Failure> {
        self.draft
            .to_str()
            .ok_or_else(|| Failure::new(format!("{}: the path must be UTF-8", self.file.display())))
    }

    fn open(&self) -> Result<File, Failure> {
        Ok(OpenOptions::new().write(true).open(&self.draft)?)
    }

    /// Gives the file its name, once all of it is on the disk.
    fn publish(self) -> Result<(), Failure> {
        let published = || {
            File::open(&self.draft)?.sync_all()?;
            // Of two at once, one gets the name.
            create(self.file)?;
            std::fs::rename(&self.draft, self.file)?;
            let folder = self.file.parent().filter(|path| path.as_os_str() != "");
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
        };
        published().map_err(|error| Failure::from(error).about(self.file))
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        // Nothing is there any more when it was published.
        let _ = std::fs::remove_file(&self.draft);
    }
}

fn create(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(path).map(|_| ())
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
