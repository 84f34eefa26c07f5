//! Hashing passwords: argon2id on threads of its own, a few at a time, because each takes memory and time on purpose. Hashes that
//! were imported may be bcrypt's, until their users sign in.

mod memory;

use crate::error::{Error, Result, Unavailable};
use crate::turns::Turns;
use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Params, Version};
use memory::Reusing;
use roster_domain::Fault;
use roster_domain::password::{Password, PasswordHash};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a caller waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
const SALT_BYTES: usize = 16;
/// How bcrypt's hashes begin, and none of argon2's.
const BCRYPT: &str = "$2";

/// Hashes passwords.
#[derive(Clone)]
pub struct Hasher(Arc<Inner>);

struct Inner {
    argon2: Reusing,
    turns: Turns,
    hashes: AtomicU64,
    /// What the passwords of those are compared with who have none: the work is the same.
    dummy: PasswordHash,
}

/// Whether a password was found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is not.
    Wrong,
    /// It is, and the stored hash is as strong as those of today.
    Right,
    /// It is, and here is a stronger hash than the stored one.
    RightButWeak(PasswordHash),
}

impl Hasher {
    /// Makes hashes that take so much memory and so many passes, so many at a time.
    ///
    /// # Errors
    /// argon2 does not accept the numbers, or the machine has no random numbers.
    pub fn new(memory_kib: u32, passes: u32, at_once: usize) -> Result<Self> {
        let params = Params::new(memory_kib, passes, 1, None).map_err(Error::internal)?;
        let argon2 = Reusing::new(params);
        let dummy = hash(&argon2, &Password::typed("no password at all"))?;
        argon2.forget();
        Ok(Self(Arc::new(Inner {
            dummy,
            argon2,
            turns: Turns::new(at_once),
            hashes: AtomicU64::new(0),
        })))
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// Too many others are at it.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash> {
        self.run(move |hasher| hash(&hasher.argon2, &password))
            .await
    }

    /// Compares a password with a stored hash; without one it does the same work and finds it wrong.
    ///
    /// # Errors
    /// Too many others are at it, or the stored hash cannot be read.
    pub async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Verdict> {
        self.run(move |hasher| {
            let compared = stored.as_ref().unwrap_or(&hasher.dummy);
            let bytes = password.expose().as_bytes();
            if compared.as_str().starts_with(BCRYPT) {
                return match bcrypt::verify(bytes, compared.as_str()).map_err(Error::internal)? {
                    true => Ok(Verdict::RightButWeak(hash(&hasher.argon2, &password)?)),
                    false => Ok(Verdict::Wrong),
                };
            }
            let phc = Phc::new(compared.as_str()).map_err(Error::internal)?;
            if hasher.argon2.verify_password(bytes, &phc).is_err() || stored.is_none() {
                return Ok(Verdict::Wrong);
            }
            let present = Params::try_from(&phc).map_err(Error::internal)?;
            let wanted = hasher.argon2.params();
            if present.m_cost() >= wanted.m_cost() && present.t_cost() >= wanted.t_cost() {
                return Ok(Verdict::Right);
            }
            Ok(Verdict::RightButWeak(hash(&hasher.argon2, &password)?))
        })
        .await
    }

    /// How many passwords were hashed or compared so far.
    pub fn count(&self) -> u64 {
        self.0.hashes.load(Ordering::Relaxed)
    }

    /// How many passwords were hashed or compared so far, how many are at the moment, and how many wait for it.
    pub fn load(&self) -> (u64, usize, usize) {
        let (_, running, waiting) = self.0.turns.load();
        (self.count(), running, waiting)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let hasher = Arc::clone(&self.0);
        let mut turn = self.0.turns.take(move || {
            hasher.hashes.fetch_add(1, Ordering::Relaxed);
            let outcome = work(&hasher);
            let (_, _, waiting) = hasher.turns.load();
            if waiting == 0 {
                hasher.argon2.forget();
            }
            outcome
        });
        let ended = match tokio::time::timeout(PATIENCE, &mut turn).await {
            Ok(ended) => ended,
            Err(_) if turn.give_up() => None,
            Err(_) => turn.await,
        };
        ended.ok_or(Unavailable::Busy)??
    }
}

/// Takes over a hash that was made elsewhere, if comparing with it costs no more than these bounds: whoever signs in would otherwise
/// decide how much memory and time the server spends.
///
/// # Errors
/// It is neither argon2id as a PHC string nor bcrypt, or beyond the bounds.
pub fn take_over(text: &str) -> std::result::Result<PasswordHash, Fault> {
    match text.starts_with(BCRYPT) {
        true => take_over_bcrypt(text),
        false => take_over_argon2(text),
    }
}

const MALFORMED: Fault = Fault::new(
    "malformed",
    "must be a hash of argon2id, as in $argon2id$v=19$m=19456,t=2,p=1$salt$hash, or of bcrypt, as in $2b$12$ and 53 characters",
);

fn take_over_bcrypt(text: &str) -> std::result::Result<PasswordHash, Fault> {
    const MIN_COST: u32 = 4;
    const MAX_COST: u32 = 14;
    let parts: bcrypt::HashParts = text.parse().map_err(|_| MALFORMED)?;
    // 2x marks hashes of a faulty implementation, with which no other agrees.
    if text.starts_with("$2x$") || parts.get_cost() < MIN_COST {
        return Err(MALFORMED);
    }
    if parts.get_cost() > MAX_COST {
        return Err(Fault::new(
            "too_expensive",
            "must have a cost of at most 14",
        ));
    }
    Ok(PasswordHash::from_stored(text.to_owned()))
}

