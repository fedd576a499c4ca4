use crate::contract::Session;

/// The officer at this laptop: who is signed in.
#[derive(Default)]
pub struct Officer {
    site: String,
}

impl Officer {
    pub fn session(&self) -> Session {
        Session { signed_in: None, site: self.site.clone() }
    }
}
