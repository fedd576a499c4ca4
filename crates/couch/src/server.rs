use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, HeaderValue};
use reqwest::{Client, Method, redirect};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::timeout;
use url::Url;
use zeroize::Zeroizing;

use crate::answer::Answer;
use crate::certificate::PinnedVerifier;
use crate::request::{Pace, Request};
use crate::session::Keys;
use crate::site::{LOCALHOST, is_loopback};
use crate::{CouchError, Database, Pins, Site};

/// A CouchDB server, and the session we have with it. Clones share the session.
#[derive(Clone)]
pub struct Server(pub(crate) Arc<Line>);

/// What `GET /` tells.
#[derive(Clone, Debug, Deserialize)]
pub struct Welcome {
    /// Names this installation; another value means another server answers at this address.
    pub uuid: Option<String>,
    pub version: String,
    /// The server's clock when it answered, to the second, where it tells.
    #[serde(skip)]
    pub date: Option<SystemTime>,
}

/// The line to one origin.
pub(crate) struct Line {
    origin: Url,
    transport: RwLock<Transport>,
    pub(crate) keys: Mutex<Keys>,
}

/// How requests travel.
struct Transport {
    client: Client,
    /// `None` on the way to this very machine, where there are no certificates.
    verifier: Option<PinnedVerifier>,
}

impl Server {
    /// A handle to the server at `origin`, of which only scheme, host and port count. Sends nothing.
    ///
    /// # Errors
    /// `BadAddress` by the rules of [`Site::parse`]; `Setup`.
    pub fn new(origin: &Url) -> Result<Self, CouchError> {
        Self::trusting(origin, b"")
    }

    /// The same, trusting also the certificate authorities in `authorities`, a PEM bundle: a
    /// municipal authority that the operating system does not know.
    pub fn trusting(origin: &Url, authorities: &[u8]) -> Result<Self, CouchError> {
        let mut origin = origin.clone();
        origin.set_path("/");
        let origin = Site::parse(origin.as_str())?.origin().clone();
        let verifier = match origin.scheme() {
            "https" => Some(PinnedVerifier::trusting(&origin, authorities)?),
            _ => None,
        };
        let transport = RwLock::new(Transport::with(verifier, &origin)?);
        Ok(Self(Arc::new(Line { origin, transport, keys: Mutex::default() })))
    }

    /// From the next request on the server has to show one of these keys, on a connection made anew; `None`: any.
    /// Does nothing on this very machine, where there are no certificates.
    pub fn pin(&self, pins: Option<Pins>) -> Result<(), CouchError> {
        let mut transport = self.0.transport.write().unwrap_or_else(PoisonError::into_inner);
        let verifier = transport.verifier.as_ref().filter(|verifier| verifier.pins() != pins.as_ref());
        if let Some(verifier) = verifier.map(|verifier| verifier.with(pins.clone())) {
            // Another client: this one has connections, and sessions to resume, from before.
            *transport = Transport::with(Some(verifier), &self.0.origin)?;
        }
        Ok(())
    }

    /// The key of the certificate that the server showed last, written as in [`Pins`]. `None`: no connection was made,
    /// or the server is this very machine.
    pub fn shown_key(&self) -> Option<String> {
        self.0.transport.read().unwrap_or_else(PoisonError::into_inner).verifier.as_ref()?.shown()
    }

    pub fn database(&self, name: &str) -> Database {
        Database::new(self.clone(), name)
    }

    /// Whether a CouchDB is there, and which.
    pub async fn welcome(&self) -> Result<Welcome, CouchError> {
        #[derive(Deserialize)]
        struct Root {
            couchdb: String,
            #[serde(flatten)]
            welcome: Welcome,
        }
        let answer = self.ask(&Request::new(Method::GET, &[])).await?;
        let date = answer.date;
        let root: Root = answer.shape()?;
        if root.couchdb != "Welcome" {
            return Err(CouchError::not_ours("a greeting that is not CouchDB's"));
        }
        Ok(Welcome { date, ..root.welcome })
    }

    /// Sends `request` with the session; if that has ended, once more with a renewed one.
    pub(crate) async fn ask(&self, request: &Request) -> Result<Answer, CouchError> {
        let mut pass = self.pass().await;
        let mut answer = self.attempt(request, pass.cookie.as_ref()).await;
        if pass.has_ended(&answer) {
            pass = self.renew(&pass).await?;
            answer = self.attempt(request, pass.cookie.as_ref()).await;
        }
        let mut answer = answer?;
        self.refresh(&pass, &mut answer).await;
        Ok(answer)
    }

    /// Sends `request` once.
    pub(crate) async fn attempt(
        &self,
        request: &Request,
        cookie: Option<&Zeroizing<String>>,
    ) -> Result<Answer, CouchError> {
        let mut message = self
            .client()
            .request(request.method.clone(), request.url(&self.0.origin)?)
            .header(ACCEPT, "application/json");
        if request.pace == Pace::Heartbeat {
            // Whoever compresses would hold heartbeats back.
            message = message.header(ACCEPT_ENCODING, "identity");
        }
        if let Some(cookie) = cookie {
            let text = Zeroizing::new(format!("AuthSession={}", cookie.as_str()));
            let mut value = HeaderValue::from_str(&text).map_err(CouchError::unreachable)?;
            value.set_sensitive(true);
            message = message.header(COOKIE, value);
        }
        if let Some(body) = &request.body {
            message = message.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let response = timeout(request.patience(), message.send())
            .await
            .map_err(|_| CouchError::unreachable("no answer came"))??;
        Answer::read(response, request).await
    }

    fn client(&self) -> Client {
        self.0.transport.read().unwrap_or_else(PoisonError::into_inner).client.clone()
    }
}

/// Without the session, which is secret.
impl fmt::Debug for Server {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "Server({})", self.0.origin)
    }
}

impl Transport {
    fn with(verifier: Option<PinnedVerifier>, origin: &Url) -> Result<Self, CouchError> {
        // Fails when another part of the program has chosen a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .user_agent(concat!("myward-officer/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(Duration::from_secs(10))
            // Shorter than servers and proxies keep a quiet line, so that a request seldom meets a
            // line that is being closed.
            .pool_idle_timeout(Duration::from_secs(20));
        let builder = match &verifier {
            Some(verifier) => builder.https_only(true).tls_backend_preconfigured(verifier.tls()?),
            None => {
                debug_assert!(is_loopback(origin));
                builder
                    .no_proxy()
                    .resolve_to_addrs("localhost", &LOCALHOST.map(|address| SocketAddr::new(address, 0)))
                    // Plain http needs no certificates; this spares reading the system's.
                    .tls_certs_only([])
            }
        };
        Ok(Self { client: builder.build().map_err(CouchError::setup)?, verifier })
    }
}
