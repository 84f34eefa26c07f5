//! Requests that may be sent again: under one key there is one change, and one answer to it.

use crate::error::{Error, Fault};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long an answer is kept. After that its key stands for nothing.
pub const LIFETIME: Duration = Duration::from_secs(86_400);

const MAX_KEY_CHARACTERS: usize = 255;

/// A request that is carried out once, however often it is sent. Of its key and of itself there are only hashes (SHA-256).
///
/// ```
/// use roster_domain::idempotency::Once;
///
/// let parts = [&b"POST"[..], b"/groups", b"{}"];
/// assert!(Once::new(b"8e03978e", &parts).is_ok());
/// assert!(Once::new(b"two words", &parts).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    key: [u8; 32],
    request: [u8; 32],
}

impl Once {
    /// What is wrong with a key that is none.
    pub const MALFORMED: Fault = Fault::new(
        "malformed",
        "must be 1 to 255 visible ASCII characters, given once",
    );

    /// A request under a key. The parts are all that makes it another request.
    ///
    /// # Errors
    /// [`Once::MALFORMED`].
    pub fn new(key: &[u8], parts: &[&[u8]]) -> Result<Self, Fault> {
        let is_key =
            (1..=MAX_KEY_CHARACTERS).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
        if !is_key {
            return Err(Self::MALFORMED);
        }
        let mut request = Sha256::new();
        for part in parts {
            // Of hashes, so that no part can run over into the next.
            request.update(Sha256::digest(part));
        }
        Ok(Self {
            key: Sha256::digest(key).into(),
            request: request.finalize().into(),
        })
    }

    /// The hash of the key.
    pub fn key_hash(&self) -> &[u8] {
        &self.key
    }

    /// The hash of the request.
    pub fn request_hash(&self) -> &[u8] {
        &self.request
    }

    /// Refuses to answer this request with what was answered to another one.
    ///
    /// # Errors
    /// [`Error::IdempotencyKeyReused`] if the answer was given to a request with another hash.
    pub fn check_answered(&self, request_hash: &[u8]) -> Result<(), Error> {
        match request_hash == self.request {
            true => Ok(()),
            false => Err(Error::IdempotencyKeyReused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_visible_ascii() {
        let longest = "k".repeat(255);
        for key in ["k", "!~", "\"8e03978e-40d5\"", &longest] {
            assert!(Once::new(key.as_bytes(), &[]).is_ok(), "{key}");
        }
        let too_long = "k".repeat(256);
        for key in ["", " ", "a b", "a\tb", "é", "\u{7f}", "\0", &too_long] {
            let refused = Once::new(key.as_bytes(), &[]);
            assert_eq!(refused, Err(Once::MALFORMED), "{key}");
        }
        assert_eq!(Once::new(&[0xff], &[]), Err(Once::MALFORMED));
    }

    #[test]
    fn each_part_makes_it_another_request() {
        let hash = |parts: &[&[u8]]| Once::new(b"k", parts).unwrap().request;
        assert_eq!(hash(&[b"POST", b"/a"]), hash(&[b"POST", b"/a"]));
        let requests: [&[&[u8]]; 6] = [
            &[b"POST", b"/a"],
            &[b"POST", b"/b"],
            &[b"POST/", b"a"],
            &[b"POST/a"],
            &[b"POST", b"/a", b""],
            &[],
        ];
        for (number, one) in requests.iter().enumerate() {
            for other in &requests[number + 1..] {
                assert_ne!(hash(one), hash(other), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn an_answer_is_for_its_own_request() {
        let one = Once::new(b"k", &[b"one"]).unwrap();
        let other = Once::new(b"k", &[b"other"]).unwrap();
        assert_eq!(one.key, other.key);
        assert_eq!(one.check_answered(one.request_hash()), Ok(()));
        let refused = one.check_answered(other.request_hash());
        assert_eq!(refused, Err(Error::IdempotencyKeyReused));
    }

    /// at-rest
    #[test]
    fn debug_shows_no_key() {
        let once = Once::new(b"a-secret-of-somebody", &[b"POST"]).unwrap();
        assert!(!format!("{once:?}").contains("secret"));
    }
}
