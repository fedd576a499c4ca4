//! A citizen's stock phone: PouchDB, an independent client of the same protocol, in a process of its own.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::Login;

/// A phone keeps its reports to itself until [`send`](Phone::send) and knows of others' only after
/// [`fetch`](Phone::fetch). Its memory ends with it.
pub struct Phone {
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _node: Child,
}

impl Phone {
    /// A phone of the database at `url` (`http://host:port/NAME`), signed in as `citizen`.
    ///
    /// # Panics
    /// When Node is missing, or `tests/phone` lacks its packages (`cargo xtask setup` installs them).
    pub fn of(url: &str, citizen: &Login) -> Phone {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/phone");
        let mut node = Command::new("node")
            .arg(folder.join("phone.js"))
            .args([url, &citizen.name, &citizen.password])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Node.js on the path");
        let questions = node.stdin.take().expect("the phone's input");
        let answers = BufReader::new(node.stdout.take().expect("the phone's output")).lines();
        Phone { questions, answers, _node: node }
    }

    /// Writes a grievance on the phone; `report` has an `_id` and a citizen's fields.
    ///
    /// # Errors
    /// PouchDB's own, as in each of the other methods.
    pub async fn file(&mut self, report: &Value) -> Result<(), String> {
        self.ask("file", report).await.map(drop)
    }

    /// Sends what the server has not got; returns how many revisions it took.
    pub async fn send(&mut self) -> Result<u64, String> {
        self.ask("send", &Value::Null).await.map(count)
    }

    /// Fetches what the phone has not got; returns how many revisions came.
    pub async fn fetch(&mut self) -> Result<u64, String> {
        self.ask("fetch", &Value::Null).await.map(count)
    }

    /// Every document on the phone by id, the losing revisions' names in `_conflicts` where there are any.
    pub async fn list(&mut self) -> Result<Vec<Value>, String> {
        match self.ask("list", &Value::Null).await? {
            Value::Array(documents) => Ok(documents),
            other => Err(format!("the phone listed {other}")),
        }
    }

    async fn ask(&mut self, ask: &str, what: &Value) -> Result<Value, String> {
        let question = format!("{}\n", json!({ "ask": ask, "what": what }));
        self.questions.write_all(question.as_bytes()).await.map_err(|error| error.to_string())?;
        let answer = self.answers.next_line().await.map_err(|error| error.to_string())?;
        let answer = answer.ok_or("the phone went off: see its words above, or run `cargo xtask setup`")?;
        let mut answer: Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["ok"].take()),
        }
    }
}

fn count(answer: Value) -> u64 {
    answer.as_u64().expect("a number of documents from the phone")
}
