use std::{fs::OpenOptions, io::Read, os::unix::fs::OpenOptionsExt, path::Path};

use rustix::{fs::OFlags, io::Errno};

use crate::{MAX_PHOTO, PhotoError, format::photo_format};

/// Reads a file the officer chose: a regular file of at most [`MAX_PHOTO`] bytes that begins like a photo.
///
/// All checks are made on the one open descriptor, so a file swapped meanwhile is not believed. A link is not
/// followed and a pipe is not waited for.
pub fn read_photo_file(path: &Path) -> Result<Vec<u8>, PhotoError> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path).map_err(
        |error| {
            match Errno::from_io_error(&error) {
                // A symbolic link, or a socket.
                Some(Errno::LOOP | Errno::NXIO) => PhotoError::NotAFile,
                _ => PhotoError::Io(error),
            }
        },
    )?;
    let facts = file.metadata()?;
    if !facts.is_file() {
        return Err(PhotoError::NotAFile);
    }
    if facts.len() > MAX_PHOTO {
        return Err(PhotoError::TooLarge { limit: MAX_PHOTO });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(facts.len()).unwrap_or_default());
    // The size may have changed since; one byte past the limit shows it.
    file.take(MAX_PHOTO + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_PHOTO {
        return Err(PhotoError::TooLarge { limit: MAX_PHOTO });
    }
    photo_format(&bytes).ok_or(PhotoError::NotAPhoto)?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::{fs, os::unix::net::UnixListener, path::PathBuf};

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    const JPEG: [u8; 4] = [0xFF, 0xD8, 0xFF, 0xE0];

    #[test]
    fn a_photo_is_read_whatever_its_name() {
        let home = tempfile::tempdir().unwrap();
        for name in ["lamp.jpg", "no ending", "new\nline.txt", "ದೀಪ.png"] {
            let path = home.path().join(name);
            fs::write(&path, JPEG).unwrap();
            assert_eq!(read_photo_file(&path).unwrap(), JPEG);
        }
    }

    #[test]
    fn only_a_regular_file_is_read() {
        let home = tempfile::tempdir().unwrap();
        let inside = |name: &str| home.path().join(name);
        fs::write(inside("photo"), JPEG).unwrap();
        std::os::unix::fs::symlink(inside("photo"), inside("link")).unwrap();
        mknodat(CWD, inside("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let _socket = UnixListener::bind(inside("socket")).unwrap();
        let refused: [PathBuf; 5] =
            [home.path().into(), inside("link"), inside("pipe"), inside("socket"), "/dev/zero".into()];
        for path in refused {
            assert!(matches!(read_photo_file(&path), Err(PhotoError::NotAFile)), "{}", path.display());
        }
        assert!(matches!(read_photo_file(&inside("nothing")), Err(PhotoError::Io(_))));
    }

    #[test]
    fn a_sparse_giant_is_refused_unread() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("giant.jpg");
        fs::File::create(&path).unwrap().set_len(10 << 30).unwrap();
        assert!(matches!(read_photo_file(&path), Err(PhotoError::TooLarge { .. })));
    }

    #[test]
    fn other_types_are_refused_by_their_first_bytes() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("photo.jpg");
        let others: [&[u8]; 9] = [
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<!DOCTYPE html><script>",
            b"%PDF-1.7",
            b"GIF89a",
            b"II*\0\x08\0\0\0",
            b"\0\0\0\x18ftypheic",
            b"PK\x03\x04",
            b"RIFF\0\0\0\0WAVEfmt ",
        ];
        for bytes in others {
            fs::write(&path, bytes).unwrap();
            assert!(matches!(read_photo_file(&path), Err(PhotoError::NotAPhoto)), "{bytes:?}");
        }
    }
}
