//! One request and its response, on one connection.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::faults::{Faults, Line};
use crate::Reply;

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
    let Some(mut request) = Request::read(client).await? else { return Ok(()) };
    if line.reads_bodies() {
        request.read_body(client).await?;
    }
    let fate = line.meet(&request);
    if let Some(gate) = fate.gate {
        gate.pass().await;
    }
    tokio::time::sleep(fate.faults.latency).await;
    client.set_nodelay(true)?;
    if let Some(reply) = fate.reply {
        return say(reply, client).await;
    }

    let mut server = TcpStream::connect(line.server).await?;
    server.set_nodelay(true)?;
    server.write_all(request.head.as_bytes()).await?;

    let (mut from_server, mut to_server) = server.split();
    let (from_client, mut to_client) = client.split();
    let mut from_client = request.body.as_slice().chain(from_client);
    let flow = Flow::of(&fate.faults, line);
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

/// Answers in place of the server. The request's body is taken all the same: closing on unread bytes would reset the
/// line before the client has read the answer.
async fn say(reply: Reply, client: &mut TcpStream) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.split();
    let mut nobody = tokio::io::sink();
    let drained = tokio::io::copy(&mut from_client, &mut nobody);
    tokio::pin!(drained);
    let reply = reply.closing();
    tokio::select! {
        _ = reply.send(&mut to_client, |_| ()) => drained.await.map(drop),
        gone = &mut drained => gone.map(drop),
    }
}

/// The head of a request, and as much of its body as has come.
pub(super) struct Request {
    /// Method, path and query.
    pub(super) name: String,
    /// As it goes to the server.
    pub(super) head: String,
    pub(super) body: Vec<u8>,
    /// Bytes that the body will have, as the head announces.
    pub(super) length: u64,
}

impl Request {
    const LONGEST_HEAD: usize = 4 * 1024 * 1024;

    /// `None` when the client closed without asking anything.
    async fn read(client: &mut TcpStream) -> io::Result<Option<Request>> {
        let mut bytes = Vec::with_capacity(4096);
        let mut searched: usize = 0;
        let end = loop {
            let from = searched.saturating_sub(3);
            if let Some(end) = bytes[from..].windows(4).position(|window| window == b"\r\n\r\n") {
                break from + end;
            }
            searched = bytes.len();
            if bytes.len() > Request::LONGEST_HEAD || client.read_buf(&mut bytes).await? == 0 {
                return if bytes.is_empty() { Ok(None) } else { Err(io::ErrorKind::InvalidData.into()) };
            }
        };
        let body = bytes.split_off(end + 4);
        let head = String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(Some(Request::closing(&head, body)))
    }

    /// With a head that asks the server to close when it has answered.
    fn closing(head: &str, body: Vec<u8>) -> Request {
        let mut lines = head.lines().filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or_default();
        let name = first.rsplit_once(' ').map_or(first, |(name, _version)| name).to_owned();
        let mut request = Request { name, head: first.to_owned(), body, length: 0 };
        for line in lines {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            match field.to_ascii_lowercase().as_str() {
                "connection" => continue,
                "content-length" => request.length = value.trim().parse().unwrap_or(0),
                _ => {}
            }
            request.head += &format!("\r\n{line}");
        }
        request.head += "\r\nConnection: close\r\n\r\n";
        request
    }

    async fn read_body(&mut self, client: &mut TcpStream) -> io::Result<()> {
        let missing = self.length.saturating_sub(self.body.len() as u64);
        client.take(missing).read_to_end(&mut self.body).await.map(drop)
    }
}

/// How fast and how far bytes may go in one exchange.
struct Flow<'a> {
    line: &'a Line,
    bytes_per_second: Option<u64>,
    left: AtomicU64,
}

impl Flow<'_> {
    fn of<'a>(faults: &Faults, line: &'a Line) -> Flow<'a> {
        Flow {
            line,
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
            self.line.carry(allowed);
            to.write_all(&buffer[..allowed as usize]).await?;
            if allowed < read as u64 {
                to.flush().await?;
                self.line.was_reset();
                return Err(io::ErrorKind::ConnectionReset.into());
            }
        }
    }
}
