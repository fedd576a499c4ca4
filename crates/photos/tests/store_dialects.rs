//! S3 stores differ. Whatever the dialect, a photo is "stored" only when the store holds its very bytes, and each way
//! to fail is told apart.
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use md5::{Digest, Md5};
use photos::{Access, Bucket, Key, PhotoError, StoreSettings};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Dialect {
    /// Answers this status when the condition "nothing is there" fails.
    ConditionFails(u16, &'static str),
    /// Does not know conditions and answers this to every request that has one.
    NoConditions(u16, &'static str),
    /// Encrypts, so its tags are no MD5.
    OtherTags,
    /// Loses a byte of the first upload, and says so in its tag.
    CorruptsFirst,
    /// Loses a byte of every upload, and tags it as if it had not.
    CorruptsTagless,
    /// Says 200 and keeps nothing.
    Swallows,
    /// Refuses everything.
    Refuses(u16, &'static str),
    /// A captive portal: a page, whatever is asked.
    Portal,
}
use Dialect::*;

const PHOTO: &[u8] = b"\xFF\xD8\xFF a lamp";
const KEY: &str = "lamp.jpg";

#[tokio::test]
async fn in_every_dialect_a_photo_is_uploaded_once() {
    for dialect in [
        ConditionFails(412, "PreconditionFailed"),
        ConditionFails(304, ""),
        ConditionFails(409, "ConditionalRequestConflict"),
        NoConditions(501, "NotImplemented"),
        NoConditions(400, "InvalidArgument"),
        OtherTags,
    ] {
        let (store, bucket) = FakeStore::start(dialect).await;
        assert!(!bucket.put(KEY, PHOTO.to_vec()).await.unwrap().already_there, "{dialect:?}");
        assert!(bucket.put(KEY, PHOTO.to_vec()).await.unwrap().already_there, "{dialect:?}");
        assert_eq!(store.writes(), 1, "{dialect:?}");
        assert_eq!(bucket.get(KEY).await.unwrap(), PHOTO, "{dialect:?}");
    }
}

#[tokio::test]
async fn a_photo_the_store_spoilt_is_not_stored_and_the_next_try_heals_it() {
    let (store, bucket) = FakeStore::start(CorruptsFirst).await;
    assert!(matches!(bucket.put(KEY, PHOTO.to_vec()).await, Err(PhotoError::Mismatch)));
    assert!(!bucket.put(KEY, PHOTO.to_vec()).await.unwrap().already_there);
    assert_eq!(store.writes(), 2);
    assert_eq!(bucket.get(KEY).await.unwrap(), PHOTO);
}

#[tokio::test]
async fn a_store_that_does_not_keep_what_it_got_is_never_believed() {
    for (dialect, expected) in [(CorruptsTagless, "Mismatch"), (Swallows, "Missing"), (Portal, "Mismatch")] {
        let (_store, bucket) = FakeStore::start(dialect).await;
        for _ in 0..2 {
            let refused = bucket.put(KEY, PHOTO.to_vec()).await.unwrap_err();
            assert!(format!("{refused:?}").starts_with(expected), "{dialect:?}: {refused:?}");
        }
    }
}

#[tokio::test]
async fn each_refusal_says_what_it_is() {
    for (status, code, expected) in [
        (403, "RequestTimeTooSkewed", "ClockWrong"),
        (403, "SignatureDoesNotMatch", "AccessRefused"),
        (403, "AccessDenied", "AccessRefused"),
        (401, "", "AccessRefused"),
        (400, "ExpiredToken", "AccessRefused"),
        (400, "BadDigest", "Mismatch"),
        (403, "QuotaExceeded", "StoreFull"),
        (400, "XMinioAdminBucketQuotaExceeded", "StoreFull"),
        (507, "XMinioStorageFull", "StoreFull"),
        (507, "", "StoreFull"),
        (400, "RequestTimeout", "Busy"),
        (503, "SlowDown", "Busy { retry_after: Some(7s) }"),
        (500, "InternalError", "Busy"),
        (429, "", "Busy"),
        (404, "NoSuchBucket", "StoreRefused { status: 404, code: \"NoSuchBucket\" }"),
        (301, "PermanentRedirect", "StoreRefused { status: 301"),
    ] {
        let (store, bucket) = FakeStore::start(Refuses(status, code)).await;
        let put = bucket.put(KEY, PHOTO.to_vec()).await.unwrap_err();
        let get = bucket.get(KEY).await.unwrap_err();
        for refused in [put, get] {
            assert!(format!("{refused:?}").starts_with(expected), "{status} {code}: {refused:?}");
        }
        assert_eq!(store.writes(), 0);
    }
}

#[tokio::test]
async fn a_page_a_giant_and_a_wrong_photo_are_not_taken_for_a_photo() {
    let (_store, bucket) = FakeStore::start(Portal).await;
    assert!(matches!(bucket.get(KEY).await, Err(PhotoError::NotAPhoto)));

    let (store, bucket) = FakeStore::start(OtherTags).await;
    store.hold("giant.jpg", vec![0xFF; (32 << 20) + 1]);
    assert!(matches!(bucket.get("giant.jpg").await, Err(PhotoError::TooLarge { .. })));
    let wrong = format!("{}.jpg", "0".repeat(64));
    store.hold(&wrong, PHOTO.to_vec());
    assert!(matches!(bucket.get(&wrong).await, Err(PhotoError::Mismatch)));
    store.hold("by-a-phone.jpg", PHOTO.to_vec());
    assert_eq!(bucket.get("by-a-phone.jpg").await.unwrap(), PHOTO);
    // An officer's thumbnail is named after its large photo; the sender's own sum tells whether it is whole.
    bucket.put("thumbnail_lamp.jpg", PHOTO.to_vec()).await.unwrap();
    store.spoil("thumbnail_lamp.jpg");
    assert!(matches!(bucket.get("thumbnail_lamp.jpg").await, Err(PhotoError::Mismatch)));
}

#[tokio::test]
async fn keys_that_are_paths_are_never_sent() {
    let (store, bucket) = FakeStore::start(OtherTags).await;
    for key in ["", ".", "..", "../x", "a/b.jpg", "a\\b", "a\0b", "a\r\nb", &"x".repeat(1025)] {
        assert!(matches!(bucket.get(key).await, Err(PhotoError::BadName)), "{key:?}");
        assert!(matches!(bucket.put(key, PHOTO.to_vec()).await, Err(PhotoError::BadName)), "{key:?}");
    }
    assert_eq!(store.requests(), 0);
}

#[test]
fn only_an_encrypted_store_or_this_machine_is_spoken_to() {
    for good in [
        "https://photos.example.org",
        "https://10.0.0.1:9000",
        "http://127.0.0.1:8333",
        "http://localhost:8333",
        "http://[::1]:8333",
        "http://0x7f.1:8333",
    ] {
        assert!(Bucket::new(&settings(good), key()).is_ok(), "{good}");
    }
    for bad in [
        "",
        "photos.example.org",
        "ftp://127.0.0.1",
        "http://photos.example.org",
        "http://10.0.0.1",
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.",
        "http://[::ffff:10.0.0.1]",
        "https://user:password@photos.example.org",
        "https://photos.example.org/?x",
    ] {
        assert!(matches!(Bucket::new(&settings(bad), key()), Err(PhotoError::BadAddress { .. })), "{bad}");
    }
    for bucket in ["", "..", "a/b", "photos?x", "ab"] {
        let mut settings = settings("https://photos.example.org");
        settings.bucket = bucket.into();
        assert!(matches!(Bucket::new(&settings, key()), Err(PhotoError::BadAddress { .. })), "{bucket}");
    }
}

fn settings(endpoint: &str) -> StoreSettings {
    StoreSettings { endpoint: endpoint.into(), bucket: "photos".into(), region: "us-east-1".into() }
}

fn key() -> Access {
    let (access_key, secret_key) = ("key".into(), "secret".into());
    Access::with(Key::lasting(access_key, secret_key))
}

#[derive(Clone)]
struct FakeStore(Arc<Mutex<Inside>>);

struct Inside {
    dialect: Dialect,
    objects: BTreeMap<String, Object>,
    writes: usize,
    requests: usize,
}

#[derive(Clone)]
struct Object {
    bytes: Vec<u8>,
    sha256: Option<String>,
}

impl FakeStore {
    async fn start(dialect: Dialect) -> (FakeStore, Bucket) {
        let inside = Inside { dialect, objects: BTreeMap::new(), writes: 0, requests: 0 };
        let store = FakeStore(Arc::new(Mutex::new(inside)));
        let routes =
            Router::new().fallback(answer).layer(DefaultBodyLimit::disable()).with_state(store.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let bucket = Bucket::new(&settings(&endpoint), key()).unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        (store, bucket)
    }

    fn hold(&self, key: &str, bytes: Vec<u8>) {
        self.0.lock().unwrap().objects.insert(format!("/photos/{key}"), Object { bytes, sha256: None });
    }

    fn spoil(&self, key: &str) {
        let mut inside = self.0.lock().unwrap();
        inside.objects.get_mut(&format!("/photos/{key}")).unwrap().bytes.pop();
    }

    fn writes(&self) -> usize {
        self.0.lock().unwrap().writes
    }

    fn requests(&self) -> usize {
        self.0.lock().unwrap().requests
    }
}

async fn answer(
    State(store): State<FakeStore>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut inside = store.0.lock().unwrap();
    inside.requests += 1;
    let key = uri.path().to_owned();
    match inside.dialect {
        Refuses(status, code) => return refuse(status, code),
        Portal => return ([("content-type", "text/html")], "<html>Please sign in</html>").into_response(),
        _ => {}
    }
    if method != Method::PUT {
        return match inside.objects.get(&key) {
            Some(object) => show(object, inside.dialect, method == Method::HEAD),
            None if method == Method::HEAD => StatusCode::NOT_FOUND.into_response(),
            None => refuse(404, "NoSuchKey"),
        };
    }

    assert_eq!(headers["content-md5"], BASE64_STANDARD.encode(Md5::digest(&body)).as_str());
    let conditional = headers.get("if-none-match").is_some_and(|condition| condition == "*");
    match inside.dialect {
        NoConditions(status, code) if conditional => return refuse(status, code),
        ConditionFails(status, code) if conditional && inside.objects.contains_key(&key) => {
            return refuse(status, code);
        }
        _ if conditional && inside.objects.contains_key(&key) => return refuse(412, "PreconditionFailed"),
        _ => {}
    }
    inside.writes += 1;
    let sha256 = headers.get("x-amz-meta-sha256").map(|sum| sum.to_str().unwrap().to_owned());
    let mut object = Object { bytes: body.to_vec(), sha256 };
    match inside.dialect {
        Swallows => return StatusCode::OK.into_response(),
        CorruptsTagless => object.bytes[5] ^= 1,
        CorruptsFirst if inside.writes == 1 => object.bytes[5] ^= 1,
        _ => {}
    }
    let shown = show(&object, inside.dialect, true);
    inside.objects.insert(key, object);
    shown
}

fn show(object: &Object, dialect: Dialect, without_body: bool) -> Response {
    let tag = match dialect {
        OtherTags | CorruptsTagless => "\"encrypted-here\"".to_owned(),
        _ => format!(
            "\"{}\"",
            Md5::digest(&object.bytes).iter().map(|b| format!("{b:02x}")).collect::<String>()
        ),
    };
    let body = if without_body { Vec::new() } else { object.bytes.clone() };
    let mut answer = ([("etag", tag)], body).into_response();
    if let Some(sum) = &object.sha256 {
        answer.headers_mut().insert("x-amz-meta-sha256", sum.parse().unwrap());
    }
    answer
}

fn refuse(status: u16, code: &str) -> Response {
    let retry_after = Duration::from_secs(7).as_secs().to_string();
    let body = if code.is_empty() { String::new() } else { format!("<Error><Code>{code}</Code></Error>") };
    (StatusCode::from_u16(status).unwrap(), [("retry-after", retry_after)], body).into_response()
}
