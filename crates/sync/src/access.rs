//! The key to the photo store: where it is found, and who must act when there is none. When to ask, and when photos wait
//! for another one, is the plan's to say; here is what the plan is told, and the asking.

use mirror::Database;
use photos::{Bucket, Key, PhotoError, TokenService};

use crate::photo_store::{Credentials, PhotoAccess, PhotoStore};
use crate::plan::{Asked, Lack, Road, StoreKey};
use crate::{Engine, Officer, SyncError, clock};

/// Seconds for which an officer's own key is asked.
const OWN_KEY: u32 = 3_600;

impl Engine {
    /// For the plan.
    pub(crate) async fn store_key(&mut self) -> Result<StoreKey, SyncError> {
        // Whoever goes to the store finds what is wrong with its setting.
        let Some(key) = self.known_key().await? else { return Ok(StoreKey::Good) };
        if self.held_key.came(key) {
            self.store.succeeded();
        }
        Ok(self.held_key.judge(clock::now()))
    }

    /// Asks for a newer key. The internal database is where published and static ones come from.
    pub(crate) async fn renew_key(&mut self) -> Result<(), SyncError> {
        let (without_own, was_there) = match self.officer.photo_store().await?.credentials {
            Credentials::WebIdentity { .. } => (Some(self.own_key().await?), true),
            Credentials::Published | Credentials::Static { .. } => {
                self.pull(Database::Internal).await?;
                (None, self.internal.road == Road::Open)
            }
        };
        let Some(key) = self.known_key().await? else { return Ok(()) };
        let why = match self.held_key.asked(key, was_there, clock::now()) {
            Asked::GoesOn => return Ok(()),
            Asked::CameLate => CLOCK_WRONG,
            Asked::InVain(lack) => without_own.unwrap_or(match lack {
                Lack::Refused => REFUSED,
                Lack::Ended => EXPIRED,
                Lack::NeverThere => NOT_PUBLISHED,
            }),
        };
        self.photos_wait(why).await
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
