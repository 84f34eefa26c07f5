//! A small HTTP/1.1 client: one connection, kept open, and one request at a time. It measures, so it does no more than it must.

use crate::failure::{Context, Failure, Required, Result, ensure};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

/// How long an answer may let one wait.
const PATIENCE: Duration = Duration::from_secs(120);
/// Servers close connections that say nothing for longer.
const KEPT: Duration = Duration::from_secs(3);

/// A connection to a server on this machine.
pub(crate) struct Client {
    port: u16,
    key: String,
    stream: BufReader<TcpStream>,
    last_used: Instant,
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'static str,
    pub(crate) path: &'a str,
    pub(crate) body: &'a str,
}

impl<'a> Request<'a> {
    /// Asks for what is at a path.
    pub(crate) fn get(path: &'a str) -> Self {
        let (method, body) = ("GET", "");
        Self { method, path, body }
    }

    /// Sends JSON to a path.
    pub(crate) fn post(path: &'a str, body: &'a str) -> Self {
        let method = "POST";
        Self { method, path, body }
    }
}

impl Client {
    /// Connects; `key` is shown with each request.
    pub(crate) fn connect(port: u16, key: &str) -> Result<Self> {
        Ok(Self {
            port,
            key: key.to_owned(),
            stream: open(port)?,
            last_used: Instant::now(),
        })
    }

    /// Sends a request and gives the whole body of its answer, which has to be a good one.
    pub(crate) fn send(&mut self, request: Request<'_>) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        self.send_into(request, &mut body)?;
        Ok(body)
    }

    /// The same with a body that is JSON.
    pub(crate) fn json(&mut self, request: Request<'_>) -> Result<serde_json::Value> {
        Ok(serde_json::from_slice(&self.send(request)?)?)
    }

    /// Sends a request and copies the body of its answer; says how long it was.
    pub(crate) fn send_into(&mut self, request: Request<'_>, body: &mut impl Write) -> Result<u64> {
        let Request { method, path, .. } = request;
        self.exchange(request, body).while_doing(format_args!(
            "{method} {}",
            path.split('?').next().unwrap_or(path)
        ))
    }

    fn exchange(&mut self, request: Request<'_>, body: &mut impl Write) -> Result<u64> {
        if self.last_used.elapsed() > KEPT {
            self.stream = open(self.port)?;
        }
        let Request {
            method,
            path,
            body: sent,
        } = request;
        let head = match sent {
            "" => String::new(),
            _ => format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                sent.len()
            ),
        };
        let (port, key) = (self.port, &self.key);
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Holistics-Key: {key}\r\n{head}\r\n{sent}"
        );
        self.stream.get_mut().write_all(text.as_bytes())?;
        let status = read_head(&mut self.stream)?;
        let mut refusal = Vec::new();
        let length = match status.code {
            200..300 => read_body(&mut self.stream, status.length, body)?,
            _ => read_body(&mut self.stream, status.length, &mut refusal)?,
        };
        self.last_used = Instant::now();
        ensure!(
            (200..300).contains(&status.code),
            "the answer is {}: {}",
            status.code,
            String::from_utf8_lossy(&refusal)
        );
        Ok(length)
    }
}

fn open(port: u16) -> Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(BufReader::with_capacity(64 * 1024, stream))
}

/// What matters of the head of an answer.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    code: u16,
    length: Length,
}

/// How long a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    Known(u64),
    Chunked,
}

fn line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    ensure!(
        stream.read_line(&mut line)? > 0,
        "the server closed the connection"
    );
    Ok(line.trim_end().to_owned())
}

fn read_head(stream: &mut impl BufRead) -> Result<Head> {
    let first = line(stream)?;
    let code = first.split(' ').nth(1).or_missing("the status")?.parse()?;
    let mut length = Length::Known(0);
    loop {
        let line = line(stream)?;
        if line.is_empty() {
            return Ok(Head { code, length });
        }
        let (name, value) = line.split_once(':').or_missing("a colon in a header")?;
        match (name.to_ascii_lowercase().as_str(), value.trim()) {
            ("content-length", value) => length = Length::Known(value.parse()?),
            ("transfer-encoding", "chunked") => length = Length::Chunked,
            _ => {}
        }
    }
}

fn read_body(stream: &mut impl BufRead, length: Length, body: &mut impl Write) -> Result<u64> {
    match length {
        Length::Known(length) => copy(stream, length, body),
        Length::Chunked => {
            let mut whole = 0;
            loop {
                let size = line(stream)?;
                let size = size.split(';').next().unwrap_or_default();
                let size = u64::from_str_radix(size, 16)?;
                whole += copy(stream, size, body)?;
                ensure!(line(stream)?.is_empty(), "a chunk is longer than it says");
                if size == 0 {
                    return Ok(whole);
                }
            }
        }
    }
}

fn copy(stream: &mut impl BufRead, length: u64, body: &mut impl Write) -> Result<u64> {
    let copied = std::io::copy(&mut stream.take(length), body)?;
    match copied == length {
        true => Ok(length),
        false => Err(Failure::new("the body has no end")),
    }
}

/// Writes what does not go into a path as it is.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Result<(Head, String)> {
        let mut stream = answer.as_bytes();
        let head = read_head(&mut stream)?;
        let mut body = Vec::new();
        read_body(&mut stream, head.length, &mut body)?;
        Ok((head, String::from_utf8(body).unwrap()))
    }

    #[test]
    fn reads_bodies_of_both_kinds() {
        let (head, body) = read("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").unwrap();
        assert_eq!((head.code, body.as_str()), (200, "hello"));
        let chunks = "5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\n\r\n";
        let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        assert_eq!(read(&answer).unwrap().1, "hello, world");
    }

    #[test]
    fn a_body_without_its_end_is_a_failure() {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        for body in ["5\r\nhel", "5\r\nhello\r\n", "2\r\nhello\r\n0\r\n\r\n"] {
            assert!(read(&format!("{head}{body}")).is_err(), "{body}");
        }
    }
}
