//! Mails as files, where there is no mail server.

use super::delivery::{Failure, Receipt};
use super::letter::Letter;
use std::fs::{DirBuilder, File, OpenOptions, rename};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A folder that holds mails: one `.eml` file each, which only the server's user can read.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder is made with the first mail.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a mail. Written again, it replaces itself.
    pub(super) async fn write(&self, letter: &Letter) -> Result<Receipt, Failure> {
        let folder = self.path.clone();
        let name = letter.file_name.clone();
        let content = letter.message.formatted();
        tokio::task::spawn_blocking(move || write(&folder, &name, &content))
            .await
            .map_err(io::Error::other)
            .and_then(|written| written)
            .map(Receipt::Written)
            .map_err(|error| Failure::general(format!("{}: {error}", self.path.display())))
    }
}

/// Whoever sees the file under its name sees all of it.
fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<PathBuf> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let path = folder.join(name);
    let incomplete = folder.join(format!(".{name}.part"));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&incomplete)?;
    file.write_all(content)?;
    file.sync_all()?;
    rename(&incomplete, &path)?;
    // Without this a power cut could undo the renaming of a mail that counts as sent.
    File::open(folder)?.sync_all()?;
    Ok(path)
}
