//! The session: who is signed in, and the cookie that says so.
//!
//! CouchDB's cookies last ten minutes, so a day has many. The name and password stay in memory
//! while signed in, and a request that is told its cookie has ended gets a new one without anybody
//! noticing. All requests share one renewal: it holds the keys while it is under way, and whoever
//! waited takes its result, good or bad.

use bytes::Bytes;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::answer::Answer;
use crate::request::Request;
use crate::{CouchError, Server};

/// Whom the server takes us for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub name: String,
    pub roles: Vec<String>,
}

/// What is kept in memory between requests.
#[derive(Default)]
pub(crate) struct Keys {
    credentials: Option<Credentials>,
    cookie: Option<Zeroizing<String>>,
    /// How often a session was opened.
    opened: u64,
    /// How often opening one failed.
    failed: u64,
    /// The last word of the server was that the password is wrong.
    refused: bool,
}

struct Credentials {
    name: String,
    password: Zeroizing<String>,
}

/// What one request goes out with.
pub(crate) struct Pass {
    pub(crate) cookie: Option<Zeroizing<String>>,
    opened: u64,
    failed: u64,
}

impl Pass {
    /// Whether the session this was answered with has ended, in the server's words or on a gateway's page.
    pub(crate) fn has_ended(&self, answer: &Result<Answer, CouchError>) -> bool {
        match answer {
            Ok(answer) => answer.wants_session(),
            Err(CouchError::NotOurServer { status: Some(401), .. }) => self.cookie.is_some(),
            Err(_) => false,
        }
    }
}

impl Keys {
    async fn open(&mut self, server: &Server, credentials: Credentials) -> Result<Session, CouchError> {
        let opened = server.open_session(&credentials).await;
        self.refused = matches!(opened, Err(CouchError::WrongPassword));
        let (session, cookie) = opened?;
        self.credentials = Some(credentials);
        self.cookie = Some(cookie);
        self.opened += 1;
        Ok(session)
    }

    fn pass(&self) -> Pass {
        Pass { cookie: self.cookie.clone(), opened: self.opened, failed: self.failed }
    }
}

impl Server {
    /// Signs in, and keeps name and password in memory to renew the session.
    ///
    /// # Errors
    /// `WrongPassword`, `LockedOut`; an earlier session stays as it was.
    pub async fn sign_in(&self, user: &str, password: &str) -> Result<Session, CouchError> {
        let mut keys = self.0.keys.lock().await;
        let credentials =
            Credentials { name: user.to_owned(), password: Zeroizing::new(password.to_owned()) };
        keys.open(self, credentials).await
    }

    /// Signs in unless there is a session, or was one that can be renewed. A password that was refused is not tried again:
    /// that would lock the account.
    ///
    /// # Errors
    /// `SignInNeeded` after such a refusal; those of [`Server::sign_in`].
    pub async fn have_session(&self, user: &str, password: &str) -> Result<(), CouchError> {
        let mut keys = self.0.keys.lock().await;
        if keys.credentials.is_some() {
            return Ok(());
        }
        if keys.refused {
            return Err(CouchError::SignInNeeded);
        }
        let credentials =
            Credentials { name: user.to_owned(), password: Zeroizing::new(password.to_owned()) };
        keys.open(self, credentials).await.map(drop)
    }

    /// Forgets cookie, name and password. Nothing is sent: CouchDB does not end a session early.
    pub async fn sign_out(&self) {
        let mut keys = self.0.keys.lock().await;
        keys.credentials = None;
        keys.cookie = None;
    }

    /// The pass to go out with; waits for a session that is being opened.
    pub(crate) async fn pass(&self) -> Pass {
        self.0.keys.lock().await.pass()
    }

    /// A pass better than `ended`: one that another request got meanwhile, or a new one.
    pub(crate) async fn renew(&self, ended: &Pass) -> Result<Pass, CouchError> {
        let mut keys = self.0.keys.lock().await;
        if keys.opened != ended.opened {
            return Ok(keys.pass());
        }
        let Some(credentials) = &keys.credentials else {
            return Err(CouchError::SignInNeeded);
        };
        if keys.failed != ended.failed {
            return Err(CouchError::unreachable("the session could not be renewed"));
        }
        match self.open_session(credentials).await {
            Ok((_, cookie)) => {
                keys.cookie = Some(cookie);
                keys.opened += 1;
                Ok(keys.pass())
            }
            // Trying a wrong password again would lock the account.
            Err(CouchError::WrongPassword) => {
                keys.credentials = None;
                keys.cookie = None;
                keys.refused = true;
                Err(CouchError::SignInNeeded)
            }
            Err(error) => {
                keys.failed += 1;
                Err(error)
            }
        }
    }

    /// Takes the fresh cookie that CouchDB sends when the one of `pass` is getting old.
    pub(crate) async fn refresh(&self, pass: &Pass, answer: &mut Answer) {
        if !answer.status.is_success() {
            return;
        }
        if let Some(cookie) = answer.cookie.take() {
            let mut keys = self.0.keys.lock().await;
            if keys.opened == pass.opened && keys.cookie.is_some() {
                keys.cookie = Some(cookie);
            }
        }
    }

    async fn open_session(
        &self,
        credentials: &Credentials,
    ) -> Result<(Session, Zeroizing<String>), CouchError> {
        #[derive(Deserialize)]
        struct Opened {
            ok: bool,
            name: Option<String>,
            roles: Vec<String>,
        }
        let request = Request::new(Method::POST, &["_session"]).body(credentials.body()?);
        let mut answer = self.attempt(&request, None).await?;
        let cookie = answer.cookie.take();
        let opened: Opened = answer.shape().map_err(|error| match error {
            CouchError::Refused { status: 401, .. } => CouchError::WrongPassword,
            other => other,
        })?;
        let cookie = cookie.filter(|_| opened.ok);
        let cookie = cookie.ok_or_else(|| CouchError::not_ours("a session without a cookie"))?;
        let session =
            Session { name: opened.name.unwrap_or_else(|| credentials.name.clone()), roles: opened.roles };
        Ok((session, cookie))
    }
}

impl Credentials {
    /// The request's body, in memory that is cleared when the request is over.
    fn body(&self) -> Result<Bytes, CouchError> {
        #[derive(Serialize)]
        struct Body<'a> {
            name: &'a str,
            password: &'a str,
        }
        // Room for every byte to be escaped: growing would leave copies behind.
        let room = 6 * (self.name.len() + self.password.len()) + 64;
        let mut body = Zeroizing::new(Vec::with_capacity(room));
        let fields = Body { name: &self.name, password: &self.password };
        serde_json::to_writer(&mut *body, &fields).map_err(CouchError::unreachable)?;
        Ok(Bytes::from_owner(body))
    }
}
