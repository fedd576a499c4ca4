use std::path::PathBuf;

use couch::CouchError;
use sync::SyncError;

/// Everything a command can end in; each message is the sentence that is printed.
#[derive(Debug, thiserror::Error)]
pub enum WardctlError {
    #[error("Nobody is signed in here. Run `wardctl sign-in --couch URL --user NAME` first.")]
    NobodySignedIn,
    #[error("There is no home folder to keep accounts in. Name one with --home DIR.")]
    NoHome,
    #[error("A password is needed: set {0} or run the command in a terminal.")]
    NoPassword(&'static str, #[source] std::io::Error),
    #[error("{0}")]
    NotSent(String),
    #[error(
        "{0} `wardctl selection --ward NAME` and `--days N` choose a part, and with `--count` they say before how much \
         that is; `wardctl selection --all` chooses everything."
    )]
    ToChoose(String),
    #[error("The doctor found {0} faults; each line above says who must mend it.")]
    Faults(usize),
    #[error("The administrator's name or password is wrong.")]
    WrongAdministrator,
    #[error("This server's ward has no photo store. Run `wardctl init` with --store-endpoint first.")]
    NoPhotoStore,
    #[error("A demo ward needs a photo store with a lasting key: `wardctl init --access-key …`.")]
    NoLastingKey,
    #[error("The photo store gave a key without an end, which is not published. Ask whoever runs the store.")]
    EndlessKey,
    #[error("This server is on this very machine and shows no certificate. Name it by its https address.")]
    NoCertificate,
    #[error(
        "Laptops would ignore this announcement. It needs a backup key other than the server's present one, written sha256/ \
         and 44 characters of base64, and a last day from today to a year ahead. Nothing was published."
    )]
    NoAnnouncement,
    #[error("{0} cannot be read or written.")]
    File(PathBuf, #[source] std::io::Error),
    #[error(transparent)]
    Couch(#[from] CouchError),
    #[error(transparent)]
    Sync(#[from] SyncError),
    #[error("The program cannot run here.")]
    Runtime(#[from] std::io::Error),
    #[error("A picture could not be drawn.")]
    Drawing(#[from] image::ImageError),
    #[error("A document could not be written as JSON.")]
    Json(#[from] serde_json::Error),
}

macro_rules! through_sync {
    ($($error:ty),*) => {
        $(impl From<$error> for WardctlError {
            fn from(error: $error) -> WardctlError {
                WardctlError::Sync(error.into())
            }
        })*
    };
}

through_sync!(domain::DomainError, mirror::MirrorError, photos::PhotoError, vault::VaultError);
