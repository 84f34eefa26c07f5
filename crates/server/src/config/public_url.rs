//! The address people know the server by.

use super::values::{is_host_name, read_port};
use serde::{Serialize, Serializer};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The scheme, the host and perhaps the port under which browsers find the server: an origin, written as they write
/// it, so that the two can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    host: String,
    is_https: bool,
}

impl PublicUrl {
    /// Reads an origin. A slash at the end is let pass.
    ///
    /// # Errors
    /// What is accepted, for a person.
    pub fn parse(text: &str) -> Result<Self, String> {
        read(text).ok_or_else(|| {
            "must be http:// or https:// with a host, perhaps a port, and nothing behind, as in https://people.example.com"
                .to_owned()
        })
    }

    /// Where a server that is bound to this address answers.
    pub fn of_bound(address: SocketAddr) -> Self {
        let host = match address.ip() {
            ip if ip.is_unspecified() => "localhost".to_owned(),
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Self::new(false, host, address.port())
    }

    /// Without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host alone: a name, or an address, that of IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether browsers speak TLS.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    fn new(is_https: bool, host: String, port: u16) -> Self {
        let (scheme, usual) = scheme(is_https);
        let text = if port == usual {
            format!("{scheme}://{host}")
        } else {
            format!("{scheme}://{host}:{port}")
        };
        Self {
            text,
            host,
            is_https,
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for PublicUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

fn scheme(is_https: bool) -> (&'static str, u16) {
    if is_https {
        ("https", 443)
    } else {
        ("http", 80)
    }
}

fn read(text: &str) -> Option<PublicUrl> {
    let text = text.to_ascii_lowercase();
    let (given, rest) = text.split_once("://")?;
    let is_https = match given {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let (_, usual) = scheme(is_https);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => {
            (host, read_port(port).filter(|port| *port != 0)?)
        }
        _ => (authority, usual),
    };
    Some(PublicUrl::new(is_https, read_host(host)?, port))
}

fn read_host(text: &str) -> Option<String> {
    if let Some(address) = text.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{address}]"));
    }
    let is_host = is_host_name(text) || text.parse::<Ipv4Addr>().is_ok();
    is_host.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_as_browsers_write_it() {
        for (text, origin) in [
            ("https://people.example.com", "https://people.example.com"),
            ("https://people.example.com/", "https://people.example.com"),
            (
                "HTTPS://People.Example.com:443",
                "https://people.example.com",
            ),
            ("http://h:80/", "http://h"),
            ("http://h:443", "http://h:443"),
            ("https://h:8443", "https://h:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]", "http://[::1]"),
            ("http://[0:0::1]:8080/", "http://[::1]:8080"),
        ] {
            let url = PublicUrl::parse(text).unwrap();
            assert_eq!(url.as_str(), origin);
            assert_eq!(url.is_https(), origin.starts_with("https:"));
        }
        assert_eq!(PublicUrl::parse("http://[::1]:1").unwrap().host(), "[::1]");
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_refused() {
        for text in [
            "",
            "people.example.com",
            "//h",
            "ftp://h",
            "http://",
            "http:///",
            "http://h//",
            "http://h/path",
            "http://h?q",
            "http://h/?q",
            "http://h#f",
            "http://u@h",
            "http://u:p@h",
            "http://h:",
            "http://h:0",
            "http://h:+80",
            "http://h:65536",
            "http://:80",
            "http://a b",
            "http://bücher.example",
            "http://[::1",
            "http://::1",
            "http://[127.0.0.1]",
            "http://1.2.3.256",
            " http://h",
            "http://h\n",
        ] {
            assert!(PublicUrl::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_bound_address_is_a_url() {
        for (address, url) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("0.0.0.0:8080", "http://localhost:8080"),
            ("[::]:80", "http://localhost"),
            ("[::1]:8080", "http://[::1]:8080"),
        ] {
            let bound = PublicUrl::of_bound(address.parse().unwrap());
            assert_eq!(bound.as_str(), url);
            assert_eq!(PublicUrl::parse(url).unwrap(), bound);
        }
    }
}
