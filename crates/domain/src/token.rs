//! Secrets that the server makes up for browsers and mails: session cookies, links.

use crate::credential::base62;
use sha2::{Digest, Sha256};

/// A random secret of 32 bytes, written in 43 letters and digits. `Debug` does not show it.
///
/// ```
/// use roster_domain::token::{Token, TokenHash};
///
/// let token = Token::from_random([7; 32]);
/// assert_eq!(TokenHash::of_presented(token.expose()), Some(token.hash()));
/// ```
#[derive(Clone)]
pub struct Token(String);

impl Token {
    const CHARACTERS: usize = 43;

    /// Makes the token of 32 random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(base62(bytes, Self::CHARACTERS))
    }

    /// The token itself: for the cookie or the link, and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored instead of the token.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }

    /// The text that every form and request of the session has to carry, so that no other site can send one. It
    /// follows from the session's token and dies with it; the token does not follow from it.
    pub fn csrf_token(&self) -> String {
        csrf_token(&self.0)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// [`Token::csrf_token`] of the token that a caller presents, be it one or not.
pub fn csrf_token(presented: &str) -> String {
    let digest = Sha256::new()
        .chain_update(b"roster csrf\0")
        .chain_update(presented.as_bytes())
        .finalize();
    base62(digest.into(), Token::CHARACTERS)
}

/// SHA-256 of a token. Tokens are random, so no slow hash is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of what a caller presents; `None` for what cannot be a token.
    pub fn of_presented(token: &str) -> Option<Self> {
        let can_be =
            token.len() == Token::CHARACTERS && token.bytes().all(|b| b.is_ascii_alphanumeric());
        can_be.then(|| Self::of(token))
    }

    fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_token_is_not_looked_up() {
        for presented in [
            "",
            "a",
            &"a".repeat(42),
            &"a".repeat(44),
            &"-".repeat(43),
            &"é".repeat(21),
        ] {
            assert_eq!(TokenHash::of_presented(presented), None, "{presented}");
        }
        assert!(TokenHash::of_presented(&"a".repeat(43)).is_some());
    }

    #[test]
    fn a_form_token_belongs_to_its_session() {
        let (one, other) = (Token::from_random([1; 32]), Token::from_random([2; 32]));
        assert_eq!(one.csrf_token(), csrf_token(one.expose()));
        assert_ne!(one.csrf_token(), other.csrf_token());
        assert_ne!(one.csrf_token(), one.expose());
        assert_eq!(one.csrf_token().len(), 43);
    }

    /// at-rest
    #[test]
    fn debug_shows_no_token() {
        let token = Token::from_random([1; 32]);
        assert_eq!(
            format!("{token:?} {:?}", token.hash()),
            "Token(…) TokenHash(…)"
        );
    }
}
