use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use couch::{CouchError, Server, Site};
use mirror::{Mirror, Owner};
use photos::{Decoder, Sealed};
use vault::{Home, Unlocked, VaultError};
use zeroize::Zeroizing;

use crate::{Officer, SyncError, upkeep};

/// What an officer types, and where accounts are kept.
pub struct SignIn {
    pub home: PathBuf,
    /// The program that decodes photos in a child process.
    pub decoder: PathBuf,
    pub site: Site,
    pub user: String,
    pub password: Zeroizing<String>,
    /// Asked for when the server's password was changed elsewhere.
    pub previous_password: Option<Zeroizing<String>>,
}

/// Opens the officer's account: with the password alone where the account is on this laptop, with
/// the server's word where it is not. Wrong passwords leave nothing behind.
pub async fn sign_in(request: SignIn) -> Result<Officer, SyncError> {
    let server = Server::new(request.site.origin())?;
    let account = Home::open(&request.home)?.account(&place(&request.site), &request.user);
    let unlocked = match (unlock(&account, &request.password).await, account.exists()) {
        (Ok(unlocked), _) => unlocked,
        (Err(SyncError::Vault(VaultError::WrongPassword)), exists) => {
            ask_server(&server, &request).await?;
            match exists {
                false => create(&account, &request.password).await?,
                true => rewrap(&account, &request).await?,
            }
        }
        (Err(other), _) => return Err(other),
    };
    let (mirror, unlocked) = open_mirror(Arc::new(unlocked)).await?;
    let owner = Owner { site: request.site.to_string(), user: request.user.clone() };
    let mirror = tokio::task::spawn_blocking(move || mirror.set_owner(&owner).map(|()| mirror)).await??;
    let decoder = Decoder::new(request.decoder);
    let officer =
        Officer::new(request.user, request.site, server, request.password, decoder, (mirror, unlocked));
    officer.pin_server().await?;
    Ok(officer)
}

/// Opens an account that was signed in to before, by the id that stands for it.
pub async fn resume(
    home: &Path,
    decoder: &Path,
    account_id: &str,
    password: Zeroizing<String>,
) -> Result<Officer, SyncError> {
    let account = Home::open(home)?.account_with_id(account_id)?;
    let unlocked = unlock(&account, &password).await.map_err(|error| match error {
        SyncError::Vault(VaultError::WrongPassword) => SyncError::WrongPassword,
        other => other,
    })?;
    open(Arc::new(unlocked), decoder, password).await
}

/// Opens the officer's mirror with the keys of an account that is unlocked. The password is what
/// the server will be asked with.
pub async fn open(
    unlocked: Arc<Unlocked>,
    decoder: &Path,
    password: Zeroizing<String>,
) -> Result<Officer, SyncError> {
    let (mirror, unlocked) = open_mirror(unlocked).await?;
    let (owner, mirror) =
        tokio::task::spawn_blocking(move || mirror.owner().map(|owner| (owner, mirror))).await??;
    let owner = owner.ok_or(SyncError::NobodysMirror)?;
    let site = Site::parse(&owner.site)?;
    let server = Server::new(site.origin())?;
    let decoder = Decoder::new(decoder.to_owned());
    let officer = Officer::new(owner.user, site, server, password, decoder, (mirror, unlocked));
    officer.pin_server().await?;
    Ok(officer)
}

async fn open_mirror(unlocked: Arc<Unlocked>) -> Result<(Mirror, Arc<Unlocked>), SyncError> {
    let opened = tokio::task::spawn_blocking(move || {
        let mirror = Mirror::open(&unlocked.mirror_path(), &unlocked.mirror_key())?;
        upkeep::clear_debris(&mirror, &Sealed::new(unlocked.photos_folder(), unlocked.photo_root()))?;
        Ok::<_, SyncError>((mirror, unlocked))
    });
    opened.await?
}

/// What names a site in the vault: accounts of two databases on one server are two accounts.
pub(crate) fn place(site: &Site) -> String {
    format!("{}{}", site.origin(), site.database())
}

/// Only the server can say that a password which opens nothing here is right all the same.
async fn ask_server(server: &Server, request: &SignIn) -> Result<(), SyncError> {
    match server.sign_in(&request.user, &request.password).await {
        Ok(_) => Ok(()),
        Err(CouchError::WrongPassword) => Err(SyncError::WrongPassword),
        Err(
            away @ (CouchError::Unreachable { .. }
            | CouchError::NotOurServer { .. }
            | CouchError::Busy { .. }),
        ) => Err(SyncError::NothingOpens(away)),
        Err(other) => Err(other.into()),
    }
}

async fn rewrap(account: &vault::Account, request: &SignIn) -> Result<Unlocked, SyncError> {
    let previous = request.previous_password.as_ref().ok_or(SyncError::PreviousPasswordNeeded)?;
    let unlocked = unlock(account, previous).await?;
    let new = request.password.clone();
    tokio::task::spawn_blocking(move || {
        unlocked.change_password(&new)?;
        Ok(unlocked)
    })
    .await?
}

async fn unlock(account: &vault::Account, password: &Zeroizing<String>) -> Result<Unlocked, SyncError> {
    let (account, password) = (account.clone(), password.clone());
    Ok(tokio::task::spawn_blocking(move || account.unlock(&password, SystemTime::now())).await??)
}

async fn create(account: &vault::Account, password: &Zeroizing<String>) -> Result<Unlocked, SyncError> {
    let (account, password) = (account.clone(), password.clone());
    Ok(tokio::task::spawn_blocking(move || account.create(&password)).await??)
}
