//! Passwords: which are good enough, and what asks for them. How they are hashed is the server's.

use crate::{email::Email, error::Fault, name::Name, text};
use icu_normalizer::ComposingNormalizer;
use zxcvbn::Score;

/// A password as somebody typed it, composed (NFC) so that every keyboard types the same. `Debug` does not show it.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// The shortest new password, in characters.
    pub const MIN_CHARACTERS: usize = 8;
    /// The longest new password, in characters.
    pub const MAX_CHARACTERS: usize = 512;

    /// What somebody typed, be it acceptable as a new password or not.
    pub fn typed(typed: &str) -> Self {
        Self(ComposingNormalizer::new_nfc().normalize(typed).into_owned())
    }

    /// The password itself: to be hashed, and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Says why nobody should take this as a new password, if so.
    ///
    /// # Errors
    /// It is too short or too long, is the user's address or name, or is easy to guess.
    pub fn check(&self, email: &Email, name: Option<&Name>) -> Result<(), Fault> {
        let characters = self.0.chars().count();
        if characters < Self::MIN_CHARACTERS {
            return Err(Fault::too_short(Self::MIN_CHARACTERS));
        }
        if characters > Self::MAX_CHARACTERS {
            return Err(Fault::too_long(Self::MAX_CHARACTERS));
        }
        let key = text::key(&self.0);
        let own = [
            Some(email.key().to_owned()),
            Some(text::key(email.local_part())),
            name.map(Name::key),
        ];
        if own.iter().flatten().any(|own| own.trim() == key.trim()) {
            return Err(Fault::new(
                "own_data",
                "must not be your address or your name",
            ));
        }
        let inputs: Vec<&str> = own.iter().flatten().map(String::as_str).collect();
        let estimate = zxcvbn::zxcvbn(&self.0, &inputs);
        if estimate.score() >= Score::Two {
            return Ok(());
        }
        Err(Fault {
            code: "guessable",
            message: advice(estimate.feedback()).into(),
        })
    }
}

/// What is wrong and what would be better, in one sentence or two.
fn advice(feedback: Option<&zxcvbn::feedback::Feedback>) -> String {
    let mut text = String::from("must be harder to guess");
    if let Some(feedback) = feedback {
        if let Some(warning) = feedback.warning() {
            text.push_str(": ");
            text.push_str(warning.to_string().trim_end_matches('.'));
        }
        if let Some(suggestion) = feedback.suggestions().first() {
            text.push_str(". ");
            text.push_str(suggestion.to_string().trim_end_matches('.'));
        }
    }
    text
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A hashed password: argon2id as a PHC string or, if it was imported, a hash of bcrypt. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes over the string of a hash that was just made or is stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The string of the hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Accepts the invitation whose link is shown, and signs in.
#[derive(Debug, Clone)]
pub struct AcceptInvitation {
    /// The name, if it is given; else what was known stays.
    pub name: Option<Name>,
    /// The password, hashed.
    pub password: PasswordHash,
    /// The session that begins.
    pub session: crate::session::SignIn,
}

/// Queues the mail with a link to a new password, if an active user has this address.
#[derive(Debug, Clone)]
pub struct RequestPasswordReset {
    /// The address, in any spelling.
    pub email: Email,
}

/// Sets a new password through a link; all sessions end.
#[derive(Debug, Clone)]
pub struct ResetPassword {
    /// The new password, hashed.
    pub password: PasswordHash,
}

/// Reads the actor's own hash, to compare the present password with.
#[derive(Debug, Clone)]
pub struct GetPasswordHash;

/// Changes the actor's own password; its other sessions end.
#[derive(Debug, Clone)]
pub struct ChangePassword {
    /// The hash that the present password was found to have.
    pub current: PasswordHash,
    /// The new password, hashed.
    pub password: PasswordHash,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), Fault> {
        let email = Email::parse("ana.souza@example.com").unwrap();
        let name = Name::parse("Ana Souza-Lindqvist").unwrap();
        Password::typed(password).check(&email, Some(&name))
    }

    fn code(password: &str) -> &'static str {
        check(password).unwrap_err().code
    }

    #[test]
    fn any_script_will_do() {
        for password in [
            "correct horse battery staple",
            "пароль от моего сейфа",
            "我的猫叫小黑和小白今年五岁",
            "🦀🦞🐙🦑🐌🐛🪲🐜",
            "\u{0}\u{1}\u{7f}zq9x\u{fffd}w",
        ] {
            assert_eq!(check(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn length_counts_characters() {
        assert_eq!(code("kX9#qvé"), "too_short");
        assert_eq!(check("kX9#qvéz"), Ok(()));
        let long: String = "kX9#qvéz!m".chars().cycle().take(512).collect();
        assert_eq!(check(&long), Ok(()));
        assert_eq!(code(&format!("{long}x")), "too_long");
    }

    #[test]
    fn ones_own_data_is_no_password() {
        for password in [
            "ana.souza@example.com",
            "ANA.SOUZA@EXAMPLE.COM",
            "ana.souza",
            "ana souza-lindqvist",
        ] {
            assert_eq!(code(password), "own_data", "{password}");
        }
        assert_eq!(code("ana.souza1"), "guessable");
    }

    #[test]
    fn common_passwords_are_refused_with_advice() {
        for password in [
            "password",
            "12345678",
            "qwertyuiop",
            "iloveyou1",
            "aaaaaaaaaaaa",
            "Password1",
        ] {
            let fault = check(password).unwrap_err();
            assert_eq!(fault.code, "guessable", "{password}");
            assert!(
                fault.message.starts_with("must be harder to guess"),
                "{}",
                fault.message
            );
        }
        let fault = check("password").unwrap_err();
        assert!(fault.message.contains("top-10"), "{}", fault.message);
    }

    #[test]
    fn composed_and_decomposed_are_one() {
        assert_eq!(
            Password::typed("e\u{301}").expose(),
            Password::typed("é").expose()
        );
        assert_ne!(
            Password::typed("ﬁ").expose(),
            Password::typed("fi").expose()
        );
    }

    /// at-rest
    #[test]
    fn debug_shows_no_password() {
        let hash = PasswordHash::from_stored("secret".to_owned());
        assert_eq!(
            format!("{:?} {hash:?}", Password::typed("secret")),
            "Password(…) PasswordHash(…)"
        );
    }
}
