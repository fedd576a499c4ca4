use domain::Field;
use mirror::{Database, EditState, PhotoPlace, Show};

use crate::town::*;

#[test]
fn an_edit_waits_until_both_its_pictures_are_stored() {
    let mut office = Office::with(&[report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    let after = photo("01P", "feed");
    asha.attaches("0f", &after);
    asha.changes("0f", Field::Reply, "Done".into());
    assert_eq!(asha.sees("0f").shown.triage.photos, std::slice::from_ref(&after), "shown at once");
    assert_eq!(asha.mirror.counts().unwrap().photos_to_send, 1);
    assert_eq!(asha.queue(Show::All, None).rows[0].unsent_photos, 1);
    let facts = asha.mirror.facts(NOW).unwrap();
    assert_eq!((facts.ready_edits, facts.photos_to_upload), (1, 2));

    // A reply does not wait for somebody else's photo.
    asha.pushes(&mut office);
    assert_eq!(asha.states("0f"), [EditState::WaitsForPhoto]);
    assert!(office.document("0f").unwrap()["triage"]["photos"].as_array().unwrap().is_empty());

    let uploads = asha.mirror.photos_to_upload(10, NOW).unwrap();
    assert_eq!(uploads.len(), 2);
    asha.mirror.photo_stored(&after.large, "feed", NOW).unwrap();
    assert_eq!(asha.states("0f"), [EditState::WaitsForPhoto]);
    assert!(asha.mirror.leaving(Database::Grievances, 10).unwrap().is_empty());
    asha.mirror.photo_stored(&after.thumbnail, "beef", NOW).unwrap();
    assert_eq!(asha.states("0f"), [EditState::Saved]);
    asha.pushes(&mut office);
    assert_eq!(office.document("0f").unwrap()["triage"]["photos"][0]["id"], "01P");
    let kept = asha.mirror.photo(&after.large).unwrap().unwrap();
    assert_eq!(
        (kept.place, kept.file.is_some()),
        (PhotoPlace::Stored { sha256: "feed".to_owned(), at: NOW }, true)
    );
}

#[test]
fn a_failed_upload_waits_its_turn_and_nothing_else_does() {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("0f"), "1-a")]);
    let (first, second) = (photo("01A", "aaaa"), photo("01B", "bbbb"));
    asha.attaches("0f", &first);
    asha.attaches("0f", &second);
    asha.mirror.photo_failed(&first.large, "The store is busy.", NOW + 60).unwrap();
    let keys =
        |now| asha.mirror.photos_to_upload(10, now).unwrap().into_iter().map(|up| up.key).collect::<Vec<_>>();
    assert_eq!(keys(NOW), [second.large.as_str(), &first.thumbnail, &second.thumbnail]);
    assert_eq!(asha.mirror.facts(NOW).unwrap().next_photo_retry, Some(NOW + 60));
    assert_eq!(keys(NOW + 60).len(), 4);
    let place = asha.mirror.photo(&first.large).unwrap().unwrap().place;
    assert_eq!(place, PhotoPlace::ToUpload { why: Some("The store is busy.".into()), retry_at: NOW + 60 });
}

#[test]
fn decisions_without_photos_go_first_and_the_others_with_theirs() {
    let mut office = Office::with(&[report("0e"), report("0f")]);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    let after = photo("01P", "feed");
    asha.attaches("0f", &after);
    asha.changes("0f", Field::Reply, "Done".into());
    asha.changes("0e", Field::Reply, "Tomorrow".into());
    let facts = asha.mirror.facts(NOW).unwrap();
    assert_eq!((facts.ready_edits, facts.ready_without_photos), (2, 1));
    let first = asha.mirror.leaving_without_photos(10).unwrap();
    assert_eq!(first.iter().map(|outgoing| outgoing.document.as_str()).collect::<Vec<_>>(), ["0e"]);
    for key in [&after.large, &after.thumbnail] {
        asha.mirror.photo_stored(key, "feed", NOW).unwrap();
    }
    asha.pushes(&mut office);
    let sent = office.document("0f").unwrap();
    assert_eq!(
        (&sent["triage"]["reply"], &sent["triage"]["photos"][0]["id"]),
        (&"Done".into(), &"01P".into())
    );
    assert!(sent["_rev"].as_str().unwrap().starts_with("2-"), "one revision: {sent}");
}

