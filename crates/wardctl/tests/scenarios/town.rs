//! A ward with officers at their laptops, through the command line that people use.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use testkit::{Couch, Login, Proxy, Store};

pub const WARDCTL: &str = env!("CARGO_BIN_EXE_wardctl");

/// The city's servers, each behind a line that can be cut.
pub struct Town {
    pub couch: Couch,
    pub store: Store,
    pub couch_line: Proxy,
    /// The administrator's, which nobody cuts. A server elsewhere speaks no https here, and plain http is taken of this
    /// machine only.
    pub office_line: Proxy,
    pub store_line: Proxy,
}

pub struct Laptop {
    pub home: TempDir,
    pub login: Login,
    pub site: String,
}

impl Town {
    /// Servers made ready by `wardctl init`, with a key to the store that never ends.
    pub async fn founded(name: &str) -> Town {
        let town = Town::with_store(name, Store::start().await).await;
        let (key, secret) = (town.store.access_key(), town.store.secret_key());
        town.init(&["--access-key", key, "--secret-key", secret]);
        town
    }

    /// Servers that nobody has made ready.
    pub async fn with_store(name: &str, store: Store) -> Town {
        let couch = Couch::bare(name).await;
        let (couch_line, office_line) = (Proxy::to(couch.origin()).await, Proxy::to(couch.origin()).await);
        let store_line = Proxy::to(store.endpoint()).await;
        Town { couch, store, couch_line, office_line, store_line }
    }

    /// `wardctl init` with the store, and with what says how laptops come by its key.
    pub fn init(&self, credentials: &[&str]) {
        let (endpoint, bucket, region) = (self.store_line.url(), self.store.bucket(), self.store.region());
        let mut words = vec!["init", "--store-endpoint", endpoint, "--bucket", bucket, "--region", region];
        words.extend(credentials);
        self.administrator(&words, "");
    }

    /// Runs an administrator's command on this town's server.
    pub fn administrator(&self, words: &[&str], new_password: &str) -> Value {
        let admin = self.couch.administrator();
        let site = self.office();
        let mut words = words.to_vec();
        words.extend(["--couch", &site, "--admin", &admin.name]);
        said(wardctl(
            &words,
            &[("WARDCTL_PASSWORD", &admin.password), ("WARDCTL_NEW_PASSWORD", new_password)],
        ))
    }

    /// The site as an administrator reaches it.
    pub fn office(&self) -> String {
        format!("{}/{}", self.office_line.url(), self.couch.database())
    }

    /// A new officer with a laptop of her own, signed in.
    pub fn officer(&self, name: &str) -> Laptop {
        let laptop = self.laptop(self.hire(name));
        laptop.sign_in();
        laptop
    }

    /// An officer's account on the server.
    pub fn hire(&self, name: &str) -> Login {
        let tag = self.couch.database().rsplit('-').next().unwrap_or_default().to_owned();
        let login = Login { name: format!("{name}-{tag}"), password: format!("monsoon drains of {name}") };
        self.administrator(&["add-officer", &login.name], &login.password);
        login
    }

    /// A laptop on which nobody has signed in.
    pub fn laptop(&self, login: Login) -> Laptop {
        let home = TempDir::new().unwrap();
        let site = format!("{}/{}", self.couch_line.url().trim_end_matches('/'), self.couch.database());
        Laptop { home, login, site }
    }

    pub async fn cut(&self) {
        self.couch_line.cut().await;
        self.store_line.cut().await;
    }

    pub fn restore(&self) {
        self.couch_line.restore();
        self.store_line.restore();
    }

    /// The documents of `myward`, in order of their ids.
    pub async fn grievances(&self) -> Vec<Value> {
        self.couch.documents(self.couch.database()).await
    }

    pub async fn grievance(&self, id: &str) -> Value {
        self.couch.document(self.couch.database(), id).await.unwrap()
    }
}

impl Laptop {
    /// The command's JSON; a refusal fails the test with its sentence.
    pub fn run(&self, words: &[&str]) -> Value {
        said(self.output(words))
    }

    /// Decides a clash as `clashes` shows it.
    pub fn decides(&self, clash: &Value, decision: &str) {
        let word = |name: &str| clash[name].as_str().unwrap();
        self.run(&["settle", word("id"), decision, word("rev")]);
    }

    /// The sentence with which a command refuses; a success fails the test.
    pub fn refusal(&self, words: &[&str]) -> String {
        let output = self.output(words);
        assert!(!output.status.success(), "{words:?} went through");
        String::from_utf8(output.stderr).unwrap()
    }

    pub fn sign_in(&self) {
        self.run(&["sign-in", "--couch", &self.site, "--user", &self.login.name]);
    }

    pub fn sync(&self) -> Value {
        self.run(&["sync"])
    }

    /// The current account in this process, for what would take too many commands.
    pub async fn opened(&self) -> sync::Officer {
        let account = std::fs::read_to_string(self.home.path().join("current")).unwrap();
        let password = self.login.password.clone().into();
        sync::resume(self.home.path(), Path::new(WARDCTL), &account, password).await.unwrap()
    }

    pub fn output(&self, words: &[&str]) -> Output {
        self.output_with(words, &[("WARDCTL_PASSWORD", &self.login.password)])
    }

    pub fn output_with(&self, words: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut words = words.to_vec();
        let home = self.home.path().display().to_string();
        words.extend(["--home", &home]);
        wardctl(&words, environment)
    }

    /// What `wardctl status` counts: (unsent edits, unsent photos, clashes, refused).
    pub fn unsent(&self) -> (u64, u64, u64, u64) {
        let status = self.run(&["status"]);
        let count = |name: &str| status[name].as_u64().unwrap();
        (count("unsentEdits"), count("unsentPhotos"), count("clashes"), count("refused"))
    }
}

pub fn wardctl(words: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(WARDCTL).arg("--json").args(words).envs(environment.iter().copied()).output().unwrap()
}

pub fn said(output: Output) -> Value {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {} {complaint}", String::from_utf8_lossy(&output.stdout)))
}
