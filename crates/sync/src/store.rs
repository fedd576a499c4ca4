//! Photos to and from the bucket. An upload counts when the store's own word for what it holds
//! matches what we sealed; only then may the edit leave that names the photo.

use std::time::Instant;

use futures_util::{StreamExt, stream};
use mirror::Upload;
use photos::{Bucket, FileId, PhotoError, Size};

use crate::access::{CLOCK_WRONG, REFUSED};
use crate::plan::{self, FULL_RETRY, Patience, StoreTrouble, UPLOAD_RETRY};
use crate::state::Activity;
use crate::timeline::{Deed, Noted};
use crate::{Engine, Happening, Officer, SyncError, clock};

const UPLOADS: u32 = 8;
/// Bytes of a picture that tells how fast the line is.
const LARGE: usize = 100 << 10;
const THUMBNAILS: u32 = 64;
/// Downloads at once: enough to fill a slow line, few enough for two cores of decoding.
const AT_ONCE: usize = 4;

impl Engine {
    pub(crate) async fn upload(&mut self) -> Result<(), SyncError> {
        let now = clock::now();
        let bucket = match self.officer.bucket().await {
            Ok(bucket) => bucket,
            Err(why) if is_no_store(&why) => {
                self.uploads_wait(&why.to_string(), 0).await?;
                return self.store_failed(NO_STORE, Patience::Backoff);
            }
            Err(other) => return Err(other),
        };
        let uploads = self.officer.with_mirror(move |mirror| mirror.photos_to_upload(UPLOADS, now)).await?;
        let patience = plan::upload_patience(self.unheard_uploads);
        let bucket = bucket.with_patience(patience);
        for upload in uploads {
            let (key, began) = (upload.key.clone(), Instant::now());
            self.activity(Activity::Sending).await?;
            self.state.send_modify(|state| state.leaving_photo = Some(key.clone()));
            match self.officer.send(&bucket, upload).await {
                Ok(None) => self.tell(Happening::PhotoChanged { key }),
                Ok(Some(bytes)) => {
                    if bytes >= LARGE && began.elapsed() < photos::PATIENCE {
                        self.unheard_uploads = 0;
                    }
                    self.store_reached();
                    self.note(Noted::Counted(Deed::Uploaded, 1));
                    self.tell(Happening::PhotoChanged { key });
                    if self.key_is_due() {
                        return Ok(());
                    }
                }
                Err(SyncError::Photo(error)) => {
                    // A store that cannot even be connected to says so sooner.
                    self.unheard_uploads += u32::from(began.elapsed() >= patience);
                    return self.store_trouble(key, error).await;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// The store takes and gives nothing.
    pub(crate) async fn photos_wait(&mut self, why: &'static str) -> Result<(), SyncError> {
        self.uploads_wait(why, 0).await?;
        self.store_failed(why, Patience::Backoff)
    }

    /// Each photo says what it waits for.
    async fn uploads_wait(&self, why: &str, retry_at: i64) -> Result<(), SyncError> {
        let (why, now) = (why.to_owned(), clock::now());
        self.officer.with_mirror(move |mirror| mirror.uploads_wait(&why, retry_at, now)).await
    }

    /// One photo failed: it waits with its reason; the others go on unless the store itself is away.
    async fn store_trouble(&mut self, key: String, error: PhotoError) -> Result<(), SyncError> {
        match plan::store_trouble(&error) {
            StoreTrouble::Key if self.held_key.refused() => return Ok(()),
            StoreTrouble::Full => return self.uploads_wait(FULL, clock::now() + FULL_RETRY).await,
            StoreTrouble::Key | StoreTrouble::Away | StoreTrouble::ThisPhoto => {}
        }
        let away = away(&error);
        // A store that is away rests as a whole; the photo is ready when it is back, behind those that were not tried.
        let retry_at = clock::now() + if away.is_some() { 0 } else { UPLOAD_RETRY };
        let patience = plan::store_patience(&error);
        let why = away.map_or_else(|| error.to_string(), str::to_owned);
        self.officer.with_mirror(move |mirror| mirror.photo_failed(&key, &why, retry_at)).await?;
        away.map_or(Ok(()), |why| self.store_failed(why, patience))
    }

    pub(crate) async fn fetch_thumbnails(&mut self) -> Result<(), SyncError> {
        let bucket = match self.officer.bucket().await {
            Ok(bucket) => bucket,
            // The captions say where the pictures are; only an upload has to say why it waits.
            Err(why) if is_no_store(&why) => return self.store_failed(NO_STORE, Patience::Backoff),
            Err(other) => return Err(other),
        };
        // All that anybody waits for is done; pictures may take long on a slow line.
        self.activity(Activity::Resting).await?;
        let now = clock::now();
        let keys =
            self.officer.with_mirror(move |mirror| mirror.thumbnails_to_fetch(THUMBNAILS, now)).await?;
        let officer = self.officer.clone();
        let (officer, bucket) = (&officer, &bucket);
        let mut fetched = stream::iter(keys)
            .map(|key| async move {
                let kept = officer.keep(bucket, &key, Size::Thumbnail).await;
                (key, kept)
            })
            .buffer_unordered(AT_ONCE);
        let (mut trouble, mut edited) = (None, false);
        loop {
            let (key, kept) = tokio::select! {
                next = fetched.next() => match next {
                    Some(next) => next,
                    None => break,
                },
                // Nobody's change waits behind pictures.
                () = officer.edited() => {
                    edited = true;
                    break;
                }
            };
            match kept {
                Ok(()) => {
                    self.note(Noted::Counted(Deed::Fetched, 1));
                    self.tell(Happening::PhotoChanged { key });
                }
                Err(SyncError::Photo(error)) if away(&error).is_some() => trouble = Some(error),
                Err(error @ SyncError::Photo(PhotoError::Io(_))) => return Err(error),
                // Noted in the mirror, with the time of the next try.
                Err(SyncError::Photo(_)) => {}
                Err(other) => return Err(other),
            }
        }
        // Rows and captions say which pictures are not there yet.
        self.tell(Happening::GrievancesChanged { new: 0 });
        if edited {
            self.edited();
            return self.activity(Activity::Resting).await;
        }
        match trouble {
            Some(PhotoError::AccessRefused) if self.held_key.refused() => Ok(()),
            Some(error) => {
                away(&error).map_or(Ok(()), |why| self.store_failed(why, plan::store_patience(&error)))
            }
            None => {
                self.store_reached();
                Ok(())
            }
        }
    }
}

impl Officer {
    /// Brings a large picture to this laptop, when it is not here already.
    pub async fn fetch_photo(&self, key: &str) -> Result<(), SyncError> {
        let wanted = key.to_owned();
        let known = self.with_mirror(move |mirror| mirror.photo(&wanted)).await?;
        if known.is_some_and(|photo| photo.file.is_some()) {
            return Ok(());
        }
        // Nobody but the officer waits for this one, so it goes by no plan.
        if self.key().await?.is_none_or(|known| known.ends.is_some_and(|ends| ends <= clock::now())) {
            self.renew_own_key().await?;
        }
        let kept = self.keep(&self.bucket().await?, key, Size::Large).await;
        match kept {
            Err(SyncError::Photo(PhotoError::AccessRefused)) => {
                self.renew_own_key().await?;
                self.keep(&self.bucket().await?, key, Size::Large).await
            }
            kept => kept,
        }
    }

    /// The bytes of a photo that is on this laptop, a JPEG of our own making.
    pub async fn photo(&self, key: &str) -> Result<Option<Vec<u8>>, SyncError> {
        let wanted = key.to_owned();
        let known = self.with_mirror(move |mirror| mirror.photo(&wanted)).await?;
        let Some(file) = known.and_then(|photo| photo.file) else { return Ok(None) };
        let (sealed, file) = (self.sealed().clone(), file.parse::<FileId>()?);
        match tokio::task::spawn_blocking(move || sealed.read(&file)).await? {
            // A bad sector costs one picture, and the store has another copy of it.
            Err(PhotoError::Missing | PhotoError::Damaged) => {
                let key = key.to_owned();
                self.with_mirror(move |mirror| mirror.photo_lost(&key)).await?;
                Ok(None)
            }
            read => Ok(Some(read?)),
        }
    }

    /// Returns how many bytes the picture has; `None` when it cannot be read, and the store had proved that it has it.
    async fn send(&self, bucket: &Bucket, upload: Upload) -> Result<Option<usize>, SyncError> {
        let (sealed, file) = (self.sealed().clone(), upload.file.parse::<FileId>()?);
        let bytes = match tokio::task::spawn_blocking(move || sealed.read(&file)).await? {
            Ok(bytes) => bytes,
            Err(error) => {
                let was_proved = self.with_mirror(move |mirror| mirror.photo_unreadable(&upload.key)).await?;
                return if was_proved { Ok(None) } else { Err(error.into()) };
            }
        };
        let size = bytes.len();
        let stored = bucket.put(&upload.key, bytes).await?;
        let now = clock::now();
        self.with_mirror(move |mirror| mirror.photo_stored(&upload.key, &stored.sha256, now)).await?;
        Ok(Some(size))
    }

    /// Fetches, re-encodes and seals one photo; what is not there is noted and asked for later.
    async fn keep(&self, bucket: &Bucket, key: &str, size: Size) -> Result<(), SyncError> {
        let fetched = match bucket.get(key).await {
            Ok(bytes) => self.decoder().display(bytes, size).await,
            Err(error) => Err(error),
        };
        let key = key.to_owned();
        let picture = match fetched {
            Ok(picture) => picture,
            Err(error) => {
                if away(&error).is_none() && !matches!(error, PhotoError::Io(_)) {
                    let retry_at = plan::download_retry(size, &error, clock::now());
                    self.with_mirror(move |mirror| mirror.photo_not_there(&key, retry_at)).await?;
                }
                return Err(error.into());
            }
        };
        let sealed = self.sealed().clone();
        let (file, bytes) = tokio::task::spawn_blocking(move || {
            let file = sealed.write(&picture)?;
            Ok::<_, PhotoError>((file, picture.len() as u64))
        })
        .await??;
        let replaced =
            self.with_mirror(move |mirror| mirror.photo_kept(&key, &file.to_string(), bytes)).await?;
        match replaced {
            Some(old) => Ok(self.sealed().remove(&old.parse()?)?),
            None => Ok(()),
        }
    }
}

const NO_STORE: &str = "No usable photo store is set up for this ward. The administrator can name one.";

const FULL: &str = "The photo store is full. Photos wait until its administrator makes room.";

/// That there is nowhere to bring photos, or no key to it.
fn is_no_store(error: &SyncError) -> bool {
    matches!(
        error,
        SyncError::NoPhotoStore
            | SyncError::BadPhotoStore
            | SyncError::NoPhotoAccess
            | SyncError::PhotoAccessExpired
            | SyncError::Photo(_)
    )
}

/// What to say where no photo at all comes or goes now.
fn away(error: &PhotoError) -> Option<&'static str> {
    match plan::store_trouble(error) {
        StoreTrouble::Full | StoreTrouble::ThisPhoto => None,
        StoreTrouble::Key => Some(REFUSED),
        StoreTrouble::Away => Some(match error {
            PhotoError::Busy { .. } => "The photo store is busy. Photos wait.",
            PhotoError::ClockWrong => CLOCK_WRONG,
            PhotoError::NoDecoder(_) => "This laptop cannot open pictures now. They are tried again.",
            _ => "The photo store cannot be reached. Photos wait.",
        }),
    }
}
