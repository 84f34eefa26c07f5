//! The templates of mails: built in, or files that replace them. A faulty file stops the start.

use super::setup::MailFault;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use roster_domain::link::LinkKind;
use std::path::{Path, PathBuf};

const BUILT_IN: &[(&str, &str)] = &[
    (
        "invitation.subject.txt",
        include_str!("templates/invitation.subject.txt"),
    ),
    ("invitation.txt", include_str!("templates/invitation.txt")),
    ("invitation.html", include_str!("templates/invitation.html")),
    (
        "password_reset.subject.txt",
        include_str!("templates/password_reset.subject.txt"),
    ),
    (
        "password_reset.txt",
        include_str!("templates/password_reset.txt"),
    ),
    (
        "password_reset.html",
        include_str!("templates/password_reset.html"),
    ),
];

/// The templates in force, each of which has been tried.
#[derive(Debug)]
pub(super) struct Templates {
    environment: Environment<'static>,
}

/// What templates can say.
#[derive(Debug, Clone)]
pub(super) struct Values<'a> {
    pub(super) tenant: &'a str,
    pub(super) recipient: &'a str,
    pub(super) recipient_name: Option<&'a str>,
    pub(super) sender: Option<&'a str>,
    pub(super) message: Option<&'a str>,
    pub(super) link: &'a str,
    pub(super) expires_at: &'a str,
    pub(super) expires_at_rfc3339: &'a str,
}

/// The words of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// One line.
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

impl Templates {
    /// Takes the templates built in, but for those that the folder replaces, and tries them.
    pub(super) fn load(folder: Option<&Path>) -> Result<Self, MailFault> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // A line that holds nothing but a tag leaves no empty line.
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true);
        environment.set_syntax(syntax.build().map_err(|error| built_in_fault(&error))?);
        if let Some(folder) = folder {
            refuse_unknown_files(folder)?;
        }
        for (name, source) in BUILT_IN {
            match replacement(folder, name)? {
                Some((path, source)) => environment
                    .add_template_owned(*name, source)
                    .map_err(|error| fault(&path, &error))?,
                None => environment
                    .add_template(name, source)
                    .map_err(|error| built_in_fault(&error))?,
            }
        }
        let templates = Self { environment };
        for kind in [LinkKind::Invitation, LinkKind::PasswordReset] {
            for sample in [Values::SAMPLE, Values::BARE_SAMPLE] {
                templates.try_out(kind, &sample, folder)?;
            }
        }
        Ok(templates)
    }

    /// Says what a mail says.
    pub(super) fn render(
        &self,
        kind: LinkKind,
        values: &Values<'_>,
    ) -> Result<Words, minijinja::Error> {
        let subject = self.render_one(&name(kind, "subject.txt"), values)?;
        Ok(Words {
            subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
            text: self.render_one(&name(kind, "txt"), values)?,
            html: self.render_one(&name(kind, "html"), values)?,
        })
    }

    fn render_one(&self, name: &str, values: &Values<'_>) -> Result<String, minijinja::Error> {
        self.environment.get_template(name)?.render(context! {
            tenant => values.tenant,
            recipient => values.recipient,
            recipient_name => values.recipient_name,
            sender => values.sender,
            message => values.message,
            link => link(values.link),
            expires_at => values.expires_at,
            expires_at_rfc3339 => values.expires_at_rfc3339,
        })
    }

    /// Finds out at the start what would otherwise fail with the first mail.
    fn try_out(
        &self,
        kind: LinkKind,
        sample: &Values<'_>,
        folder: Option<&Path>,
    ) -> Result<(), MailFault> {
        let place = |end: &str| {
            let name = name(kind, end);
            folder.map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name))
        };
        for end in ["subject.txt", "txt", "html"] {
            let rendered = self
                .render_one(&name(kind, end), sample)
                .map_err(|error| fault(&place(end), &error))?;
            let missing = match end {
                "subject.txt" if rendered.trim().is_empty() => "says nothing",
                "txt" | "html" if !rendered.contains(sample.link) => "does not hold {{ link }}",
                _ => continue,
            };
            return Err(MailFault::Template {
                place: place(end).display().to_string(),
                reason: missing.to_owned(),
            });
        }
        Ok(())
    }
}

impl Values<'static> {
    const SAMPLE: Self = Self {
        tenant: "Example",
        recipient: "ana@example.com",
        recipient_name: Some("Ana"),
        sender: Some("Bob"),
        message: Some("Hello,\nwelcome"),
        link: "https://roster.example.com/sample",
        expires_at: "Wednesday, 2 December 2026, 09:30 UTC",
        expires_at_rfc3339: "2026-12-02T09:30:00.000Z",
    };
    const BARE_SAMPLE: Self = Self {
        recipient_name: None,
        sender: None,
        message: None,
        ..Self::SAMPLE
    };
}

/// Where nothing in it has a meaning in HTML, it is easier to read as it is: slashes would be escaped too.
fn link(link: &str) -> Value {
    if link.contains(['"', '\'', '&', '<', '>']) {
        link.into()
    } else {
        Value::from_safe_string(link.to_owned())
    }
}

