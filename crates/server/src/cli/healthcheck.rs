//! `roster healthcheck`: asks the server of these settings whether it is ready. For containers, which hold no other
//! program that could ask.

use super::{Failure, print};
use crate::config::Settings;
use crate::http::probes::{Health, READINESS};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks, and prints what the server says.
pub(super) fn run(settings: &Settings) -> Result<(), Failure> {
    let listen = &settings.http.listen;
    let silent =
        |error: std::io::Error| Failure::new(format!("no server answers on {listen}: {error}"));
    let (status, body) = ask(listen).map_err(silent)?;
    if status == "200" {
        print("ready\n");
        return Ok(());
    }
    match serde_json::from_str::<Health>(&body) {
        Ok(health) => Err(Failure::new(format!(
            "not ready: {}",
            health.faults.join("; ")
        ))),
        Err(_) => Err(Failure::new(format!(
            "what answers on {listen} is no Roster"
        ))),
    }
}

/// The status and the body of the answer.
fn ask(listen: &str) -> std::io::Result<(String, String)> {
    let unknown = || std::io::Error::other("it is no address");
    let address = reachable(listen.to_socket_addrs()?.next().ok_or_else(unknown)?);
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {READINESS} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    // A server says little; what says more is none.
    stream.take(65_536).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    Ok((status.to_owned(), body.to_owned()))
}

/// Where a server that listens there can be reached from this machine.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}
