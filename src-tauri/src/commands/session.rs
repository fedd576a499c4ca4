use sync::{Officer, SyncError, Unsent};
use tauri::{AppHandle, Runtime, State};
use zeroize::Zeroizing;

use super::Answer;
use crate::contract::{Password, Problem, ProblemCode, Session, SignIn};
use crate::{Desk, files};

#[tauri::command]
#[specta::specta]
pub async fn session(desk: State<'_, Desk>) -> Answer<Session> {
    Ok(desk.session().await)
}

#[tauri::command]
#[specta::specta]
pub async fn sign_in<R: Runtime>(
    app: AppHandle<R>,
    desk: State<'_, Desk>,
    request: SignIn,
) -> Answer<Session> {
    desk.sign_in(&app, request).await?;
    Ok(desk.session().await)
}

/// The server's password changed: the officer types the new one.
#[tauri::command]
#[specta::specta]
pub async fn new_password(desk: State<'_, Desk>, password: Password) -> Answer<Session> {
    let seat = desk.seat().await?;
    seat.officer.new_password(Zeroizing::new(password.as_str().to_owned())).await?;
    Ok(desk.session().await)
}

/// The program starts anew at the sign-in screen, with nothing of the session left in memory.
#[tauri::command]
#[specta::specta]
pub async fn sign_out<R: Runtime>(app: AppHandle<R>, desk: State<'_, Desk>) -> Answer<()> {
    desk.sign_out().await?;
    app.request_restart();
    Ok(())
}

/// Erases the account from this laptop. Refuses while anything is unsent, unless it goes into a file first.
#[tauri::command]
#[specta::specta]
pub async fn remove_account<R: Runtime>(
    app: AppHandle<R>,
    desk: State<'_, Desk>,
    export_unsent: bool,
) -> Answer<()> {
    let seat = desk.seat().await?;
    // What is counted and exported is then all there is.
    seat.stop().await;
    let given_up = match give_up(&app, &seat.officer, export_unsent).await {
        Ok(given_up) => given_up,
        Err(problem) => {
            seat.start(&app).await;
            return Err(problem);
        }
    };
    match seat.officer.clone().remove(given_up).await {
        Ok(()) => {}
        Err(error @ SyncError::UnsentWork(_)) => {
            seat.start(&app).await;
            return Err(error.into());
        }
        // The keys may be gone already: nothing may be saved into this account any more.
        Err(error) => {
            desk.clear().await;
            return Err(error.into());
        }
    }
    desk.clear().await;
    app.request_restart();
    Ok(())
}

/// What is unsent, after it went into a file where the officer wanted that. The window has told of history lines, which are
/// in no file.
async fn give_up<R: Runtime>(app: &AppHandle<R>, officer: &Officer, export_unsent: bool) -> Answer<Unsent> {
    let counts = officer.with_mirror(|mirror| mirror.counts()).await?;
    if counts.unsent_edits() + counts.photos_to_send > 0 {
        let file = match export_unsent {
            true => files::choose_for_unsent(app).await,
            false => None,
        };
        let file = file.ok_or_else(|| {
            Problem::new(
                ProblemCode::UnsentWork,
                "Some of your work is not on the server. Send or export it first.",
            )
        })?;
        let exported = officer.export_unsent(&file).await?;
        if exported.lost_pictures > 0 {
            return Err(Problem::other(
                "A picture of your unsent work could not be read, and is not in the file. Attach it again, or discard its change, before you remove the account.",
            ));
        }
    }
    Ok(Unsent::from(&counts))
}
