//! What the process does to itself before anything secret is in it.

use std::io;

use crate::ShellError;

/// WebKitGTK draws nothing on machines whose graphics driver cannot share buffers. Its switch is
/// an environment variable, and a process can only be given one safely when it begins, so this
/// begins the program once more.
#[cfg(target_os = "linux")]
pub fn prefer_plain_rendering() -> Result<(), ShellError> {
    use std::os::unix::process::CommandExt;
    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(SWITCH).is_some() {
        return Ok(());
    }
    let program = std::env::current_exe().map_err(ShellError::Program)?;
    let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(SWITCH, "1").exec();
    Err(ShellError::Program(error))
}

/// No core dump, no reading by other processes of this user, and no file that others can read.
#[cfg(target_os = "linux")]
pub fn harden() -> Result<(), ShellError> {
    use rustix::fs::Mode;
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit, umask};
    let refused = |error| ShellError::Hardening(io::Error::from(error));
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(refused)?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(refused)?;
    umask(Mode::RWXG | Mode::RWXO);
    Ok(())
}
