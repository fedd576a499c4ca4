//! Photos in a real S3 store (SeaweedFS).
#![allow(clippy::unwrap_used)]

use photos::{Access, Bucket, Key, PhotoError, StoreSettings};
use sha2::{Digest, Sha256};
use testkit::Store;

#[tokio::test]
async fn a_photo_goes_up_once_and_comes_back_on_another_laptop() {
    let store = Store::start().await;
    let (asha, ravi) = (bucket(&store), bucket(&store));
    let photo = photo(700_000);
    let sha256 = sha256(&photo);
    let key = format!("{sha256}.jpg");

    let first = asha.put(&key, photo.clone()).await.unwrap();
    assert_eq!((first.sha256, first.already_there), (sha256, false));
    for again in [&asha, &ravi] {
        assert!(again.put(&key, photo.clone()).await.unwrap().already_there);
    }
    assert_eq!(ravi.get(&key).await.unwrap(), photo);
    assert!(matches!(ravi.get("nothing.jpg").await, Err(PhotoError::Missing)));
}

#[tokio::test]
async fn other_bytes_under_a_photos_key_are_noticed_and_replaced() {
    let store = Store::start().await;
    let bucket = bucket(&store);
    let photo = photo(30_000);
    let key = format!("{}.jpg", sha256(&photo));
    bucket.put(&key, photo[..9_000].to_vec()).await.unwrap();
    assert!(matches!(bucket.get(&key).await, Err(PhotoError::Mismatch)));
    assert!(!bucket.put(&key, photo.clone()).await.unwrap().already_there);
    assert_eq!(bucket.get(&key).await.unwrap(), photo);
}

#[tokio::test]
async fn names_given_by_phones_are_found() {
    let store = Store::start().await;
    let bucket = bucket(&store);
    for key in ["IMG-20171125-WA0012.jpeg", "thumbnail_IMG 1.jpg", "ದೀಪ+%2e?.png"] {
        bucket.put(key, photo(500)).await.unwrap();
        assert_eq!(bucket.get(key).await.unwrap(), photo(500), "{key}");
    }
}

#[tokio::test]
async fn the_largest_upload_fits_and_a_larger_one_is_not_tried() {
    let store = Store::start().await;
    let bucket = bucket(&store);
    assert!(!bucket.put("largest.jpg", photo(8 << 20)).await.unwrap().already_there);
    let larger = bucket.put("larger.jpg", photo((8 << 20) + 1)).await;
    assert!(matches!(larger, Err(PhotoError::TooLarge { .. })));
    assert!(matches!(bucket.get("larger.jpg").await, Err(PhotoError::Missing)));
}

#[tokio::test]
async fn wrong_keys_and_wrong_buckets_are_told_apart_from_no_store() {
    let store = Store::start().await;
    let put = async |settings: StoreSettings, key: Key| {
        Bucket::new(&settings, Access::with(key)).unwrap().put("a.jpg", photo(10)).await
    };

    let mut wrong_key = key(&store);
    wrong_key.secret_key = "wrong".into();
    assert!(matches!(put(settings(&store), wrong_key).await, Err(PhotoError::AccessRefused)));

    let mut wrong_bucket = settings(&store);
    wrong_bucket.bucket = "elsewhere".into();
    let refused = put(wrong_bucket, key(&store)).await;
    assert!(
        matches!(refused, Err(PhotoError::AccessRefused | PhotoError::StoreRefused { .. })),
        "{refused:?}"
    );

    let (gone, key) = (settings(&store), key(&store));
    drop(store);
    assert!(matches!(put(gone, key).await, Err(PhotoError::Unreachable(_))));
}

fn bucket(store: &Store) -> Bucket {
    Bucket::new(&settings(store), Access::with(key(store))).unwrap()
}

fn settings(store: &Store) -> StoreSettings {
    StoreSettings {
        endpoint: store.endpoint().to_owned(),
        bucket: store.bucket().to_owned(),
        region: store.region().to_owned(),
    }
}

fn key(store: &Store) -> Key {
    Key {
        access_key: store.access_key().to_owned(),
        secret_key: store.secret_key().to_owned(),
        session_token: None,
        ends: None,
    }
}

/// Begins like a JPEG; the store does not look further.
fn photo(size: usize) -> Vec<u8> {
    let numbers = (0..size).map(|at| (at * at % 251) as u8);
    [0xFF, 0xD8, 0xFF].into_iter().chain(numbers).take(size).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
