//! One request and its response, on one connection.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::faults::{Faults, Line};

/// Carries the exchange until the server has closed, the client has left, a fault strikes or the line is cut.
pub(super) async fn run(mut client: TcpStream, line: Arc<Line>, traffic: CancellationToken) {
    let whole = tokio::select! {
        () = traffic.cancelled() => false,
        carried = carry(&mut client, &line) => carried.is_ok(),
    };
    if !whole {
        // Closing then sends a reset. A client that is gone has nothing to be told.
        client.set_zero_linger().ok();
    }
}

/// An error where the client is to see a reset.
async fn carry(client: &mut TcpStream, line: &Line) -> io::Result<()> {
    let Some(head) = Head::read(client).await? else { return Ok(()) };
    let fate = line.meet(&head.request);
    if let Some(gate) = fate.gate {
        gate.pass().await;
    }
    tokio::time::sleep(fate.faults.latency).await;

    let mut server = TcpStream::connect(line.server).await?;
    server.set_nodelay(true)?;
    client.set_nodelay(true)?;
    server.write_all(&head.bytes).await?;

    let (mut from_server, mut to_server) = server.split();
    let (mut from_client, mut to_client) = client.split();
    let flow = Flow::of(&fate.faults);
    let upload = async {
        let sent = flow.pump(&mut from_client, &mut to_server).await;
        if fate.swallow_response {
            // A client that stops waiting must not keep the server from finishing.
            std::future::pending::<()>().await;
        }
        sent
    };
    if fate.swallow_response {
        let mut nobody = tokio::io::sink();
        tokio::select! {
            answered = flow.pump(&mut from_server, &mut nobody) => answered?,
            sent = upload => sent?,
        }
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    tokio::select! {
        answered = flow.pump(&mut from_server, &mut to_client) => { answered?; to_client.shutdown().await }
        sent = upload => sent,
    }
}

/// The first lines of a request, and whatever of its body came with them.
struct Head {
    request: String,
    bytes: Vec<u8>,
}

impl Head {
    const LIMIT: usize = 64 * 1024;

    /// `None` when the client closed without asking anything.
    async fn read(client: &mut TcpStream) -> io::Result<Option<Head>> {
        let mut bytes = Vec::with_capacity(4096);
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            if bytes.len() > Head::LIMIT || client.read_buf(&mut bytes).await? == 0 {
                return if bytes.is_empty() { Ok(None) } else { Err(io::ErrorKind::InvalidData.into()) };
            }
        };
        Ok(Some(Head::closing(&bytes[..end], &bytes[end..])))
    }

    /// The same head asking the server to close when it has answered.
    fn closing(head: &[u8], rest: &[u8]) -> Head {
        let mut lines =
            head.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let first = lines.next().unwrap_or_default();
        let mut bytes = first.to_vec();
        for line in lines.filter(|line| !line.to_ascii_lowercase().starts_with(b"connection:")) {
            bytes.extend_from_slice(b"\r\n");
            bytes.extend_from_slice(line);
        }
        bytes.extend_from_slice(b"\r\nConnection: close");
        bytes.extend_from_slice(rest);

        let first = String::from_utf8_lossy(first);
        let request = first.rsplit_once(' ').map_or(first.as_ref(), |(request, _version)| request).to_owned();
        Head { request, bytes }
    }
}

/// How fast and how far bytes may go in one exchange.
struct Flow {
    bytes_per_second: Option<u64>,
    left: AtomicU64,
}

impl Flow {
    fn of(faults: &Faults) -> Flow {
        Flow {
            bytes_per_second: faults.bytes_per_second,
            left: AtomicU64::new(faults.reset_after.unwrap_or(u64::MAX)),
        }
    }

    /// Until `from` ends; an error when the exchange has used up its bytes.
    async fn pump(
        &self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        // A twentieth of a second's worth at a time keeps a slow line even.
        let piece = self.bytes_per_second.map_or(64 * 1024, |rate| (rate / 20).clamp(1, 64 * 1024));
        let mut buffer = vec![0; piece as usize];
        loop {
            let read = from.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            if let Some(rate) = self.bytes_per_second {
                tokio::time::sleep(Duration::from_secs_f64(read as f64 / rate as f64)).await;
            }
            let left = self.left.load(Ordering::Relaxed);
            let allowed = left.min(read as u64);
            self.left.store(left - allowed, Ordering::Relaxed);
            to.write_all(&buffer[..allowed as usize]).await?;
            if allowed < read as u64 {
                to.flush().await?;
                return Err(io::ErrorKind::ConnectionReset.into());
            }
        }
    }
}
