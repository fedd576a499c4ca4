//! What a far end says when it is not itself: a portal, a gateway, half an answer.

use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};

/// The bytes of an answer, and how they end.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Bytes, then the next request on the same line.
    Bytes(Vec<u8>),
    /// Bytes, then the line is closed.
    Cut(Vec<u8>),
    /// Bytes, then silence on an open line.
    Stall(Vec<u8>),
    /// A head, then the same block for ever, each after a pause.
    Endless(Vec<u8>, Vec<u8>, Duration),
}

impl Reply {
    /// An answer of JSON type; `status` such as `200 OK`.
    pub fn json(status: &str, body: &str) -> Reply {
        Reply::json_with(status, "", body)
    }

    /// The same with more header lines, each ending in CR LF.
    pub fn json_with(status: &str, headers: &str, body: &str) -> Reply {
        Reply::typed(status, &format!("Content-Type: application/json\r\n{headers}"), body.as_bytes())
    }

    /// A page for people, as a Wi-Fi portal or a gateway shows.
    pub fn html(status: &str, headers: &str) -> Reply {
        let body = b"<html><body>Welcome to the cafe</body></html>";
        Reply::typed(status, &format!("Content-Type: text/html\r\n{headers}"), body)
    }

    pub fn typed(status: &str, headers: &str, body: &[u8]) -> Reply {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
        Reply::Bytes([head.as_bytes(), body].concat())
    }

    /// Sends it; `true` when the line may go on. `taken` is told the bytes of each endless block that went.
    pub async fn send(&self, line: &mut (impl AsyncWrite + Unpin), taken: impl Fn(usize)) -> bool {
        match self {
            Reply::Bytes(bytes) => line.write_all(bytes).await.is_ok(),
            Reply::Cut(bytes) => {
                // A client that is gone has nothing to be told.
                let _ = line.write_all(bytes).await;
                let _ = line.shutdown().await;
                false
            }
            Reply::Stall(bytes) => {
                let _ = line.write_all(bytes).await;
                std::future::pending().await
            }
            Reply::Endless(head, block, pause) => {
                let _ = line.write_all(head).await;
                while line.write_all(block).await.is_ok() {
                    taken(block.len());
                    if !pause.is_zero() {
                        tokio::time::sleep(*pause).await;
                    }
                }
                false
            }
        }
    }

    /// The same, telling the client not to ask again on this line.
    pub(crate) fn closing(self) -> Reply {
        let closing = |mut bytes: Vec<u8>| {
            if bytes.starts_with(b"HTTP/")
                && let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n")
            {
                bytes.splice(end..end, *b"\r\nConnection: close");
            }
            bytes
        };
        match self {
            Reply::Bytes(bytes) | Reply::Cut(bytes) => Reply::Cut(closing(bytes)),
            Reply::Stall(bytes) => Reply::Stall(bytes),
            Reply::Endless(head, block, pause) => Reply::Endless(head, block, pause),
        }
    }
}
