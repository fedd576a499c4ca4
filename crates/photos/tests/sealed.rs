//! A thief, a bad sector or a colleague changes the files of sealed photos: every change is found, and only the photo
//! it was made to is lost.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use photos::{FileId, PhotoError, Sealed};
use tempfile::TempDir;
use zeroize::Zeroizing;

const HEADER: usize = 41;
const SEALED_CHUNK: usize = (64 << 10) + 16;

#[test]
fn photos_of_all_sizes_come_back_unchanged() {
    let shelf = Shelf::new();
    for size in [0, 1, 65_535, 65_536, 65_537, 131_072, 300_000, 5_000_000] {
        let photo = noise(size);
        let id = shelf.sealed().write(&photo).unwrap();
        assert_eq!(shelf.sealed().read(&id).unwrap(), photo, "{size} bytes");
    }
}

#[test]
fn a_photo_larger_than_any_is_refused() {
    let shelf = Shelf::new();
    assert!(matches!(shelf.sealed().write(&vec![0; (32 << 20) + 1]), Err(PhotoError::TooLarge { .. })));
    assert_eq!(shelf.sealed().list().unwrap(), []);
}

#[test]
fn nobody_else_can_open_the_files_and_nothing_of_the_photo_shows() {
    let shelf = Shelf::new();
    let photo = b"a lamp that has been dark since Monday".repeat(9);
    let (one, two) = (shelf.sealed().write(&photo).unwrap(), shelf.sealed().write(&photo).unwrap());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&shelf.path(one)), 0o600);
    assert_eq!(mode(shelf.path(one).parent().unwrap()), 0o700);
    assert_eq!(mode(&shelf.folder()), 0o700);
    let (first, second) = (fs::read(shelf.path(one)).unwrap(), fs::read(shelf.path(two)).unwrap());
    assert_eq!(&first[..6], b"WPH1\x01\x01");
    assert!(!first.windows(8).any(|bytes| photo.starts_with(bytes)));
    let same = first[HEADER..].iter().zip(&second[HEADER..]).filter(|(one, two)| one == two).count();
    assert!(same < 20, "the same photo is sealed differently each time, but {same} bytes agree");
}

#[test]
fn every_flipped_bit_is_found() {
    let shelf = Shelf::new();
    let (id, other) =
        (shelf.sealed().write(&noise(70_000)).unwrap(), shelf.sealed().write(b"other").unwrap());
    let good = fs::read(shelf.path(id)).unwrap();
    let everywhere = (0..HEADER).chain((HEADER..good.len()).step_by(997)).chain(good.len() - 40..good.len());
    for at in everywhere {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        shelf.replace(id, &bad);
        shelf.is_damaged(id, &format!("bit flipped in byte {at}"));
    }
    shelf.replace(id, &good);
    assert!(shelf.sealed().read(&id).is_ok());
    assert_eq!(shelf.sealed().read(&other).unwrap(), b"other");
}

#[test]
fn a_file_cut_short_or_lengthened_is_found() {
    let shelf = Shelf::new();
    let id = shelf.sealed().write(&noise(200_000)).unwrap();
    let good = fs::read(shelf.path(id)).unwrap();
    let chunk_ends = (0..4).map(|chunks| HEADER + chunks * SEALED_CHUNK);
    for length in chunk_ends.flat_map(|end| [end.saturating_sub(1), end, end + 1, end + 16]).chain([0, 5]) {
        shelf.replace(id, &good[..length]);
        shelf.is_damaged(id, &format!("cut to {length} bytes"));
    }
    shelf.replace(id, &[good.as_slice(), &[0]].concat());
    shelf.is_damaged(id, "one byte more");
    shelf.replace(id, &[good.as_slice(), &good[HEADER..]].concat());
    shelf.is_damaged(id, "its own chunks again");
    shelf.replace(id, &vec![0; 40 << 20]);
    shelf.is_damaged(id, "a giant");
}

