//! Secrets in texts: the forms in which one would be of use, and that none of them is there.

use roster_domain::credential::ApiKey;

/// The forms in which a secret would be of use: as it is, in hexadecimal, in base64.
pub(crate) fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    forms.push(secret.bytes().map(|byte| format!("{byte:02x}")).collect());
    // Three texts, as the place of the secret in what was encoded may be any.
    for skipped in 0..3 {
        forms.push(base64(&secret.as_bytes()[skipped..]));
    }
    forms
}

/// The same of a key. What is shown of it on purpose is left out.
pub(crate) fn usable(key: &str) -> Vec<String> {
    forms(&key[ApiKey::DISPLAYED..])
}

/// Without what depends on the bytes behind.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |number: u32, shift: u32| {
        let at = usize::try_from((number >> shift) & 63).unwrap();
        char::from(ALPHABET[at])
    };
    bytes
        .chunks_exact(3)
        .map(|three| u32::from_be_bytes([0, three[0], three[1], three[2]]))
        .flat_map(|number| [18, 12, 6, 0].map(|shift| digit(number, shift)))
        .collect()
}

/// Stops the test if a text holds a secret, in whatever case.
#[track_caller]
pub(crate) fn holds_none(text: &str, secrets: &[String]) {
    let text = text.to_lowercase();
    for secret in secrets {
        assert!(!text.contains(&secret.to_lowercase()), "{secret} in {text}");
    }
}
