//! What is wrong with the line, and what came over it.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

/// The way to one server: its faults, and the requests that came in.
pub(super) struct Line {
    pub(super) server: SocketAddr,
    faults: Mutex<Faults>,
    once: Mutex<Once>,
    requests: watch::Sender<Vec<String>>,
}

/// Faults that last until the line is restored.
#[derive(Clone, Copy, Default)]
pub(super) struct Faults {
    pub(super) latency: Duration,
    pub(super) bytes_per_second: Option<u64>,
    pub(super) reset_after: Option<u64>,
}

/// What happens to one request.
pub(super) struct Fate {
    pub(super) faults: Faults,
    pub(super) swallow_response: bool,
    pub(super) gate: Option<Gate>,
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

/// Faults that each meet one request.
#[derive(Default)]
struct Once {
    drops: Vec<Pattern>,
    holds: Vec<(Pattern, Gate)>,
}

impl Line {
    pub(super) fn to(server: SocketAddr) -> Line {
        Line { server, faults: Mutex::default(), once: Mutex::default(), requests: watch::Sender::default() }
    }

    /// Notes the request (`GET /path`) and takes the faults that were waiting for it.
    pub(super) fn meet(&self, request: &str) -> Fate {
        let mut once = self.once.lock().expect("the faults");
        let dropped = once.drops.iter().position(|pattern| pattern.fits(request));
        let held = once.holds.iter().position(|(pattern, _)| pattern.fits(request));
        let fate = Fate {
            faults: *self.faults.lock().expect("the faults"),
            swallow_response: dropped.map(|at| once.drops.remove(at)).is_some(),
            gate: held.map(|at| once.holds.remove(at).1),
        };
        self.requests.send_modify(|requests| requests.push(request.to_owned()));
        fate
    }

    pub(super) fn heal(&self) {
        self.change(|faults| *faults = Faults::default());
        *self.once.lock().expect("the faults") = Once::default();
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.faults.lock().expect("the faults"));
    }

    pub(super) fn drop_next_response_to(&self, pattern: Pattern) {
        self.once.lock().expect("the faults").drops.push(pattern);
    }

    pub(super) fn hold_next(&self, pattern: Pattern) -> Held {
        let (reached, reached_here) = oneshot::channel();
        let (release, released) = oneshot::channel();
        self.once.lock().expect("the faults").holds.push((pattern, Gate { reached, released }));
        Held { reached: reached_here, _release: release }
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

/// `/_bulk_docs` or `POST /_bulk_docs`.
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
