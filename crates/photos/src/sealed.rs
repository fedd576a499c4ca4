//! Photos at rest: one encrypted file each, `ab/<32 hex digits>` under the account's photo folder.
//!
//! A file (format WPH1) is a header of 41 bytes and the photo in chunks of 64 KiB, each followed by a tag of 16:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `WPH1` |
//! | 1 | version, 1 |
//! | 1 | algorithm, 1: XChaCha20-Poly1305 |
//! | 16 | file id |
//! | 19 | nonce prefix, random |
//!
//! The chunks are a STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): the nonce of a chunk is the prefix, the chunk's
//! number (32 bits, big-endian) and a byte that is 1 for the last chunk alone, and the header is associated data. So no
//! chunk can be changed, moved, dropped or added. The key is HKDF-SHA256 of the account's photo root and the file id,
//! so one file cannot stand in for another; and as an id is random and its file written once, no older version exists
//! to be put back. Neither name nor header depend on the photo: a known photo's hash does not betray that it is here.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    str::FromStr,
};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{MAX_PHOTO, PhotoError, digest::hex};

/// The random name of a sealed photo; shown and parsed as 32 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId([u8; 16]);

/// The sealed photos of one account.
///
/// Every call works on files and returns when the disk has them: call it where blocking is fine.
pub struct Sealed {
    folder: PathBuf,
    photo_root: Zeroizing<[u8; 32]>,
}

impl Sealed {
    /// `folder` is made by the first write. `photo_root` is the account's key for photos.
    pub fn new(folder: PathBuf, photo_root: Zeroizing<[u8; 32]>) -> Sealed {
        Sealed { folder, photo_root }
    }

    /// Seals a photo. When this returns, the file survives a power cut; before, at most an unfinished one is left,
    /// which [`Sealed::sweep`] removes.
    pub fn write(&self, photo: &[u8]) -> Result<FileId, PhotoError> {
        if photo.len() as u64 > MAX_PHOTO {
            return Err(PhotoError::TooLarge { limit: MAX_PHOTO });
        }
        let id = FileId(random()?);
        let header = header(id, random()?);
        let sealed = self.seal(id, &header, photo)?;
        let (path, unfinished) = (self.path(id), self.path(id).with_extension(UNFINISHED));
        let shelf = self.shelf(id)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        let written = file.write_all(&sealed).and_then(|()| file.sync_all()).and_then(|()| {
            fs::rename(&unfinished, &path)?;
            sync_folder(&shelf)
        });
        if let Err(error) = written {
            // A full disk: give back what was taken. Should that fail too, the sweep gets it.
            let _ = fs::remove_file(&unfinished);
            return Err(error.into());
        }
        Ok(id)
    }

    /// Opens a sealed photo; all of it is checked before any of it is returned.
    pub fn read(&self, id: &FileId) -> Result<Vec<u8>, PhotoError> {
        let file = File::open(self.path(*id)).map_err(missing)?;
        let most = HEADER as u64 + MAX_PHOTO + (MAX_PHOTO / CHUNK as u64 + 1) * TAG as u64;
        let mut sealed = Vec::new();
        file.take(most + 1).read_to_end(&mut sealed)?;
        if sealed.len() as u64 > most {
            return Err(PhotoError::Damaged);
        }
        self.unseal(*id, &sealed)
    }

