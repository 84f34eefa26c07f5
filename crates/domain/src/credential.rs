//! API keys: how they look, how they are stored, when they count.

use crate::{
    email::Email,
    error::Fault,
    id::{ApiKeyId, TenantId, UserId},
    name::Name,
    role::Role,
    time::Timestamp,
    user::Status,
};
use sha2::{Digest, Sha256};

/// A new API key: `rst_`, 32 random bytes in base62, and a checksum by which scanners and typos are told
/// from keys. It is shown once; `Debug` does not show it.
///
/// ```
/// use roster_domain::credential::{ApiKey, KeyHash};
///
/// let key = ApiKey::from_random([7; 32]);
/// assert!(key.expose().starts_with("rst_"));
/// assert_eq!(KeyHash::of_presented(key.expose()), Some(key.hash()));
/// ```
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// What every key begins with.
    pub const PREFIX: &str = "rst_";
    /// How many first characters are kept readable.
    pub const DISPLAYED: usize = 12;

    const BODY: usize = 43;
    const CHECKSUM: usize = 6;

    /// Makes the key of 32 random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        let body = base62(bytes, Self::BODY);
        let checksum = checksum(&body);
        Self(format!("{}{body}{checksum}", Self::PREFIX))
    }

    /// Takes over a key of the original service, so that a script moves without a change.
    ///
    /// # Errors
    /// The text is not 44 letters, digits and signs, as those keys are.
    pub fn adopt(text: &str) -> Result<Self, Fault> {
        const LENGTH: usize = 44;
        if text.len() == LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Fault::new(
                "malformed",
                "must be a key of the original service: 44 letters, digits and signs",
            ))
        }
    }

    /// The key itself, to be shown to its owner once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored instead of the key.
    pub fn hash(&self) -> KeyHash {
        KeyHash::of(&self.0)
    }

    /// The first characters, by which people tell keys apart.
    pub fn prefix(&self) -> String {
        self.0.chars().take(Self::DISPLAYED).collect()
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// SHA-256 of a key. Keys are random, so no slow hash is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    const MAX_BYTES: usize = 255;

    /// The hash of what a caller presents; `None` for what cannot be a key.
    pub fn of_presented(key: &str) -> Option<Self> {
        if key.is_empty() || key.len() > Self::MAX_BYTES {
            return None;
        }
        if let Some(rest) = key.strip_prefix(ApiKey::PREFIX) {
            let (body, sum) = rest.split_at_checked(ApiKey::BODY)?;
            if checksum(body) != sum {
                return None;
            }
        }
        Some(Self::of(key))
    }

    fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

/// What is known of a stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The key's id.
    pub id: ApiKeyId,
    /// The time from which the key is refused.
    pub expires_at: Option<Timestamp>,
    /// When it was last accepted, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// What has to be known of a key's owner to let a request in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOwner {
    /// The id.
    pub id: UserId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The address as typed.
    pub email: String,
    /// The role.
    pub role: Role,
    /// Where the user stands.
    pub status: Status,
    /// Whether the user's keys are accepted.
    pub allow_authentication_token: bool,
}

