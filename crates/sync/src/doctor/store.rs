use jiff::Timestamp;
use photos::{Bucket, PhotoError};

use super::{Check, Who};
use crate::store::PhotoStore;
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
            let key = &store.credentials;
            let credentials = credentials(key.session_token.is_some(), key.expires.as_deref(), now);
            let stored = match store.bucket() {
                Ok(bucket) => probe(&bucket, officer.account_id()).await,
                Err(SyncError::Photo(error)) => trouble("is not used", &error),
                Err(other) => Check::fault(STORE, Who::Administrator, other.to_string()),
            };
            [credentials, stored]
        }
    }
}

/// `expires` is RFC 3339.
fn credentials(is_temporary: bool, expires: Option<&str>, now: i64) -> Check {
    let ends = expires.and_then(|at| at.parse::<Timestamp>().ok()).map(Timestamp::as_second);
    match (is_temporary, ends) {
        (_, Some(ends)) if ends <= now => Check::fault(
            CREDENTIALS,
            Who::Administrator,
            "The photo store's key has expired, and no newer one was published.",
        ),
        (false, _) => Check::warning(
            CREDENTIALS,
            Who::Administrator,
            "It does not expire: whoever was given it has it for ever. Publish temporary keys where the store can make them.",
        ),
        (true, _) => Check::ok(CREDENTIALS, "A temporary key."),
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
        // 1970-01-01T00:16:40Z
        let now = 1_000;
        let table = [
            (false, None, Verdict::Warning),
            (true, None, Verdict::Ok),
            (true, Some("1970-01-01T05:46:41+05:30"), Verdict::Ok),
            (true, Some("1970-01-01T05:46:40+05:30"), Verdict::Fault),
        ];
        for (is_temporary, expires, verdict) in table {
            assert_eq!(credentials(is_temporary, expires, now).verdict, verdict, "{expires:?}");
        }
    }
}
