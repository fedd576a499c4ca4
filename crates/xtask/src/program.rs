//! Other programs, run so that a failure names what was run.

use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Output};

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("`{program}` could not be started: {source}. {advice}")]
    Missing { program: String, advice: String, source: io::Error },
    #[error("`{what}` failed ({status}); its own words are above")]
    Failed { what: String, status: ExitStatus },
    #[error("{what}: {source}")]
    File { what: String, source: io::Error },
    /// A whole sentence.
    #[error("{0}")]
    Other(String),
}

impl Trouble {
    /// For `map_err` on what was done to a file or folder.
    pub fn file(what: impl Into<String>) -> impl FnOnce(io::Error) -> Trouble {
        move |source| Trouble::File { what: what.into(), source }
    }
}

/// Runs the command with its output shown.
pub fn run(command: &mut Command) -> Result<(), Trouble> {
    let status = command.status().map_err(|source| missing(command, source))?;
    if status.success() { Ok(()) } else { Err(Trouble::Failed { what: spelled(command), status }) }
}

/// Runs the command quietly and returns what it printed.
pub fn read(command: &mut Command) -> Result<String, Trouble> {
    let Output { status, stdout, stderr } = command.output().map_err(|source| missing(command, source))?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    eprint!("{}", String::from_utf8_lossy(&stderr));
    Err(Trouble::Failed { what: spelled(command), status })
}

/// The program on the path, if it is there.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}

pub fn missing(command: &Command, source: io::Error) -> Trouble {
    let program = command.get_program().to_string_lossy().into_owned();
    Trouble::Missing { program, advice: "`cargo xtask setup` installs what is missing.".to_owned(), source }
}

fn spelled(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
