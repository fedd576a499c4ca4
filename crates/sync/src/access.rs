//! The key to the photo store: where it is found, when a newer one is asked for, and who must act
//! when there is none. When to ask is the plan's to say; here is what the plan is told, and the asking.

use mirror::Database;
use photos::{Bucket, Key, PhotoError, TokenService};

use crate::photo_store::{Credentials, PhotoAccess, PhotoStore};
use crate::plan::{Road, StoreKey};
use crate::{Engine, Officer, SyncError, clock};

/// Seconds for which an officer's own key is asked.
const OWN_KEY: u32 = 3_600;

/// What the engine remembers of the key between steps.
#[derive(Default)]
pub(crate) struct HeldKey {
    key: Option<Key>,
    /// A newer one was asked for and there was none.
    asked_in_vain: bool,
    /// The store refused it, and no newer one has been asked for since.
    refused: bool,
    /// It came after a refusal, and has opened nothing yet.
    second: bool,
    /// One that was about to end, or had ended, when it came: the laptop's clock is far ahead, or keys of this store are short.
    came_late: bool,
}

impl HeldKey {
    /// Of a store whose setting can be read.
    fn judge(&self, now: i64) -> StoreKey {
        match &self.key {
            None => StoreKey::Over,
            Some(_) if self.refused => StoreKey::Over,
            Some(key) => StoreKey::of(key.ends, self.asked_in_vain, now),
        }
    }

    /// A newer key came when it was asked for.
    fn renewed(&mut self, key: Option<Key>, now: i64) {
        let second = self.second || self.refused;
        let came_late_before = self.came_late;
        *self = HeldKey { key, second, ..HeldKey::default() };
        self.came_late = self.judge(now) != StoreKey::Good;
        // After a second late one, one more would be late too.
        self.asked_in_vain = self.came_late && came_late_before;
    }
}

impl Engine {
    /// For the plan.
    pub(crate) async fn store_key(&mut self) -> Result<StoreKey, SyncError> {
        // Whoever goes to the store finds what is wrong with its setting.
        let Some(key) = self.known_key().await? else { return Ok(StoreKey::Good) };
        if key != self.held_key.key {
            // It came by itself, so whatever the store said of the one before counts no more.
            self.held_key = HeldKey { key, ..HeldKey::default() };
            self.store.succeeded();
        }
        Ok(self.held_key.judge(clock::now()))
    }

    /// Asks for a newer key. The internal database is where published and static ones come from.
    pub(crate) async fn renew_key(&mut self) -> Result<(), SyncError> {
        let (mut without, was_there) = match self.officer.photo_store().await?.credentials {
            Credentials::WebIdentity { .. } => (self.own_key().await?, true),
            Credentials::Published | Credentials::Static { .. } => {
                self.pull(Database::Internal).await?;
                let without = match &self.held_key.key {
                    Some(_) if self.held_key.refused => REFUSED,
                    Some(_) => EXPIRED,
                    None => NOT_PUBLISHED,
                };
                (without, self.internal.road == Road::Open)
            }
        };
        let Some(key) = self.known_key().await? else { return Ok(()) };
        if key != self.held_key.key {
            self.held_key.renewed(key, clock::now());
            if !self.held_key.asked_in_vain {
                return Ok(());
            }
            without = CLOCK_WRONG;
        }
        self.held_key.asked_in_vain = true;
        // Who must act is known only when the place to ask was there.
        if self.held_key.judge(clock::now()) != StoreKey::Over || !(was_there || self.held_key.refused) {
            return Ok(());
        }
        self.held_key.refused = false;
        self.photos_wait(without).await
    }

    /// `None`: the setting names no store, or none that can be understood.
    async fn known_key(&self) -> Result<Option<Option<Key>>, SyncError> {
        match self.officer.key().await {
            Err(SyncError::NoPhotoStore | SyncError::BadPhotoStore) => Ok(None),
            key => key.map(Some),
        }
    }

    /// What to say when it brought none.
    async fn own_key(&mut self) -> Result<&'static str, SyncError> {
        match self.officer.renew_own_key().await {
            Ok(()) => Ok(NO_KEY_FOR_TOKEN),
            Err(SyncError::Couch(error)) => match self.city_answers().await {
                true => Ok(NO_TOKEN),
                false => Err(error.into()),
            },
            Err(SyncError::Photo(error)) => Ok(match error {
                PhotoError::Unreachable(_) | PhotoError::Busy { .. } => NO_TOKEN_SERVICE,
                PhotoError::ClockWrong => CLOCK_WRONG,
                _ => NO_KEY_FOR_TOKEN,
            }),
            Err(other) => Err(other),
        }
    }

    /// The store refused the key: whether a newer one is worth asking for before anybody is told.
    pub(crate) fn key_refused(&mut self) -> bool {
        let first = !std::mem::replace(&mut self.held_key.second, false);
        self.held_key.refused = first;
        first
    }

    pub(crate) fn key_taken(&mut self) {
        self.held_key.second = false;
    }

    /// Whether a newer key comes before the next photo.
    pub(crate) fn key_is_due(&self) -> bool {
        self.held_key.judge(clock::now()) != StoreKey::Good
    }
}

