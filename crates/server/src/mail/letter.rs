//! What a mail is: a row of the outbox put into words, with a number by which mail servers know it again.

use super::dates::{file_name, for_people, system_time};
use super::setup::{MailFault, MailSetup};
use super::template::{Templates, Values};
use crate::service::OutgoingMail;
use lettre::Message;
use lettre::address::{Address, AddressError, Envelope};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use roster_domain::email::Email;
use roster_domain::link::LinkKind;
use roster_domain::time::Timestamp;

/// A mail that is ready to leave.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The mail.
    pub message: Message,
    /// What its file is called where mails are files: the same however often it is written.
    pub file_name: String,
}

/// What puts mails into words.
#[derive(Debug)]
pub struct Letters {
    templates: Templates,
    from: Mailbox,
    public_url: String,
    host: String,
}

/// Why there is no mail.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// No mail can be addressed so.
    #[error("no mail server takes this address: {0}")]
    Address(#[from] AddressError),
    /// A template fails with what this mail says.
    #[error("the template fails: {0}")]
    Template(#[from] minijinja::Error),
    /// The parts do not make a mail.
    #[error("{0}")]
    Message(#[from] lettre::error::Error),
}

impl Letters {
    /// Reads the templates and tries them.
    ///
    /// # Errors
    /// A template is faulty.
    pub fn new(setup: &MailSetup) -> Result<Self, MailFault> {
        Ok(Self {
            templates: Templates::load(setup.templates.as_deref())?,
            from: setup.from.clone(),
            public_url: setup.public_url.clone(),
            host: setup.host.clone(),
        })
    }

    /// Puts a mail of the outbox into words.
    ///
    /// # Errors
    /// It cannot be addressed, or its template fails.
    pub fn write(&self, mail: &OutgoingMail, now: Timestamp) -> Result<Letter, Unwritten> {
        let page = match mail.kind {
            LinkKind::Invitation => "invitations",
            LinkKind::PasswordReset => "password_resets",
        };
        let link = format!("{}/{page}/{}", self.public_url, mail.token.expose());
        let words = self.templates.render(
            mail.kind,
            &Values {
                tenant: mail.tenant_name.as_str(),
                recipient: mail.recipient.as_str(),
                recipient_name: mail.recipient_name.as_deref(),
                sender: mail.sender_name.as_deref(),
                message: mail.message.as_deref(),
                link: &link,
                expires_at: &for_people(mail.expires_at),
                expires_at_rfc3339: &mail.expires_at.to_string(),
            },
        )?;
        let name = mail.recipient_name.clone();
        // A mail that is sent again, because nobody knows whether it arrived, has the number that it had.
        let number = format!("outbox-{}", mail.id);
        let message = self
            .envelope(&mail.recipient, name, &number, now)?
            .subject(words.subject)
            .multipart(
                MultiPart::alternative()
                    .singlepart(super::plain::part(words.text))
                    .singlepart(SinglePart::html(words.html)),
            )?;
        Ok(Letter {
            message,
            file_name: file_name(mail.created_at, &mail.id.to_string()),
        })
    }

    /// A mail that shows the operator that mails arrive.
    ///
    /// # Errors
    /// It cannot be addressed.
    pub fn write_test(&self, to: &Email, now: Timestamp) -> Result<Letter, Unwritten> {
        let number = format!("test-{}", now.as_micros());
        let text = format!(
            "This mail shows that Roster at {} can send mail.\n",
            self.public_url
        );
        let message = self
            .envelope(to, None, &number, now)?
            .subject("Test mail from Roster")
            .body(text)?;
        Ok(Letter {
            message,
            file_name: file_name(now, "test"),
        })
    }

    fn envelope(
        &self,
        to: &Email,
        name: Option<String>,
        number: &str,
        now: Timestamp,
    ) -> Result<MessageBuilder, Unwritten> {
        let to = address(to)?;
        let by_itself = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        Ok(Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name.as_deref().map(one_line), to.clone()))
            // Whatever a name may look like, the mail goes to this address.
            .envelope(Envelope::new(Some(self.from.email.clone()), vec![to])?)
            .date(system_time(now))
            .message_id(Some(format!("<{number}@{}>", self.host)))
            .raw_header(by_itself))
    }
}

