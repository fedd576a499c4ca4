//! The file that carries unsent work from one laptop to another: JSON, one line a thing. First
//! whose work it is, then the edits, then the pictures, then how many there were, so that a file
//! that was cut short is known for it. It is plain: whoever has it reads it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::Edit;
use serde::{Deserialize, Serialize};

use crate::SyncError;

const VERSION: u32 = 1;

/// Most bytes of a line: a picture of the largest upload in base64, and some.
const LONGEST_LINE: u64 = 16 << 20;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Line {
    Unsent {
        version: u32,
        site: String,
        user: String,
    },
    Edit(Box<Edit>),
    /// Without a JPEG: its sealed file was lost.
    Picture {
        key: String,
        jpeg: Option<String>,
    },
    End {
        edits: u64,
        pictures: u64,
    },
}

/// A picture that unsent work names and that the store has not got.
pub(crate) struct FiledPicture {
    pub(crate) key: String,
    pub(crate) jpeg: Option<Vec<u8>>,
}

/// What a file holds.
#[derive(Default)]
pub(crate) struct UnsentWork {
    pub(crate) site: String,
    pub(crate) user: String,
    pub(crate) edits: Vec<Edit>,
    pub(crate) pictures: Vec<FiledPicture>,
}

/// A file being written. Until [`UnsentFile::finish`] it counts for nothing, and goes when dropped.
pub(crate) struct UnsentFile {
    path: PathBuf,
    file: BufWriter<File>,
    edits: u64,
    pictures: u64,
    finished: bool,
}

impl UnsentFile {
    /// For this user's eyes only; a file that is there is left alone.
    pub(crate) fn create(path: &Path, site: &str, user: &str) -> Result<UnsentFile, SyncError> {
        let file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| {
                match error.kind() {
                    io::ErrorKind::AlreadyExists => SyncError::FileThere(path.to_owned()),
                    _ => SyncError::File(path.to_owned(), error),
                }
            })?;
        let file = BufWriter::new(file);
        let mut unsent = UnsentFile { path: path.to_owned(), file, edits: 0, pictures: 0, finished: false };
        unsent.line(&Line::Unsent { version: VERSION, site: site.to_owned(), user: user.to_owned() })?;
        Ok(unsent)
    }

    pub(crate) fn edit(&mut self, edit: Edit) -> Result<(), SyncError> {
        self.edits += 1;
        self.line(&Line::Edit(Box::new(edit)))
    }

    pub(crate) fn picture(&mut self, picture: FiledPicture) -> Result<(), SyncError> {
        self.pictures += 1;
        let jpeg = picture.jpeg.map(|jpeg| BASE64_STANDARD.encode(jpeg));
        self.line(&Line::Picture { key: picture.key, jpeg })
    }

    /// Returns when the whole file, and its name, would outlive a loss of power.
    pub(crate) fn finish(mut self) -> Result<(), SyncError> {
        self.line(&Line::End { edits: self.edits, pictures: self.pictures })?;
        self.file.flush().and_then(|()| self.file.get_ref().sync_all()).map_err(at(&self.path))?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(&self.path))?;
        self.finished = true;
        Ok(())
    }

    fn line(&mut self, line: &Line) -> Result<(), SyncError> {
        let mut text = serde_json::to_vec(line).map_err(|error| at(&self.path)(error.into()))?;
        text.push(b'\n');
        self.file.write_all(&text).map_err(at(&self.path))
    }
}

impl Drop for UnsentFile {
    fn drop(&mut self) {
        if !self.finished {
            // A file without its end is refused by whoever reads it, should it stay.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Reads a whole file; pictures are still anybody's bytes.
pub(crate) fn read(path: &Path) -> Result<UnsentWork, SyncError> {
    let not_unsent_work = || SyncError::NotUnsentWork(path.to_owned());
    let mut file = BufReader::new(File::open(path).map_err(at(path))?);
    let mut work = match next(&mut file, path)? {
        Some(Line::Unsent { version: VERSION, site, user }) => {
            UnsentWork { site, user, ..Default::default() }
        }
        _ => return Err(not_unsent_work()),
    };
    loop {
        match next(&mut file, path)?.ok_or_else(|| SyncError::CutShort(path.to_owned()))? {
            Line::Unsent { .. } => return Err(not_unsent_work()),
            Line::Edit(edit) => work.edits.push(*edit),
            Line::Picture { key, jpeg } => {
                let jpeg = jpeg.map(|jpeg| BASE64_STANDARD.decode(jpeg)).transpose();
                work.pictures.push(FiledPicture { key, jpeg: jpeg.map_err(|_| not_unsent_work())? });
            }
            Line::End { edits, pictures } => {
                let whole = edits == work.edits.len() as u64 && pictures == work.pictures.len() as u64;
                return if whole { Ok(work) } else { Err(not_unsent_work()) };
            }
        }
    }
}

fn next(file: &mut BufReader<File>, path: &Path) -> Result<Option<Line>, SyncError> {
    let mut text = Vec::new();
    file.take(LONGEST_LINE).read_until(b'\n', &mut text).map_err(at(path))?;
    match text.last() {
        Some(b'\n') => {
            serde_json::from_slice(&text).map(Some).map_err(|_| SyncError::NotUnsentWork(path.to_owned()))
        }
        Some(_) if text.len() as u64 == LONGEST_LINE => Err(SyncError::NotUnsentWork(path.to_owned())),
        Some(_) | None => Ok(None),
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> SyncError {
    let path = path.to_owned();
    move |error| SyncError::File(path.clone(), error)
}
