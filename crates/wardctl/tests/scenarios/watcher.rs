use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::town::{Laptop, WARDCTL};

/// `wardctl sync --watch`, which lives until it is dropped.
pub struct Watcher(Child);

impl Watcher {
    pub fn of(laptop: &Laptop) -> Watcher {
        let home = laptop.home.path().display().to_string();
        let mut command = Command::new(WARDCTL);
        command.args(["--json", "sync", "--watch", "--home", &home]);
        command.env("WARDCTL_PASSWORD", &laptop.login.password).stdout(Stdio::piped());
        Watcher(command.spawn().unwrap())
    }

    /// The most memory it has had when it says so, in KiB.
    pub fn peak_when(mut self, state: &str) -> u64 {
        let said = BufReader::new(self.0.stdout.take().unwrap());
        let states = said.lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        let mut states = states.map(|said| said["state"].as_str().unwrap().to_owned());
        assert!(states.any(|said| said == state), "it ended without being {state}");
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
