//! Housekeeping of an account: what crashes left behind, and what nobody should wait for.

use std::collections::BTreeSet;
use std::convert::Infallible;

use mirror::Mirror;
use photos::Sealed;

use crate::clock::Agreement;
use crate::plan::IDLE;
use crate::{Officer, SyncError, clock};

/// Removes sealed files that no row names: a photo is sealed before the row that makes it count,
/// so a crash between the two leaves such a file. Call it before anybody else uses the account.
pub fn clear_debris(mirror: &Mirror, sealed: &Sealed) -> Result<(), SyncError> {
    sealed.sweep()?;
    let named: BTreeSet<String> = mirror.photo_files()?.into_iter().collect();
    for file in sealed.list()? {
        if !named.contains(&file.to_string()) {
            sealed.remove(&file)?;
        }
    }
    Ok(())
}

/// Looks once through the mirror for damage that nobody has met yet, tidies it in short steps, then waits
/// for ever. Begins when nothing has happened for a while, and is dropped when there is work: a step is one
/// transaction. What is old goes only while the laptop's `clock` agrees with the server's.
pub async fn when_idle(officer: &Officer, clock: Option<Agreement>) -> SyncError {
    let Err(error) = idle(officer, clock).await;
    error
}

async fn idle(officer: &Officer, clock: Option<Agreement>) -> Result<Infallible, SyncError> {
    tokio::time::sleep(IDLE).await;
    officer.with_mirror(|mirror| mirror.examine()).await?;
    let now = move || clock.filter(Agreement::lasts).map(|_| clock::now());
    while officer.with_mirror(move |mirror| mirror.tidy(now())).await? {}
    officer.with_mirror(|mirror| mirror.checkpoint_wal()).await?;
    std::future::pending().await
}
