//! How often something may be tried before it is refused for a while.

use crate::{email::Email, id::UserId, time::Timestamp};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::time::Duration;

/// What is counted, by whom or for whom, and how often it may be.
///
/// Attempts are counted before it is known how they end, so that many at once all count; those that turn out well are
/// taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Under which key it is counted: a hash, so that no address is stored.
    pub key: [u8; 32],
    /// How often within [`Self::window`].
    pub limit: i64,
    /// The span of time, which begins with the first attempt.
    pub window: Duration,
}

const QUARTER: Duration = Duration::from_secs(15 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

impl Attempt {
    /// Signing in with an address, be it one of the tenant or not.
    pub fn sign_in_as(tenant: &str, email_key: &str) -> Self {
        Self::new("sign in as", &[tenant, email_key], 10, QUARTER)
    }

    /// Signing in from a machine.
    pub fn sign_in_from(ip: Option<IpAddr>) -> Self {
        Self::new("sign in from", &[&network(ip)], 100, QUARTER)
    }

    /// Asking for links to a new password for an address.
    pub fn reset_for(tenant: &str, email: &Email) -> Self {
        Self::new("reset for", &[tenant, email.key()], 3, QUARTER)
    }

    /// Asking for links to new passwords from a machine.
    pub fn reset_from(ip: Option<IpAddr>) -> Self {
        Self::new("reset from", &[&network(ip)], 100, QUARTER)
    }

    /// Changing a user's password, which wants the present one.
    pub fn change_of(user: UserId) -> Self {
        Self::new("change of", &[&user.to_string()], 10, QUARTER)
    }

    /// Writing refused sign-ins from a machine into the audit trail.
    pub fn refusal_from(ip: Option<IpAddr>) -> Self {
        Self::new("refusal from", &[&network(ip)], 100, HOUR)
    }

    fn new(what: &str, parts: &[&str], limit: i64, window: Duration) -> Self {
        let mut digest = Sha256::new().chain_update(what);
        for part in parts {
            digest.update(b"\0");
            digest.update(part);
        }
        Self {
            key: digest.finalize().into(),
            limit,
            window,
        }
    }

    /// How many seconds to wait, if this many attempts since that time are too many.
    pub fn pause(&self, count: i64, started_at: Timestamp, now: Timestamp) -> Option<u64> {
        (count > self.limit).then(|| now.seconds_until(started_at.plus(self.window)).max(1))
    }
}

/// The caller's address; of an IPv6 address the network, because one machine has all of it.
fn network(ip: Option<IpAddr>) -> String {
    match ip.map(|ip| ip.to_canonical()) {
        None => String::new(),
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => {
            const HOST: u128 = 0xffff_ffff_ffff_ffff;
            std::net::Ipv6Addr::from(u128::from(ip) & !HOST).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(ip: &str) -> Attempt {
        Attempt::sign_in_from(Some(ip.parse().unwrap()))
    }

    #[test]
    fn a_pause_ends_with_its_window() {
        let attempt = Attempt::sign_in_as("a", "ana@x.io");
        let (began, now) = (
            Timestamp::from_micros(0),
            Timestamp::from_micros(60_000_000),
        );
        assert_eq!(attempt.pause(10, began, now), None);
        assert_eq!(attempt.pause(11, began, now), Some(14 * 60));
    }

    #[test]
    fn keys_tell_what_they_count_apart() {
        let as_ana = Attempt::sign_in_as("a", "ana@x.io");
        assert_eq!(as_ana, Attempt::sign_in_as("a", "ana@x.io"));
        assert_ne!(as_ana.key, Attempt::sign_in_as("b", "ana@x.io").key);
        assert_ne!(as_ana.key, Attempt::sign_in_as("a\0ana@x.io", "").key);
        assert_ne!(
            as_ana.key,
            Attempt::reset_for("a", &Email::parse("ana@x.io").unwrap()).key
        );
    }

    #[test]
    fn an_ipv6_network_is_one_caller() {
        assert_eq!(from("2001:db8::1"), from("2001:db8::ffff:2"));
        assert_ne!(from("2001:db8::1"), from("2001:db8:0:1::1"));
        assert_ne!(from("192.0.2.1"), from("192.0.2.2"));
        assert_eq!(from("::ffff:192.0.2.1"), from("192.0.2.1"));
    }
}
