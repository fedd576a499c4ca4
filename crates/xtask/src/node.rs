//! Node's packages, from their lock files and without their scripts.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use crate::program::{Trouble, read, run};
use crate::{Done, folders};

/// Installs the packages of `folder` (below the project) unless they are as its lock file says.
pub fn install(folder: &str) -> Done {
    let folder = folders::project().join(folder);
    let locked = changed(&folder.join("package-lock.json"));
    // npm writes this one last.
    let installed = changed(&folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= locked {
        println!("The packages of {} are as locked.", folder.display());
        return Ok(());
    }
    check_version()?;
    run(Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&folder))
}

/// Runs a script of `folder`'s package.json.
pub fn script(folder: &str, name: &str) -> Done {
    run(Command::new("npm").args(["run", "--silent", name]).current_dir(folders::project().join(folder)))
}

fn check_version() -> Done {
    let version = read(Command::new("node").arg("--version"))
        .map_err(|_| Trouble::Other("Node.js 20 or newer has to be installed first, with npm.".to_owned()))?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major >= 20) {
        Ok(())
    } else {
        Err(Trouble::Other(format!("Node.js 20 or newer is needed; `node` is {}", version.trim())))
    }
}

fn changed(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|metadata| metadata.modified()).ok()
}
