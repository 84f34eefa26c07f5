//! Connections on which a test writes and reads bytes as it likes.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Longer than anything here takes; a test that gets here hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a server.
pub(crate) struct Raw(TcpStream);

impl Raw {
    /// Connects.
    pub(crate) async fn connect(base_url: &str) -> Self {
        Self(TcpStream::connect(authority(base_url)).await.unwrap())
    }

    /// Connects such that the kernel takes only little that is not read: a slow client.
    pub(crate) async fn connect_slow(base_url: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let address = authority(base_url).parse().unwrap();
        Self(socket.connect(address).await.unwrap())
    }

    /// Writes; that the server has hung up already is no failure.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = patiently(self.0.write_all(bytes.as_ref())).await;
    }

    /// Writes a request without a body.
    pub(crate) async fn get(&mut self, path: &str, key: &str) {
        self.send(format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nX-Holistics-Key: {key}\r\n\r\n"
        ))
        .await;
    }

    /// Tells the server that nothing more comes.
    pub(crate) async fn finish_sending(&mut self) {
        let _ = self.0.shutdown().await;
    }

    /// Reads until the head is complete; what came of the body is kept with it.
    pub(crate) async fn read_head(&mut self) -> Vec<u8> {
        let mut received = Vec::new();
        while !received.windows(4).any(|four| four == b"\r\n\r\n") {
            let mut byte = [0];
            let count = patiently(self.0.read(&mut byte)).await.unwrap();
            assert_eq!(count, 1, "the connection ended within the head");
            received.extend_from_slice(&byte);
        }
        received
    }

    /// Reads until the server hangs up.
    pub(crate) async fn read_to_end(&mut self) -> Vec<u8> {
        let mut received = Vec::new();
        // A reset ends the connection as well.
        let _ = patiently(self.0.read_to_end(&mut received)).await;
        received
    }
}

async fn patiently<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("the server did nothing for a minute")
}

fn authority(base_url: &str) -> &str {
    base_url.strip_prefix("http://").unwrap()
}
