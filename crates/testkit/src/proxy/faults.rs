//! What is wrong with the line, and what came over it.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::exchange::Request;
use crate::Reply;

/// The way to one server: its faults, and the requests that came in.
pub(super) struct Line {
    pub(super) server: SocketAddr,
    faults: Mutex<Faults>,
    orders: Mutex<Orders>,
    lot: Mutex<fastrand::Rng>,
    /// The first line of each request, without its version.
    requests: watch::Sender<Vec<String>>,
    heads: Mutex<Vec<String>>,
    bytes: AtomicU64,
    resets: AtomicU64,
}

/// Faults that meet every exchange until the line is restored.
#[derive(Clone, Copy, Default)]
pub(super) struct Faults {
    pub(super) latency: Duration,
    pub(super) bytes_per_second: Option<u64>,
    pub(super) reset_after: Option<u64>,
    pub(super) longest_body: Option<u64>,
    pub(super) lost_one_in: Option<u32>,
}

/// What happens to one request.
pub(super) struct Fate {
    pub(super) faults: Faults,
    pub(super) swallow_response: bool,
    pub(super) gate: Option<Gate>,
    /// Said in place of the server.
    pub(super) reply: Option<Reply>,
}

/// A request that waits in the proxy. Dropping it lets the request go on.
pub struct Held {
    reached: oneshot::Receiver<()>,
    _release: oneshot::Sender<()>,
}

impl Held {
    /// Waits until the request has come in.
    ///
    /// # Panics
    /// When it did not come in a minute.
    pub async fn reached(&mut self) {
        tokio::time::timeout(Duration::from_secs(60), &mut self.reached)
            .await
            .expect("the request that was to be held within a minute")
            .expect("the proxy while a request is held");
    }

    /// Lets the request go on to the server.
    pub fn release(self) {}
}

/// The proxy's end of a [`Held`].
pub(super) struct Gate {
    reached: oneshot::Sender<()>,
    released: oneshot::Receiver<()>,
}

impl Gate {
    pub(super) async fn pass(self) {
        if self.reached.send(()).is_ok() {
            self.released.await.ok();
        }
    }
}

/// What is to happen to requests of a kind.
#[derive(Default)]
pub(super) struct Orders {
    pub(super) drops: Vec<Pattern>,
    pub(super) resets: Vec<(Pattern, u64)>,
    pub(super) next_answers: Vec<(Pattern, Reply)>,
    pub(super) answers: Vec<(Pattern, Reply)>,
    pub(super) turned_away: Vec<(String, Reply)>,
    holds: Vec<(Pattern, Gate)>,
}

impl Line {
    pub(super) fn to(server: SocketAddr) -> Line {
        Line {
            server,
            faults: Mutex::default(),
            orders: Mutex::default(),
            lot: Mutex::new(fastrand::Rng::with_seed(1)),
            requests: watch::Sender::default(),
            heads: Mutex::default(),
            bytes: AtomicU64::new(0),
            resets: AtomicU64::new(0),
        }
    }

    /// Notes the request and takes the faults that were waiting for it.
    pub(super) fn meet(&self, request: &Request) -> Fate {
        let mut orders = self.orders.lock().expect("the faults");
        let name = request.name.as_str();
        let mut faults = *self.faults.lock().expect("the faults");
        if let Some((_, bytes)) = taken(&mut orders.resets, |(pattern, _)| pattern.fits(name)) {
            faults.reset_after = Some(bytes);
        }
        if let Some(one_in) = faults.lost_one_in {
            let mut lot = self.lot.lock().expect("the lot");
            if lot.u32(..one_in) == 0 {
                faults.reset_after = Some(1 << lot.u32(..17));
            }
        }
        let fate = Fate {
            swallow_response: taken(&mut orders.drops, |pattern| pattern.fits(name)).is_some(),
            gate: taken(&mut orders.holds, |(pattern, _)| pattern.fits(name)).map(|(_, gate)| gate),
            reply: orders.reply_to(request, &faults),
            faults,
        };
        self.heads.lock().expect("the heads").push(request.head.clone());
        self.requests.send_modify(|requests| requests.push(name.to_owned()));
        fate
    }

    /// Whether a fault depends on what bodies say.
    pub(super) fn reads_bodies(&self) -> bool {
        !self.orders.lock().expect("the faults").turned_away.is_empty()
    }

    pub(super) fn heal(&self) {
        self.change(|faults| *faults = Faults::default());
        self.order(|orders| *orders = Orders::default());
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.faults.lock().expect("the faults"));
    }

    pub(super) fn order(&self, order: impl FnOnce(&mut Orders)) {
        order(&mut self.orders.lock().expect("the faults"));
    }

    pub(super) fn hold_next(&self, pattern: Pattern) -> Held {
        let (reached, reached_here) = oneshot::channel();
        let (release, released) = oneshot::channel();
        self.order(|orders| orders.holds.push((pattern, Gate { reached, released })));
        Held { reached: reached_here, _release: release }
    }

    pub(super) fn carry(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn was_reset(&self) {
        self.resets.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn resets(&self) -> u64 {
        self.resets.load(Ordering::Relaxed)
    }

    pub(super) fn carried(&self, text: &str) -> usize {
        self.heads.lock().expect("the heads").iter().filter(|head| head.contains(text)).count()
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.borrow().clone()
    }

    pub(super) fn count(&self, pattern: &Pattern) -> usize {
        pattern.count(&self.requests.borrow())
    }

    pub(super) async fn until(&self, pattern: &Pattern, count: usize) {
        let mut requests = self.requests.subscribe();
        requests
            .wait_for(|requests| pattern.count(requests) >= count)
            .await
            .expect("the line outlives its own future");
    }
}

impl Orders {
    fn reply_to(&mut self, request: &Request, faults: &Faults) -> Option<Reply> {
        if faults.longest_body.is_some_and(|longest| request.length > longest) {
            return Some(Reply::html("413 Request Entity Too Large", ""));
        }
        let next = taken(&mut self.next_answers, |(pattern, _)| pattern.fits(&request.name));
        let always = || self.answers.iter().rfind(|(pattern, _)| pattern.fits(&request.name));
        let away = || {
            let holds = |text: &str| request.body.windows(text.len()).any(|part| part == text.as_bytes());
            self.turned_away.iter().find(|(text, _)| holds(text)).map(|(_, reply)| reply.clone())
        };
        next.or_else(|| always().cloned()).map(|(_, reply)| reply).or_else(away)
    }
}

/// The first that `fits`, taken out.
fn taken<T>(of: &mut Vec<T>, fits: impl Fn(&T) -> bool) -> Option<T> {
    let at = of.iter().position(fits)?;
    Some(of.remove(at))
}

/// `/_bulk_docs` or `POST /_bulk_docs`.
#[derive(Clone)]
pub(super) struct Pattern {
    method: Option<String>,
    part: String,
}

impl Pattern {
    pub(super) fn of(text: &str) -> Pattern {
        match text.split_once(' ') {
            Some((method, part)) => Pattern { method: Some(method.to_owned()), part: part.to_owned() },
            None => Pattern { method: None, part: text.to_owned() },
        }
    }

    fn fits(&self, request: &str) -> bool {
        let (method, path) = request.split_once(' ').unwrap_or((request, ""));
        self.method.as_deref().is_none_or(|wanted| wanted == method) && path.contains(&self.part)
    }

    fn count(&self, requests: &[String]) -> usize {
        requests.iter().filter(|request| self.fits(request)).count()
    }
}
