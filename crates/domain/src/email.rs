//! E-mail addresses: kept as typed, compared by their key.

use crate::{error::Fault, text};
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

/// An address, and the key under which a tenant has it only once.
///
/// The key folds what people do not see as a difference: case, compatibility forms (NFKC) and the two
/// spellings of an international domain.
///
/// ```
/// use roster_domain::email::Email;
///
/// let typed = Email::parse("Åsa@BÜCHER.example").unwrap();
/// assert_eq!(typed.as_str(), "Åsa@BÜCHER.example");
/// assert_eq!(typed.key(), "åsa@xn--bcher-kva.example");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    typed: String,
    key: String,
}

const MALFORMED: Fault = Fault::new(
    "malformed",
    "must be an e-mail address, such as ana@example.com",
);
const INVISIBLE: Fault = Fault::new(
    "invisible",
    "must not contain spaces, control characters or other invisible characters",
);

impl Email {
    /// The longest address, in characters (RFC 5321, 4.5.3.1.3, less the angle brackets).
    pub const MAX_CHARACTERS: usize = 254;

    /// Reads what somebody typed.
    ///
    /// # Errors
    /// The address is longer than [`Self::MAX_CHARACTERS`], has an invisible character, is not
    /// `local@domain` with a dot-atom on the left (RFC 5322, 3.2.3; letters of any script), or its domain
    /// is no host name of two labels at least.
    pub fn parse(typed: &str) -> Result<Self, Fault> {
        if typed.chars().nth(Self::MAX_CHARACTERS).is_some() {
            return Err(Fault::too_long(Self::MAX_CHARACTERS));
        }
        if typed.chars().any(text::is_invisible) {
            return Err(INVISIBLE);
        }
        // Compatibility forms of `@`, `.` and the like have to count as what they look like.
        let (local, domain) = typed.rsplit_once(['@', '＠', '﹫']).ok_or(MALFORMED)?;
        let local = text::key(local);
        if !is_dot_atom(&local) {
            return Err(MALFORMED);
        }
        let key = format!("{local}@{}", domain_key(domain)?);
        Ok(Self {
            typed: typed.to_owned(),
            key,
        })
    }

    /// Rebuilds what [`Self::parse`] once accepted.
    pub fn from_stored(typed: String, key: String) -> Self {
        Self { typed, key }
    }

    /// The address as typed.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// The key by which addresses are compared.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The part before the `@`, as typed.
    pub fn local_part(&self) -> &str {
        self.typed
            .rsplit_once(['@', '＠', '﹫'])
            .map_or(self.typed.as_str(), |(local, _)| local)
    }

    /// The address as typed, without its key.
    pub fn into_string(self) -> String {
        self.typed
    }
}

fn is_dot_atom(local: &str) -> bool {
    local.split('.').all(|atom| {
        !atom.is_empty()
            && atom.chars().all(|c| {
                if c.is_ascii() {
                    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
                } else {
                    !text::is_invisible(c) && c != char::REPLACEMENT_CHARACTER
                }
            })
    })
}

fn domain_key(domain: &str) -> Result<String, Fault> {
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .map_err(|_| MALFORMED)?;
    let top = ascii
        .rsplit_once('.')
        .map(|(_, top)| top)
        .ok_or(MALFORMED)?;
    // A numeric last label would be an IP address.
    if top.bytes().all(|b| b.is_ascii_digit()) {
        return Err(MALFORMED);
    }
    Ok(ascii.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(typed: &str) -> String {
        Email::parse(typed).unwrap().key().to_owned()
    }

    /// address-case
    #[test]
    fn case_is_no_difference() {
        assert_eq!(key("A@x.io"), key("a@X.IO"));
        assert_eq!(key("STRASSE@x.io"), key("straße@x.io"));
    }

    /// address-unicode
    #[test]
    fn spellings_of_one_address_have_one_key() {
        assert_eq!(key("a@bücher.example"), key("a@xn--bcher-kva.example"));
        assert_eq!(key("ｊｏｈｎ@x.io"), key("john@x.io"));
        assert_eq!(key("john＠x。io"), key("john@x.io"));
        assert_eq!(key("jose\u{301}@x.io"), key("josé@x.io"));
    }

    /// address-unicode
    #[test]
    fn invisible_characters_are_refused() {
        for c in [
            '\u{0}',
            '\t',
            '\n',
            ' ',
            '\u{a0}',
            '\u{ad}',
            '\u{200b}',
            '\u{200d}',
            '\u{202e}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{e000}',
            '\u{e0001}',
        ] {
            for typed in [
                format!("{c}ana@x.io"),
                format!("an{c}a@x.io"),
                format!("ana@x{c}.io"),
                format!("ana@x.io{c}"),
            ] {
                assert_eq!(Email::parse(&typed), Err(INVISIBLE), "{typed:?}");
            }
        }
    }

    /// address-odd
    #[test]
    fn odd_but_correct_addresses_are_taken() {
        for typed in [
            "o'brien@x.io",
            "a+b@x.io",
            "+a@x.io",
            "a/b@x.io",
            "a%2Fb@x.io",
            "a#b@x.io",
            "a?b@x.io",
            "ольга@пример.рф",
        ] {
            assert_eq!(Email::parse(typed).map(|e| e.typed), Ok(typed.to_owned()));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for typed in [
            "",
            "@",
            "a",
            "a@",
            "@x.io",
            "a@x",
            "a@.io",
            "a@x..io",
            "a@x.io.",
            "a@-x.io",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            ".a@x.io",
            "a.@x.io",
            "a..b@x.io",
            "a@b@x.io",
            "\"a\"@x.io",
            "a,b@x.io",
            "<a@x.io>",
            "a\\b@x.io",
        ] {
            assert_eq!(Email::parse(typed), Err(MALFORMED), "{typed:?}");
        }
    }

    #[test]
    fn at_most_254_characters() {
        let typed = |local: usize| format!("{}@example.com", "a".repeat(local));
        assert!(Email::parse(&typed(254 - 12)).is_ok());
        assert_eq!(
            Email::parse(&typed(255 - 12)),
            Err(Fault::too_long(Email::MAX_CHARACTERS))
        );
    }

    proptest! {
        /// A key is an address itself, and its own key: what is found by one spelling is found by any.
        #[test]
        fn a_key_is_an_address_with_that_key(typed in "\\PC{1,12}@[a-zA-ZäÖßの]{1,8}\\.[a-z]{2,4}") {
            if let Ok(email) = Email::parse(&typed) {
                prop_assert_eq!(email.as_str(), typed.as_str());
                let again = Email::parse(email.key());
                prop_assert_eq!(again.as_ref().map(Email::key), Ok(email.key()));
            }
        }

        #[test]
        fn any_text_is_taken_or_refused(typed in any::<String>()) {
            let _ = Email::parse(&typed);
        }
    }
}
