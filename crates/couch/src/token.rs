use reqwest::Method;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::request::Request;
use crate::{CouchError, Server};

impl Server {
    /// A token that says to others who is signed in. CouchDB makes none itself: what does lies at a path of the same
    /// origin, knows the officer by the session's cookie, and answers `GET` with `{"token":"…"}`.
    ///
    /// # Errors
    /// `Refused` and `NotOurServer` when nothing does.
    pub async fn token(&self, path: &str) -> Result<Zeroizing<String>, CouchError> {
        #[derive(Deserialize)]
        struct Answer {
            token: String,
        }
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let answer: Answer = self.ask(&Request::new(Method::GET, &segments)).await?.shape()?;
        Ok(Zeroizing::new(answer.token))
    }
}
