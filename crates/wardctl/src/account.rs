//! Which account the officer's commands work on. The file `current` in the accounts folder holds
//! the account's id, which says neither who it belongs to nor where its server is.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use couch::Site;
use serde_json::json;
use sync::{Officer, SignIn, SyncError, Unsent};

use crate::error::WardctlError;
use crate::output::Output;
use crate::password;

/// The folder of `--home`, or the desktop app's.
pub fn home(chosen: Option<PathBuf>) -> Result<PathBuf, WardctlError> {
    chosen.or_else(vault::default_home).ok_or(WardctlError::NoHome)
}

pub async fn sign_in(home: &Path, couch: &str, user: String, output: &Output) -> Result<(), WardctlError> {
    let site = Site::parse(couch)?;
    let password = password::current(&user)?;
    let request = |previous_password| -> Result<SignIn, WardctlError> {
        Ok(SignIn {
            home: home.to_owned(),
            decoder: std::env::current_exe()?,
            site: site.clone(),
            user: user.clone(),
            password: password.clone(),
            previous_password,
        })
    };
    let officer = match sync::sign_in(request(None)?).await {
        Err(SyncError::PreviousPasswordNeeded) => {
            output.progress(&SyncError::PreviousPasswordNeeded.to_string());
            let previous = password::previous(&user)?;
            sync::sign_in(request(Some(previous))?).await?
        }
        signed_in => signed_in?,
    };
    let current = current(home);
    remember(&current, officer.account_id()).map_err(|error| WardctlError::File(current, error))?;
    if let vault::Strength::Weak { why } = vault::strength(&password) {
        output.progress(&format!(
            "This password is easy to guess: {why} Whoever steals the laptop can try for ever."
        ));
    }
    let signed_in = json!({ "user": officer.user(), "site": couch });
    output.say(&signed_in, |_| format!("{user} is signed in. The ward arrives with `wardctl sync`."))
}

/// The current account, opened with its password.
pub async fn open(home: &Path, output: &Output) -> Result<Officer, WardctlError> {
    let id = std::fs::read_to_string(current(home)).map_err(|_| WardctlError::NobodySignedIn)?;
    let password = password::current("the signed-in officer")?;
    let officer = sync::resume(home, &std::env::current_exe()?, id.trim(), password).await?;
    if let Some(mended) = officer.mirror().mended() {
        output.progress(&mended.sentence());
    }
    Ok(officer)
}

pub async fn sign_out(home: &Path, remove: bool, output: &Output) -> Result<(), WardctlError> {
    let officer = open(home, output).await?;
    if remove {
        officer.remove(Unsent::default()).await?;
    } else {
        officer.sign_out().await?;
    }
    let current = current(home);
    std::fs::remove_file(&current).map_err(|error| WardctlError::File(current, error))?;
    output.say(&json!({ "removed": remove }), |_| match remove {
        true => "Signed out. Nothing of this account is left on the laptop.".to_owned(),
        false => "Signed out. The account stays on this laptop, encrypted.".to_owned(),
    })
}

/// Only this user may read it, and a crash leaves it as before or whole.
fn remember(current: &Path, id: &str) -> std::io::Result<()> {
    let unfinished = current.with_added_extension("unfinished");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(id.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(unfinished, current)
}

fn current(home: &Path) -> PathBuf {
    home.join("current")
}
