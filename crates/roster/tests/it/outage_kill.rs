//! The server killed under load, again and again: what it has acknowledged is there, and nothing is half done.

use crate::harness::on_both;

on_both! {
    /// atomic: `kill -9`, 20 times in a row.
    nothing_acknowledged_is_lost_by_kill_9
}

mod body {
    use crate::harness::{Backend, TestDatabase};
    use crate::outage_load::{Load, expect_whole};
    use crate::program::{Process, first_key};
    use std::time::Instant;

    const KILLS: usize = 20;

    pub(super) async fn nothing_acknowledged_is_lost_by_kill_9(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut told = Vec::new();
        for kill in 0..KILLS {
            let started = Instant::now();
            let mut server = Process::serve(database.url(), folder.path());
            let address = server.address().unwrap();
            let start = started.elapsed();
            let key = first_key(folder.path());
            let load = Load::start(&address, &key, &format!("kill{kill}"), 8);
            // At another moment each time.
            let answers = 20 + 3 * kill;
            load.until(answers, started, |seen| seen.status == Some(200))
                .await;
            server.kill();
            let one = load.end().await;
            one.expect_only_refusals();
            eprintln!(
                "kill {kill}: started in {start:?}, {} changes acknowledged",
                one.changes()
            );
            told.push(one);
            if backend == Backend::Sqlite {
                let integrity = "SELECT integrity_check AS value FROM pragma_integrity_check";
                assert_eq!(database.query(integrity).unwrap(), ["ok"]);
                let strays = "SELECT count(*) AS value FROM pragma_foreign_key_check";
                assert_eq!(database.count(strays).unwrap(), 0);
            }
            expect_whole(&database);
        }
        for one in told {
            one.expect_kept(&database);
        }
    }
}
