use std::io;
use std::path::PathBuf;

/// Why the app cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    #[error("This user has no home folder. Name a folder for the accounts in MYWARD_HOME.")]
    NoHome,
    #[error("{} cannot be read. It holds {{\"site\": \"https://…\"}}.", path.display())]
    SiteFile { path: PathBuf, source: io::Error },
    #[error("The system refuses to protect this program's memory and files.")]
    Hardening(#[source] io::Error),
    #[error("The program does not find itself.")]
    Program(#[source] io::Error),
    #[error("The window cannot be opened: {0}")]
    Window(#[from] tauri::Error),
}
