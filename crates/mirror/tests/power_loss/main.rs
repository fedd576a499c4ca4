//! The power fails. A child of this test edits a real mirror while `recorder.c` writes down what it
//! asks of the disk; the record is then cut at many moments, and each time a disk is made of all
//! that was synced and none, or any part, of what was not. kill -9 cannot show this: after it the
//! kernel still writes everything.

#![allow(clippy::unwrap_used)]

mod disk;
mod image;
mod officer;
mod record;

use std::time::Instant;

use fastrand::Rng;

use crate::image::Tally;
use crate::officer::Synchronous;
use crate::record::Record;

const IMAGES: u32 = 500;

#[test]
fn what_was_acknowledged_survives_five_hundred_power_cuts() {
    let tally = cut_the_power(Synchronous::AsTheProductDoes);
    assert_eq!(tally, Tally { images: IMAGES, ..Tally::default() });
}

/// With `synchronous=NORMAL`, which acknowledges before the disk has it, the same cuts must lose
/// work: else the test above would pass whatever the mirror does.
#[test]
fn with_less_than_full_syncing_the_same_cuts_lose_acknowledged_edits() {
    let tally = cut_the_power(Synchronous::Normal);
    assert!(tally.lost > IMAGES / 2, "{tally:?}");
    assert_eq!((tally.unusable, tally.disagreeing), (0, 0), "{tally:?}");
}

fn cut_the_power(synchronous: Synchronous) -> Tally {
    let started = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let record = Record::of_an_officer(folder.path(), synchronous);
    record.assert_complete();
    let mut rng = Rng::with_seed(20_261_124);
    let mut moments: Vec<usize> = (0..IMAGES).map(|_| rng.usize(..record.entries.len())).collect();
    moments.sort_unstable();
    let mut tally = Tally::default();
    record.play(&moments, |disk, told| image::check(&disk.after_power_loss(&mut rng), told, &mut tally));
    println!("{tally:?} of {} entries in {:?}", record.entries.len(), started.elapsed());
    tally
}
