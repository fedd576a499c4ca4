//! The benchmark, built as it is shipped.

use std::process::Command;

use crate::program::run;
use crate::{Done, folders};

pub fn measure(arguments: &[String]) -> Done {
    run(Command::new("cargo")
        .args(["run", "--release", "--locked", "--package", "wardctl", "--bin", "bench", "--"])
        .args(arguments)
        .current_dir(folders::project()))
}
