use jiff::Timestamp;
use photos::{Bucket, PhotoError};

use super::{Check, Who};
use crate::store::{PhotoStore, Published};
use crate::{Officer, SyncError};

const CREDENTIALS: &str = "photo store's key";
const STORE: &str = "photo store";

pub(super) async fn examine(
    officer: &Officer,
    store: Result<PhotoStore, &'static str>,
    now: i64,
) -> [Check; 2] {
    match store {
        Err(earlier) => [Check::not_checked(CREDENTIALS, earlier), Check::not_checked(STORE, earlier)],
        Ok(store) => {
            let credentials = credentials(&store.credentials, now);
            let stored = match store.bucket() {
                Ok(bucket) => probe(&bucket, officer.account_id()).await,
                Err(SyncError::Photo(error)) => trouble("is not used", &error),
                Err(other) => Check::fault(STORE, Who::Administrator, other.to_string()),
            };
            [credentials, stored]
        }
    }
}

fn credentials(key: &Published, now: i64) -> Check {
    let ends = key.expires.as_deref().and_then(|at| at.parse::<Timestamp>().ok()).map(Timestamp::as_second);
    match (&key.session_token, ends) {
        (_, Some(ends)) if ends <= now => Check::fault(
            CREDENTIALS,
            Who::Administrator,
            "The photo store's key has expired, and no newer one was published.",
        ),
        (None, _) => Check::warning(
            CREDENTIALS,
            Who::Administrator,
            "It does not expire: whoever was given it has it for ever. Publish temporary keys where the store can make them.",
        ),
        (Some(_), _) => Check::ok(CREDENTIALS, "A temporary key."),
    }
}

/// Writes, reads and removes one small object of this account; no document names it.
async fn probe(bucket: &Bucket, account: &str) -> Check {
    let key = format!("myward-doctor-{account}");
    // The beginning of a JPEG, and something that was not there before: what is there is not sent.
    let mut object = vec![0xFF, 0xD8, 0xFF];
    object.extend_from_slice(ulid::Ulid::generate().to_string().as_bytes());
    if let Err(error) = bucket.put(&key, object.clone()).await {
        return trouble("takes no picture", &error);
    }
    match bucket.get(&key).await {
        Ok(read) if read == object => {}
        Ok(_) => return trouble("gives no picture back", &PhotoError::Mismatch),
        Err(error) => return trouble("gives no picture back", &error),
    }
    match bucket.delete(&key).await {
        Ok(()) => Check::ok(STORE, "A small object could be stored, fetched and removed."),
        // Laptops need not remove anything, so a key that may not is a good key.
        Err(PhotoError::AccessRefused) => Check::ok(
            STORE,
            format!(
                "A small object could be stored and fetched; the key may not remove it, so {key} stays there."
            ),
        ),
        Err(error) => trouble("removes no picture", &error),
    }
}

fn trouble(what: &str, error: &PhotoError) -> Check {
    let who = match error {
        PhotoError::ClockWrong => Who::You,
        PhotoError::AccessRefused | PhotoError::BadAddress { .. } => Who::Administrator,
        _ => Who::PhotoStore,
    };
    Check::fault(STORE, who, format!("The photo store {what}: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn a_key_for_ever_is_warned_of_and_an_expired_one_is_a_fault() {
        let key = |token: Option<&str>, expires: Option<&str>| Published {
            access_key: String::new(),
            secret_key: String::new(),
            session_token: token.map(str::to_owned),
            expires: expires.map(str::to_owned),
        };
        // 1970-01-01T00:16:40Z
        let now = 1_000;
        let table = [
            (key(None, None), Verdict::Warning),
            (key(Some("t"), None), Verdict::Ok),
            (key(Some("t"), Some("1970-01-01T05:46:41+05:30")), Verdict::Ok),
            (key(Some("t"), Some("1970-01-01T05:46:40+05:30")), Verdict::Fault),
        ];
        for (key, verdict) in table {
            assert_eq!(credentials(&key, now).verdict, verdict, "{:?}", key.expires);
        }
    }
}
