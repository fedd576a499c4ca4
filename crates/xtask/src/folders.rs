//! Where things are.

use std::path::PathBuf;

use crate::program::Trouble;

/// The project: the checkout that `cargo xtask` was called in, also when two share a target folder.
pub fn project() -> PathBuf {
    let called_in = std::env::var_os("CARGO_MANIFEST_DIR");
    let mut folder = called_in.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    // Up from crates/xtask.
    folder.pop();
    folder.pop();
    folder
}

/// Programs that were installed for the project: `${XDG_CACHE_HOME:-~/.cache}/myward-officer`.
pub fn cache() -> Result<PathBuf, Trouble> {
    Ok(base("XDG_CACHE_HOME", ".cache")?.join("myward-officer"))
}

/// What the demonstration keeps: `${XDG_DATA_HOME:-~/.local/share}/myward-officer-demo`.
pub fn demo() -> Result<PathBuf, Trouble> {
    Ok(base("XDG_DATA_HOME", ".local/share")?.join("myward-officer-demo"))
}

fn base(variable: &str, in_home: &str) -> Result<PathBuf, Trouble> {
    match std::env::var_os(variable).filter(|folder| !folder.is_empty()) {
        Some(folder) => Ok(folder.into()),
        None => std::env::home_dir().map(|home| home.join(in_home)).ok_or_else(|| {
            Trouble::Other(format!("Neither {variable} nor HOME is set: there is no place for files."))
        }),
    }
}
