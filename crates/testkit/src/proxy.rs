//! A network that a test can cut, slow down and make lossy: a proxy in front of an HTTP server.
//!
//! Every request travels on a connection of its own (`Connection: close` is written into its head), so one connection
//! is one exchange and a fault is told in the words of HTTP without reading bodies: what the client sends after the
//! head goes to the server until the server has closed.

mod exchange;
mod faults;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

pub use faults::Held;
use faults::{Line, Pattern};

use crate::Reply;

/// Stands between a client and the server at the address it was made for. Dropping it cuts the line for good.
///
/// A `pattern` in its methods is part of a path and query (`/_bulk_docs`), or a method and such a part, with one
/// space between (`POST /_bulk_docs`).
pub struct Proxy {
    url: Url,
    address: SocketAddr,
    line: Arc<Line>,
    traffic: Mutex<CancellationToken>,
    open: TaskTracker,
    /// Bound, never listening: while the line is cut it keeps the port ours, and connecting to it is refused.
    _port: TcpSocket,
}

impl Proxy {
    /// A proxy to the `http` server of `url`, on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// When `url` names no host and port over plain http, or no port is free.
    pub async fn to(url: &str) -> Proxy {
        let mut url = Url::parse(url).expect("an address to stand in front of");
        assert_eq!(url.scheme(), "http", "the proxy reads heads of requests: plain http only");
        let server = (url.host_str().expect("a host"), url.port_or_known_default().expect("a port"));
        let addresses: Vec<SocketAddr> =
            tokio::net::lookup_host(server).await.expect("the server's host").collect();
        // `localhost` may have two, and servers listen on the older one.
        let server = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
        let server = *server.expect("an address");

        let port = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
        let address = port.local_addr().expect("the port that was bound");
        url.set_host(Some("127.0.0.1")).expect("a host in an http address");
        url.set_port(Some(address.port())).expect("a port in an http address");

        let proxy = Proxy {
            url,
            address,
            line: Arc::new(Line::to(server)),
            traffic: Mutex::new(CancellationToken::new()),
            open: TaskTracker::new(),
            _port: port,
        };
        proxy.open();
        proxy
    }

