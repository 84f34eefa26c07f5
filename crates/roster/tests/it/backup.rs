//! `roster backup` and `roster restore`.

use crate::harness::{Api, Backend, TestDatabase};
use crate::program::{Ended, Process, first_key, roster, run};
use crate::stored::everything;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

fn roster_with(database_url: &str, command: &str, file: &Path) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let mut roster = roster(folder.path());
    run(roster
        .args([command, "--database-url", database_url])
        .arg(file))
}

fn backup(database: &TestDatabase, file: &Path) -> Ended {
    roster_with(database.url(), "backup", file)
}

fn restore(file: &Path, target: &Path) -> Ended {
    roster_with(&url(target), "restore", file)
}

fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn sqlite_path(database: &TestDatabase) -> &Path {
    Path::new(database.url().strip_prefix("sqlite://").unwrap())
}

#[tokio::test]
async fn a_served_database_is_backed_up_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::empty(Backend::Sqlite).unwrap();
    let mut process = Process::serve(database.url(), folder.path());
    let address = process.address().unwrap();
    let key = first_key(folder.path());
    let api = Api::new(&address, &key);
    let invited = json!({"email": "ana@x.io", "name": "Ana", "role": "viewer"});
    api.post("/users/invite.json", invited).await.expect(200);
    let users = api.get("/users.json").await.expect(200).text;

    let file = folder.path().join("it's a backup.db");
    assert_eq!(backup(&database, &file).succeeded(), "");
    assert_eq!(mode(&file), 0o600);
    let expected = everything(&database);

    // It is still served, and a second backup does not touch the first.
    let invited = json!({"email": "bob@x.io", "name": "Bob", "role": "viewer"});
    api.post("/users/invite.json", invited).await.expect(200);
    let before = std::fs::read(&file).unwrap();
    let text = backup(&database, &file).failed();
    assert!(
        text.contains("exists, and nothing is overwritten"),
        "{text}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let served = restore(&file, sqlite_path(&database)).failed();
    assert!(served.contains("stop the server"), "{served}");
    drop(process);

    // Into a folder that does not exist yet.
    let target = folder.path().join("new/roster.db");
    assert_eq!(restore(&file, &target).succeeded(), "");
    assert_eq!(files(target.parent().unwrap()), vec![target.clone()]);
    assert_eq!(mode(&target), 0o600);
    let restored = TestDatabase::at(&url(&target));
    assert_eq!(everything(&restored), expected);
    let again = tempfile::tempdir().unwrap();
    let mut process = Process::serve(restored.url(), again.path());
    let api = Api::new(&process.address().unwrap(), &key);
    assert_eq!(api.get("/users.json").await.expect(200).text, users);
}

#[test]
fn what_is_no_backup_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::migrated(Backend::Sqlite).unwrap();
    let sound = folder.path().join("sound");
    backup(&database, &sound).succeeded();
    let bytes = std::fs::read(&sound).unwrap();
    let mut damaged = bytes.clone();
    damaged[4_096 * 4..4_096 * 5].fill(0xFF);
    let other = TestDatabase::empty(Backend::Sqlite).unwrap();
    other.execute("CREATE TABLE t (a TEXT)").unwrap();
    let newer = TestDatabase::migrated(Backend::Sqlite).unwrap();
    let needs = "UPDATE schema_info SET oldest_server = '99.0.0'";
    newer.execute(needs).unwrap();
    let orphan = TestDatabase::migrated(Backend::Sqlite).unwrap();
    let member = "PRAGMA foreign_keys = OFF; INSERT INTO memberships VALUES (1, 1, 1)";
    orphan.execute(member).unwrap();
    let closed = |database: &TestDatabase| {
        database
            .execute("PRAGMA journal_mode = DELETE")
            .map(|()| std::fs::read(sqlite_path(database)).unwrap())
            .unwrap()
    };
    for (name, content, part) in [
        ("damaged", damaged, "damaged"),
        ("cut", bytes[..bytes.len() / 2].to_vec(), "damaged"),
        ("empty", Vec::new(), "no Roster database"),
        ("text", b"hello ".repeat(1_000), "not a database"),
        ("other", closed(&other), "no Roster database"),
        ("newer", closed(&newer), "needs version 99.0.0"),
        ("orphan", closed(&orphan), "refers to one of users"),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        let into = tempfile::tempdir().unwrap();
        let text = restore(&file, &into.path().join("roster.db")).failed();
        assert!(text.contains(&*file.to_string_lossy()), "{name}: {text}");
        assert!(
            text.contains(part) || text.contains("malformed"),
            "{name}: {text}"
        );
        assert_eq!(files(into.path()), Vec::<PathBuf>::new(), "{name}");
    }
    let into = tempfile::tempdir().unwrap();
    let text = restore(&folder.path().join("missing"), &into.path().join("r.db")).failed();
    assert!(text.contains("No such file"), "{text}");
    // What a server left beside a database that is gone would be taken for the new one's.
    std::fs::write(into.path().join("r.db-wal"), "").unwrap();
    let text = restore(&sound, &into.path().join("r.db")).failed();
    assert!(text.contains("r.db-wal exists"), "{text}");
    // A file with such a thing beside it is not all of a database.
    std::fs::write(folder.path().join("sound-wal"), "").unwrap();
    let text = restore(&sound, &into.path().join("other.db")).failed();
    assert!(text.contains("sound-wal lies beside"), "{text}");
    // The file that is not there is not made on the way.
    let missing = folder.path().join("missing.db");
    let text = roster_with(&url(&missing), "backup", &folder.path().join("b")).failed();
    assert!(text.contains("there is no database"), "{text}");
    assert!(!missing.exists() && !folder.path().join("b").exists());
}

#[test]
fn for_postgresql_its_own_programs_are_named() {
    let file = Path::new("/backups/it's.dump");
    let url = "postgres://roster:hunter2@db.example.com/roster";
    let text = roster_with(url, "backup", file).failed();
    let dump = r"pg_dump --format=custom --no-owner --file='/backups/it'\''s.dump' --dbname='postgres://roster:***@db.example.com/roster'";
    assert!(text.contains(dump), "{text}");
    let text = roster_with(url, "restore", file).failed();
    assert!(
        text.contains("pg_restore --no-owner --single-transaction"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}
