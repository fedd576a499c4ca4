//! A site for one test: a pair of databases of its own on a CouchDB, which may be a real one.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::Method;
use reqwest::header::{COOKIE, HeaderValue, SET_COOKIE};
use serde_json::{Value, json};
use url::Url;

use crate::couchdb::CouchDb;

/// A CouchDB with the databases `NAME` and `NAME-ops` and the rights `wardctl init` gives: officers read and write both,
/// citizens only the first.
///
/// It is our own CouchDB, or the server that `COUCHDB_URL` (`http://admin:password@host:port`) names. Dropping it removes
/// the databases and everybody it added.
pub struct Couch {
    server: Administered,
    database: String,
    own: Option<CouchDb>,
}

/// How often something is looked at that a server does soon after it has said so, and how long between two looks.
const PATIENCE: u32 = 200;
const A_MOMENT: Duration = Duration::from_millis(100);

/// Somebody who may sign in.
#[derive(Clone)]
pub struct Login {
    pub name: String,
    pub password: String,
}

impl Couch {
    /// `name` makes the databases easy to recognise: lower-case letters, digits and dashes.
    ///
    /// # Panics
    /// When the server does not do as it is told.
    pub async fn for_test(name: &str) -> Couch {
        let couch = Couch::bare(name).await;
        couch.furnish().await;
        couch
    }

    /// The same names with nothing made yet, as `wardctl init` finds a server.
    pub async fn bare(name: &str) -> Couch {
        let (server, own) = match std::env::var("COUCHDB_URL") {
            Ok(url) => (Administered::at(&url), None),
            Err(_) => {
                let own = CouchDb::start().await.expect("a CouchDB of our own");
                let (name, password) = own.admin();
                let admin = Login { name: name.to_owned(), password: password.to_owned() };
                (Administered::by(admin, &own.url()), Some(own))
            }
        };
        Couch::on(server, own, name)
    }

    /// The site as `--couch` takes it: `http://host:port/NAME`.
    pub fn url(&self) -> String {
        format!("{}/{}", self.server.origin, self.database)
    }

    /// `http://host:port`, what a [`Proxy`](crate::Proxy) stands in front of.
    pub fn origin(&self) -> &str {
        &self.server.origin
    }

    /// The database of grievances.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The role of those who may read and write both databases; the one `wardctl` gives.
    pub fn officers(&self) -> String {
        format!("myward-officer:{}", self.database)
    }

    /// The role of phones.
    pub fn citizens(&self) -> String {
        format!("citizen:{}", self.database)
    }

    /// The officers' internal database.
    pub fn ops_database(&self) -> String {
        format!("{}-ops", self.database)
    }

    /// Our own server, for faults only a fake can make; `None` where `COUCHDB_URL` names a real one.
    pub fn own(&self) -> Option<&CouchDb> {
        self.own.as_ref()
    }

    /// The server's administrator.
    pub fn administrator(&self) -> &Login {
        &self.server.admin
    }

    /// Adds an officer. The name on the server begins with `name`, and is nobody else's there.
    pub async fn officer(&self, name: &str) -> Login {
        self.user(name, &self.officers()).await
    }

    /// Adds a citizen, for a [`Phone`](crate::Phone).
    pub async fn citizen(&self, name: &str) -> Login {
        self.user(name, &self.citizens()).await
    }

    /// Changes somebody's password on the server, as an administrator does.
    pub async fn change_password(&self, login: &Login, password: &str) -> Login {
        let path = user_path(&login.name);
        let session = self.server.session_of(login).await;
        let mut user = self.admin(Method::GET, &path, None).await;
        user["password"] = password.into();
        self.admin(Method::PUT, &path, Some(user)).await;
        // A CouchDB hears of it by a feed of its own.
        for _ in 0..PATIENCE {
            match &session {
                Some(session) if self.server.knows(session).await => tokio::time::sleep(A_MOMENT).await,
                Some(_) | None => break,
            }
        }
        Login { name: login.name.clone(), password: password.to_owned() }
    }

    /// Every document of `database` but its rules, in order of its id, as the administrator sees it.
    pub async fn documents(&self, database: &str) -> Vec<Value> {
        let listed = self.admin(Method::GET, &format!("{database}/_all_docs?include_docs=true"), None).await;
        let rows = listed["rows"].as_array().expect("rows of documents");
        let is_rule = |row: &&Value| row["id"].as_str().is_some_and(|id| id.starts_with("_design/"));
        rows.iter().filter(|row| !is_rule(row)).map(|row| row["doc"].clone()).collect()
    }

