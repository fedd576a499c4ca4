//! A disk that fails when it is told to: a library preloaded into the program under test.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is asked of a disk; several are `|`.
pub mod asks {
    pub const OPEN: u32 = 1;
    pub const WRITE: u32 = 2;
    pub const SYNC: u32 = 4;
    pub const CUT: u32 = 8;
    pub const RENAME: u32 = 16;
    pub const ALL: u32 = 31;
}

/// Linux' number for an input/output error.
const EIO: u32 = 5;

/// The switch, which the program under test and its test both hold: it is a file.
pub struct BadDisk {
    control: File,
}

impl BadDisk {
    /// Has `program` run with the disk going bad in `folder`. The library and the switch are made in
    /// `workshop`, outside it.
    pub fn under(program: &mut Command, folder: &Path, workshop: &Path) -> BadDisk {
        let control = workshop.join("bad-disk");
        fs::write(&control, [0; 28]).unwrap_or_else(|error| panic!("{}: {error}", control.display()));
        program.env("LD_PRELOAD", compiled(workshop)).env(FOLDER, folder).env(CONTROL, &control);
        BadDisk::at(&control)
    }

    /// Within a program that was started so.
    pub fn here() -> BadDisk {
        BadDisk::at(Path::new(&std::env::var_os(CONTROL).expect("a program under a bad disk")))
    }

    /// Of these operations the first `after` go well, then `times` fail with an input/output error.
    pub fn fails(&self, operations: u32, after: u32, times: u32) {
        self.write(&[operations, after, times, EIO, 0, 0, 0]);
    }

    /// Files grow by so many bytes together, and no further.
    pub fn has_room(&self, bytes: u32) {
        self.write(&[0, 0, 0, 0, 0, 1, bytes]);
    }

    pub fn is_well(&self) {
        self.write(&[0; 7]);
    }

    /// How often it failed since it was told what to do.
    pub fn failed(&self) -> u32 {
        let mut number = [0; 4];
        self.control.read_exact_at(&mut number, 16).expect("the switch can be read");
        u32::from_le_bytes(number)
    }

    fn at(control: &Path) -> BadDisk {
        let control = File::options().read(true).write(true).open(control).expect("the switch is there");
        BadDisk { control }
    }

    fn write(&self, numbers: &[u32; 7]) {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.control.write_all_at(&bytes, 0).expect("the switch can be turned");
    }
}

const FOLDER: &str = "BAD_DISK_FOLDER";
const CONTROL: &str = "BAD_DISK";

fn compiled(workshop: &Path) -> PathBuf {
    let (source, library) = (workshop.join("bad_disk.c"), workshop.join("bad_disk.so"));
    fs::write(&source, include_str!("bad_disk.c")).expect("the workshop can be written");
    let cc = Command::new("cc")
        .args(["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .args(["-ldl", "-pthread"])
        .output()
        .expect("a C compiler: run `cargo xtask setup`");
    assert!(cc.status.success(), "{}", String::from_utf8_lossy(&cc.stderr));
    library
}
