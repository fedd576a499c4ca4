//! A photo store that is set back together with the city's server.

use std::fs;

use domain::{Kind, large_key};
use sync::{Engine, State};

use crate::bucket;
use crate::camera;
use crate::town::Town;
use crate::ward::{id, lamp, tries};

/// R5. Two photos arrived after the backup. Both are in their reports again. The one that asha's laptop can still read is in
/// the store again before that; of the other one what the store had proved has to do.
#[tokio::test(flavor = "multi_thread")]
async fn r5_photos_that_the_store_lost_with_the_server_are_sent_again() {
    let town = Town::founded("store-too").await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    for n in 0..2 {
        town.couch.write(town.couch.database(), &lamp(n)).await;
    }
    let comes_to_rest = async || tries(&mut Engine::new(asha.clone())).await.state;
    comes_to_rest().await;
    let backup = town.couch.back_up(town.couch.database()).await;
    let mut larges = Vec::new();
    for n in 0..2 {
        let photo = asha.prepare(camera::shot(n)).await.unwrap();
        asha.attach(&id(n), &photo, Kind::After).await.unwrap();
        larges.push(large_key(&photo.sha256));
    }
    assert_eq!(comes_to_rest().await, State::AllSent);
    let arrived = bucket::keys(&town.store);
    assert_eq!(arrived.len(), 4, "each large and as a thumbnail");

    town.couch.restore(&backup).await;
    for key in &arrived {
        bucket::remove(&town.store, key);
    }
    let bad = larges.pop().unwrap();
    let key = bad.clone();
    let file = asha.with_mirror(move |mirror| mirror.photo(&key)).await.unwrap().unwrap().file.unwrap();
    let mut accounts = fs::read_dir(laptop.home.path().join("accounts")).unwrap();
    let photos = accounts.next().unwrap().unwrap().path().join("photos");
    fs::write(photos.join(&file[..2]).join(&file), "a bad sector").unwrap();

    assert_eq!(comes_to_rest().await, State::AllSent);
    let there = bucket::keys(&town.store);
    let missing: Vec<&String> = arrived.iter().filter(|key| !there.contains(key)).collect();
    assert_eq!(missing, [&bad]);
    for n in 0..2 {
        let photos = &town.grievance(&id(n)).await["triage"]["photos"];
        assert_eq!(photos.as_array().map(Vec::len), Some(1), "{n}: {photos}");
    }
}
