//! The first mirror by three contestants, each a process of its own: a limit, which is the insert alone or reading
//! alone; our engine; and PouchDB, which is what somebody would take otherwise.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::process::Command;

use crate::Done;
use crate::source::Source;

/// What a contestant prints about itself. Times are seconds since its start.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Taken {
    pub documents: usize,
    pub pulled: f64,
    pub first_rows: f64,
    /// Until the queue, its counts and the map have been shown once.
    pub usable: f64,
    /// Bytes of memory at the height of the pull.
    pub memory: u64,
    /// Bytes of memory afterwards, at rest.
    #[serde(default)]
    pub memory_idle: u64,
    /// Bytes on disk afterwards.
    #[serde(default)]
    pub disk: u64,
}

impl Taken {
    pub fn rate(&self) -> f64 {
        self.documents as f64 / self.pulled
    }
}

pub async fn insert(documents: usize) -> Done<Taken> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("mirror.db");
    let program = std::env::current_exe()?;
    run(Command::new(program).arg("insert").arg(documents.to_string()).arg(&file), folder).await
}

pub async fn deliver(source: &Source) -> Done<Taken> {
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    run(command.args(["deliver", &source.site, &source.user, &source.password]), tempfile::tempdir()?).await
}

/// `cost` is what a guess at a password was measured to cost, so that the contestant need not measure it again.
pub async fn ours(source: &Source, cost: &Path) -> Done<Taken> {
    let folder = tempfile::tempdir()?;
    std::fs::copy(cost, folder.path().join("cost.json"))?;
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    command.args(["pull", &source.site, &source.user, &source.password]).arg(folder.path());
    run(&mut command, folder).await
}

pub async fn peer(source: &Source) -> Done<Taken> {
    let folder = tempfile::tempdir()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer/peer.js");
    run(Command::new("node").arg(script).arg(source.address()).arg(folder.path().join("pouch")), folder).await
}

async fn run(command: &mut Command, folder: TempDir) -> Done<Taken> {
    let output = command.stderr(std::process::Stdio::inherit()).output().await?;
    if !output.status.success() {
        return Err(format!("{command:?} ended with {}", output.status).into());
    }
    let taken: Taken = serde_json::from_slice(&output.stdout)?;
    Ok(Taken { disk: size(folder.path())?, ..taken })
}

fn size(folder: &Path) -> Done<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        bytes += if kind.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