impl Officer {
    pub(crate) async fn photo_store(&self) -> Result<PhotoStore, SyncError> {
        let setting = self.with_mirror(|mirror| mirror.setting(PhotoStore::SETTING)).await?;
        PhotoStore::parse(&setting.ok_or(SyncError::NoPhotoStore)?)
    }

    /// Whether keys come for the city's token, and not with the internal database.
    pub(crate) async fn has_own_key(&self) -> Result<bool, SyncError> {
        match self.photo_store().await {
            Ok(store) => Ok(matches!(store.credentials, Credentials::WebIdentity { .. })),
            Err(SyncError::NoPhotoStore | SyncError::BadPhotoStore) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// The newest key on this laptop, if there is one.
    pub(crate) async fn key(&self) -> Result<Option<Key>, SyncError> {
        match self.photo_store().await?.credentials {
            Credentials::Static { access_key, secret_key } => Ok(Some(Key::lasting(access_key, secret_key))),
            Credentials::Published => {
                let published = self.with_mirror(|mirror| mirror.setting(PhotoAccess::SETTING)).await?;
                Ok(published.map(|text| PhotoAccess::parse(&text)).transpose()?.map(|access| access.key()))
            }
            // Own keys end: one that does not is a lasting one from before the setting was changed.
            Credentials::WebIdentity { .. } => Ok(self.access().key().filter(|key| key.ends.is_some())),
        }
    }

    /// The photo store, opened with the newest key on this laptop.
    pub(crate) async fn bucket(&self) -> Result<Bucket, SyncError> {
        let place = self.photo_store().await?.place;
        let key = self.key().await?.ok_or(SyncError::NoPhotoAccess)?;
        if key.ends.is_some_and(|ends| ends <= clock::now()) {
            return Err(SyncError::PhotoAccessExpired);
        }
        self.access().put(key);
        Ok(Bucket::new(&place, self.access().clone())?)
    }

    /// Where each officer has a key of her own: gets one. Elsewhere nothing.
    pub(crate) async fn renew_own_key(&self) -> Result<(), SyncError> {
        if let Some(key) = self.own_key(&self.photo_store().await?).await? {
            self.access().put(key);
        }
        Ok(())
    }

    pub(crate) async fn own_key(&self, store: &PhotoStore) -> Result<Option<Key>, SyncError> {
        let Credentials::WebIdentity { token_service, role, token_path } = &store.credentials else {
            return Ok(None);
        };
        let token = self.server().token(token_path).await?;
        let service = TokenService {
            endpoint: token_service,
            region: &store.place.region,
            bucket: &store.place.bucket,
            role: Some(role.as_str()),
        };
        Ok(Some(service.for_token(&token, self.user(), OWN_KEY).await?))
    }
}

const EXPIRED: &str = "Photo access has expired: the administrator must publish it again.";
const NOT_PUBLISHED: &str = "No photo access has been published yet: the administrator must publish it.";
pub(crate) const REFUSED: &str =
    "The photo store refuses this ward's key. The administrator can set another.";
const NO_TOKEN: &str =
    "The city's server gives no token for the photo store. The administrator must look there.";
const NO_KEY_FOR_TOKEN: &str =
    "The photo store gives no key for the city's token. The administrator must look there.";
const NO_TOKEN_SERVICE: &str = "The photo store's token service cannot be reached. Photos wait.";
pub(crate) const CLOCK_WRONG: &str = "This laptop's clock is wrong. Set it; photos wait until then.";

#[cfg(test)]
mod tests {
    use super::*;

    fn held(ends: Option<i64>) -> HeldKey {
        let text = String::new;
        let key = Key { access_key: text(), secret_key: text(), session_token: None, ends };
        HeldKey { key: Some(key), ..HeldKey::default() }
    }

    #[test]
    fn a_key_is_asked_for_anew_before_it_ends_and_once_it_has() {
        let judged = |ends, now| held(ends).judge(now);
        let table = [
            (Some(1_000), 699, StoreKey::Good),
            (Some(1_000), 700, StoreKey::Ending),
            (Some(1_000), 999, StoreKey::Ending),
            (Some(1_000), 1_000, StoreKey::Over),
            (None, i64::MAX, StoreKey::Good),
        ];
        for (ends, now, expected) in table {
            assert_eq!(judged(ends, now), expected, "{ends:?} at {now}");
        }
        let in_vain = HeldKey { asked_in_vain: true, ..held(Some(1_000)) };
        assert_eq!(in_vain.judge(999), StoreKey::Good, "none newer: it serves to its end");
        assert_eq!(in_vain.judge(1_000), StoreKey::Over);
        assert_eq!(HeldKey { refused: true, ..held(None) }.judge(0), StoreKey::Over);
        assert_eq!(HeldKey::default().judge(0), StoreKey::Over);
    }
}
