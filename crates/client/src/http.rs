//! The HTTP client beneath.

/// What every HTTP client of this project is built from: TLS by rustls and ring, unless the process has chosen another library for
/// that already. For whoever speaks to a server in ways that this crate does not offer.
#[doc(hidden)]
pub fn http() -> reqwest::ClientBuilder {
    // It fails where there is one already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}
