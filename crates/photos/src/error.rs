use std::{io, time::Duration};

use thiserror::Error;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a photo could not be read, kept, shown, sent or fetched.
#[derive(Debug, Error)]
pub enum PhotoError {
    /// Not a regular file: a folder, a link, a pipe or a device.
    #[error("this is not a file")]
    NotAFile,
    /// The first bytes are not those of a JPEG, PNG or WebP picture.
    #[error("this is not a JPEG, PNG or WebP picture")]
    NotAPhoto,
    /// More bytes than [`crate::MAX_PHOTO`], or than [`crate::MAX_UPLOAD`] when sending.
    #[error("the photo is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    /// Wider or higher than 12,000 pixels, or more than 64 million of them.
    #[error("the photo has too many pixels")]
    TooManyPixels,
    /// The picture is broken, or needs more memory or time than any photo should.
    #[error("the picture cannot be read")]
    Unreadable,
    /// The decoding process could not be started.
    #[error("the photo decoder does not start")]
    NoDecoder(#[source] io::Error),
    /// A sealed file that was changed, cut short, or put in another one's place.
    #[error("the stored photo is damaged")]
    Damaged,
    /// No such file on this laptop, or no such object in the photo store.
    #[error("the photo is not there")]
    Missing,
    /// A name that cannot be an object key of the photo store, or a file id.
    #[error("this is not the name of a photo")]
    BadName,
    /// The settings name no photo store that may be spoken to.
    #[error("the address of the photo store is not usable: {why}")]
    BadAddress { why: &'static str },
    /// No answer: no network, no route, no valid certificate, or silence.
    #[error("the photo store cannot be reached")]
    Unreachable(#[source] Source),
    /// The key is wrong, has expired, or does not allow this.
    #[error("the photo store denies access")]
    AccessRefused,
    /// The store's disk, or the room that its administrator allows, is used up.
    #[error("the photo store is full")]
    StoreFull,
    /// The store asks to come back later.
    #[error("the photo store is busy")]
    Busy { retry_after: Option<Duration> },
    /// This laptop's clock is too far from the store's.
    #[error("the clock of this laptop is wrong")]
    ClockWrong,
    /// The bytes in the store, or those that arrived, are not the photo's.
    #[error("the photo store holds or sent other bytes than the photo's")]
    Mismatch,
    /// Anything else the store said, such as a bucket that does not exist.
    #[error("the photo store refuses: {status} {code}")]
    StoreRefused { status: u16, code: String },
    /// A file could not be read or written: permissions, or a full disk.
    #[error("the photo's file cannot be read or written; if the disk is full, make room")]
    Io(#[from] io::Error),
}
