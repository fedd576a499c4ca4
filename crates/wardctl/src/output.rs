use std::error::Error;
use std::io::Write;

use serde::Serialize;

use crate::error::WardctlError;

/// Where results go: text for people, or one JSON value for programs.
pub struct Output {
    json: bool,
}

impl Output {
    pub fn new(json: bool) -> Output {
        Output { json }
    }

    /// Prints `value` as JSON, or what `text` makes of it.
    #[allow(clippy::print_stdout)]
    pub fn say<T: Serialize>(&self, value: &T, text: impl FnOnce(&T) -> String) -> Result<(), WardctlError> {
        match self.json {
            true => println!("{}", serde_json::to_string(value)?),
            false => println!("{}", text(value)),
        }
        Ok(())
    }

    /// Prints a file's text as it is, whatever its line ends.
    pub fn print(&self, text: &str) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// How a longer piece of work is getting on; for people only.
    #[allow(clippy::print_stderr)]
    pub fn progress(&self, sentence: &str) {
        if !self.json {
            eprintln!("{sentence}");
        }
    }
}

/// The lines, or a sentence where there are none.
pub fn or_nothing(lines: Vec<String>, nothing: &str) -> String {
    if lines.is_empty() { nothing.to_owned() } else { lines.join("\n") }
}

/// The error and what lies behind it, each once.
#[allow(clippy::print_stderr)]
pub fn explain(error: &dyn Error) {
    let mut sentences = vec![error.to_string()];
    let mut source = error.source();
    while let Some(behind) = source {
        let sentence = behind.to_string();
        if !sentences.last().is_some_and(|last| last.contains(&sentence)) {
            sentences.push(sentence);
        }
        source = behind.source();
    }
    eprintln!("wardctl: {}", sentences.join("\n  because: "));
}
