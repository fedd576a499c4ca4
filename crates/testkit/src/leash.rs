//! A program that never outlives the process that started it, be it killed.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

/// A running program. Dropping it sends the signal it was started with and waits for its end.
pub(crate) struct Leash {
    child: Child,
}

/// What tells a program to end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Finish and keep what was written.
    Term,
    /// At once; nothing is to be kept.
    Kill,
}

impl Leash {
    /// Starts `program` with its output written to `log`.
    pub(crate) fn start<A: AsRef<OsStr>>(
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        signal: Signal,
        log: &Path,
    ) -> io::Result<Leash> {
        let log = std::fs::File::create(log)?;
        let child = Command::new("sh")
            .args(["-c", include_str!("leash.sh"), "leash"])
            .arg(match signal {
                Signal::Term => "TERM",
                Signal::Kill => "KILL",
            })
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        Ok(Leash { child })
    }

    /// How the program ended, if it has.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}