fn take_over_argon2(phc: &str) -> std::result::Result<PasswordHash, Fault> {
    const MAX_MEMORY_KIB: u32 = 131_072;
    const MAX_PASSES: u32 = 10;
    const MAX_LANES: u32 = 8;
    let parsed = Phc::new(phc).map_err(|_| MALFORMED)?;
    let is_argon2id = parsed.algorithm == Algorithm::Argon2id.ident()
        && parsed.version == Some(Version::V0x13.into())
        && parsed.salt.is_some()
        && parsed.hash.is_some();
    let params = Params::try_from(&parsed).map_err(|_| MALFORMED)?;
    if !is_argon2id {
        return Err(MALFORMED);
    }
    if params.m_cost() > MAX_MEMORY_KIB
        || params.t_cost() > MAX_PASSES
        || params.p_cost() > MAX_LANES
    {
        let message = "must cost at most 131072 KiB, 10 passes and 8 lanes (m, t and p)";
        return Err(Fault::new("too_expensive", message));
    }
    Ok(PasswordHash::from_stored(phc.to_owned()))
}

fn hash(argon2: &Reusing, password: &Password) -> Result<PasswordHash> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(Error::internal)?;
    let phc: Phc = argon2
        .hash_password_with_salt(password.expose().as_bytes(), &salt)
        .map_err(Error::internal)?;
    Ok(PasswordHash::from_stored(phc.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(password: &str) -> Password {
        Password::typed(password)
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_with_the_parameters_given() {
        let hasher = Hasher::new(19_456, 2, 1).unwrap();
        let hash = hasher.hash(typed("correct horse")).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(hash, hasher.hash(typed("correct horse")).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_is_found_right_or_wrong() {
        let hasher = Hasher::new(8, 1, 1).unwrap();
        let stored = Some(hasher.hash(typed("correct horse")).await.unwrap());
        let verify = |password: &str, stored| hasher.verify(typed(password), stored);
        assert_eq!(
            verify("correct horse", stored.clone()).await.unwrap(),
            Verdict::Right
        );
        assert_eq!(
            verify("Correct horse", stored).await.unwrap(),
            Verdict::Wrong
        );
        for password in ["", "no password at all"] {
            assert_eq!(verify(password, None).await.unwrap(), Verdict::Wrong);
        }
        assert_eq!(hasher.count(), 5);
    }

    #[tokio::test]
    async fn a_hash_from_elsewhere_is_bounded() {
        let hasher = Hasher::new(128, 1, 1).unwrap();
        let made = hasher.hash(typed("correct horse")).await.unwrap();
        let taken = take_over(made.as_str()).unwrap();
        let verdict = hasher.verify(typed("correct horse"), Some(taken)).await;
        assert_eq!(verdict.unwrap(), Verdict::Right);
        for (from, to, code) in [
            ("m=128", "m=131073", "too_expensive"),
            ("t=1", "t=11", "too_expensive"),
            ("p=1", "p=9", "too_expensive"),
            ("argon2id", "argon2i", "malformed"),
            ("v=19", "v=16", "malformed"),
            ("m=128", "m=1", "malformed"),
            ("$argon2id$", "", "malformed"),
        ] {
            let changed = made.as_str().replace(from, to);
            assert_eq!(take_over(&changed).unwrap_err().code, code, "{changed}");
        }
        let without_hash = made.as_str().rsplit_once('$').unwrap().0;
        for phc in ["", without_hash] {
            assert_eq!(take_over(phc).unwrap_err().code, "malformed", "{phc}");
        }
    }

    #[tokio::test]
    async fn a_hash_of_bcrypt_gives_way_to_one_of_argon2id() {
        // From the tests of jBCrypt; the password is "a".
        const MADE: &str = "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe";
        let hasher = Hasher::new(128, 1, 1).unwrap();
        let taken = Some(take_over(MADE).unwrap());
        let verdict = hasher.verify(typed("b"), taken.clone()).await;
        assert_eq!(verdict.unwrap(), Verdict::Wrong);
        let verdict = hasher.verify(typed("a"), taken).await.unwrap();
        let Verdict::RightButWeak(stronger) = verdict else {
            unreachable!("{verdict:?}");
        };
        assert!(stronger.as_str().starts_with("$argon2id$"));
        for (from, to, code) in [
            ("$06$", "$15$", "too_expensive"),
            ("$06$", "$03$", "malformed"),
            ("$2a$", "$2x$", "malformed"),
            ("$2a$", "$2$", "malformed"),
            ("fxe", "fx", "malformed"),
            ("fxe", "fx!", "malformed"),
            ("fxe", "fxe$", "malformed"),
        ] {
            let changed = MADE.replace(from, to);
            assert_eq!(take_over(&changed).unwrap_err().code, code, "{changed}");
        }
    }

    #[tokio::test]
    async fn a_weaker_hash_is_made_anew() {
        let (old, new) = (
            Hasher::new(8, 1, 1).unwrap(),
            Hasher::new(16, 1, 1).unwrap(),
        );
        let stored = old.hash(typed("correct horse")).await.unwrap();
        let verdict = new
            .verify(typed("correct horse"), Some(stored.clone()))
            .await
            .unwrap();
        let Verdict::RightButWeak(stronger) = verdict else {
            unreachable!("{verdict:?}");
        };
        assert!(stronger.as_str().contains("m=16"));
        assert_eq!(
            new.verify(typed("other"), Some(stored)).await.unwrap(),
            Verdict::Wrong
        );
    }
}
