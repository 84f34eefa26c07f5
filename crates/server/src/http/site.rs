//! What the HTTP side of a server is told once, when it starts.

use super::limits::Limits;
use super::stopping::Stopping;
use crate::config::PublicUrl;
use actix_web::HttpRequest;
use ipnet::IpNet;
use std::net::IpAddr;

/// How this server is reached.
#[derive(Debug, Clone)]
pub struct Site {
    /// The origin that people see: scheme, host and perhaps port.
    pub public_url: PublicUrl,
    /// The origins whose pages may call the APIs from a browser.
    pub cors_origins: Vec<String>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// What forms before sign-in are signed with.
    pub form_key: [u8; 32],
    /// What clients may take.
    pub limits: Limits,
    /// Whether the server is about to end.
    pub stopping: Stopping,
}

impl Site {
    /// Whether browsers come by TLS, so that cookies can insist on it.
    pub(super) fn is_secure(&self) -> bool {
        self.public_url.is_https()
    }

    /// The address of whoever sent a request: the peer's or, where that is a trusted proxy, the last one named that is none.
    pub(super) fn caller_address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip();
        let named: Vec<&str> = request
            .headers()
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        Some(self.caller(peer, &named))
    }

    fn caller(&self, peer: IpAddr, named: &[&str]) -> IpAddr {
        let mut caller = peer.to_canonical();
        for name in named.iter().rev() {
            let is_trusted = self.trusted_proxies.iter().any(|net| net.contains(&caller));
            match name.trim().parse::<IpAddr>() {
                Ok(next) if is_trusted => caller = next.to_canonical(),
                _ => break,
            }
        }
        caller
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let site = Site {
            public_url: PublicUrl::parse("https://roster.example").unwrap(),
            cors_origins: Vec::new(),
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            form_key: [0; 32],
            limits: Limits::of(&Settings::of_toml("").unwrap().http),
            stopping: Stopping::within(std::time::Duration::ZERO),
        };
        for (peer, named, caller) in [
            ("192.0.2.1", vec!["198.51.100.7"], "192.0.2.1"),
            ("10.0.0.1", vec!["198.51.100.7"], "198.51.100.7"),
            ("::ffff:10.0.0.1", vec!["198.51.100.7"], "198.51.100.7"),
            (
                "10.0.0.1",
                vec!["1.1.1.1", " 198.51.100.7 ", "10.0.0.2"],
                "198.51.100.7",
            ),
            ("10.0.0.1", vec!["198.51.100.7", "nonsense"], "10.0.0.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
        ] {
            let found = site.caller(peer.parse().unwrap(), &named);
            assert_eq!(found.to_string(), caller, "{peer} {named:?}");
        }
    }
}
