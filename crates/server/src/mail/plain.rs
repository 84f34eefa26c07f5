//! The plain text of a mail.

use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, SinglePart};

/// The plain text, as it is where mails may hold it as it is: whoever opens the file finds the link in one piece. A
/// mail server takes lines of 998 characters (RFC 5321, 4.5.3.1.6), of which the library uses 76.
pub(super) fn part(text: String) -> SinglePart {
    const MAX_LINE: usize = 998;
    let is_as_mails_are = text.is_ascii()
        && text
            .lines()
            .all(|line| line.len() <= MAX_LINE && !line.contains('\r'));
    let body = match is_as_mails_are {
        true => {
            let lines: Vec<&str> = text.lines().collect();
            let bytes = format!("{}\r\n", lines.join("\r\n")).into_bytes();
            Body::dangerous_pre_encoded(bytes, ContentTransferEncoding::SevenBit)
        }
        false => Body::new(text),
    };
    SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(text: &str) -> String {
        String::from_utf8(part(text.to_owned()).formatted()).unwrap()
    }

    #[test]
    fn a_link_is_in_one_piece() {
        let link = format!("https://roster.example/invitations/{}", "a".repeat(43));
        let text = formatted(&format!("Hello,\n\n{link}\nBye\n"));
        let whole = format!("\r\n\r\nHello,\r\n\r\n{link}\r\nBye\r\n");
        assert!(text.contains(&whole), "{text:?}");
    }

    #[test]
    fn what_no_mail_may_hold_is_encoded() {
        for text in ["é", &"a".repeat(999)] {
            let text = formatted(text);
            assert!(!text.contains("7bit"), "{text}");
            assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 998));
        }
    }
}
