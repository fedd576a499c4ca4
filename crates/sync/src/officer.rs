use std::path::Path;
use std::sync::{Arc, PoisonError};

use couch::{Server, Site};
use domain::{Entry, Field, Kind, NewReport, Position, TriagePhoto, Workflow};
use jiff::tz::TimeZone;
use mirror::{Database, Decision, Detail, Mirror, MirrorError, Mode, Modes, NewPhoto};
use photos::{Access, Decoder, Prepared, Sealed};
use tokio::sync::Notify;
use ulid::Ulid;
use vault::Unlocked;
use zeroize::Zeroizing;

use crate::change::check_duplicate;
use crate::{Change, SyncError, Unsent, clock};

/// A signed-in officer: the open account, and everything a person can do in it without a network.
///
/// Each verb checks, then changes the mirror in one transaction. When it returns `Ok`, the work is
/// on disk: "saved on this laptop". The [`crate::Engine`] is woken to carry it further.
#[derive(Clone)]
pub struct Officer {
    inner: Arc<Inner>,
}

struct Inner {
    user: String,
    site: Site,
    server: Server,
    password: std::sync::Mutex<Zeroizing<String>>,
    decoder: Decoder,
    sealed: Arc<Sealed>,
    access: Access,
    mirror: Mirror,
    edited: Notify,
    asked: Notify,
    // Last, so that the account's lock outlives everything that uses its files.
    unlocked: Arc<Unlocked>,
}

/// A report made on behalf of a citizen.
#[derive(Debug, Clone)]
pub struct Report {
    pub description: String,
    pub address: String,
    pub position: Position,
}

impl Officer {
    pub(crate) fn new(
        user: String,
        site: Site,
        server: Server,
        password: Zeroizing<String>,
        decoder: Decoder,
        (mirror, unlocked): (Mirror, Arc<Unlocked>),
    ) -> Officer {
        let sealed = Arc::new(Sealed::new(unlocked.photos_folder(), unlocked.photo_root()));
        let password = password.into();
        let (edited, asked) = (Notify::new(), Notify::new());
        let access = Access::default();
        let inner =
            Inner { user, site, server, password, decoder, sealed, access, mirror, edited, asked, unlocked };
        Officer { inner: Arc::new(inner) }
    }

    /// 32 hex digits that tell nothing about the officer.
    pub fn account_id(&self) -> &str {
        self.inner.unlocked.account_id()
    }

    pub fn user(&self) -> &str {
        &self.inner.user
    }

    pub fn site(&self) -> &Site {
        &self.inner.site
    }

    /// For reading; its calls block and belong on a blocking thread.
    pub fn mirror(&self) -> &Mirror {
        &self.inner.mirror
    }

    pub fn sealed(&self) -> &Arc<Sealed> {
        &self.inner.sealed
    }

    /// The key that the photo store is opened with.
    pub(crate) fn access(&self) -> &Access {
        &self.inner.access
    }

    pub fn decoder(&self) -> &Decoder {
        &self.inner.decoder
    }