    /// The server's address as it is reached through this proxy: same path, another host and port.
    pub fn url(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// Resets every connection and refuses new ones, from the moment it returns.
    pub async fn cut(&self) {
        self.traffic.lock().expect("the traffic").cancel();
        self.open.close();
        self.open.wait().await;
    }

    /// Ends every fault: connections on the same port work again, in full and at full speed.
    pub fn restore(&self) {
        self.line.heal();
        if self.traffic.lock().expect("the traffic").is_cancelled() {
            self.open();
        }
    }

    /// The next request like `pattern` reaches the server and is answered; the client sees a reset in place of the answer.
    pub fn drop_next_response_to(&self, pattern: &str) {
        self.line.order(|orders| orders.drops.push(Pattern::of(pattern)));
    }

    /// The next request like `pattern` waits here, before the server has heard of it.
    pub fn hold_next(&self, pattern: &str) -> Held {
        self.line.hold_next(Pattern::of(pattern))
    }

    /// The next request like `pattern` is reset after `bytes` of its body and the answer, counted together.
    pub fn reset_next(&self, pattern: &str, bytes: u64) {
        self.line.order(|orders| orders.resets.push((Pattern::of(pattern), bytes)));
    }

    /// The next request like `pattern` is answered so, and the server hears nothing of it.
    pub fn answer_next(&self, pattern: &str, reply: Reply) {
        self.line.order(|orders| orders.next_answers.push((Pattern::of(pattern), reply)));
    }

    /// Every request like `pattern` is answered so from now on, whatever was said before, and the server hears nothing of them.
    pub fn answer(&self, pattern: &str, reply: Reply) {
        self.line.order(|orders| orders.answers.push((Pattern::of(pattern), reply)));
    }

    /// Every request whose body holds `text` is answered so, as a gateway does that reads along.
    pub fn turn_away(&self, text: &str, reply: Reply) {
        self.line.order(|orders| orders.turned_away.push((text.to_owned(), reply)));
    }

    /// Requests with a longer body are answered 413, as a gateway with a limit does.
    pub fn take_at_most(&self, bytes: u64) {
        self.line.change(|faults| faults.longest_body = Some(bytes));
    }

    /// One exchange in `one_in` is reset after 1, 2, 4 … or 65,536 bytes, by a lot that falls alike in every run.
    pub fn lose(&self, one_in: u32) {
        self.line.change(|faults| faults.lost_one_in = Some(one_in));
    }

    /// Each exchange is reset after `bytes` of bodies and answers, both directions counted together.
    pub fn reset_after(&self, bytes: u64) {
        self.line.change(|faults| faults.reset_after = Some(bytes));
    }

    /// Each exchange moves at most `bytes_per_second` in either direction.
    pub fn slow(&self, bytes_per_second: u64) {
        self.line.change(|faults| faults.bytes_per_second = Some(bytes_per_second.max(1)));
    }

    /// Each request arrives `delay` later.
    pub fn latency(&self, delay: Duration) {
        self.line.change(|faults| faults.latency = delay);
    }

    /// Every request that came in, in order: method, path and query, as in `GET /myward/_changes?since=0`.
    pub fn requests(&self) -> Vec<String> {
        self.line.requests()
    }

    /// How many requests like `pattern` came in.
    pub fn count(&self, pattern: &str) -> usize {
        self.line.count(&Pattern::of(pattern))
    }

    /// How many requests had `text` in their head, such as `AuthSession=`.
    pub fn carried(&self, text: &str) -> usize {
        self.line.carried(text)
    }

    /// Bytes of bodies and answers that went through, both directions together.
    pub fn bytes(&self) -> u64 {
        self.line.bytes()
    }

    /// How many exchanges were reset in their middle.
    pub fn resets(&self) -> u64 {
        self.line.resets()
    }

    /// Waits until `count` requests like `pattern` came in since the proxy was made.
    ///
    /// # Panics
    /// When they did not come in a minute.
    pub async fn until(&self, pattern: &str, count: usize) {
        let wanted = Pattern::of(pattern);
        if tokio::time::timeout(Duration::from_secs(60), self.line.until(&wanted, count)).await.is_err() {
            panic!("a minute went by without request {count} of {pattern}; came in: {:#?}", self.requests());
        }
    }

    fn open(&self) {
        let listener = listening(self.address);
        let traffic = CancellationToken::new();
        self.open.reopen();
        self.open.spawn(accept(listener, Arc::clone(&self.line), traffic.clone(), self.open.clone()));
        *self.traffic.lock().expect("the traffic") = traffic;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.traffic.lock().expect("the traffic").cancel();
    }
}

async fn accept(listener: TcpListener, line: Arc<Line>, traffic: CancellationToken, open: TaskTracker) {
    loop {
        let client = tokio::select! {
            () = traffic.cancelled() => return,
            accepted = listener.accept() => accepted.expect("a connection to the proxy").0,
        };
        open.spawn(exchange::run(client, Arc::clone(&line), traffic.clone()));
    }
}

/// With thousands of connections a minute it happened once that the kernel called the port taken, though only sockets
/// like [`bound`]'s had it; why is not known. So it is asked again for two seconds.
fn listening(address: SocketAddr) -> TcpListener {
    let listen = || bound(address).and_then(|socket| socket.listen(1024));
    let taken = |listener: &io::Result<TcpListener>| {
        listener.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
    };
    for _ in 0..100 {
        let listener = listen();
        if !taken(&listener) {
            return listener.expect("the proxy's own port");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    listen().expect("the proxy's own port")
}

/// Two sockets may be bound to one port while neither listens, if both say so before binding.
fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests;
