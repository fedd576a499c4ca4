//! A server of the demonstration.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::program::{Trouble, missing};

/// A running server. It gets TERM when this is dropped, and also when this process ends in any other way.
pub struct Server {
    child: Child,
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts the command's program and returns the line it prints when it is ready.
    pub fn start(command: &Command) -> Result<(Server, String), Trouble> {
        let mut leash = Command::new("sh");
        leash.args(["-c", include_str!("../../testkit/src/leash.sh"), "leash", "TERM"]);
        leash.arg(command.get_program()).args(command.get_args());
        leash.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = leash.spawn().map_err(|source| missing(&leash, source))?;
        let output = child.stdout.take().expect("the output was piped");
        let mut server = Server { child, _output: BufReader::new(output) };

        let name = command.get_program().to_string_lossy().into_owned();
        let mut ready = String::new();
        server._output.read_line(&mut ready).map_err(Trouble::file(format!("`{name}` cannot be heard")))?;
        if ready.is_empty() {
            return Err(Trouble::Other(format!("`{name}` did not start; its own words are above")));
        }
        Ok((server, ready))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}
