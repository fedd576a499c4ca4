use std::path::PathBuf;

use couch::CouchError;
use domain::DomainError;
use mirror::MirrorError;
use photos::PhotoError;
use vault::VaultError;

use crate::Unsent;

/// Why something an officer asked for could not be done. Nothing that was saved is lost by any of them.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Wrong password and unknown name are one answer, so that a stranger learns nothing.
    #[error(
        "This name and password open nothing on this laptop, and the server cannot be asked now. \
         The first sign-in needs the server; after that the same password works without it."
    )]
    NothingOpens(#[source] CouchError),
    #[error("The name or the password is wrong.")]
    WrongPassword,
    /// The server knows the password, this laptop an older one.
    #[error(
        "Your password was changed on the server. Type the previous one once more, \
         so that the work on this laptop stays yours."
    )]
    PreviousPasswordNeeded,
    #[error("The first sign-in to this account was interrupted. Sign in again.")]
    NobodysMirror,
    #[error("There is no grievance {0} on this laptop.")]
    NoSuchGrievance(String),
    #[error(
        "{} Send them first; changes and photos can be exported instead.", crate::sentence::waiting(*.0)
    )]
    UnsentWork(Unsent),
    #[error(
        "The office keeps no records of its own (assignee, notes, history) here, or your account may not read them. Ask the administrator."
    )]
    NoInternalDatabase,
    #[error("The city has no ward “{0}”. Choose one of its list.")]
    NoSuchWard(String),
    #[error("No photo store is set up for this ward yet. The administrator can name one.")]
    NoPhotoStore,
    #[error("The photo store's setting cannot be read. The administrator can set it again.")]
    BadPhotoStore,
    #[error("There is no key to the photo store yet. The administrator must publish one.")]
    NoPhotoAccess,
    #[error("Photo access has expired: the administrator must publish it again.")]
    PhotoAccessExpired,
    #[error("{} is there already. Choose another name: nothing is overwritten.", .0.display())]
    FileThere(PathBuf),
    #[error("{} cannot be read or written.", .0.display())]
    File(PathBuf, #[source] std::io::Error),
    #[error("{} is not a file of unsent work that this program can read.", .0.display())]
    NotUnsentWork(PathBuf),
    #[error("{} ends in the middle. Copy or export it again; nothing was taken from it.", .0.display())]
    CutShort(PathBuf),
    #[error(
        "This file holds the work of {user} at {site}. Only that officer can bring it back: sign in with that name."
    )]
    SomebodyElses { user: String, site: String },
    #[error("The ward is not on this laptop yet. Sync first, then import.")]
    NothingPulled,
    #[error("The table could not be written.")]
    Csv(#[from] csv::Error),
    #[error("The operating system gave no random numbers: {0}")]
    NoRandomness(String),
    #[error(transparent)]
    Couch(#[from] CouchError),
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    #[error(transparent)]
    Photo(#[from] PhotoError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Change(#[from] DomainError),
    #[error("The program was stopped in the middle of this.")]
    Stopped(#[from] tokio::task::JoinError),
}

impl SyncError {
    /// Whether it passes when somebody frees space on this laptop.
    pub(crate) fn is_full_disk(&self) -> bool {
        match self {
            SyncError::Mirror(MirrorError::DiskFull(_)) => true,
            SyncError::Photo(PhotoError::Io(error)) => error.kind() == std::io::ErrorKind::StorageFull,
            _ => false,
        }
    }
}
