//! Unicode: the keys by which text is compared, and what may not stand in it.

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizer;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_segmentation::UnicodeSegmentation;

/// The text as it is compared: compatibility forms and cases are folded (NFKC, then full case folding).
///
/// Folding can bring new compatibility forms to light and the other way round, so both are repeated
/// until nothing changes; a text and its key have one key.
pub(crate) fn key(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    key_of_any(text)
}

fn key_of_any(text: &str) -> String {
    let nfkc = ComposingNormalizer::new_nfkc();
    let case = CaseMapper::new();
    let mut current = nfkc.normalize(text).into_owned();
    loop {
        let folded = case.fold_string(&current);
        let next = nfkc.normalize(&folded).into_owned();
        if next == current {
            return current;
        }
        current = next;
    }
}

/// The beginning of a text, of at most so many bytes.
pub(crate) fn cut(mut text: String, bytes: usize) -> String {
    let end = (0..=bytes).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or(0));
    text
}

/// Whether a character cannot be seen: controls, formats, spaces, default-ignorable, private and unassigned ones.
pub(crate) fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_graphic();
    }
    is_any_invisible(c)
}

fn is_any_invisible(c: char) -> bool {
    const BRAILLE_BLANK: char = '\u{2800}';
    c == BRAILLE_BLANK
        || c.is_whitespace()
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || matches!(
            CodePointMapData::<GeneralCategory>::new().get(c),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::PrivateUse
                | GeneralCategory::Unassigned
        )
}

/// The first two letters or digits as a reader counts them, the first upper-cased, the second as typed.
pub(crate) fn initials(text: &str) -> Option<String> {
    let mut letters = text
        .graphemes(true)
        .filter(|cluster| cluster.chars().next().is_some_and(char::is_alphanumeric));
    let first = letters.next()?.to_uppercase();
    Some(first + letters.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text in any::<String>()) {
            let once = key(&text);
            prop_assert_eq!(key(&once), once);
        }

        /// Most text is ASCII, for which there is a shorter way.
        #[test]
        fn the_key_of_ascii_is_that_of_any_text(text in "[\\x00-\\x7f]*") {
            prop_assert_eq!(key(&text), key_of_any(&text));
        }
    }

    #[test]
    fn what_is_invisible_of_ascii_is_so_in_any_text() {
        for c in (0..=127u8).map(char::from) {
            assert_eq!(is_invisible(c), is_any_invisible(c), "{c:?}");
        }
    }

    #[test]
    fn folds_case_and_compatibility_forms() {
        assert_eq!(key("ÅSA"), "åsa");
        assert_eq!(key("Straße"), "strasse");
        assert_eq!(key("ｆｕｌｌ"), "full");
    }

    #[test]
    fn initials_count_letters_as_a_reader_does() {
        let initials = |text| initials(text).unwrap();
        assert_eq!(initials("Analyst"), "An");
        assert_eq!(initials("Business User"), "Bu");
        assert_eq!(initials("o'Brien"), "OB");
        assert_eq!(initials("e\u{301}lan"), "E\u{301}l");
        assert_eq!(initials("李雷"), "李雷");
        assert_eq!(initials("🙂 x"), "X");
        assert_eq!(super::initials("🙂"), None);
    }
}