    /// Runs a blocking read or write of the mirror off the async threads.
    pub async fn with_mirror<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Mirror) -> Result<T, MirrorError> + Send + 'static,
    ) -> Result<T, SyncError> {
        let mirror = self.inner.mirror.clone();
        let done = tokio::task::spawn_blocking(move || call(&mirror)).await?;
        if self.inner.mirror.was_mended() {
            self.sync_now();
        }
        Ok(done?)
    }

    pub async fn grievance(&self, id: &str) -> Result<Detail, SyncError> {
        let wanted = id.to_owned();
        let found = self.with_mirror(move |mirror| mirror.grievance(&wanted)).await?;
        found.ok_or_else(|| SyncError::NoSuchGrievance(id.to_owned()))
    }

    /// The ward's time zone.
    pub async fn zone(&self) -> Result<TimeZone, SyncError> {
        Ok(self.workflow().await?.time_zone())
    }

    pub async fn workflow(&self) -> Result<Workflow, SyncError> {
        self.with_mirror(|mirror| mirror.workflow()).await
    }

    pub async fn change(&self, id: &str, change: Change) -> Result<Detail, SyncError> {
        let workflow = self.workflow().await?;
        let current = self.grievance(id).await?;
        let seen = change.seen();
        if let Some(original) = change.original() {
            check_duplicate(&current, &self.grievance(&original).await?)?;
        }
        let (field, wanted) = change.checked(&workflow, &current)?;
        let (document, by, at) = (id.to_owned(), self.user().to_owned(), stamp(&workflow));
        self.with_mirror(move |mirror| mirror.change_from(&document, field, seen, wanted, &by, &at)).await?;
        self.changed();
        self.grievance(id).await
    }

    /// Adds a line to the history of a grievance's case; `visit` says that the officer was there.
    pub async fn note(&self, id: &str, visit: bool, text: &str) -> Result<Detail, SyncError> {
        let workflow = self.workflow().await?;
        if self.grievance(id).await?.case.is_none() {
            return Err(SyncError::NoInternalDatabase);
        }
        let (line, at) = (Ulid::generate().to_string(), stamp(&workflow));
        let (document, by) = (id.to_owned(), self.user().to_owned());
        let note = Entry::of_note(id, &line, visit, text, &by, &at)?;
        self.with_mirror(move |mirror| mirror.change(&document, Field::Note(line), note, &by, &at)).await?;
        self.changed();
        self.grievance(id).await
    }

    /// Orients, strips and shrinks a camera's file in a child process; nothing is kept yet.
    pub async fn prepare(&self, file: Vec<u8>) -> Result<Prepared, SyncError> {
        Ok(self.inner.decoder.prepare(file).await?)
    }

    pub async fn attach(&self, id: &str, photo: &Prepared, kind: Kind) -> Result<Detail, SyncError> {
        let workflow = self.workflow().await?;
        self.grievance(id).await?;
        let at = stamp(&workflow);
        let named = TriagePhoto {
            id: Ulid::generate().to_string(),
            large: domain::large_key(&photo.sha256),
            thumbnail: domain::thumbnail_key(&photo.sha256),
            kind,
            sha256: photo.sha256.clone(),
            taken_at: taken_at(photo, &workflow).unwrap_or_else(|| at.clone()),
        };
        let (large, thumbnail) = self.seal(photo).await?;
        let (document, by) = (id.to_owned(), self.user().to_owned());
        self.with_mirror(move |mirror| mirror.attach(&document, &named, &large, &thumbnail, &by, &at))
            .await?;
        self.changed();
        self.grievance(id).await
    }

    pub async fn file_report(&self, report: Report, photo: &Prepared) -> Result<Detail, SyncError> {
        let workflow = self.workflow().await?;
        // A ULID is 128 bits, so its number is an id of the phones' form, and no id comes twice.
        let id = format!("{:032x}", u128::from(Ulid::generate()));
        let document = NewReport {
            description: report.description,
            address: report.address,
            position: report.position,
            reported_by: self.user().to_owned(),
            large: domain::large_key(&photo.sha256),
            thumbnail: domain::thumbnail_key(&photo.sha256),
        }
        .document(&id, clock::local(&workflow.time_zone()).datetime())?;
        let (large, thumbnail) = self.seal(photo).await?;
        let (sha256, by, at) = (photo.sha256.clone(), self.user().to_owned(), stamp(&workflow));
        self.with_mirror(move |mirror| mirror.file_report(&document, &large, &thumbnail, &sha256, &by, &at))
            .await?;
        self.changed();
        self.grievance(&id).await
    }

    /// Takes an unsent edit back.
    pub async fn take_back(&self, edit: &str) -> Result<(), SyncError> {
        let edit = edit.to_owned();
        let now = clock::now();
        self.with_mirror(move |mirror| mirror.take_back(&edit, now)).await?;
        self.changed();
        Ok(())
    }

    /// Throws an unsent edit away, whatever the server said of it.
    pub async fn discard(&self, edit: &str) -> Result<(), SyncError> {
        let (edit, now) = (edit.to_owned(), clock::now());
        self.with_mirror(move |mirror| mirror.discard(&edit, now)).await?;
        self.changed();
        Ok(())
    }

    pub async fn try_again(&self, edit: &str) -> Result<(), SyncError> {
        let edit = edit.to_owned();
        self.with_mirror(move |mirror| mirror.try_again(&edit)).await?;
        self.changed();
        Ok(())
    }

    /// Decides a clash with what the office had at `rev`: keep what the officer wants, or what the office has.
    pub async fn settle(&self, edit: &str, rev: &str, decision: Decision) -> Result<(), SyncError> {
        let (edit, rev) = (edit.to_owned(), rev.to_owned());
        let now = clock::now();
        self.with_mirror(move |mirror| mirror.settle(&edit, &rev, decision, now)).await?;
        self.changed();
        Ok(())
    }

    /// What goes between this laptop and each database.
    pub async fn modes(&self) -> Result<Modes, SyncError> {
        self.with_mirror(|mirror| mirror.modes()).await
    }

    /// From the engine's next step on; a request that is on its way ends.
    pub async fn set_mode(&self, database: Database, mode: Mode) -> Result<(), SyncError> {
        self.with_mirror(move |mirror| mirror.set_mode(database, mode)).await?;
        self.changed();
        Ok(())
    }

    /// The server takes another password since it was changed there: proves it, then re-wraps the
    /// account's key with it. The work on this laptop is untouched.
    pub async fn new_password(&self, password: Zeroizing<String>) -> Result<(), SyncError> {
        self.inner.server.sign_in(self.user(), &password).await.map_err(|error| match error {
            couch::CouchError::WrongPassword => SyncError::WrongPassword,
            other => other.into(),
        })?;
        let (officer, new) = (self.clone(), password.clone());
        tokio::task::spawn_blocking(move || officer.inner.unlocked.change_password(&new)).await??;
        *self.inner.password.lock().unwrap_or_else(PoisonError::into_inner) = password;
        self.sync_now();
        Ok(())
    }

    /// Removes this account from the laptop: the keys first, then the files. Refuses while more is unsent than what
    /// was exported or is `given_up`.
    pub async fn remove(self, given_up: Unsent) -> Result<(), SyncError> {
        let counts = self.with_mirror(|mirror| mirror.counts()).await?;
        let unsent = Unsent::from(&counts);
        if !given_up.covers(unsent) {
            return Err(SyncError::UnsentWork(unsent));
        }
        self.with_mirror(|mirror| mirror.checkpoint_wal()).await?;
        tokio::task::spawn_blocking(move || self.inner.unlocked.erase()).await??;
        Ok(())
    }

    /// Ends the session: its cookie and password are forgotten here.
    pub async fn sign_out(self) -> Result<(), SyncError> {
        self.inner.server.sign_out().await;
        self.with_mirror(|mirror| mirror.checkpoint_wal()).await
    }

    /// Has the engine try everything at once, whatever it waits for.
    pub fn sync_now(&self) {
        self.inner.asked.notify_one();
    }

    /// The account's folder on this laptop.
    pub(crate) fn folder(&self) -> &Path {
        self.inner.unlocked.folder()
    }

    pub(crate) fn changed(&self) {
        self.inner.edited.notify_one();
    }

    pub(crate) async fn edited(&self) {
        self.inner.edited.notified().await;
    }

    pub(crate) async fn asked(&self) {
        self.inner.asked.notified().await;
    }

    pub(crate) fn server(&self) -> &Server {
        &self.inner.server
    }

    pub(crate) fn remote(&self, database: mirror::Database) -> couch::Database {
        let site = &self.inner.site;
        match database {
            mirror::Database::Grievances => self.inner.server.database(site.database()),
            mirror::Database::Internal => self.inner.server.database(&site.ops_database()),
        }
    }

    pub(crate) fn password(&self) -> Zeroizing<String> {
        self.inner.password.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn seal(&self, photo: &Prepared) -> Result<(NewPhoto, NewPhoto), SyncError> {
        let (sealed, large, thumbnail) =
            (self.inner.sealed.clone(), photo.large.clone(), photo.thumbnail.clone());
        tokio::task::spawn_blocking(move || {
            let write = |bytes: &[u8]| -> Result<NewPhoto, SyncError> {
                Ok(NewPhoto { file: sealed.write(bytes)?.to_string(), bytes: bytes.len() as u64 })
            };
            Ok((write(&large)?, write(&thumbnail)?))
        })
        .await?
    }
}

pub(crate) fn stamp(workflow: &Workflow) -> String {
    clock::stamp(&workflow.time_zone())
}

/// The camera's local time with the ward's offset.
fn taken_at(photo: &Prepared, workflow: &Workflow) -> Option<String> {
    let taken = workflow.time_zone().to_ambiguous_zoned_datetime(photo.taken_at?).compatible().ok()?;
    Some(taken.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}
