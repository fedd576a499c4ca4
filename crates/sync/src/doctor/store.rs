use mirror::Database;
use photos::{Access, Bucket, Key, PhotoError};

use super::{Check, Who};
use crate::photo_store::{Credentials, PhotoAccess, PhotoStore};
use crate::plan::KEY_EARLY;
use crate::{Officer, SyncError};

const CREDENTIALS: &str = "photo store's key";
const STORE: &str = "photo store";

pub(super) async fn examine(
    officer: &Officer,
    store: Result<PhotoStore, &'static str>,
    now: i64,
) -> Result<[Check; 2], SyncError> {
    let store = match store {
        Ok(store) => store,
        Err(earlier) => {
            return Ok([Check::not_checked(CREDENTIALS, earlier), Check::not_checked(STORE, earlier)]);
        }
    };
    let key = match key(officer, &store).await {
        Ok(key) => key,
        Err(SyncError::Mirror(error)) => return Err(error.into()),
        Err(error) => {
            let who = match &error {
                SyncError::Couch(error) if error.may_pass() => Who::You,
                SyncError::Photo(PhotoError::ClockWrong) => Who::You,
                SyncError::Photo(PhotoError::Unreachable(_) | PhotoError::Busy { .. }) => Who::PhotoStore,
                _ => Who::Administrator,
            };
            let words = error.to_string();
            let found = format!("No key could be had: {}.", words.trim_end_matches('.'));
            let fault = Check::fault(CREDENTIALS, who, found);
            return Ok([fault, Check::not_checked(STORE, CREDENTIALS)]);
        }
    };
    let credentials = credentials(&store.credentials, key.as_ref().map(|key| key.ends), now);
    let Some(key) = key.filter(|_| !credentials.is_fault()) else {
        return Ok([credentials, Check::not_checked(STORE, CREDENTIALS)]);
    };
    let stored = match Bucket::new(&store.place, Access::with(key)) {
        Ok(bucket) => probe(&bucket, officer.account_id()).await,
        Err(error) => trouble("is not used", &error),
    };
    Ok([credentials, stored])
}

/// The key that a laptop would use now. Where the server does not tell, the one that was published last as far as this
/// laptop knows.
async fn key(officer: &Officer, store: &PhotoStore) -> Result<Option<Key>, SyncError> {
    match &store.credentials {
        Credentials::Static { access_key, secret_key } => {
            let (access_key, secret_key) = (access_key.clone(), secret_key.clone());
            Ok(Some(Key::lasting(access_key, secret_key)))
        }
        Credentials::Published => {
            let published = match officer.remote(Database::Internal).get(PhotoAccess::SETTING).await {
                Ok(document) => document.map(|document| document.get().to_owned()),
                Err(_) => officer.with_mirror(|mirror| mirror.setting(PhotoAccess::SETTING)).await?,
            };
            Ok(published.map(|text| PhotoAccess::parse(&text)).transpose()?.map(|access| access.key()))
        }
        Credentials::WebIdentity { .. } => officer.own_key(store).await,
    }
}

/// `ends`: the unix second at which the key ends, if there is one and if it does.
fn credentials(way: &Credentials, ends: Option<Option<i64>>, now: i64) -> Check {
    let left = ends.flatten().map(|ends| ends - now);
    let minutes = left.unwrap_or_default() / 60;
    let fault = |found: &str| Check::fault(CREDENTIALS, Who::Administrator, found);
    match (way, left) {
        (Credentials::Static { .. }, _) => Check::warning(
            CREDENTIALS,
            Who::Administrator,
            "It does not expire: whoever was given it has it for ever. Publish temporary keys where the store can make them.",
        ),
        (Credentials::Published, None) => fault(
            "None has been published yet. `wardctl photo-access publish` writes one; let it run on a schedule.",
        ),
        (Credentials::Published, Some(..=0)) => fault(
            "The published key has expired. `wardctl photo-access publish` writes a newer one; let it run on a schedule.",
        ),
        (Credentials::Published, Some(..=KEY_EARLY)) => Check::warning(
            CREDENTIALS,
            Who::Administrator,
            format!("The published key ends in {minutes} minutes, and no newer one is there."),
        ),
        (Credentials::Published, Some(_)) => {
            Check::ok(CREDENTIALS, format!("Published for all laptops; it ends in {minutes} minutes."))
        }
        (Credentials::WebIdentity { .. }, _) => Check::ok(
            CREDENTIALS,
            format!("Your own, for the city's token; this one ends in {minutes} minutes."),
        ),
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
        let text = String::new;
        let (lasting, own) = (
            Credentials::Static { access_key: text(), secret_key: text() },
            Credentials::WebIdentity { token_service: text(), role: text(), token_path: text() },
        );
        let now = 1_000;
        let table = [
            (&lasting, Some(None), Verdict::Warning),
            (&own, Some(Some(2_000)), Verdict::Ok),
            (&Credentials::Published, Some(Some(2_000)), Verdict::Ok),
            (&Credentials::Published, Some(Some(1_300)), Verdict::Warning),
            (&Credentials::Published, Some(Some(1_000)), Verdict::Fault),
            (&Credentials::Published, None, Verdict::Fault),
        ];
        for (way, ends, verdict) in table {
            assert_eq!(credentials(way, ends, now).verdict, verdict, "{ends:?}");
        }
    }
}
