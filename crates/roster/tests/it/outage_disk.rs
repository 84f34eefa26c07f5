//! A disk that is full: a small file system of its own, filled and emptied again.

use crate::harness::TestDatabase;
use crate::outage_load::{Load, Seen, expect_whole};
use crate::program::{Process, first_key};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// A file system in memory, unmounted with this value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None` where it may not be mounted.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(folder)),
            _ => None,
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all that is left.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.path().join("ballast")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    fn empty(&self) {
        std::fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_harms_nothing() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!(
            "SKIPPED: a_full_disk_is_told_and_harms_nothing needs root, who may mount a tmpfs"
        );
        return;
    };
    let url = format!("sqlite://{}", disk.path().join("roster.db").display());
    // Mails are written elsewhere, so that only the database is short of room.
    let folder = tempfile::tempdir().unwrap();
    let mut server = Process::serve(&url, folder.path());
    let address = server.address().unwrap();
    let key = first_key(folder.path());
    let load = Load::start(&address, &key, "w", 6);
    load.until(50, Instant::now(), |seen| seen.status == Some(200))
        .await;
    for _ in 0..3 {
        disk.fill();
        let full = Instant::now();
        let refusal = load.until(50, full, Seen::is_refused).await;
        assert!(refusal.text.contains("disk"), "{refusal:?}");
        let told = crate::harness::Api::new(&address, &key);
        told.get("/users/info.json").await.expect(200);
        disk.empty();
        let room = Instant::now();
        let first = load.until(1, room, |seen| seen.status == Some(200)).await;
        eprintln!(
            "the first answer came {:?} after there was room",
            (first.begun + first.took).duration_since(room)
        );
        load.until(100, room, |seen| seen.status == Some(200)).await;
        assert!(server.is_alive());
    }
    let told = load.end().await;
    told.expect_only_refusals();
    let database = TestDatabase::at(&url);
    let integrity = "SELECT integrity_check AS value FROM pragma_integrity_check";
    assert_eq!(database.query(integrity).unwrap(), ["ok"]);
    told.expect_kept(&database);
    expect_whole(&database);
    server.kill();
}