    /// Removes a sealed photo. That it is not there is not an error.
    pub fn remove(&self, id: &FileId) -> Result<(), PhotoError> {
        match fs::remove_file(self.path(*id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The ids of all sealed photos, in order.
    pub fn list(&self) -> Result<Vec<FileId>, PhotoError> {
        let mut ids: Vec<FileId> =
            self.files()?.iter().filter_map(|path| path.file_name()?.to_str()?.parse().ok()).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// Removes what writes left unfinished when the power failed. Call it before the first write.
    pub fn sweep(&self) -> Result<(), PhotoError> {
        for path in self.files()? {
            if path.extension().is_some_and(|ending| ending == UNFINISHED) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn seal(&self, id: FileId, header: &[u8; HEADER], photo: &[u8]) -> Result<Vec<u8>, PhotoError> {
        let cipher = self.cipher(id)?;
        let chunks = chunks(photo, CHUNK);
        let mut sealed = Vec::with_capacity(HEADER + photo.len() + chunks.len() * TAG);
        sealed.extend_from_slice(header);
        for (number, chunk) in chunks.iter().enumerate() {
            let nonce = nonce(header, number, chunks.len());
            let payload = Payload { msg: chunk, aad: header };
            sealed.extend(cipher.encrypt(&nonce, payload).map_err(|_| PhotoError::Damaged)?);
        }
        Ok(sealed)
    }

    fn unseal(&self, id: FileId, sealed: &[u8]) -> Result<Vec<u8>, PhotoError> {
        let (header, body) = sealed.split_first_chunk::<HEADER>().ok_or(PhotoError::Damaged)?;
        if !header.starts_with(&MAGIC) || header[6..22] != id.0 {
            return Err(PhotoError::Damaged);
        }
        let cipher = self.cipher(id)?;
        let chunks = chunks(body, CHUNK + TAG);
        let mut photo = Vec::with_capacity(body.len());
        for (number, chunk) in chunks.iter().enumerate() {
            let nonce = nonce(header, number, chunks.len());
            let payload = Payload { msg: chunk, aad: header };
            photo.extend(cipher.decrypt(&nonce, payload).map_err(|_| PhotoError::Damaged)?);
        }
        Ok(photo)
    }

    fn cipher(&self, id: FileId) -> Result<XChaCha20Poly1305, PhotoError> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, self.photo_root.as_slice())
            .expand_multi_info(&[b"WPH1", &id.0], key.as_mut_slice())
            .map_err(|_| PhotoError::Damaged)?;
        XChaCha20Poly1305::new_from_slice(key.as_slice()).map_err(|_| PhotoError::Damaged)
    }

    fn path(&self, id: FileId) -> PathBuf {
        let name = id.to_string();
        self.folder.join(&name[..2]).join(name)
    }

    /// The folder of an id, made if need be and then as durable as the file that will lie in it.
    fn shelf(&self, id: FileId) -> Result<PathBuf, PhotoError> {
        let shelf = self.folder.join(&id.to_string()[..2]);
        if !shelf.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(&shelf)?;
            sync_folder(&self.folder)?;
            self.folder.parent().map_or(Ok(()), sync_folder)?;
        }
        Ok(shelf)
    }

    fn files(&self) -> Result<Vec<PathBuf>, PhotoError> {
        let mut files = Vec::new();
        for shelf in entries(&self.folder)? {
            if shelf.is_dir() {
                files.extend(entries(&shelf)?);
            }
        }
        Ok(files)
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for FileId {
    type Err = PhotoError;

    fn from_str(text: &str) -> Result<FileId, PhotoError> {
        let text = text.as_bytes();
        if text.len() != 32 || !text.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(PhotoError::BadName);
        }
        let value = |digit: u8| if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 };
        Ok(FileId(std::array::from_fn(|at| value(text[2 * at]) << 4 | value(text[2 * at + 1]))))
    }
}

const MAGIC: [u8; 6] = *b"WPH1\x01\x01";
const PREFIX: usize = 19;
const HEADER: usize = MAGIC.len() + 16 + PREFIX;
const CHUNK: usize = 64 << 10;
const TAG: usize = 16;
const UNFINISHED: &str = "unfinished";

fn header(id: FileId, prefix: [u8; PREFIX]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..6].copy_from_slice(&MAGIC);
    header[6..22].copy_from_slice(&id.0);
    header[22..].copy_from_slice(&prefix);
    header
}

/// At least one chunk, so that an empty photo, too, has a tag.
fn chunks(bytes: &[u8], size: usize) -> Vec<&[u8]> {
    if bytes.is_empty() { vec![bytes] } else { bytes.chunks(size).collect() }
}

/// A photo has at most 512 chunks, so the number always fits.
fn nonce(header: &[u8; HEADER], number: usize, chunks: usize) -> XNonce {
    let mut nonce = [0; 24];
    nonce[..PREFIX].copy_from_slice(&header[22..]);
    nonce[PREFIX..23].copy_from_slice(&(number as u32).to_be_bytes());
    nonce[23] = u8::from(number + 1 == chunks);
    nonce.into()
}

fn random<const N: usize>() -> Result<[u8; N], PhotoError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::ErrorKind::Other.into(),
    })?;
    Ok(bytes)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn missing(error: io::Error) -> PhotoError {
    match error.kind() {
        io::ErrorKind::NotFound => PhotoError::Missing,
        _ => PhotoError::Io(error),
    }
}

/// What lies in a folder; nothing, if there is no such folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, PhotoError> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
