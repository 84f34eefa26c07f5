//! Ways to a mail server: STARTTLS, TLS, none, with and without a password, and which addresses it takes.

use crate::mail_server::{MailServer, given};
use roster_domain::email::Email;
use roster_domain::time::Timestamp;
use roster_server::mail::{
    Delivery, Failure, Given, Letters, MailFault, MailSettings, Receipt, Security,
};
use serde_json::{Value, json};

async fn send(settings: &MailSettings, to: &str) -> Result<Receipt, Failure> {
    let letters = Letters::new(settings).unwrap();
    let to = Email::parse(to).unwrap();
    let letter = letters.write_test(&to, Timestamp::from_micros(0)).unwrap();
    Delivery::new(settings).unwrap().deliver(&letter).await
}

fn settings(server: &MailServer, smtp_security: Security) -> MailSettings {
    let certificate = server.certificate();
    server.settings_with(|given| {
        given.smtp_security = smtp_security;
        given.smtp_ca_file = Some(&certificate);
    })
}

/// Settings with a user, encrypted or not.
fn signing_in(server: &MailServer, smtp_security: Security, password: &str) -> MailSettings {
    let certificate = server.certificate();
    server.settings_with(|given| {
        given.smtp_security = smtp_security;
        given.smtp_user = Some("roster");
        given.smtp_password = Some(password);
        if smtp_security != Security::None {
            given.smtp_ca_file = Some(&certificate);
        }
    })
}

#[track_caller]
fn is_general(failure: &Failure, text: &str) {
    assert!(failure.reason.contains(text), "{failure:?}");
    assert!(failure.is_general && !failure.is_final, "{failure:?}");
    assert!(!failure.may_have_arrived, "{failure:?}");
}

#[tokio::test]
async fn a_connection_is_encrypted_as_asked() {
    for (kind, security) in [("starttls", Security::Starttls), ("tls", Security::Tls)] {
        let mut server = MailServer::with(json!({"tls": kind}));
        let receipt = send(&settings(&server, security), "ana@x.io").await;
        let receipt = receipt.unwrap().to_string();
        assert!(receipt.starts_with("accepted by localhost:"), "{receipt}");
        assert!(receipt.ends_with(": 250 OK: kept"), "{receipt}");
        let mail = server.mails().remove(0);
        assert_eq!(mail["is_encrypted"], true, "{mail}");
        assert_eq!(mail["to"], json!(["ana@x.io"]));
    }
}

/// Nothing leaves by a way that is less safe than the one asked for.
#[tokio::test]
async fn a_server_without_tls_gets_nothing() {
    let mut server = MailServer::with(json!({}));
    let settings = |security| server.settings_with(|given| given.smtp_security = security);
    let (starttls, tls) = (settings(Security::Starttls), settings(Security::Tls));
    is_general(&send(&starttls, "ana@x.io").await.unwrap_err(), "STARTTLS");
    is_general(
        &send(&tls, "ana@x.io").await.unwrap_err(),
        "while connecting",
    );
    assert_eq!(server.mails(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    for (kind, security) in [("starttls", Security::Starttls), ("tls", Security::Tls)] {
        let mut server = MailServer::with(json!({"tls": kind}));
        let settings = server.settings_with(|given| given.smtp_security = security);
        is_general(
            &send(&settings, "ana@x.io").await.unwrap_err(),
            "ertificate",
        );
        assert_eq!(server.mails(), Vec::<Value>::new());
    }
}

#[tokio::test]
async fn a_password_is_shown_where_it_is_asked_for() {
    for (tls, security) in [
        (json!("starttls"), Security::Starttls),
        (json!(null), Security::None),
    ] {
        let options = json!({"tls": tls, "user": "roster", "password": "p'ä ss"});
        let mut server = MailServer::with(options);
        let right = signing_in(&server, security, "p'ä ss");
        send(&right, "ana@x.io").await.unwrap();
        let mail = server.mails().remove(0);
        assert_eq!(mail["is_signed_in"], true, "{mail}");

        let wrong = signing_in(&server, security, "other");
        let failure = send(&wrong, "ana@x.io").await.unwrap_err();
        is_general(&failure, "while signing in: permanent error (535)");
        let without = server.settings_with(|given| {
            given.smtp_security = Security::None;
        });
        if security == Security::None {
            is_general(&send(&without, "ana@x.io").await.unwrap_err(), "530");
        }
        assert_eq!(server.mails(), Vec::<Value>::new());
    }
}

#[tokio::test]
async fn an_address_of_another_script_goes_where_it_is_understood() {
    let mut server = MailServer::start();
    send(&server.settings(), "ольга@пример.рф").await.unwrap();
    let mail = server.mails().remove(0);
    assert_eq!(mail["to"], json!(["ольга@xn--e1afmkfd.xn--p1ai"]));
    assert_eq!(mail["options"], json!(["SMTPUTF8", "BODY=8BITMIME"]));

    let mut old = MailServer::with(json!({"utf8": false}));
    let failure = send(&old.settings(), "ольга@пример.рф").await.unwrap_err();
    assert!(
        failure.is_final && failure.reason.contains("SMTPUTF8"),
        "{failure:?}"
    );
    // A domain of another script needs no extension.
    send(&old.settings(), "olga@пример.рф").await.unwrap();
    assert_eq!(old.mails()[0]["to"], json!(["olga@xn--e1afmkfd.xn--p1ai"]));
}

#[test]
fn certificates_that_cannot_be_used_are_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage.pem");
    std::fs::write(&garbage, "no certificate").unwrap();
    for path in [folder.path().join("missing.pem"), garbage] {
        let settings = MailSettings::of(&Given {
            smtp_host: Some("localhost"),
            smtp_security: Security::Starttls,
            smtp_ca_file: Some(&path),
            mail_from: Some("roster@x.io"),
            ..given()
        });
        let fault = Delivery::new(&settings.unwrap()).unwrap_err();
        assert!(matches!(fault, MailFault::Certificates { .. }), "{fault}");
        let text = fault.to_string();
        assert!(text.contains(path.to_str().unwrap()), "{text}");
    }
}
