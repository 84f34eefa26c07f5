//! Where requests come in.

use super::public_url::PublicUrl;
use super::values::{from_to, is_loopback, processors, read_port};
use clap::Args;
use ipnet::IpNet;
use serde::{Serialize, Serializer};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;

/// Where requests come in.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "HTTP settings")]
pub struct HttpSettings {
    /// The address and port to listen on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = read_listen)]
    pub listen: String,

    /// Where people find the server, for links in mails [default: http and the address listened on]
    #[arg(long, value_name = "URL", value_parser = PublicUrl::parse)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<PublicUrl>,

    /// Where Prometheus finds /metrics: an address and port that clients cannot reach [default: nowhere]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = read_listen)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_listen: Option<String>,

    /// How many threads answer requests [default: one a processor]
    #[arg(long, value_name = "N", default_value_t = processors(1_024), hide_default_value = true, value_parser = from_to(1_usize, 1_024))]
    pub workers: usize,

    /// How long a client may take for the head of a request
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = from_to(1_u32, 600))]
    pub head_seconds: u32,

    /// How long a client may take for the body of a request
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = from_to(1_u32, 600))]
    pub body_seconds: u32,

    /// How long a connection is kept open between two requests
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = from_to(1_u32, 600))]
    pub keep_alive_seconds: u32,

    /// How many lists of more than a thousand rows are sent at once; who asks for more is told to try again
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = from_to(1_usize, 10_000))]
    pub long_lists_at_once: usize,

    /// How many requests a minute each key may make [default: any number]
    #[arg(long, value_name = "N", value_parser = read_rate)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_key: Option<NonZeroU32>,

    /// How many requests a minute may come from each address [default: any number]
    #[arg(long, value_name = "N", value_parser = read_rate)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_address: Option<NonZeroU32>,

    /// After SIGTERM or SIGINT requests are still answered for so long, while /readyz says that none should come
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = from_to(0_u32, 600))]
    pub drain_seconds: u32,

    /// Requests in progress may then take so long before they are cut off
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = from_to(1_u32, 600))]
    pub stop_seconds: u32,

    /// The origins whose pages may read answers, separated by commas: https, or http on this machine [default: none]
    #[arg(long, value_name = "URLS", value_delimiter = ',', value_parser = read_cors_origin)]
    pub cors_origins: Vec<String>,

    /// The proxies whose word on the client's address is taken: addresses or networks, separated by commas
    /// [default: none]
    #[arg(long, value_name = "NETWORKS", value_delimiter = ',', value_parser = read_network)]
    #[serde(serialize_with = "serialize_networks")]
    pub trusted_proxies: Vec<IpNet>,
}

impl HttpSettings {
    /// Where people find a server that is bound to this address.
    pub fn public_url_at(&self, bound: SocketAddr) -> PublicUrl {
        self.public_url
            .clone()
            .unwrap_or_else(|| PublicUrl::of_bound(bound))
    }
}

fn read_listen(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && read_port(port).is_some() => Ok(text.to_owned()),
        _ => Err("must be an address and a port, as in 127.0.0.1:8080".to_owned()),
    }
}

fn read_rate(text: &str) -> Result<NonZeroU32, String> {
    let number = from_to(1_u32, 1_000_000)(text)?;
    NonZeroU32::new(number).ok_or_else(|| "must not be 0".to_owned())
}

fn read_cors_origin(text: &str) -> Result<String, String> {
    PublicUrl::parse(text.trim())
        .ok()
        .filter(|url| url.is_https() || is_loopback(url.host()))
        .map(|url| url.as_str().to_owned())
        .ok_or_else(|| {
            "must be origins separated by commas, as in https://app.example.com, with https unless they are on this machine"
                .to_owned()
        })
}

fn read_network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse()
        .map(|network: IpNet| network.trunc())
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| {
            "must be addresses or networks separated by commas, as in 10.0.0.0/8".to_owned()
        })
}

fn serialize_networks<S: Serializer>(networks: &[IpNet], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(networks.iter().map(ToString::to_string))
}
