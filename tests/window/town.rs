//! A ward with officers at their laptops; each laptop has the window's program and the command line.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use testkit::{Couch, Login, Proxy, Store};

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
    /// Servers made ready by `wardctl init`.
    pub async fn founded(name: &str) -> Town {
        let (couch, store) = (Couch::bare(name).await, Store::start().await);
        let (couch_line, office_line) = (Proxy::to(couch.origin()).await, Proxy::to(couch.origin()).await);
        let store_line = Proxy::to(store.endpoint()).await;
        let town = Town { couch, store, couch_line, office_line, store_line };
        town.administrator(
            &[
                "init",
                "--store-endpoint",
                town.store_line.url(),
                "--bucket",
                town.store.bucket(),
                "--region",
                town.store.region(),
                "--access-key",
                town.store.access_key(),
                "--secret-key",
                town.store.secret_key(),
            ],
            "",
        );
        town
    }

    /// Reports with pictures in the bucket, as `cargo xtask demo` shows them.
    pub fn invent_reports(&self, count: u32) {
        self.administrator(&["demo-ward", "--grievances", &count.to_string()], "");
    }

    /// The site as it is reached in the office.
    pub fn office(&self) -> String {
        format!("{}/{}", self.office_line.url(), self.couch.database())
    }

    /// A new officer with a laptop of their own, on which nobody has signed in.
    pub fn officer(&self, name: &str) -> Laptop {
        let tag = self.couch.database().rsplit('-').next().unwrap();
        let login = Login { name: format!("{name}-{tag}"), password: format!("monsoon drains of {name}") };
        self.administrator(&["add-officer", &login.name], &login.password);
        let site = format!("{}/{}", self.couch_line.url(), self.couch.database());
        Laptop { home: TempDir::new().unwrap(), login, site }
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

    /// Writes grievances as phones and other tools write them; each needs its `_id` and, when it is there already, its `_rev`.
    pub async fn write(&self, grievances: &[Value]) {
        let path = format!("{}/_bulk_docs", self.couch.database());
        let body = serde_json::json!({ "docs": grievances });
        let written = self.couch.admin("POST".parse().unwrap(), &path, Some(body)).await;
        let refused: Vec<_> =
            written.as_array().unwrap().iter().filter(|row| row["error"].is_string()).collect();
        assert!(refused.is_empty(), "{refused:?}");
    }

    fn administrator(&self, words: &[&str], new_password: &str) -> Value {
        let admin = self.couch.administrator();
        let site = self.office();
        let mut words = words.to_vec();
        words.extend(["--couch", &site, "--admin", &admin.name]);
        wardctl(&words, &[("WARDCTL_PASSWORD", &admin.password), ("WARDCTL_NEW_PASSWORD", new_password)])
    }
}

impl Laptop {
    /// Runs a command of the officer's, without a window.
    pub fn run(&self, words: &[&str]) -> Value {
        let home = self.home.path().display().to_string();
        let mut words = words.to_vec();
        words.extend(["--home", &home]);
        wardctl(&words, &[("WARDCTL_PASSWORD", &self.login.password)])
    }

    /// Signs in without a window, and fetches what is there.
    pub fn sign_in(&self) {
        self.run(&["sign-in", "--couch", &self.site, "--user", &self.login.name]);
        self.run(&["sync"]);
    }
}

/// The window's program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_myward-officer");

/// The command's JSON; a refusal fails the test with its sentence.
fn wardctl(words: &[&str], environment: &[(&str, &str)]) -> Value {
    let output = Command::new(beside(PROGRAM))
        .arg("--json")
        .args(words)
        .envs(environment.iter().copied())
        .output()
        .expect("wardctl, which building the whole workspace puts beside the program");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn beside(program: &str) -> PathBuf {
    Path::new(program).with_file_name(format!("wardctl{EXE_SUFFIX}"))
}
