//! Sign-ins with a password, against the rate at which the machine can hash.

use crate::data;
use crate::dataset::{Kind, Set};
use crate::failure::Result;
use crate::http::{Client, Request};
use crate::measure::{in_parallel, in_turn};
use crate::plan::{Plan, processors};
use crate::report::{Findings, Table};
use crate::server::Server;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::atomic::{AtomicU64, Ordering};

const CLIENTS: usize = 8;
const USERS: u64 = 64;
const PASSWORD: &str = "gravel-otter-hums-at-noon-27";
const SALT: &[u8; 16] = b"salt of a bench!";
/// Roster's own parameters, unless it is told otherwise.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;

/// Measures it.
pub(crate) fn run(plan: &Plan) -> Result<Findings> {
    let argon2 = Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(MEMORY_KIB, PASSES, 1, None)?,
    );
    let hash = argon2
        .hash_password_with_salt(PASSWORD.as_bytes(), SALT)?
        .to_string();
    let mut findings = Findings::default();
    let threads = processors();
    let mut table = Table::new(["database", "bare hashes/s", "sign-ins/s", "ratio"]);
    for kind in Kind::ALL {
        let set = Set::get(plan, kind, 0)?.copy(plan, "bench_sign_ins")?;
        set.import(plan, |file| data::write_with_password(file, USERS, &hash))?;
        let server = Server::start(plan, &set.url, &[])?;
        let next = AtomicU64::new(0);
        let bare = || {
            let compare = |_: &mut ()| {
                let stored = PasswordHash::new(&hash)?;
                Ok(argon2.verify_password(PASSWORD.as_bytes(), &stored)?)
            };
            Ok(in_parallel(threads, plan.load, |_| Ok(()), compare)?.per_second)
        };
        let sign_in = |client: &mut Client| {
            let email = data::email(next.fetch_add(1, Ordering::Relaxed) % USERS + 1);
            let body = format!(r#"{{"email":"{email}","password":"{PASSWORD}"}}"#);
            client
                .send(Request::post("/api/account/session", &body))
                .map(drop)
        };
        let roster =
            || Ok(in_parallel(CLIENTS, plan.load, |_| server.client(""), sign_in)?.per_second);
        let paired = in_turn(
            plan.rounds,
            &format!("sign-ins on {}", kind.name()),
            bare,
            roster,
        )?;
        server.stop()?;
        set.remove(plan)?;
        table.row([
            kind.name().to_owned(),
            paired.yardstick.show(""),
            paired.roster.show(""),
            paired.ratio.show(""),
        ]);
    }
    findings.say(format_args!(
        "`POST /api/account/session` by {CLIENTS} connections, against comparing the same password with the same hash (argon2id, {MEMORY_KIB} KiB, \
         {PASSES} passes) in {threads} threads that do nothing else."
    ));
    findings.table(&table);
    Ok(findings)
}
