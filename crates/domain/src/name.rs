//! Short texts that people give to things.

use crate::{error::Fault, text};

/// A name, title or label: one line of 1 to 255 characters, kept as typed but for the spaces around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

pub(crate) const CONTROL: Fault = Fault::new("control", "must not contain control characters");

impl Name {
    /// The longest name, in characters.
    pub const MAX_CHARACTERS: usize = 255;

    /// Reads what somebody typed; nothing but spaces is no name.
    ///
    /// # Errors
    /// The text is longer than [`Self::MAX_CHARACTERS`] or has a control character.
    pub fn parse_optional(typed: &str) -> Result<Option<Self>, Fault> {
        // Tabs and line ends are white space too, but refused wherever they stand.
        let trimmed = typed.trim_matches(|c: char| c.is_whitespace() && !c.is_control());
        if trimmed.chars().nth(Self::MAX_CHARACTERS).is_some() {
            return Err(Fault::too_long(Self::MAX_CHARACTERS));
        }
        if trimmed.chars().any(char::is_control) {
            return Err(CONTROL);
        }
        Ok((!trimmed.is_empty()).then(|| Self(trimmed.to_owned())))
    }

    /// Reads what somebody typed, which has to be a name.
    ///
    /// # Errors
    /// As [`Self::parse_optional`], or the text is blank.
    pub fn parse(typed: &str) -> Result<Self, Fault> {
        Self::parse_optional(typed)?.ok_or(Fault::new("blank", "must not be blank"))
    }

    /// Rebuilds what was once accepted.
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The name as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as typed.
    pub fn into_string(self) -> String {
        self.0
    }

    /// The key by which names are compared: NFKC, case folded.
    pub fn key(&self) -> String {
        text::key(&self.0).trim().to_owned()
    }
}

/// What an inviter writes to the invited, or what describes a thing: at most 2,000 characters, lines allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message(String);

impl Message {
    /// The longest message, in characters.
    pub const MAX_CHARACTERS: usize = 2_000;

    /// Reads what somebody typed; nothing but spaces is no message.
    ///
    /// # Errors
    /// The text is longer than [`Self::MAX_CHARACTERS`] or has a control character other than tabs and
    /// line ends.
    pub fn parse_optional(typed: &str) -> Result<Option<Self>, Fault> {
        let trimmed = typed.trim();
        if trimmed.chars().nth(Self::MAX_CHARACTERS).is_some() {
            return Err(Fault::too_long(Self::MAX_CHARACTERS));
        }
        if trimmed
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        {
            return Err(CONTROL);
        }
        Ok((!trimmed.is_empty()).then(|| Self(trimmed.to_owned())))
    }

    /// Rebuilds what was once accepted.
    pub fn from_stored(message: String) -> Self {
        Self(message)
    }

    /// The message as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The message as typed.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// world-names
    #[test]
    fn names_of_the_world_are_kept_as_typed() {
        let long = "é".repeat(200);
        for typed in [
            "O'Brien",
            "Nguyễn",
            "Łukasz",
            "Ольга",
            "محمد",
            "李雷",
            "👩‍🚀 Zoë",
            "‏שלום",
            &long,
        ] {
            assert_eq!(Name::parse(typed).unwrap().as_str(), typed);
        }
        assert_eq!(Name::parse(" José ").unwrap().as_str(), "José");
    }

    /// world-names
    #[test]
    fn control_characters_are_refused() {
        for typed in [
            "Ana\n",
            "\tAna",
            "Ana\u{85}",
            "a\0b",
            "a\nb",
            "a\u{7f}b",
            "a\u{85}b",
            "a\u{1b}b",
        ] {
            assert_eq!(Name::parse(typed), Err(CONTROL), "{typed:?}");
        }
        assert_eq!(Message::parse_optional("a\0b"), Err(CONTROL));
    }

    #[test]
    fn limits_count_characters() {
        assert!(Name::parse(&"é".repeat(255)).is_ok());
        assert_eq!(Name::parse(&"é".repeat(256)), Err(Fault::too_long(255)));
        assert!(Message::parse_optional(&"é".repeat(2_000)).is_ok());
        assert_eq!(
            Message::parse_optional(&"é".repeat(2_001)),
            Err(Fault::too_long(2_000))
        );
    }

    #[test]
    fn blank_is_no_name() {
        assert_eq!(Name::parse_optional(" \u{3000}"), Ok(None));
        assert_eq!(Name::parse("  ").unwrap_err().code, "blank");
    }

    #[test]
    fn messages_have_lines() {
        let message = Message::parse_optional("Hello,\r\n\twelcome\n")
            .unwrap()
            .unwrap();
        assert_eq!(message.as_str(), "Hello,\r\n\twelcome");
    }

    #[test]
    fn keys_fold_case_forms_and_spaces() {
        assert_eq!(Name::parse("Ｓingapore ").unwrap().key(), "singapore");
    }
}
