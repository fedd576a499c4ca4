//! The power fails. A child of this test edits a real mirror while `recorder.c` writes down what it
//! asks of the disk; the record is then cut at many moments, and each time a disk is made of all
//! that was synced and none, or any part, of what was not. kill -9 cannot show this: after it the
//! kernel still writes everything.

#![allow(clippy::unwrap_used)]

mod disk;
mod image;
mod officer;
mod photographer;
mod record;

use std::time::Instant;

use fastrand::Rng;
use testkit::{figure, times};

use crate::image::Tally;
use crate::officer::{EDITS, Synchronous};
use crate::photographer::PHOTOS;
use crate::record::Record;

#[test]
fn s1_what_was_acknowledged_survives_every_power_cut() {
    let images = times(2_000, 20_000);
    let tally = cut_the_power(Synchronous::AsTheProductDoes, images);
    figure("S1", format!("{tally:?}"));
    assert_eq!(tally, Tally { images, ..Tally::default() });
}

/// With `synchronous=NORMAL`, which acknowledges before the disk has it, the same cuts must lose
/// work: else the test above would pass whatever the mirror does. The sealed copy of the edits,
/// which would bring some of it back, is taken away.
#[test]
fn s2_with_less_than_full_syncing_the_same_cuts_lose_acknowledged_edits() {
    let images = 500;
    let tally = cut_the_power(Synchronous::Normal, images);
    figure("S2", format!("{tally:?}"));
    assert!(tally.lost > images / 2, "{tally:?}");
    assert_eq!((tally.unusable, tally.disagreeing, tally.mended), (0, 0, 0), "{tally:?}");
}

/// S3: photos are attached, the mirror is brought to the newest schema and its log is copied into it.
#[test]
fn s3_photos_migrations_and_checkpoints_survive_every_power_cut() {
    let folder = tempfile::tempdir().unwrap();
    let record = Record::of("photographer::works", folder.path(), Synchronous::AsTheProductDoes);
    record.assert_complete(PHOTOS + 1);
    let mut rng = Rng::with_seed(20_261_125);
    let images = times(200, 2_000);
    let mut moments: Vec<usize> = (0..images).map(|_| rng.usize(..record.entries.len())).collect();
    moments.sort_unstable();
    let mut old = 0;
    record.play(&moments, |disk, told| {
        old += u32::from(photographer::check(&disk.after_power_loss(&mut rng), told))
    });
    figure("S3", format!("{images} images, {old} with the old schema, 0 lost a photo"));
    assert!(old > 0, "no cut came before the migration");
}

fn cut_the_power(synchronous: Synchronous, images: u32) -> Tally {
    let started = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let record = Record::of("officer::works", folder.path(), synchronous);
    record.assert_complete(EDITS + 1);
    let mut rng = Rng::with_seed(20_261_124);
    let mut moments: Vec<usize> = (0..images).map(|_| rng.usize(..record.entries.len())).collect();
    moments.sort_unstable();
    let mut tally = Tally::default();
    record.play(&moments, |disk, told| {
        let mut image = disk.after_power_loss(&mut rng);
        if synchronous == Synchronous::Normal {
            image.remove("mirror.shadow");
        }
        image::check(&image, told, &mut tally);
    });
    println!("{tally:?} of {} entries in {:?}", record.entries.len(), started.elapsed());
    tally
}