#[test]
fn chunks_in_another_order_are_found() {
    let shelf = Shelf::new();
    let id = shelf.sealed().write(&noise(4 << 16)).unwrap();
    let good = fs::read(shelf.path(id)).unwrap();
    let (header, body) = good.split_at(HEADER);
    let chunks: Vec<&[u8]> = body.chunks(SEALED_CHUNK).collect();
    assert_eq!(chunks.len(), 4);
    for (case, order) in [
        ("two swapped", vec![1, 0, 2, 3]),
        ("the last moved forward", vec![0, 1, 3, 2]),
        ("one twice", vec![0, 0, 2, 3]),
        ("one left out", vec![0, 2, 3]),
        ("the last left out", vec![0, 1, 2]),
        ("the last alone", vec![3]),
        ("none", vec![]),
    ] {
        let chosen: Vec<u8> = order.iter().flat_map(|&number: &usize| chunks[number].to_vec()).collect();
        shelf.replace(id, &[header, &chosen].concat());
        shelf.is_damaged(id, case);
    }
}

#[test]
fn one_photo_cannot_stand_in_for_another() {
    let shelf = Shelf::new();
    let (lamp, drain) =
        (shelf.sealed().write(&noise(9000)).unwrap(), shelf.sealed().write(&noise(9000)).unwrap());
    let (lamp_file, drain_file) = (fs::read(shelf.path(lamp)).unwrap(), fs::read(shelf.path(drain)).unwrap());
    shelf.replace(lamp, &drain_file);
    shelf.is_damaged(lamp, "the drain's file");
    shelf.replace(lamp, &[&lamp_file[..HEADER], &drain_file[HEADER..]].concat());
    shelf.is_damaged(lamp, "the drain's chunks");
    let renamed = [&drain_file[..6], &lamp_file[6..22], &drain_file[22..]].concat();
    shelf.replace(lamp, &renamed);
    shelf.is_damaged(lamp, "the drain's file under the lamp's id");
    assert!(shelf.sealed().read(&drain).is_ok());
}

#[test]
fn another_accounts_key_opens_nothing() {
    let shelf = Shelf::new();
    let id = shelf.sealed().write(b"asha's photo").unwrap();
    let ravi = Sealed::new(shelf.folder(), Zeroizing::new([8; 32]));
    assert!(matches!(ravi.read(&id), Err(PhotoError::Damaged)));
}

#[test]
fn the_list_has_photos_only_and_the_sweep_takes_what_a_crash_left() {
    let shelf = Shelf::new();
    shelf.sealed().sweep().unwrap();
    let mut ids: Vec<FileId> = (0..20u8).map(|photo| shelf.sealed().write(&[photo]).unwrap()).collect();
    ids.sort();
    let unfinished = shelf.path(ids[3]).with_extension("unfinished");
    fs::write(&unfinished, b"half a photo").unwrap();
    assert_eq!(shelf.sealed().list().unwrap(), ids);
    shelf.sealed().sweep().unwrap();
    assert!(!unfinished.exists());
    assert_eq!(shelf.sealed().list().unwrap(), ids);

    let gone = ids.remove(7);
    shelf.sealed().remove(&gone).unwrap();
    shelf.sealed().remove(&gone).unwrap();
    assert_eq!(shelf.sealed().list().unwrap(), ids);
    assert!(matches!(shelf.sealed().read(&gone), Err(PhotoError::Missing)));
}

#[test]
fn ids_are_read_as_they_are_shown_and_nothing_else_is() {
    let shelf = Shelf::new();
    let id = shelf.sealed().write(b"photo").unwrap();
    assert_eq!(id.to_string().parse::<FileId>().unwrap(), id);
    for odd in
        ["", "../../etc/passwd", "00", &"A".repeat(32), &"g".repeat(32), &"0".repeat(33), &"ದ".repeat(32)]
    {
        assert!(matches!(odd.parse::<FileId>(), Err(PhotoError::BadName)), "{odd}");
    }
}

struct Shelf(TempDir);

impl Shelf {
    fn new() -> Shelf {
        Shelf(tempfile::tempdir().unwrap())
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("photos")
    }

    fn sealed(&self) -> Sealed {
        Sealed::new(self.folder(), Zeroizing::new([7; 32]))
    }

    fn path(&self, id: FileId) -> PathBuf {
        let name = id.to_string();
        self.folder().join(&name[..2]).join(name)
    }

    fn replace(&self, id: FileId, bytes: &[u8]) {
        fs::write(self.path(id), bytes).unwrap();
    }

    fn is_damaged(&self, id: FileId, case: &str) {
        assert!(matches!(self.sealed().read(&id), Err(PhotoError::Damaged)), "{case}");
    }
}

fn noise(size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}
