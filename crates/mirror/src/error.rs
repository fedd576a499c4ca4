use std::path::PathBuf;

use domain::DomainError;
use rusqlite::ErrorCode;

/// Why the mirror could not do what was asked. Nothing was changed: each call is one transaction.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    #[error("This key does not open the mirror. The file was left as it is.")]
    WrongKey,
    #[error("The mirror is damaged again right after it was mended. Have the disk checked.")]
    Damaged(#[source] rusqlite::Error),
    #[error("The mirror is not consistent even after it was mended ({0}). Have the disk checked.")]
    Inconsistent(String),
    #[error("The mirror lacks unsent changes that its copy has. Have the disk checked.")]
    WorkMissing,
    #[error(
        "The mirror is damaged, and {} cannot be read or written to mend it: {source}. Make room or have the disk checked, \
         and try again; nothing was removed.",
        path.display()
    )]
    CannotMend { path: PathBuf, source: std::io::Error },
    #[error("The mirror is closed because it could not be mended. Try again.")]
    Closed,
    #[error("The mirror was mended meanwhile, so this page is not the next one. Fetch from the beginning.")]
    PageOutOfPlace,
    #[error("The disk is full. Make room and try again; nothing was lost.")]
    DiskFull(#[source] rusqlite::Error),
    #[error(
        "The disk could not be read or written. If it is full, make room; then try again. If it goes on, have the disk checked."
    )]
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
    #[error("An earlier try may have arrived with the words it had. Try it again as it is, or discard it.")]
    MayHaveArrived,
    #[error("Somebody changed this report a moment ago. Look at it once more.")]
    ChangedMeanwhile,
    #[error("“{0}” is on the server with the words it came with. There is nothing to bring back.")]
    NothingToRestore(String),
    #[error("“{0}” has no other version to decide about any more.")]
    NothingBranched(String),
    #[error("Another version is not on this laptop yet. Sync, then decide.")]
    BranchNotFetched,
    #[error("“{0}” is not a time with a zone.")]
    NotATime(String),
    #[error(transparent)]
    Domain(#[from] DomainError),
    #[error("The mirror holds JSON that does not parse.")]
    Json(#[from] serde_json::Error),
    #[error("The mirror could not be used: {0}.")]
    Sqlite(#[source] rusqlite::Error),
}

impl MirrorError {
    /// Whether the file is not what was written: it is to be made anew from what can be read.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, MirrorError::Damaged(_) | MirrorError::Inconsistent(_) | MirrorError::WorkMissing)
    }
}

impl From<rusqlite::Error> for MirrorError {
    fn from(error: rusqlite::Error) -> MirrorError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => MirrorError::DiskFull(error),
            // The vault vouches for the key: a page that does not decrypt is damage.
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => MirrorError::Damaged(error),
            // SQLite opens a file for reading that the disk does not let it write.
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
                MirrorError::Disk(error)
            }
            _ => MirrorError::Sqlite(error),
        }
    }
}