    /// One document of `database`, `None` when it is missing or deleted.
    pub async fn document(&self, database: &str, id: &str) -> Option<Value> {
        let (status, document) = self.send(Method::GET, &format!("{database}/{}", escaped(id)), None).await;
        (status == 200).then_some(document)
    }

    /// Writes a document that has an `_id`, as anybody with other tools might; returns its new revision.
    pub async fn write(&self, database: &str, document: &Value) -> String {
        let id = document["_id"].as_str().expect("a document with an _id");
        let written =
            self.admin(Method::PUT, &format!("{database}/{}", escaped(id)), Some(document.clone())).await;
        written["rev"].as_str().expect("a revision").to_owned()
    }

    /// Removes a whole database, as an administrator may.
    pub async fn remove_database(&self, database: &str) {
        self.admin(Method::DELETE, database, None).await;
    }

    /// Makes a database whose removal may still be under way.
    pub async fn create(&self, database: &str) {
        // A cluster may go on saying for a while that a removed database is there.
        for _ in 0..PATIENCE {
            if self.send(Method::PUT, database, None).await.0 < 300 {
                return;
            }
            tokio::time::sleep(A_MOMENT).await;
        }
        panic!("{database} cannot be made again");
    }

    /// Writes many new documents at once.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn write_all(&self, database: &str, documents: Vec<Value>) {
        let body = json!({ "docs": documents });
        self.admin(Method::POST, &format!("{database}/_bulk_docs"), Some(body)).await;
    }

    /// Any request in the administrator's name that has to succeed, `path` without a leading slash.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn admin(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.send(method.clone(), path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// Any request in the administrator's name: the status and the body of the answer.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        self.server.send(method, path, body).await
    }

    fn on(server: Administered, own: Option<CouchDb>, name: &str) -> Couch {
        let random = getrandom::u32().expect("the system's randomness");
        Couch { server, database: format!("test-{name}-{random:08x}"), own }
    }

    async fn furnish(&self) {
        // A single node has no database of users until somebody makes it; made already is as good.
        self.send(Method::PUT, "_users", None).await;
        let databases = [
            (self.database.clone(), vec![self.officers(), self.citizens()]),
            (self.ops_database(), vec![self.officers()]),
        ];
        for (database, members) in databases {
            self.admin(Method::PUT, &database, None).await;
            let security = json!({
                "admins": { "names": [], "roles": ["_admin"] },
                "members": { "names": [], "roles": members },
            });
            self.admin(Method::PUT, &format!("{database}/_security"), Some(security)).await;
        }
    }

    async fn user(&self, name: &str, role: &str) -> Login {
        let tag = self.database.rsplit('-').next().expect("the database's random end");
        let login = Login { name: format!("{name}-{tag}"), password: format!("monsoon drains of {tag}") };
        let user = json!({
            "_id": format!("org.couchdb.user:{}", login.name),
            "name": login.name, "password": login.password, "roles": [role], "type": "user",
        });
        self.admin(Method::PUT, &user_path(&login.name), Some(user)).await;
        login
    }
}

impl Drop for Couch {
    fn drop(&mut self) {
        if self.own.is_some() {
            return;
        }
        let server = self.server.clone();
        let database = self.database.clone();
        // A drop cannot wait for a future in the runtime it may be in, so it waits for a thread.
        let swept = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(sweep(&server, &database));
        });
        swept.join().ok();
    }
}

async fn sweep(server: &Administered, database: &str) {
    let tag = database.rsplit('-').next().expect("the database's random end");
    let (_, users) = server.send(Method::GET, "_users/_all_docs", None).await;
    for row in users["rows"].as_array().into_iter().flatten() {
        let (Some(id), Some(rev)) = (row["id"].as_str(), row["value"]["rev"].as_str()) else { continue };
        if id.ends_with(&format!("-{tag}")) {
            server.send(Method::DELETE, &format!("_users/{}?rev={rev}", escaped(id)), None).await;
        }
    }
    for database in [database.to_owned(), format!("{database}-ops")] {
        server.send(Method::DELETE, &database, None).await;
    }
}

/// A server and who may do everything there.
#[derive(Clone)]
struct Administered {
    origin: String,
    admin: Login,
    http: reqwest::Client,
}