impl StoredKey {
    /// Whether the key opens the door for its owner now.
    pub fn admits(&self, owner: &KeyOwner, now: Timestamp) -> bool {
        owner.status == Status::Active
            && owner.allow_authentication_token
            && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether the last use has to be written down again: once a minute at most.
    pub fn is_use_to_be_recorded(&self, now: Timestamp) -> bool {
        const MINUTE: i64 = 60_000_000;
        self.last_used_at
            .is_none_or(|last| now.as_micros().saturating_sub(last.as_micros()) >= MINUTE)
    }
}

/// Makes an API key for a user.
#[derive(Debug, Clone)]
pub struct CreateKey {
    /// The owner's address.
    pub email: Email,
    /// The key itself.
    pub key: ApiKey,
    /// A label for people.
    pub label: Option<Name>,
    /// After how many days it is refused.
    pub expires_in_days: Option<u32>,
}

/// Lists the actor's own keys.
#[derive(Debug, Clone)]
pub struct ListOwnKeys;

/// Makes a key for the actor.
#[derive(Debug, Clone)]
pub struct CreateOwnKey {
    /// The key itself.
    pub key: ApiKey,
    /// A label for people.
    pub label: Option<Name>,
    /// After how many days it is refused.
    pub expires_in_days: Option<u32>,
}

/// Replaces one of the actor's own keys by a new one with the same label and as long a life. The old one dies after a while in which
/// both work.
#[derive(Debug, Clone)]
pub struct RotateOwnKey {
    /// The old key.
    pub id: ApiKeyId,
    /// The new one.
    pub key: ApiKey,
    /// How long the old one still works, in minutes.
    pub overlap_minutes: u32,
}

impl RotateOwnKey {
    /// The overlap if nothing is said.
    pub const DEFAULT_OVERLAP_MINUTES: u32 = 60;
    /// The longest overlap: a week.
    pub const MAX_OVERLAP_MINUTES: u32 = 10_080;
}

/// Revokes one of the actor's own keys.
#[derive(Debug, Clone)]
pub struct RevokeOwnKey {
    /// Which.
    pub id: ApiKeyId,
}

/// A key as its owner sees it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDetails {
    /// The key's id.
    pub id: ApiKeyId,
    /// A label for people.
    pub label: Option<Name>,
    /// Its first characters.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last accepted, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// The time from which it is refused.
    pub expires_at: Option<Timestamp>,
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The number that the bytes are, big end first, in so many digits of base 62.
pub(crate) fn base62<const N: usize>(mut number: [u8; N], digits: usize) -> String {
    let mut text: Vec<char> = (0..digits)
        .map(|_| {
            let mut remainder = 0_u16;
            for byte in &mut number {
                let current = (remainder << 8) | u16::from(*byte);
                *byte = u8::try_from(current / 62).unwrap_or_default();
                remainder = current % 62;
            }
            let digit = ALPHABET.get(usize::from(remainder)).copied();
            char::from(digit.unwrap_or_default())
        })
        .collect();
    text.reverse();
    text.into_iter().collect()
}

fn checksum(body: &str) -> String {
    base62(
        crc32fast::hash(body.as_bytes()).to_be_bytes(),
        ApiKey::CHECKSUM,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_counts_until_it_ends_and_while_its_owner_may_use_it() {
        let time = Timestamp::from_micros;
        let owner = KeyOwner {
            id: UserId(1),
            tenant_id: TenantId(1),
            email: "ana@example.com".to_owned(),
            role: Role::Viewer,
            status: Status::Active,
            allow_authentication_token: true,
        };
        let key = |end: Option<i64>| StoredKey {
            id: ApiKeyId(1),
            expires_at: end.map(time),
            last_used_at: None,
        };
        assert!(key(None).admits(&owner, time(5)));
        assert!(key(Some(6)).admits(&owner, time(5)));
        assert!(!key(Some(5)).admits(&owner, time(5)));
        for status in [Status::Pending, Status::Deleted] {
            let owner = KeyOwner {
                status,
                ..owner.clone()
            };
            assert!(!key(None).admits(&owner, time(5)), "{status:?}");
        }
        let barred = KeyOwner {
            allow_authentication_token: false,
            ..owner
        };
        assert!(!key(None).admits(&barred, time(5)));
    }

    #[test]
    fn base62_counts_as_numbers_do() {
        assert_eq!(base62([0, 0], 3), "000");
        assert_eq!(base62([0, 61], 3), "00z");
        assert_eq!(base62([0, 62], 3), "010");
        assert_eq!(base62([255, 255], 3), "H31");
        assert_eq!(
            base62([255; 32], 43),
            "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1"
        );
    }

    proptest! {
        #[test]
        fn a_key_is_recognised_and_a_typo_is_not(bytes: [u8; 32], at in 4_usize..53) {
            let key = ApiKey::from_random(bytes);
            prop_assert_eq!(key.expose().len(), 53);
            prop_assert_eq!(KeyHash::of_presented(key.expose()), Some(key.hash()));
            let mut typo: Vec<u8> = key.expose().bytes().collect();
            typo[at] = if typo[at] == b'x' { b'y' } else { b'x' };
            prop_assert_eq!(KeyHash::of_presented(std::str::from_utf8(&typo).unwrap()), None);
        }

        #[test]
        fn different_bytes_make_different_keys(a: [u8; 32], b: [u8; 32]) {
            prop_assert_eq!(a == b, ApiKey::from_random(a).expose() == ApiKey::from_random(b).expose());
        }
    }

    #[test]
    fn keys_of_the_original_service_are_looked_up_too() {
        let key = "aB3/".repeat(11);
        let adopted = ApiKey::adopt(&key).unwrap();
        assert_eq!(KeyHash::of_presented(&key), Some(adopted.hash()));
        for other in [
            "a".repeat(43),
            "a".repeat(45),
            format!("{} ", "a".repeat(43)),
        ] {
            assert!(ApiKey::adopt(&other).is_err());
        }
        assert!(KeyHash::of_presented(&"a".repeat(44)).is_some());
        assert!(KeyHash::of_presented("").is_none());
        assert!(KeyHash::of_presented(&"a".repeat(256)).is_none());
        assert!(KeyHash::of_presented("rst_").is_none());
    }

    /// at-rest
    #[test]
    fn debug_shows_no_key() {
        let key = ApiKey::from_random([1; 32]);
        assert_eq!(format!("{key:?} {:?}", key.hash()), "ApiKey(…) KeyHash(…)");
    }
}
