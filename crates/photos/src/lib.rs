//! Photos: from the camera's file to what is kept, shown and stored.
//!
//! A photo is hostile until it has been drawn again. Whatever comes from a camera, a phone or the photo store goes
//! through a [`Decoder`]: a child process without files, network or memory to spare reads it and hands back a JPEG
//! of its own making. Only such JPEGs are sealed as the officer's own, uploaded, or shown in the window.
//!
//! * [`read_photo_file`]: the file an officer chose, checked before it is read.
//! * [`Decoder::prepare`]: turned upright, shrunk, stripped of everything the camera wrote beside the picture; when
//!   and where it was taken is told separately. [`Decoder::display`]: a photo of somebody else, redrawn.
//! * [`Sealed`]: photos at rest on this laptop, each an encrypted file under a random name.
//! * [`Bucket`]: photos on the server, put once and checked, opened by the [`Key`] that [`Access`] holds now.
//! * [`TokenService`]: temporary keys.

mod bucket;
mod camera;
mod decode;
mod decoder;
mod digest;
mod error;
mod format;
mod key;
mod photo_file;
mod picture;
mod sealed;
mod store_refusal;
mod token_service;
mod wire;

pub use bucket::{Bucket, MAX_UPLOAD, PATIENCE, StoreSettings, Stored};
pub use camera::Position;
pub use decode::{DECODE_COMMAND, decode_child};
pub use decoder::{Decoder, Prepared};
pub use digest::sha256_hex;
pub use error::PhotoError;
pub use key::{Access, Key};
pub use photo_file::read_photo_file;
pub use picture::{LONG_SIDE, Size, THUMBNAIL_BOX};
pub use sealed::{FileId, Sealed};
pub use token_service::TokenService;

/// The most bytes a photo may have, from a camera, a phone or the store: 32 MiB.
pub const MAX_PHOTO: u64 = 32 << 20;
