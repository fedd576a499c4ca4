//! Debian's packages.

use std::process::Command;

use crate::Done;
use crate::program::{Trouble, find, run};

/// What the app is built with and shown by.
const FOR_THE_APP: &[&str] = &[
    "build-essential",
    "dbus",
    "fonts-noto-core",
    "libgl1-mesa-dri",
    "libgtk-3-dev",
    "librsvg2-dev",
    "libwebkit2gtk-4.1-dev",
    "perl",
    "pkg-config",
    "python3-venv",
];

/// What the window is tested with.
const FOR_THE_TESTS: &[&str] = &["curl", "dbus-x11", "openssl", "webkit2gtk-driver", "xauth", "xvfb"];

/// Installs what is missing for the app.
pub fn for_the_app() -> Done {
    install(FOR_THE_APP)
}

/// Installs what is missing for the app and its tests.
pub fn for_the_tests() -> Done {
    install(&[FOR_THE_APP, FOR_THE_TESTS].concat())
}

fn install(wanted: &[&str]) -> Done {
    if find("dpkg-query").is_none() {
        println!("This is not Debian: make sure of what these packages hold: {}", wanted.join(" "));
        return Ok(());
    }
    let missing: Vec<&str> = wanted.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        println!("All {} are installed.", wanted.len());
        return Ok(());
    }
    println!("Installing {}", missing.join(" "));
    let mut update = as_root(&missing)?;
    run(update.args(["apt-get", "update", "--quiet"]))?;
    let mut install = as_root(&missing)?;
    run(install.args(["apt-get", "install", "--quiet", "--yes", "--no-install-recommends"]).args(missing))
}

fn is_installed(package: &str) -> bool {
    let status =
        Command::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package]).output();
    status.is_ok_and(|status| status.stdout == b"installed")
}

/// A command that takes the program to run as its next argument.
fn as_root(missing: &[&str]) -> Result<Command, Trouble> {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    if is_root {
        let mut command = Command::new("env");
        command.arg("DEBIAN_FRONTEND=noninteractive");
        return Ok(command);
    }
    if find("sudo").is_some() {
        let mut command = Command::new("sudo");
        command.arg("DEBIAN_FRONTEND=noninteractive");
        return Ok(command);
    }
    Err(Trouble::Other(format!(
        "Install these packages as root first: apt-get install {}",
        missing.join(" ")
    )))
}