impl Administered {
    fn at(url: &str) -> Administered {
        let mut url = Url::parse(url).expect("COUCHDB_URL is an address");
        let decoded = |part: &str| percent_decode_str(part).decode_utf8().expect("UTF-8").into_owned();
        let password = url.password().expect("COUCHDB_URL names an administrator and a password");
        let admin = Login { name: decoded(url.username()), password: decoded(password) };
        url.set_username("").expect("an address without a user");
        url.set_password(None).expect("an address without a password");
        Administered::by(admin, url.as_str())
    }

    fn by(admin: Login, origin: &str) -> Administered {
        Administered { origin: origin.trim_end_matches('/').to_owned(), admin, http: crate::http::client() }
    }

    /// The cookie of a new session; none for an account that is locked.
    async fn session_of(&self, login: &Login) -> Option<HeaderValue> {
        let who = json!({ "name": login.name, "password": login.password });
        let answer = self.http.post(format!("{}/_session", self.origin)).json(&who).send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{}: {error}", login.name));
        answer.headers().get(SET_COOKIE).cloned()
    }

    /// Whether it takes that cookie for anybody.
    async fn knows(&self, session: &HeaderValue) -> bool {
        let asked = self.http.get(format!("{}/_session", self.origin)).header(COOKIE, session);
        let answer = asked.send().await.unwrap_or_else(|error| panic!("_session: {error}"));
        let told: Value = answer.json().await.unwrap_or_default();
        told["userCtx"]["name"].is_string()
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = self
            .http
            .request(method.clone(), format!("{}/{path}", self.origin))
            .basic_auth(&self.admin.name, Some(&self.admin.password));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let status = answer.status().as_u16();
        let answer = answer.json().await.unwrap_or_else(|error| panic!("{method} {path}: {status}, {error}"));
        (status, answer)
    }
}

fn user_path(name: &str) -> String {
    format!("_users/{}", escaped(&format!("org.couchdb.user:{name}")))
}

/// An id as one segment of a path.
fn escaped(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Phone;

    #[tokio::test]
    async fn a_phone_files_what_another_phone_sees_and_officers_alone_see_the_internal_database() {
        let couch = Couch::for_test("phones").await;
        let (asha, meera, ravi) =
            (couch.citizen("asha").await, couch.citizen("meera").await, couch.officer("ravi").await);
        let report = json!({
            "_id": "7fc63023799dfda9582609e75127b4fa",
            "reportedBy": "asha@example.org",
            "reportedDateTime": "20261124_091500",
            "picture": { "large": "lamp.jpg", "thumbnail": "thumbnail_lamp.jpg" },
            "problemDescription": "\u{cac}\u{cc0}\u{ca6}\u{cbf} lamp is dark",
            "geoLocation": { "type": "Point", "coordinates": [77.7893168, 13.0773568] },
            "address": "Market Road",
        });

        let mut ashas = Phone::of(&couch.url(), &asha);
        ashas.file(&report).await.unwrap();
        assert!(couch.documents(couch.database()).await.is_empty(), "filed on the phone only");
        assert_eq!(ashas.send().await, Ok(1));

        let mut meeras = Phone::of(&couch.url(), &meera);
        assert_eq!(meeras.fetch().await, Ok(1));
        let mut seen = meeras.list().await.unwrap();
        seen[0].as_object_mut().unwrap().remove("_rev");
        assert_eq!(seen, [report]);

        let internal = format!("{}-ops", couch.url());
        assert_eq!(Phone::of(&internal, &ravi).fetch().await, Ok(0));
        assert!(Phone::of(&internal, &asha).fetch().await.is_err());
    }

    #[tokio::test]
    async fn nothing_is_left_on_a_server_that_others_use_too() {
        let server = CouchDb::start().await.unwrap();
        let (name, password) = server.admin();
        let real = server.url().replace("://", &format!("://{name}:{password}@"));
        let couch = Couch::on(Administered::at(&real), None, "guest");
        couch.furnish().await;
        couch.officer("ravi").await;
        let server = couch.server.clone();
        assert!(left(&server).await > 2);

        drop(couch);
        assert_eq!(left(&server).await, 1, "the database of users, which others need");
        let (_, users) = server.send(Method::GET, "_users/_all_docs", None).await;
        assert!(!users.to_string().contains("ravi"), "{users}");
    }

    async fn left(server: &Administered) -> usize {
        let (_, databases) = server.send(Method::GET, "_all_dbs", None).await;
        let databases = databases.as_array().unwrap();
        databases.iter().filter(|name| name.as_str() != Some("_replicator")).count()
    }
}
