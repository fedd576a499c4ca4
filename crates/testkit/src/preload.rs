//! Libraries in C that are loaded before a program's own and stand between it and the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles `source` in `folder`; the path is for `LD_PRELOAD`.
///
/// # Panics
/// Without a C compiler, and when the source has a fault.
pub fn compiled(folder: &Path, name: &str, source: &str) -> PathBuf {
    let (text, library) = (folder.join(format!("{name}.c")), folder.join(format!("{name}.so")));
    fs::write(&text, source).expect("the folder can be written");
    let cc = Command::new("cc")
        .args(["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o"])
        .args([&library, &text])
        .args(["-ldl", "-pthread"])
        .output()
        .expect("a C compiler: run `cargo xtask setup`");
    assert!(cc.status.success(), "{}", String::from_utf8_lossy(&cc.stderr));
    library
}
