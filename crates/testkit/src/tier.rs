//! Fault tests in two lengths: short in `cargo xtask test`, long in `cargo xtask soak`.

use std::fmt::Display;

/// Set by `cargo xtask soak`.
const SOAK: &str = "MYWARD_SOAK";

/// How often a fault is tried: `test` times, or `soak` times in the long run.
pub fn times(test: u32, soak: u32) -> u32 {
    if std::env::var_os(SOAK).is_some() { soak } else { test }
}

/// Prints what a row of docs/faults.md came to; `cargo xtask soak` collects these lines.
pub fn figure(row: &str, figure: impl Display) {
    println!("figure {row}: {figure}");
}
