//! A disk that forgets what was not synced.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use fastrand::Rng;

use crate::officer::TOLD;
use crate::record::Entry;

const SECTOR: usize = 512;

/// Path and content of every file.
pub type Image = BTreeMap<String, Vec<u8>>;

/// A folder and those in it, as the program sees them and as they would be found after a power loss.
pub struct Disk {
    root: PathBuf,
    files: Vec<File>,
    folders: BTreeMap<PathBuf, Folder>,
    open: BTreeMap<u32, Opened>,
}

/// What has which name.
type Names = BTreeMap<String, Named>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    File(usize),
    Folder,
}

#[derive(Default)]
struct Folder {
    names: Names,
    /// As it was when the folder was last synced.
    synced: Names,
    /// After each change since then: a journal keeps a first part of the changes.
    unsynced: Vec<Names>,
}

#[derive(Default)]
struct File {
    synced: Vec<u8>,
    unsynced: Vec<Change>,
}

enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Cut(usize),
}

enum Opened {
    Folder(PathBuf),
    File(usize),
    Told,
}

impl Disk {
    pub fn new(folder: &Path) -> Disk {
        Disk {
            root: folder.to_owned(),
            files: Vec::new(),
            folders: BTreeMap::from([(folder.to_owned(), Folder::default())]),
            open: BTreeMap::new(),
        }
    }

    /// True when this entry tells the officer that something is saved.
    pub fn play(&mut self, entry: &Entry) -> bool {
        match entry {
            Entry::Open { fd, make, cut, path } => self.opened(*fd, *make, *cut, path),
            Entry::Write { fd, offset, bytes } => {
                let bytes = bytes.clone();
                match self.open[fd] {
                    Opened::File(n) => self.files[n].unsynced.push(Change::Write { offset: *offset, bytes }),
                    Opened::Told => return true,
                    Opened::Folder(_) => panic!("a write into a folder"),
                }
            }
            Entry::Cut { fd, length } => {
                let Opened::File(n) = self.open[fd] else { panic!("only files are cut") };
                self.files[n].unsynced.push(Change::Cut(*length));
            }
            Entry::Sync { fd } => match &self.open[fd] {
                Opened::File(n) => self.files[*n].sync(),
                Opened::Folder(path) => self.folders.get_mut(path).unwrap().sync(),
                Opened::Told => {}
            },
            Entry::Close { fd } => drop(self.open.remove(fd)),
            Entry::Rename { old, new } => {
                assert_eq!(old.parent(), new.parent(), "files stay in their folders");
                self.folder_of(old).change(|names| {
                    let file = names.remove(&name(old)).unwrap();
                    names.insert(name(new), file);
                });
            }
            Entry::Unlink { path } => self.folder_of(path).change(|names| {
                names.remove(&name(path));
            }),
            Entry::MakeFolder { path } => {
                self.folders.insert(path.clone(), Folder::default());
                self.folder_of(path).change(|names| {
                    names.insert(name(path), Named::Folder);
                });
            }
        }
        false
    }

    /// All that was synced, and of the rest nothing or any sectors.
    pub fn after_power_loss(&self, rng: &mut Rng) -> Image {
        let kept = if rng.u8(..3) == 0 { 0.0 } else { rng.f64() };
        self.image(|folder| folder.after(kept), |file| file.with(|| rng.f64() < kept))
    }

    /// As the program sees it.
    pub fn as_it_is(&self) -> Image {
        self.image(|folder| &folder.names, |file| file.with(|| true))
    }

    fn image<'a>(
        &'a self,
        names: impl Fn(&'a Folder) -> &'a Names,
        mut content: impl FnMut(&File) -> Vec<u8>,
    ) -> Image {
        let mut image = Image::new();
        let mut paths = vec![self.root.clone()];
        while let Some(path) = paths.pop() {
            for (name, named) in names(&self.folders[&path]) {
                let path = path.join(name);
                match named {
                    Named::Folder => paths.push(path),
                    // The index of a write-ahead log lives in shared memory.
                    Named::File(_) if name.ends_with("-shm") => {}
                    Named::File(n) => {
                        let relative = path.strip_prefix(&self.root).unwrap().to_str().unwrap();
                        image.insert(relative.to_owned(), content(&self.files[*n]));
                    }
                }
            }
        }
        image
    }

    fn folder_of(&mut self, path: &Path) -> &mut Folder {
        self.folders.get_mut(path.parent().unwrap()).unwrap()
    }

    fn opened(&mut self, fd: u32, make: bool, cut: bool, path: &Path) {
        let opened = if self.folders.contains_key(path) {
            Opened::Folder(path.to_owned())
        } else if path.file_name() == Some(OsStr::new(TOLD)) {
            Opened::Told
        } else {
            let n = match self.folder_of(path).names.get(&name(path)) {
                Some(Named::File(n)) => *n,
                Some(Named::Folder) => panic!("{} is a folder", path.display()),
                None => {
                    assert!(make, "{} was there before the record began", path.display());
                    let n = self.files.len();
                    self.files.push(File::default());
                    self.folder_of(path).change(|names| {
                        names.insert(name(path), Named::File(n));
                    });
                    n
                }
            };
            if cut {
                self.files[n].unsynced.push(Change::Cut(0));
            }
            Opened::File(n)
        };
        self.open.insert(fd, opened);
    }
}

impl Folder {
    fn change(&mut self, change: impl FnOnce(&mut Names)) {
        change(&mut self.names);
        self.unsynced.push(self.names.clone());
    }

    fn sync(&mut self) {
        self.synced = self.names.clone();
        self.unsynced.clear();
    }

    /// With that share of the changes that were not synced.
    fn after(&self, kept: f64) -> &Names {
        let first = (self.unsynced.len() as f64 * kept).round() as usize;
        first.checked_sub(1).map_or(&self.synced, |last| &self.unsynced[last])
    }
}

impl File {
    fn sync(&mut self) {
        self.synced = self.with(|| true);
        self.unsynced.clear();
    }

    /// The synced content, changed by those sectors and cuts that `keeps` is asked for and grants.
    fn with(&self, mut keeps: impl FnMut() -> bool) -> Vec<u8> {
        let mut content = self.synced.clone();
        for change in &self.unsynced {
            match change {
                Change::Cut(length) if keeps() => content.resize(*length, 0),
                Change::Cut(_) => {}
                Change::Write { offset, bytes } => {
                    let mut at = *offset;
                    for sector in sectors(*offset, bytes) {
                        if keeps() {
                            content.resize(content.len().max(at + sector.len()), 0);
                            content[at..at + sector.len()].copy_from_slice(sector);
                        }
                        at += sector.len();
                    }
                }
            }
        }
        content
    }
}

/// The pieces of a write that lie in one sector each.
fn sectors(offset: usize, bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (first, rest) = bytes.split_at((SECTOR - offset % SECTOR).min(bytes.len()));
    std::iter::once(first).chain(rest.chunks(SECTOR))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