/// The address as typed, but for the domain, which is spelled as in the DNS: then any mail server takes it.
fn address(email: &Email) -> Result<Address, AddressError> {
    let (_, domain) = email
        .key()
        .rsplit_once('@')
        .ok_or(AddressError::MissingParts)?;
    Address::new(email.local_part(), domain)
}

/// Names hold no control characters; a line's end in one would be more than lettre can bear.
fn one_line(name: &str) -> String {
    name.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::setup::tests::setup;
    use roster_domain::id::{TenantId, UserId};
    use roster_domain::token::Token;

    fn letters_at(public_url: &str) -> Letters {
        let settings = "mail_from = 'Roster <roster@roster.example>'";
        Letters::new(&setup(settings, public_url).unwrap()).unwrap()
    }

    fn letters() -> Letters {
        letters_at("https://roster.example")
    }

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn mail() -> OutgoingMail {
        OutgoingMail {
            id: 17,
            attempt: 1,
            tenant_id: TenantId(1),
            tenant_name: "Acme & Söhne".to_owned(),
            user_id: UserId(2),
            recipient: Email::parse("ana@x.io").unwrap(),
            recipient_name: Some("Ana".to_owned()),
            sender_name: Some("Bob <b>".to_owned()),
            message: Some("Hello,\r\n<script>alert(1)</script>".to_owned()),
            kind: LinkKind::Invitation,
            token: Token::from_random([1; 32]),
            expires_at: at(1_796_203_800_000_000),
            created_at: at(1_795_599_000_123_456),
            lent_until: at(i64::MAX),
        }
    }

    fn written(mail: &OutgoingMail) -> String {
        let letter = letters().write(mail, at(1_795_599_001_000_000)).unwrap();
        String::from_utf8(letter.message.formatted()).unwrap()
    }

    /// The part of that type, decoded.
    fn part(text: &str, kind: &str) -> String {
        let start = text.find(kind).unwrap();
        let (headers, rest) = text[start..].split_once("\r\n\r\n").unwrap();
        let body = rest.split("\r\n--").next().unwrap();
        if !headers.contains("quoted-printable") {
            return body.to_owned();
        }
        let mut bytes = Vec::new();
        for (number, piece) in body.replace("=\r\n", "").split('=').enumerate() {
            let mut rest = piece;
            if number > 0 {
                bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
                rest = &piece[2..];
            }
            bytes.extend(rest.bytes());
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_mail_says_the_same_in_text_and_in_html() {
        let text = written(&mail());
        for header in [
            "From: Roster <roster@roster.example>\r\n",
            "To: Ana <ana@x.io>\r\n",
            "Message-ID: <outbox-17@roster.example>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Date: Wed, 25 Nov 2026 09:30:01 +0000\r\n",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(text.contains(header), "{header} in {text}");
        }
        let link = format!(
            "https://roster.example/invitations/{}",
            mail().token.expose()
        );
        let until = "Wednesday, 2 December 2026, 09:30 UTC";
        let plain = part(&text, "text/plain");
        assert!(
            plain.contains("Bob <b> invites you to Acme & Söhne."),
            "{plain}"
        );
        assert!(plain.contains("<script>alert(1)</script>"), "{plain}");
        let html = part(&text, "text/html");
        assert!(html.contains("&lt;script&gt;alert(1)&lt;"), "{html}");
        assert!(
            html.contains("Acme &amp; Söhne") && !html.contains("<script"),
            "{html}"
        );
        for part in [plain, html] {
            assert!(part.contains(&link) && part.contains(until), "{part}");
            assert!(!part.replace("\r\n", "").contains(['\r', '\n']), "{part:?}");
        }
    }

    #[test]
    fn a_new_password_is_asked_for_at_its_own_page() {
        let text = written(&OutgoingMail {
            kind: LinkKind::PasswordReset,
            sender_name: None,
            message: None,
            ..mail()
        });
        let plain = part(&text, "text/plain");
        let link = format!("/password_resets/{}", mail().token.expose());
        assert!(plain.contains(&link), "{plain}");
    }

    /// Names cannot hold a line's end; if they could, it would not end a header.
    #[test]
    fn no_name_makes_a_header() {
        let nasty = "x\r\nBcc: eve@x.io\r\n\r\nbody";
        let text = written(&OutgoingMail {
            tenant_name: nasty.to_owned(),
            recipient_name: Some(nasty.to_owned()),
            sender_name: Some(nasty.to_owned()),
            message: Some(nasty.to_owned()),
            ..mail()
        });
        let (headers, _) = text.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = headers
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap())
            .collect();
        let expected = [
            "From",
            "To",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "Subject",
            "MIME-Version",
            "Content-Type",
        ];
        assert_eq!(names, expected, "{headers}");
        assert!(
            !headers.contains("\nBcc") && !headers.contains("\n\n"),
            "{headers}"
        );
    }

    #[test]
    fn no_name_makes_a_recipient() {
        for name in [
            "eve@x.io, Ana",
            "<eve@x.io>",
            "Ana\" <eve@x.io>, \"x",
            "Ana <eve@x.io>; (x",
            "Ольга, <eve@x.io>",
            "\\",
            "محمد",
            " ",
            &"é".repeat(255),
            &"a".repeat(255),
        ] {
            let mail = OutgoingMail {
                recipient_name: Some(name.to_owned()),
                ..mail()
            };
            let letter = letters().write(&mail, at(0)).unwrap();
            let [to] = letter.message.envelope().to() else {
                panic!("one recipient");
            };
            assert_eq!(to.to_string(), "ana@x.io");
            let text = String::from_utf8(letter.message.formatted()).unwrap();
            assert!(text.is_ascii(), "{text}");
            assert!(text.lines().all(|line| line.len() < 998), "{text}");
        }
    }

    #[test]
    fn addresses_go_out_as_mail_servers_take_them() {
        for (typed, sent) in [
            ("ana@x.io", "ana@x.io"),
            ("Ana.O'Neil+x@X.io", "Ana.O'Neil+x@x.io"),
            ("ana@BÜCHER.example", "ana@xn--bcher-kva.example"),
            ("ольга@пример.рф", "ольга@xn--e1afmkfd.xn--p1ai"),
        ] {
            let mail = OutgoingMail {
                recipient: Email::parse(typed).unwrap(),
                ..mail()
            };
            let letter = letters().write(&mail, at(0)).unwrap();
            let [to] = letter.message.envelope().to() else {
                panic!("one recipient");
            };
            assert_eq!(to.to_string(), sent);
        }
        // RFC 5321, 4.5.3.1.1: at most 64 bytes before the @.
        let long = OutgoingMail {
            recipient: Email::parse(&format!("{}@x.io", "a".repeat(65))).unwrap(),
            ..mail()
        };
        let fault = letters().write(&long, at(0)).unwrap_err();
        assert!(matches!(fault, Unwritten::Address(_)), "{fault}");
    }

    #[test]
    fn any_host_makes_a_number() {
        for (public_url, number) in [
            ("http://127.0.0.1:8080", "<outbox-17@127.0.0.1>"),
            ("http://[::1]:8080", "<outbox-17@[::1]>"),
            ("http://localhost", "<outbox-17@localhost>"),
        ] {
            let letter = letters_at(public_url).write(&mail(), at(0)).unwrap();
            let text = String::from_utf8(letter.message.formatted()).unwrap();
            assert!(text.contains(number), "{text}");
        }
    }

    #[test]
    fn a_mail_written_again_has_the_same_file() {
        let name = |now| letters().write(&mail(), at(now)).unwrap().file_name;
        assert_eq!(name(1), "20261125T093000Z-17.eml");
        assert_eq!(name(1), name(2));
    }
}
