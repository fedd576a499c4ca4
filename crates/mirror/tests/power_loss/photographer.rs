//! The child that is recorded while photos are attached to a mirror that an older program made.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use domain::{Kind, TriagePhoto, large_key, thumbnail_key};
use mirror::{Mirror, NewPhoto};
use photos::Sealed;
use rusqlite::Connection;

use crate::disk::Image;
use crate::image;
use crate::officer::{AT, FOLDER, KEY, LAMPS, NOW, TOLD, lamp, pull_lamps};

/// Acknowledged one by one, after the mirror's first opening.
pub const PHOTOS: u32 = 40;

const ROOT: [u8; 32] = [9; 32];

#[test]
#[ignore = "the child of the tests beside it"]
fn works() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let path = folder.join("mirror.db");
    let mut told = OpenOptions::new().append(true).create(true).open(folder.join(TOLD)).unwrap();
    let mut told = || told.write_all(b"\n").unwrap();
    let old = keyed(&path);
    old.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN").unwrap();
    old.execute_batch(include_str!("../../src/schema/1.sql")).unwrap();
    old.execute_batch("PRAGMA application_id = 0x4D574F46; PRAGMA user_version = 1; COMMIT").unwrap();
    drop(old);
    let mirror = Mirror::open(&path, &KEY).unwrap();
    pull_lamps(&mirror);
    told();
    std::fs::create_dir(folder.join("photos")).unwrap();
    let sealed = sealed(folder);
    for n in 0..PHOTOS {
        let mut rng = fastrand::Rng::with_seed(n.into());
        let mut seal = |length: usize| {
            let picture: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(length).collect();
            NewPhoto { file: sealed.write(&picture).unwrap().to_string(), bytes: length as u64 }
        };
        let (large, thumbnail) = (seal(90_000), seal(9_000));
        let sha256 = format!("{n:064x}");
        let photo = TriagePhoto {
            id: format!("PHOTO{n}"),
            large: large_key(&sha256),
            thumbnail: thumbnail_key(&sha256),
            kind: Kind::After,
            sha256,
            taken_at: AT.into(),
        };
        mirror.attach(&lamp(n), &photo, &large, &thumbnail, "asha", AT).unwrap();
        told();
        if n % 10 == 9 {
            mirror.checkpoint_wal().unwrap();
        }
    }
}

/// Every photo that is attached opens, and every one that was acknowledged is attached. True when
/// the mirror had the old schema.
pub fn check(image: &Image, told: u32) -> bool {
    let folder = image::laid_out(image);
    let path = folder.path().join("mirror.db");
    let version = |file: &Connection| -> i32 {
        file.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap_or(0)
    };
    let old = path.exists() && version(&keyed(&path)) == 1;
    let mirror = Mirror::open(&path, &KEY).unwrap();
    assert_eq!(mirror.mended(), None);
    assert_eq!(version(&keyed(&path)), 2);
    let sealed = sealed(folder.path());
    let mut attached = 0;
    for upload in mirror.photos_to_upload(1000, NOW).unwrap() {
        let bytes = mirror.photo(&upload.key).unwrap().unwrap().bytes.unwrap();
        let picture = sealed.read(&upload.file.parse().unwrap());
        let picture = picture.unwrap_or_else(|error| panic!("{}, after {told}: {error}", upload.key));
        assert_eq!(picture.len() as u64, bytes);
        attached += 1;
    }
    let edits = mirror.counts().unwrap().unsent_edits();
    assert_eq!(attached, 2 * edits, "a large picture and a thumbnail for each edit");
    assert!(edits >= u64::from(told.saturating_sub(1)), "{told} told, {edits} there");
    assert!(told == 0 || mirror.counts().unwrap().all == u64::from(LAMPS));
    assert!(image::is_sound(&path));
    old
}

fn sealed(folder: &Path) -> Sealed {
    Sealed::new(folder.join("photos"), ROOT.into())
}

fn keyed(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\"; PRAGMA cipher_page_size = 8192")).unwrap();
    connection
}
