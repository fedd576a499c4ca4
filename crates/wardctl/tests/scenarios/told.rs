//! What the window is told to look at again, and when.

use std::time::Duration;

use domain::Kind;
use sync::{Engine, Happening};

use crate::camera;
use crate::town::Town;
use crate::ward::{Ward, id, lamp, tries};

/// A push dies on the line: the window, which showed the change as leaving, is told to look again.
#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_failed_is_told_like_one_that_landed() {
    let ward = Ward::with_lamps("told", 1).await;
    let asha = ward.laptop_in_step("asha").await;
    asha.replies(&id(0), "Crew at 14:00").await;
    let mut engine = asha.engine();
    tries(&mut engine).await;
    asha.replies(&id(0), "Crew at 15:00").await;
    let mut happenings = engine.happenings();
    ward.line.reset_next("_bulk_docs", 0);
    tries(&mut engine).await;
    assert_eq!(asha.unsent().await, 1);
    let told = std::iter::from_fn(|| happenings.try_recv().ok());
    let changes = told.filter(|told| matches!(told, Happening::GrievancesChanged { .. })).count();
    assert_eq!(changes, 1);
}

/// A page is told as soon as it is here, however long the next one takes: what asha decides on is what she sees.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_told_before_the_next_one_has_come() {
    let ward = Ward::with_lamps("told-pages", 2_500).await;
    let asha = ward.laptop("asha").await;
    let pages = format!("GET /{}/_changes?limit", ward.couch.database());
    let mut first = ward.line.hold_next(&pages);
    let mut engine = asha.engine();
    let mut happenings = engine.happenings();
    let meanwhile = async {
        first.reached().await;
        let mut second = ward.line.hold_next(&pages);
        first.release();
        second.reached().await;
        let told = async {
            happenings.recv().await.unwrap();
            while asha.grievances().await == 0 {
                happenings.recv().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(30), told).await.expect("told of the first page");
        second.release();
    };
    tokio::join!(tries(&mut engine), meanwhile);
    assert_eq!(asha.grievances().await, 2_500);
}

/// A citizen's phone has not sent its photo yet: the window, which shows an empty place, is told to say so.
#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_is_not_there_yet_is_told() {
    let town = Town::founded("not-there").await;
    town.couch.write(town.couch.database(), &lamp(0)).await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    let mut engine = Engine::new(asha.clone());
    let mut happenings = engine.happenings();
    let mut held = town.store_line.hold_next("GET /photos/");
    let meanwhile = async {
        held.reached().await;
        while happenings.try_recv().is_ok() {}
        held.release();
    };
    tokio::join!(tries(&mut engine), meanwhile);
    assert_eq!(happenings.try_recv(), Ok(Happening::GrievancesChanged { new: 0 }));
}

/// A photo is on its way to the store: it is told by its key.
#[tokio::test(flavor = "multi_thread")]
async fn a_photo_is_told_to_leave_while_it_does() {
    let town = Town::founded("leaving").await;
    town.couch.write(town.couch.database(), &lamp(0)).await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    let mut engine = Engine::new(asha.clone());
    tries(&mut engine).await;
    let photo = asha.prepare(camera::shot(1)).await.unwrap();
    asha.attach(&id(0), &photo, Kind::After).await.unwrap();

    let states = engine.state();
    let mut held = town.store_line.hold_next("PUT /photos/");
    let meanwhile = async {
        held.reached().await;
        let leaving = states.borrow().leaving_photo.clone().expect("a photo leaves");
        let path = format!("PUT /photos/{leaving}");
        assert_eq!(town.store_line.count(&path), 1, "{:?}", town.store_line.requests());
        held.release();
    };
    let (rested, ()) = tokio::join!(tries(&mut engine), meanwhile);
    assert_eq!((rested.leaving_photo, rested.unsent_photos), (None, 0));
}