#[test]
fn a_picture_attached_once_more_replaces_one_that_may_be_damaged() {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("0f"), "1-a")]);
    let first = photo("01A", "feed");
    asha.attaches("0f", &first);
    let (large, thumbnail) = (file("sound l"), file("sound t"));
    asha.mirror.attach("0f", &photo("01B", "feed"), &large, &thumbnail, "asha", AT).unwrap();
    let uploads = asha.mirror.photos_to_upload(10, NOW).unwrap();
    let files: Vec<_> = uploads.into_iter().map(|upload| upload.file).collect();
    assert_eq!(files, [large.file, thumbnail.file]);
}

#[test]
fn pictures_wait_together_for_a_store_that_takes_none() {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("0f"), "1-a")]);
    let (first, second) = (photo("01A", "aaaa"), photo("01B", "bbbb"));
    asha.attaches("0f", &first);
    asha.attaches("0f", &second);
    asha.mirror.photo_failed(&first.large, "It is odd.", NOW + 3_600).unwrap();
    asha.mirror.uploads_wait("The store is full.", NOW + 600, NOW).unwrap();
    let count = |now| asha.mirror.photos_to_upload(10, now).unwrap().len();
    assert_eq!((count(NOW), count(NOW + 600), count(NOW + 3_600)), (0, 3, 4));
    let why = |key: &str| asha.mirror.photo(key).unwrap().unwrap().place;
    let of = |why: &str, retry_at| PhotoPlace::ToUpload { why: Some(why.into()), retry_at };
    assert_eq!(why(&first.large), of("It is odd.", NOW + 3_600));
    assert_eq!(why(&second.large), of("The store is full.", NOW + 600));
}

#[test]
fn one_picture_on_two_grievances_is_stored_once_and_kept_while_either_needs_it() {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("0e"), "1-a"), pulled(&report("0f"), "1-a")]);
    asha.attaches("0e", &photo("01A", "feed"));
    asha.attaches("0f", &photo("01B", "feed"));
    assert_eq!(asha.mirror.photos_to_upload(10, NOW).unwrap().len(), 2);
    asha.mirror.take_back(&asha.edit("0e"), NOW).unwrap();
    assert_eq!(asha.mirror.photos_to_upload(10, NOW).unwrap().len(), 2);
    asha.mirror.take_back(&asha.edit("0f"), NOW).unwrap();
    assert_eq!(asha.mirror.photos_to_upload(10, NOW).unwrap().len(), 0);
    assert_eq!(asha.mirror.photo("feed.jpg").unwrap(), None);
}

