//! Where a contest pulls from.

use serde_json::Value;
use testkit::Couch;

use crate::corpus::Report;
use crate::{Done, server, ward};

pub struct Source {
    /// `http://host:port/ward`
    pub site: String,
    pub user: String,
    pub password: String,
    /// Kept as long as its databases are needed.
    couch: Option<Couch>,
}

/// So many documents are written at once.
const BATCH: usize = 1_000;

impl Source {
    /// A server that answers faster than any client reads.
    pub async fn fast(reports: &[Report]) -> Done<Source> {
        let site = server::serve(reports).await?;
        let (user, password) = (ward::OFFICER.to_owned(), ward::PASSWORD.to_owned());
        Ok(Source { site, user, password, couch: None })
    }

    /// The CouchDB that `COUCHDB_URL` names, or that of the tests, filled with the ward.
    pub async fn couchdb(reports: &[Report]) -> Done<Source> {
        let couch = Couch::for_test("bench").await;
        for batch in reports.chunks(BATCH) {
            let mut documents = batch
                .iter()
                .map(|report| Ok(serde_json::from_str(report.body.get())?))
                .collect::<Done<Vec<Value>>>()?;
            for document in &mut documents {
                document.as_object_mut().ok_or("a report is an object")?.remove("_rev");
            }
            couch.write_all(couch.database(), documents).await;
        }
        let login = couch.officer(ward::OFFICER).await;
        Ok(Source { site: couch.url(), user: login.name, password: login.password, couch: Some(couch) })
    }

    /// The address with name and password, as PouchDB takes it.
    pub fn address(&self) -> String {
        match self.couch {
            None => self.site.clone(),
            Some(_) => {
                let password = self.password.replace(' ', "%20");
                self.site.replacen("://", &format!("://{}:{password}@", self.user), 1)
            }
        }
    }

    pub fn is_real(&self) -> bool {
        self.couch.as_ref().is_some_and(|couch| couch.own().is_none())
    }

    /// What the table says of it.
    pub fn named(&self) -> &'static str {
        match self.couch.as_ref().map(Couch::own) {
            None => "a server that answers faster than any client reads",
            Some(Some(_)) => "the CouchDB of the tests (crates/testkit)",
            Some(None) => "the CouchDB that COUCHDB_URL names",
        }
    }
}
