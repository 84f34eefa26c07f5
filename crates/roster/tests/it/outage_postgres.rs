//! PostgreSQL that is stopped, crashes or hangs while the server is under load. Limits of time are wide: a busy machine
//! must not fail what an idle one does in a tenth.

use crate::harness::{Api, TestDatabase};
use crate::outage_cluster::{Cluster, Stop};
use crate::outage_load::{Load, Seen, expect_whole};
use crate::program::{Process, first_key};
use std::time::{Duration, Instant};

/// How soon everything is refused once PostgreSQL is gone.
const REFUSED_WITHIN: Duration = Duration::from_secs(5);
/// How long a refusal takes from then on.
const AT_ONCE: Duration = Duration::from_secs(1);
/// How soon the server answers again when PostgreSQL does; an idle machine takes a few tenths of a second.
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// How long a request may wait for a PostgreSQL that hangs.
const HANGING: Duration = Duration::from_secs(20);

const WRITERS: usize = 12;

fn is_good(seen: &Seen) -> bool {
    seen.status == Some(200)
}

/// The process is well, and says that its database is not.
async fn expect_unready(address: &str) {
    let anybody = Api::anonymous(address);
    anybody.get("/healthz").await.expect(200);
    anybody.get("/readyz").await.expect(503);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_postgres_is_told_at_once_and_found_again() {
    let mut cluster = Cluster::start();
    let folder = tempfile::tempdir().unwrap();
    let mut server = Process::serve(&cluster.url(), folder.path());
    let address = server.address().unwrap();
    let load = Load::start(&address, &first_key(folder.path()), "w", WRITERS);
    load.until(20, Instant::now(), is_good).await;
    for how in [Stop::Fast, Stop::Immediate] {
        let stopping = Instant::now();
        cluster.stop(how);
        let stopped = Instant::now();
        let refused = load.until(100, stopped, Seen::is_refused).await;
        let settled = Instant::now();
        load.until(50, settled, Seen::is_refused).await;
        // What needs no database is answered all the same.
        expect_unready(&address).await;
        cluster.start_again();
        let returned = Instant::now();
        let first = load.until(1, returned, is_good).await;
        let back = (first.begun + first.took).duration_since(returned);
        load.until(20, returned, is_good).await;
        assert!(server.is_alive());
        eprintln!(
            "{how:?}: the 100th refusal came {:?} after the stop, the first answer {back:?} after the return",
            (refused.begun + refused.took).duration_since(stopping)
        );
        assert!(back < BACK_WITHIN, "{back:?}");
    }
    let told = load.end().await;
    told.expect_only_refusals();
    let slowest = told.seen.iter().filter(|seen| seen.is_refused());
    let mut times: Vec<Duration> = slowest.map(|seen| seen.took).collect();
    times.sort();
    eprintln!(
        "{} refusals: half of them within {:?}, the slowest {:?}",
        times.len(),
        times[times.len() / 2],
        times[times.len() - 1]
    );
    assert!(times[times.len() - 1] < REFUSED_WITHIN);
    assert!(times[times.len() / 2] < AT_ONCE);
    let database = TestDatabase::at(&cluster.url());
    told.expect_kept(&database);
    expect_whole(&database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hanging_postgres_is_waited_for_within_bounds() {
    let cluster = Cluster::start();
    let folder = tempfile::tempdir().unwrap();
    let mut server = Process::serve(&cluster.url(), folder.path());
    let address = server.address().unwrap();
    let load = Load::start(&address, &first_key(folder.path()), "w", WRITERS);
    load.until(20, Instant::now(), is_good).await;
    cluster.hang();
    let hanging = Instant::now();
    load.until(WRITERS, hanging, Seen::is_refused).await;
    // By now it is known, and nobody waits any more.
    let known = Instant::now();
    load.until(50, known, |seen| seen.is_refused() && seen.took < AT_ONCE)
        .await;
    expect_unready(&address).await;
    cluster.go_on();
    let returned = Instant::now();
    let first = load.until(1, returned, is_good).await;
    let back = (first.begun + first.took).duration_since(returned);
    load.until(20, returned, is_good).await;
    assert!(server.is_alive());
    let told = load.end().await;
    told.expect_only_refusals();
    let slowest = told.seen.iter().map(|seen| seen.took).max().unwrap();
    eprintln!(
        "hung for {:?}: the longest wait was {slowest:?}, the first answer came {back:?} after the return",
        returned.duration_since(hanging)
    );
    assert!(slowest < HANGING, "{slowest:?}");
    assert!(back < BACK_WITHIN, "{back:?}");
    let database = TestDatabase::at(&cluster.url());
    told.expect_kept(&database);
    expect_whole(&database);
}
