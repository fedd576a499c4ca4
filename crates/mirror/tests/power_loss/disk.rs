//! A disk that forgets what was not synced.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use fastrand::Rng;

use crate::officer::TOLD;
use crate::record::Entry;

const SECTOR: usize = 512;

/// Name and content of every file.
pub type Image = BTreeMap<String, Vec<u8>>;

/// One folder, as the program sees it and as it would be found after a power loss.
pub struct Disk {
    folder: PathBuf,
    files: Vec<File>,
    open: BTreeMap<u32, Opened>,
    /// Which file has which name; and the same as it was when the folder was last synced.
    names: BTreeMap<String, usize>,
    synced_names: BTreeMap<String, usize>,
    /// The names after each change since then: a journal keeps a first part of the changes.
    unsynced_names: Vec<BTreeMap<String, usize>>,
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
    Folder,
    File(usize),
    Told,
}

impl Disk {
    pub fn new(folder: &Path) -> Disk {
        Disk {
            folder: folder.to_owned(),
            files: Vec::new(),
            open: BTreeMap::new(),
            names: BTreeMap::new(),
            synced_names: BTreeMap::new(),
            unsynced_names: Vec::new(),
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
                    Opened::Folder => panic!("a write into a folder"),
                }
            }
            Entry::Cut { fd, length } => {
                let Opened::File(n) = self.open[fd] else { panic!("only files are cut") };
                self.files[n].unsynced.push(Change::Cut(*length));
            }
            Entry::Sync { fd } => match self.open[fd] {
                Opened::File(n) => self.files[n].sync(),
                Opened::Folder => {
                    self.synced_names = self.names.clone();
                    self.unsynced_names.clear();
                }
                Opened::Told => {}
            },
            Entry::Close { fd } => drop(self.open.remove(fd)),
            Entry::Rename { old, new } => {
                let file = self.names.remove(&name(old)).unwrap();
                self.names.insert(name(new), file);
                self.unsynced_names.push(self.names.clone());
            }
            Entry::Unlink { path } => {
                self.names.remove(&name(path));
                self.unsynced_names.push(self.names.clone());
            }
        }
        false
    }

    /// All that was synced, and of the rest nothing or any sectors.
    pub fn after_power_loss(&self, rng: &mut Rng) -> Image {
        let kept = if rng.u8(..3) == 0 { 0.0 } else { rng.f64() };
        let first = (self.unsynced_names.len() as f64 * kept).round() as usize;
        let names = first.checked_sub(1).map_or(&self.synced_names, |last| &self.unsynced_names[last]);
        let image = |(name, n): (&String, &usize)| (name.clone(), self.files[*n].with(|| rng.f64() < kept));
        names.iter().filter(not_memory).map(image).collect()
    }

    /// As the program sees it.
    pub fn as_it_is(&self) -> Image {
        let image = |(name, n): (&String, &usize)| (name.clone(), self.files[*n].with(|| true));
        self.names.iter().filter(not_memory).map(image).collect()
    }

    fn opened(&mut self, fd: u32, make: bool, cut: bool, path: &Path) {
        let opened = if path == self.folder {
            Opened::Folder
        } else if path.file_name() == Some(OsStr::new(TOLD)) {
            Opened::Told
        } else {
            let name = name(path);
            let n = match self.names.get(&name) {
                Some(n) => *n,
                None => {
                    assert!(make, "{name} was there before the record began");
                    self.files.push(File::default());
                    self.names.insert(name, self.files.len() - 1);
                    self.unsynced_names.push(self.names.clone());
                    self.files.len() - 1
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

/// The index of a write-ahead log lives in shared memory.
fn not_memory((name, _): &(&String, &usize)) -> bool {
    !name.ends_with("-shm")
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
