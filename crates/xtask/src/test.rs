//! Every check, in the order in which failures are quickest found.

use std::process::Command;

use crate::program::run;
use crate::steps::take;
use crate::{Done, cargo_deny, folders, node, setup};

/// One set of features for checks and tests, so that nothing is built twice; with it the app carries `ui/dist` inside.
pub const WORKSPACE: [&str; 4] = ["--workspace", "--locked", "--features", "myward-officer/custom-protocol"];

pub fn everything() -> Done {
    setup::everything()?;
    take(&[
        ("Window: types and components", &|| node::script("ui", "check")),
        ("Window: tests", &|| node::script("ui", "test")),
        ("Window: build", &|| node::script("ui", "build")),
        ("Format", &|| cargo(&["fmt", "--check"])),
        ("Crates, licences and sources", &cargo_deny::check),
        ("Lints", &lints),
        ("Tests, with a display and a session bus of their own", &tests),
    ])?;
    println!("\nAll checks passed.");
    Ok(())
}

fn lints() -> Done {
    let mut arguments = vec!["clippy", "--all-targets"];
    arguments.extend(WORKSPACE);
    arguments.extend(["--", "--deny", "warnings"]);
    cargo(&arguments)
}

fn tests() -> Done {
    // Built first, because xvfb-run shows nothing of a program that waits long.
    let mut build = vec!["test", "--no-run"];
    build.extend(WORKSPACE);
    cargo(&build)?;
    run(Command::new("xvfb-run")
        .args(["--auto-servernum", "--server-args=-screen 0 1280x800x24", "dbus-run-session", "--"])
        .args(["cargo", "test"])
        .args(WORKSPACE)
        .current_dir(folders::project()))
}

fn cargo(arguments: &[&str]) -> Done {
    run(Command::new("cargo").args(arguments).current_dir(folders::project()))
}
