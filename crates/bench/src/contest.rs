//! The first mirror by three contestants, each a process of its own: the insert alone, which is the limit; our engine;
//! and PouchDB, which is what somebody would take otherwise.

use std::ffi::OsStr;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::process::Command;

use crate::Done;

/// What a contestant prints about itself. Times are seconds since its start.
#[derive(Debug, Serialize, Deserialize)]
pub struct Taken {
    pub documents: usize,
    pub pulled: f64,
    pub first_rows: f64,
    /// Until the queue, its counts and the map have been shown once.
    pub usable: f64,
    /// Bytes of memory at the height of the pull.
    pub memory: u64,
    /// Bytes on disk afterwards.
    #[serde(default)]
    pub disk: u64,
}

impl Taken {
    pub fn rate(&self) -> f64 {
        self.documents as f64 / self.pulled
    }
}

pub async fn limit(documents: usize) -> Done<Taken> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("mirror.db");
    let program = std::env::current_exe()?;
    run(Command::new(program).arg("insert").arg(documents.to_string()).arg(&file), folder).await
}

/// `cost` is what a guess at a password was measured to cost, so that the contestant need not measure it again.
pub async fn ours(site: &str, cost: &Path) -> Done<Taken> {
    let folder = tempfile::tempdir()?;
    std::fs::copy(cost, folder.path().join("cost.json"))?;
    let program = std::env::current_exe()?;
    run(Command::new(program).args([OsStr::new("pull"), site.as_ref(), folder.path().as_ref()]), folder).await
}

pub async fn peer(site: &str) -> Done<Taken> {
    let folder = tempfile::tempdir()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer/peer.js");
    run(Command::new("node").arg(script).arg(site).arg(folder.path().join("pouch")), folder).await
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
