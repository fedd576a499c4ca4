//! The benchmark, built as the app is shipped, and the peer it measures beside it.

use std::process::Command;

use crate::program::run;
use crate::{Done, folders, node};

pub fn measure(arguments: &[String]) -> Done {
    node::install("crates/bench/peer")?;
    run(Command::new("cargo")
        .args(["run", "--release", "--locked", "--package", "bench", "--"])
        .args(arguments)
        .current_dir(folders::project()))
}
