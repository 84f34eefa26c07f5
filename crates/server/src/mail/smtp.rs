//! Mails handed to a mail server. Each has a connection and a conversation of its own, which ends in time whatever the
//! server does.

use super::delivery::{Failure, Receipt};
use super::setup::{MailFault, SmtpSetup};
use crate::config::SmtpSecurity;
use lettre::Message;
use lettre::address::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// How long the server may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(5);

/// A mail server.
pub struct Smtp {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    hello: ClientId,
    timeout: Duration,
}

enum Tls {
    None,
    AfterStarttls(TlsParameters),
    FromTheStart(TlsParameters),
}

/// How far a conversation got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Connect,
    Starttls,
    SignIn,
    Sender,
    Recipient,
    Announcement,
    Content,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "while connecting",
            Self::Starttls => "at STARTTLS",
            Self::SignIn => "while signing in",
            Self::Sender => "at the sender",
            Self::Recipient => "at the recipient",
            Self::Announcement => "before the content",
            Self::Content => "at the content",
        })
    }
}

impl fmt::Display for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({self})")
    }
}

impl Smtp {
    /// Reads the certificates; `hello` is the name to greet the server with.
    pub(super) fn new(setup: &SmtpSetup, hello: &str) -> Result<Self, MailFault> {
        let is_address = hello.parse::<std::net::IpAddr>().is_ok() || hello.starts_with('[');
        let parameters = || parameters(&setup.host, setup.ca_file.as_deref());
        Ok(Self {
            host: setup.host.clone(),
            port: setup.port,
            tls: match setup.security {
                SmtpSecurity::None => Tls::None,
                SmtpSecurity::Starttls => Tls::AfterStarttls(parameters()?),
                SmtpSecurity::Tls => Tls::FromTheStart(parameters()?),
            },
            credentials: setup.credentials.clone(),
            hello: if is_address {
                ClientId::default()
            } else {
                ClientId::Domain(hello.to_owned())
            },
            timeout: setup.timeout,
        })
    }

    /// Hands a mail to the server.
    pub(super) async fn send(&self, message: &Message) -> Result<Receipt, Failure> {
        let mut step = Step::Connect;
        match tokio::time::timeout(self.timeout, self.converse(message, &mut step)).await {
            Ok(ended) => ended,
            Err(_) => Err(Failure {
                may_have_arrived: step == Step::Content,
                ..Failure::general(format!(
                    "{step}: no answer within {} seconds",
                    self.timeout.as_secs()
                ))
            }),
        }
    }

    async fn converse(&self, message: &Message, step: &mut Step) -> Result<Receipt, Failure> {
        let mut connection = match self.connect(step).await {
            Ok(connection) => connection,
            Err(error) => return Err(failure(*step, &error)),
        };
        let result = hand_over(&mut connection, message, step).await;
        // What the server answers to the farewell changes nothing, so nobody waits for it.
        tokio::spawn(async move {
            let _ = tokio::time::timeout(FAREWELL, connection.abort()).await;
        });
        result.map(|reply| Receipt::Accepted {
            server: self.to_string(),
            reply,
        })
    }

    async fn connect(&self, step: &mut Step) -> Result<AsyncSmtpConnection, Error> {
        let wrapper = match &self.tls {
            Tls::FromTheStart(parameters) => Some(parameters.clone()),
            Tls::None | Tls::AfterStarttls(_) => None,
        };
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (self.host.as_str(), self.port),
            Some(self.timeout),
            &self.hello,
            wrapper,
            None,
        )
        .await?;
        if let Tls::AfterStarttls(parameters) = &self.tls {
            *step = Step::Starttls;
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            *step = Step::SignIn;
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

/// The part of the conversation that is about the mail. Gives the server's last words.
async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    message: &Message,
    step: &mut Step,
) -> Result<String, Failure> {
    let envelope = message.envelope();
    let content = message.formatted();
    *step = Step::Sender;
    let mut parameters = Vec::new();
    if envelope.to().iter().any(|address| !is_ascii(address)) {
        // RFC 6531, 3.2: without the extension such an address must not be sent.
        if !connection
            .server_info()
            .supports_feature(Extension::SmtpUtfEight)
        {
            return Err(Failure {
                is_final: true,
                is_general: false,
                ..Failure::general(
                    "the address is not ASCII, and the mail server does not take such addresses (SMTPUTF8)",
                )
            });
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !content.is_ascii() {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mail = Mail::new(envelope.from().cloned(), parameters);
    let of = |step: Step| move |error: Error| failure(step, &error);
    connection.command(mail).await.map_err(of(*step))?;
    *step = Step::Recipient;
    for address in envelope.to() {
        let rcpt = Rcpt::new(address.clone(), Vec::new());
        connection.command(rcpt).await.map_err(of(*step))?;
    }
    *step = Step::Announcement;
    connection.command(Data).await.map_err(of(*step))?;
    *step = Step::Content;
    let reply = connection.message(&content).await.map_err(of(*step))?;
    let words: Vec<&str> = reply.message().collect();
    Ok(format!("{} {}", reply.code(), words.join(" ")))
}

/// What a fault of the conversation says about the mail.
fn failure(step: Step, error: &Error) -> Failure {
    let code = error.status().map(u16::from);
    let is_about_mail = matches!(step, Step::Recipient | Step::Announcement | Step::Content);
    // These say that the server wants to know us first: the settings are at fault, not the mail.
    let is_about_us = matches!(code, Some(421 | 530 | 534 | 535 | 538));
    let is_answer = error.is_transient() || error.is_permanent();
    let reason = format!("{step}: {error}");
    Failure {
        // An answer about a mail may repeat its recipient.
        for_log: match code {
            Some(code) if is_about_mail => format!("{step}: {code}"),
            _ => reason.clone(),
        },
        reason,
        is_final: is_about_mail && error.is_permanent() && !is_about_us,
        may_have_arrived: step == Step::Content && !is_answer,
        is_general: !is_about_mail || is_about_us || !is_answer,
    }
}

fn is_ascii(address: &Address) -> bool {
    let text: &str = address.as_ref();
    text.is_ascii()
}

/// The certificates of the machine, and those of a file.
fn parameters(host: &str, ca_file: Option<&Path>) -> Result<TlsParameters, MailFault> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(path) = ca_file {
        let fault = |reason: String| MailFault::Certificates {
            path: path.to_owned(),
            reason,
        };
        let pem = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
        if !pem.windows(10).any(|bytes| bytes == b"-----BEGIN") {
            return Err(fault("holds no certificate in PEM form".to_owned()));
        }
        let certificate = Certificate::from_pem(&pem).map_err(|error| fault(error.to_string()))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| match ca_file {
        Some(path) => MailFault::Certificates {
            path: path.to_owned(),
            reason: error.to_string(),
        },
        None => MailFault::Tls(error.to_string()),
    })
}
