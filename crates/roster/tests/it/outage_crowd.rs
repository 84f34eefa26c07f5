//! Clients by the thousand that say nothing, read slowly or go away: the others are served, and memory and
//! connections come back.

use crate::harness::{Api, Backend, TestDatabase};
use crate::outage_memory::resident_kib;
use crate::program::{Process, first_key};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const MIB: u64 = 1024;

struct Crowded {
    server: Process,
    address: String,
    key: String,
    _database: TestDatabase,
    _folder: tempfile::TempDir,
}

impl Crowded {
    async fn start(users: usize) -> Self {
        let database = TestDatabase::empty(Backend::Sqlite).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut server = Process::serve(database.url(), folder.path());
        let address = server.address().unwrap();
        let key = first_key(folder.path());
        database
            .execute(&format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {users})
                 INSERT INTO users (tenant_id, email, email_key, role, allow_authentication_token, created_at, updated_at)
                 SELECT 1, 'many' || i || '@x.io', 'many' || i || '@x.io', 'viewer', 0, 0, 0 FROM n"
            ))
            .unwrap();
        Self {
            server,
            address,
            key,
            _database: database,
            _folder: folder,
        }
    }

    fn memory(&self) -> u64 {
        resident_kib(self.server.id())
    }

    /// What it is once it has come down to this. What is freed goes back to the machine some seconds later.
    async fn memory_below(&self, limit: u64) -> u64 {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let memory = self.memory();
            if memory < limit {
                return memory;
            }
            assert!(
                Instant::now() < deadline,
                "{memory} KiB stay, more than {limit}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// A connection that takes little at a time, so that the machine does not hold whole lists for slow readers.
    async fn connect(&self) -> TcpStream {
        let host = self.address.strip_prefix("http://").unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(8_192).unwrap();
        socket.connect(host.parse().unwrap()).await.unwrap()
    }

    /// Begins to ask for all users.
    async fn ask_for_users(&self) -> TcpStream {
        let mut stream = self.connect().await;
        let head = format!(
            "GET /users.json HTTP/1.1\r\nHost: x\r\nX-Holistics-Key: {}\r\n\r\n",
            self.key
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut start = [0; 1024];
        stream.read_exact(&mut start).await.unwrap();
        assert!(start.starts_with(b"HTTP/1.1 200 OK"));
        stream
    }

    /// Others are served: with a key, and with changes.
    async fn expect_service(&self) -> Duration {
        let begun = Instant::now();
        let api = Api::new(&self.address, &self.key);
        api.get("/users/info.json").await.expect(200);
        let path = "/users/1.json";
        api.patch(path, serde_json::json!({"name": "Admin"}))
            .await
            .expect(200);
        begun.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_says_nothing_keeps_nobody_out() {
    let crowded = Crowded::start(1).await;
    let before = crowded.memory();
    // The connections are files of this process as well.
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let count = files.saturating_sub(1_000).min(10_000);
    let mut silent = Vec::new();
    for _ in 0..count {
        silent.push(crowded.connect().await);
    }
    let took = crowded.expect_service().await;
    let during = crowded.memory();
    let begun = Instant::now();
    for mut stream in silent {
        let mut rest = Vec::new();
        // A reset is an end as well.
        let ended = stream.read_to_end(&mut rest);
        let ended = tokio::time::timeout(Duration::from_secs(60), ended).await;
        assert!(ended.is_ok(), "a silent connection stays");
    }
    let ended = begun.elapsed();
    crowded.expect_service().await;
    let after = crowded.memory_below(before + (during - before) / 4).await;
    eprintln!(
        "{count} silent connections: all ended {ended:?} later; another client had two answers in {took:?}; memory {before} KiB before, {during} during, {after} after"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_readers_keep_nobody_waiting() {
    // Fewer than may be there at once.
    const READERS: u64 = 90;
    let crowded = Crowded::start(50_000).await;
    crowded.ask_for_users().await;
    let before = crowded.memory();
    let mut readers = Vec::new();
    for _ in 0..READERS {
        readers.push(crowded.ask_for_users().await);
    }
    let took = crowded.expect_service().await;
    let during = crowded.memory();
    eprintln!(
        "{READERS} slow readers: another client had two answers in {took:?}; memory {before} KiB before, {during} during"
    );
    // The whole list is 15 MB.
    let each = during.saturating_sub(before) / READERS;
    assert!(each < 2 * MIB, "{each} KiB a reader");
    // The slow ones lose nothing by it.
    let mut slow = readers.pop().unwrap();
    drop(readers);
    let mut text = Vec::new();
    let end = b"}]\r\n0\r\n\r\n";
    while !text.ends_with(end) {
        assert_ne!(slow.read_buf(&mut text).await.unwrap(), 0, "cut off");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_drop_their_lists_leave_nothing_behind() {
    const LISTS: usize = 200;
    let crowded = Crowded::start(20_000).await;
    for _ in 0..20 {
        crowded.ask_for_users().await;
    }
    let before = crowded.memory();
    for _ in 0..LISTS {
        crowded.ask_for_users().await;
    }
    // More than there are connections, at once.
    for _ in 0..8 {
        crowded.expect_service().await;
    }
    let after = crowded.memory();
    eprintln!("{LISTS} lists dropped: memory {before} KiB before, {after} after");
    assert!(after < before + 24 * MIB, "{before} KiB, {after} KiB");
}