fn name(kind: LinkKind, end: &str) -> String {
    format!("{}.{end}", kind.as_str())
}

/// The file that replaces a template, if there is one.
fn replacement(folder: Option<&Path>, name: &str) -> Result<Option<(PathBuf, String)>, MailFault> {
    let Some(folder) = folder else {
        return Ok(None);
    };
    let path = folder.join(name);
    match std::fs::read_to_string(&path) {
        Ok(source) => Ok(Some((path, source))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(MailFault::Read { path, source }),
    }
}

/// A file whose name has a typing error would silently replace nothing.
fn refuse_unknown_files(folder: &Path) -> Result<(), MailFault> {
    let unreadable = |source| MailFault::Read {
        path: folder.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.file_name();
        let file = file.to_string_lossy();
        let is_template = file.ends_with(".txt") || file.ends_with(".html");
        let is_known = BUILT_IN.iter().any(|(name, _)| *name == file);
        if is_template && !is_known {
            let known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            return Err(MailFault::UnknownTemplate {
                path: folder.join(&*file),
                known: known.join(", "),
            });
        }
    }
    Ok(())
}

fn fault(path: &Path, error: &minijinja::Error) -> MailFault {
    let path = path.display();
    let detail = error.detail().map(|detail| format!(": {detail}"));
    MailFault::Template {
        place: match error.line() {
            Some(line) => format!("{path}, line {line}"),
            None => path.to_string(),
        },
        reason: format!("{}{}", error.kind(), detail.unwrap_or_default()),
    }
}

fn built_in_fault(error: &minijinja::Error) -> MailFault {
    fault(Path::new("(built in)"), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with files.
    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        folder
    }

    fn fault(name: &str, content: &str) -> String {
        let folder = folder(&[(name, content)]);
        let fault = Templates::load(Some(folder.path())).unwrap_err();
        fault
            .to_string()
            .replace(folder.path().to_str().unwrap(), "…")
    }

    #[test]
    fn a_file_replaces_a_template_and_nothing_else() {
        let folder = folder(&[
            ("invitation.subject.txt", "Come to\n{{ tenant|upper }}\n"),
            ("invitation.html", "<p>{{ message }}</p>{{ link }}"),
            ("README.md", "{{"),
        ]);
        let replaced = Templates::load(Some(folder.path())).unwrap();
        let built_in = Templates::load(None).unwrap();
        let values = Values {
            message: Some("<b>"),
            ..Values::SAMPLE
        };
        let words = replaced.render(LinkKind::Invitation, &values).unwrap();
        assert_eq!(words.subject, "Come to EXAMPLE");
        assert_eq!(
            words.html,
            "<p>&lt;b&gt;</p>https://roster.example.com/sample"
        );
        let usual = built_in.render(LinkKind::Invitation, &values).unwrap();
        assert_eq!(words.text, usual.text);
        assert_ne!(words.html, usual.html);
    }

    #[test]
    fn a_faulty_file_is_told_with_its_line() {
        for (content, line) in [
            ("{{ link }}\n{% if tenant %}", "line 2"),
            ("{{ link }}\n\n{{ no_such_thing }}", "line 3"),
            (
                "{{ link }}\n{% if message %}\n{{ mesage }}\n{% endif %}",
                "line 3",
            ),
            ("{{ link }}{{ tenant|no_such_filter }}", "line 1"),
        ] {
            let told = fault("invitation.txt", content);
            assert!(
                told.starts_with("mail_templates …/invitation.txt, "),
                "{told}"
            );
            assert!(told.contains(line), "{told}");
        }
        let told = fault("password_reset.html", "<p>Hello</p>");
        assert!(
            told.ends_with("/password_reset.html: does not hold {{ link }}"),
            "{told}"
        );
        let told = fault("password_reset.subject.txt", " \n");
        assert!(
            told.ends_with("password_reset.subject.txt: says nothing"),
            "{told}"
        );
        let told = fault("invitations.txt", "{{ link }}");
        assert!(
            told.contains("…/invitations.txt: no mail has a template of this name"),
            "{told}"
        );
        let told = Templates::load(Some(Path::new("/no/such/folder"))).unwrap_err();
        assert!(told.to_string().contains("/no/such/folder"), "{told}");
    }

    #[test]
    fn what_is_not_known_is_not_mentioned() {
        let templates = Templates::load(None).unwrap();
        for kind in [LinkKind::Invitation, LinkKind::PasswordReset] {
            let words = templates.render(kind, &Values::BARE_SAMPLE).unwrap();
            for text in [&words.subject, &words.text, &words.html] {
                let text = text.replace("text-decoration: none", "");
                assert!(!text.contains("none"), "{text}");
            }
            assert!(!words.text.contains("\n\n\n"), "{}", words.text);
            assert!(!words.html.contains("<blockquote"), "{}", words.html);
        }
    }

    /// A mail client that loads nothing shows all of it.
    #[test]
    fn html_holds_no_remote_content() {
        for (name, source) in BUILT_IN {
            for sign in ["src=", "url(", "<link", "<script", "<img", "http"] {
                assert!(!source.contains(sign), "{sign} in {name}");
            }
        }
    }
}
