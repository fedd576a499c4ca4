//! cargo-deny: which crates, licences and sources are allowed.

use std::path::PathBuf;
use std::process::Command;

use crate::program::{Trouble, run};
use crate::{Done, folders};

const VERSION: &str = "0.20.2";

/// Builds it into the cache folder. Speed of building counts here, not of running.
pub fn install() -> Done {
    let program = program()?;
    if program.is_file() {
        println!("It is at {}", program.display());
        return Ok(());
    }
    run(Command::new("cargo")
        .args(["install", "cargo-deny", "--locked", "--quiet", "--version", VERSION])
        .arg("--root")
        .arg(home()?)
        // A folder of its own: nothing of it is of use to the project's builds.
        .env_remove("CARGO_TARGET_DIR")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0"))
}

/// Checks everything but advisories, whose database is not in a package registry.
pub fn check() -> Done {
    run(Command::new(program()?)
        .args(["--workspace", "--all-features", "--locked", "check", "bans", "licenses", "sources"])
        .current_dir(folders::project()))
}

fn program() -> Result<PathBuf, Trouble> {
    Ok(home()?.join("bin/cargo-deny"))
}

fn home() -> Result<PathBuf, Trouble> {
    Ok(folders::cache()?.join("cargo-deny").join(VERSION))
}
