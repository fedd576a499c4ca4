use std::path::PathBuf;

use domain::DomainError;
use rusqlite::ErrorCode;

/// Why the mirror could not do what was asked. Nothing was changed: each call is one transaction.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    #[error("This key does not open the mirror. The file was left as it is.")]
    WrongKey(#[source] rusqlite::Error),
    #[error("The mirror is damaged. Close it, keep the file for repair and fetch everything again.")]
    Damaged(#[source] rusqlite::Error),
    #[error("The disk is full. Make room and try again; nothing was lost.")]
    DiskFull(#[source] rusqlite::Error),
    #[error("The disk could not be read or written. Try again; if it goes on, have the disk checked.")]
    Disk(#[source] rusqlite::Error),
    #[error(
        "The mirror was written by a newer program (format {found}, this one knows {known}). Update the program."
    )]
    TooNew { found: i32, known: i32 },
    #[error("{} is not a mirror of ours. It was left as it is.", .0.display())]
    NotAMirror(PathBuf),
    #[error("The mirror refuses to open: {setting} is {found:?} and must be {wanted:?}.")]
    Unsafe { setting: &'static str, wanted: String, found: String },
    #[error("{} cannot be made.", path.display())]
    CannotCreate { path: PathBuf, source: std::io::Error },
    #[error("The mirror has no grievance “{0}”.")]
    NoSuchGrievance(String),
    #[error("This change is not waiting any more: it was sent or taken back.")]
    NoSuchEdit(String),
    #[error("This change is on its way to the server. Wait for the answer.")]
    Leaving,
    #[error("“{0}” is on the server with the words it came with. There is nothing to bring back.")]
    NothingToRestore(String),
    #[error("“{0}” is not a time with a zone.")]
    NotATime(String),
    #[error(transparent)]
    Domain(#[from] DomainError),
    #[error("The mirror holds JSON that does not parse.")]
    Json(#[from] serde_json::Error),
    #[error("The mirror could not be used: {0}.")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for MirrorError {
    fn from(error: rusqlite::Error) -> MirrorError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => MirrorError::DiskFull(error),
            // The key was right when the file was opened: a page that does not decrypt is damage.
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => MirrorError::Damaged(error),
            Some(ErrorCode::SystemIoFailure) => MirrorError::Disk(error),
            _ => MirrorError::Sqlite(error),
        }
    }
}
