use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why an account was not opened, made or changed. Nothing has been lost in any of these cases.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The password does not open this account, or there is no such account: one answer for both.
    #[error("wrong name or password")]
    WrongPassword,
    /// Too many wrong passwords: try again after `wait`.
    #[error("wait {} s before the next attempt", wait.as_secs_f32().ceil())]
    Throttled { wait: Duration },
    /// Another window or process has this account open.
    #[error("this account is already open")]
    AlreadyOpen,
    /// The account has been made before: unlock it.
    #[error("this account exists already")]
    AlreadyExists,
    /// A newer version of the program wrote the slot file.
    #[error("the key file has format {found}, this program knows {known}")]
    TooNew { found: u32, known: u32 },
    /// A slot file asks for less work than is safe or more than is reasonable; it has been edited.
    #[error("the key file asks for a cost outside the limits (m={m} KiB, t={t}, p={p})")]
    CostOutOfBounds { m: u32, t: u32, p: u32 },
    /// A file is not what the program wrote.
    #[error("{} is damaged: {why}", path.display())]
    Damaged { path: PathBuf, why: &'static str },
    /// The machine cannot spare the memory the password derivation needs.
    #[error("not enough memory to check the password")]
    OutOfMemory,
    /// The operating system gives no random bytes.
    #[error("no random bytes from the operating system: {0}")]
    NoRandomness(getrandom::Error),
    /// The file system refused.
    #[error("{}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl VaultError {
    /// For `map_err`: which file the refusal is about.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    pub(crate) fn damaged(path: &Path, why: &'static str) -> Self {
        Self::Damaged { path: path.to_owned(), why }
    }
}

impl From<getrandom::Error> for VaultError {
    fn from(error: getrandom::Error) -> Self {
        Self::NoRandomness(error)
    }
}
