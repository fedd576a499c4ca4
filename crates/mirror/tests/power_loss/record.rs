//! What the child asked of the disk, in order.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::disk::Disk;
use crate::officer::{FOLDER, NORMAL, Synchronous, TOLD};

pub struct Record {
    pub entries: Vec<Entry>,
    folder: PathBuf,
}

#[derive(Debug)]
pub enum Entry {
    Open { fd: u32, make: bool, cut: bool, path: PathBuf },
    Write { fd: u32, offset: usize, bytes: Vec<u8> },
    Cut { fd: u32, length: usize },
    Sync { fd: u32 },
    Close { fd: u32 },
    Rename { old: PathBuf, new: PathBuf },
    Unlink { path: PathBuf },
    MakeFolder { path: PathBuf },
}

impl Record {
    /// Lets a child of this test work in `folder/account`.
    pub fn of(child: &str, folder: &Path, synchronous: Synchronous) -> Record {
        let (account, record) = (folder.join("account"), folder.join("record"));
        fs::create_dir(&account).unwrap();
        let name = child;
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", name, "--ignored", "--test-threads=1"]);
        child.env(FOLDER, &account).env("RECORD", &record).env("LD_PRELOAD", compiled(folder));
        if synchronous == Synchronous::Normal {
            child.env(NORMAL, "1");
        }
        let output = child.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        Record { entries: entries(&fs::read(record).unwrap()), folder: account }
    }

    /// The record played to its end is what lies in the folder, byte for byte: nothing went past
    /// the recorder. The index of the write-ahead log is shared memory and never synced; a start
    /// after a power loss makes it anew.
    pub fn assert_complete(&self, acknowledgements: u32) {
        self.play(&[self.entries.len()], |disk, told| {
            assert_eq!(told, acknowledgements);
            let mut found = BTreeMap::new();
            let mut folders = vec![self.folder.clone()];
            while let Some(folder) = folders.pop() {
                for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                    let name = path.strip_prefix(&self.folder).unwrap().to_str().unwrap().to_owned();
                    if path.is_dir() {
                        folders.push(path);
                    } else if name != TOLD && !name.ends_with("-shm") {
                        found.insert(name, fs::read(path).unwrap());
                    }
                }
            }
            assert!(disk.as_it_is() == found, "the recorder has missed something");
        });
    }

    /// Plays the record and shows the disk after so many entries, with what was told until then.
    pub fn play(&self, moments: &[usize], mut show: impl FnMut(&Disk, u32)) {
        let mut disk = Disk::new(&self.folder);
        let mut told = 0;
        let mut moments = moments.iter().peekable();
        for at in 0..=self.entries.len() {
            while moments.next_if(|moment| **moment == at).is_some() {
                show(&disk, told);
            }
            if let Some(entry) = self.entries.get(at) {
                told += u32::from(disk.play(entry));
            }
        }
    }
}

fn compiled(folder: &Path) -> PathBuf {
    let library = folder.join("recorder.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/power_loss/recorder.c");
    let cc = Command::new("cc")
        .args(["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .args(["-ldl", "-pthread"])
        .output()
        .expect("a C compiler: run `cargo xtask setup`");
    assert!(cc.status.success(), "{}", String::from_utf8_lossy(&cc.stderr));
    library
}

fn entries(record: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut rest = record;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = std::str::from_utf8(&rest[..end]).unwrap();
        rest = &rest[end + 1..];
        let (kind, words) = line.split_once(' ').unwrap();
        let numbers: Vec<usize> = words.split(' ').map_while(|word| word.parse().ok()).collect();
        let fd = numbers.first().map_or(0, |fd| *fd as u32);
        entries.push(match kind {
            "O" => {
                let [_, make, cut, path] = words.splitn(4, ' ').collect::<Vec<_>>().try_into().unwrap();
                Entry::Open { fd, make: make == "make", cut: cut == "cut", path: path.into() }
            }
            "W" => {
                let (bytes, after) = rest.split_at(numbers[2]);
                rest = after;
                Entry::Write { fd, offset: numbers[1], bytes: bytes.to_vec() }
            }
            "T" => Entry::Cut { fd, length: numbers[1] },
            "S" => Entry::Sync { fd },
            "C" => Entry::Close { fd },
            "R" => {
                let (old, new) = words.split_once('\t').unwrap();
                Entry::Rename { old: old.into(), new: new.into() }
            }
            "U" => Entry::Unlink { path: words.into() },
            "D" => Entry::MakeFolder { path: words.into() },
            other => panic!("an entry of kind {other}"),
        });
    }
    assert!(rest.is_empty());
    entries
}
