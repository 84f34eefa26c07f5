//! Ways to a mail server: STARTTLS, TLS, none, with and without a password, and which addresses it takes.

use crate::mail_server::{MailServer, setup};
use roster_domain::email::Email;
use roster_domain::time::Timestamp;
use roster_server::mail::{Delivery, Failure, Letters, MailFault, MailSetup, Receipt};
use serde_json::{Value, json};

async fn send(setup: &MailSetup, to: &str) -> Result<Receipt, Failure> {
    let letters = Letters::new(setup).unwrap();
    let to = Email::parse(to).unwrap();
    let letter = letters.write_test(&to, Timestamp::from_micros(0)).unwrap();
    Delivery::new(setup).unwrap().deliver(&letter).await
}

/// Who is trusted besides the certificates of the machine.
fn trusting(server: &MailServer, security: &str) -> String {
    let certificate = server.certificate();
    format!(
        "smtp_security = '{security}'
         smtp_ca_file = '{}'",
        certificate.display()
    )
}

#[track_caller]
fn is_general(failure: &Failure, text: &str) {
    assert!(failure.reason.contains(text), "{failure:?}");
    assert!(failure.is_general && !failure.is_final, "{failure:?}");
    assert!(!failure.may_have_arrived, "{failure:?}");
}

#[tokio::test]
async fn a_connection_is_encrypted_as_asked() {
    for kind in ["starttls", "tls"] {
        let mut server = MailServer::with(json!({"tls": kind}));
        let receipt = send(&server.setup_with(&trusting(&server, kind)), "ana@x.io").await;
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
    let starttls = server.setup_with("smtp_security = 'starttls'");
    let tls = server.setup_with("smtp_security = 'tls'");
    is_general(&send(&starttls, "ana@x.io").await.unwrap_err(), "STARTTLS");
    is_general(
        &send(&tls, "ana@x.io").await.unwrap_err(),
        "while connecting",
    );
    assert_eq!(server.mails(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    for kind in ["starttls", "tls"] {
        let mut server = MailServer::with(json!({"tls": kind}));
        let setup = server.setup_with(&format!("smtp_security = '{kind}'"));
        is_general(&send(&setup, "ana@x.io").await.unwrap_err(), "ertificate");
        assert_eq!(server.mails(), Vec::<Value>::new());
    }
}

#[tokio::test]
async fn a_password_is_shown_where_it_is_asked_for() {
    for tls in [json!("starttls"), json!(null)] {
        let options = json!({"tls": tls, "user": "roster", "password": "p'ä ss"});
        let mut server = MailServer::with(options);
        let connection = match tls.as_str() {
            Some(kind) => trusting(&server, kind),
            None => "smtp_security = 'none'".to_owned(),
        };
        let with = |password: &str| {
            server.setup_with(&format!(
                "{connection}
                 smtp_user = 'roster'
                 smtp_password = \"{password}\""
            ))
        };
        let (right, wrong) = (with("p'ä ss"), with("other"));
        let without = server.setup_with(&connection);
        send(&right, "ana@x.io").await.unwrap();
        let mail = server.mails().remove(0);
        assert_eq!(mail["is_signed_in"], true, "{mail}");
        let failure = send(&wrong, "ana@x.io").await.unwrap_err();
        is_general(&failure, "while signing in: permanent error (535)");
        is_general(&send(&without, "ana@x.io").await.unwrap_err(), "530");
        assert_eq!(server.mails(), Vec::<Value>::new());
    }
}

#[tokio::test]
async fn an_address_of_another_script_goes_where_it_is_understood() {
    let mut server = MailServer::start();
    send(&server.setup(), "ольга@пример.рф").await.unwrap();
    let mail = server.mails().remove(0);
    assert_eq!(mail["to"], json!(["ольга@xn--e1afmkfd.xn--p1ai"]));
    assert_eq!(mail["options"], json!(["SMTPUTF8", "BODY=8BITMIME"]));

    let mut old = MailServer::with(json!({"utf8": false}));
    let failure = send(&old.setup(), "ольга@пример.рф").await.unwrap_err();
    assert!(
        failure.is_final && failure.reason.contains("SMTPUTF8"),
        "{failure:?}"
    );
    // A domain of another script needs no extension.
    send(&old.setup(), "olga@пример.рф").await.unwrap();
    assert_eq!(old.mails()[0]["to"], json!(["olga@xn--e1afmkfd.xn--p1ai"]));
}

#[test]
fn certificates_that_cannot_be_used_are_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage.pem");
    std::fs::write(&garbage, "no certificate").unwrap();
    for path in [folder.path().join("missing.pem"), garbage] {
        let setup = setup(&format!(
            "smtp_host = 'localhost'
             smtp_ca_file = '{}'",
            path.display()
        ));
        let fault = Delivery::new(&setup).unwrap_err();
        assert!(matches!(fault, MailFault::Certificates { .. }), "{fault}");
        let text = fault.to_string();
        assert!(text.contains(path.to_str().unwrap()), "{text}");
    }
}