#[test]
fn thumbnails_are_fetched_newest_first_and_missing_ones_come_back_later() {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("01"), "1-a"), pulled(&report("02"), "1-a"), pulled(&report("03"), "1-a")]);
    let key = |id: &str| format!("thumbnail_IMG-{id}.jpg");
    assert_eq!(asha.mirror.facts(NOW).unwrap().thumbnails_to_fetch, 3);
    let mut first = asha.mirror.thumbnails_to_fetch(2, NOW).unwrap();
    first.sort();
    assert_eq!(first, [key("02"), key("03")]);
    asha.mirror.photo_kept(&key("03"), "f3", 900).unwrap();
    asha.mirror.photo_not_there(&key("02"), NOW + 60).unwrap();
    assert!(asha.queue(Show::All, None).rows.iter().find(|row| row.id == "02").unwrap().photo_missing);
    assert_eq!(asha.mirror.thumbnails_to_fetch(9, NOW).unwrap(), [key("01")]);
    asha.mirror.photo_kept(&key("01"), "f1", 900).unwrap();
    assert_eq!(asha.mirror.facts(NOW).unwrap().thumbnails_to_fetch, 0);
    assert_eq!(asha.mirror.facts(NOW).unwrap().next_photo_retry, Some(NOW + 60));
    assert_eq!(asha.mirror.thumbnails_to_fetch(9, NOW + 60).unwrap(), [key("02")]);

    // The citizen's phone sends another picture; a damaged file is fetched again.
    let mut other = report("03");
    other["picture"]["thumbnail"] = key("09").into();
    asha.applies(&[pulled(&other, "2-a")]);
    assert_eq!(asha.mirror.thumbnails_to_fetch(9, NOW).unwrap(), [key("09")]);
    asha.mirror.photo_lost(&key("01")).unwrap();
    assert_eq!(asha.mirror.thumbnails_to_fetch(9, NOW).unwrap().len(), 2);
    assert_eq!(asha.mirror.photo_files().unwrap(), ["f3"]);
}

/// Fetched with the thumbnails it would be kept in their size.
#[test]
fn a_large_picture_that_was_missing_or_lost_waits_until_it_is_opened() {
    let asha = Laptop::of("asha");
    asha.mirror.photo_not_there("IMG-01.jpg", mirror::WHEN_OPENED).unwrap();
    asha.mirror.photo_kept("IMG-02.jpg", "f2", 90_000).unwrap();
    asha.mirror.photo_lost("IMG-02.jpg").unwrap();
    let facts = asha.mirror.facts(NOW).unwrap();
    assert_eq!((facts.thumbnails_to_fetch, facts.next_photo_retry), (0, None));
    assert!(asha.mirror.thumbnails_to_fetch(9, NOW + 86_400 * 365).unwrap().is_empty());
    asha.mirror.photo_kept("IMG-01.jpg", "f1", 90_000).unwrap();
    assert_eq!(asha.mirror.photo_files().unwrap(), ["f1"]);
}

#[test]
fn another_officers_photo_is_fetched_and_our_own_is_not() {
    let mut office = Office::with(&[report("0f")]);
    let (asha, ravi) = (Laptop::of("asha"), Laptop::of("ravi"));
    for laptop in [&asha, &ravi] {
        laptop.pulls(&office);
        let citizens = laptop.mirror.thumbnails_to_fetch(9, NOW).unwrap();
        laptop.mirror.photo_kept(&citizens[0], "f0", 900).unwrap();
    }
    let after = photo("01P", "feed");
    ravi.attaches("0f", &after);
    ravi.mirror.photo_stored(&after.large, "feed", NOW).unwrap();
    ravi.mirror.photo_stored(&after.thumbnail, "beef", NOW).unwrap();
    ravi.pushes(&mut office);
    ravi.pulls(&office);
    assert!(ravi.mirror.thumbnails_to_fetch(9, NOW).unwrap().is_empty());
    asha.pulls(&office);
    assert_eq!(asha.mirror.thumbnails_to_fetch(9, NOW).unwrap(), [after.thumbnail]);
    assert_eq!(asha.mirror.photo(&after.large).unwrap(), None, "large ones are fetched when looked at");
}

#[test]
fn what_is_still_to_be_stored_is_never_given_up_for_a_copy() {
    let asha = Laptop::of("asha");
    asha.applies(&[pulled(&report("0f"), "1-a")]);
    let after = photo("01P", "feed");
    asha.attaches("0f", &after);
    let ours = asha.mirror.photo(&after.large).unwrap();
    assert_eq!(asha.mirror.photo_kept(&after.large, "copy", 9).unwrap().as_deref(), Some("copy"));
    asha.mirror.photo_not_there(&after.large, NOW).unwrap();
    asha.mirror.photo_lost(&after.large).unwrap();
    assert_eq!(asha.mirror.photo(&after.large).unwrap(), ours);
}
