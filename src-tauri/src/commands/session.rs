use tauri::{AppHandle, Runtime, State};

use super::Answer;
use crate::contract::{Password, Problem, Removed, Session, SignIn};
use crate::officer::Officer;

#[tauri::command]
#[specta::specta]
pub async fn session(officer: State<'_, Officer>) -> Answer<Session> {
    Ok(officer.session())
}

#[tauri::command]
#[specta::specta]
pub async fn sign_in<R: Runtime>(app: AppHandle<R>, officer: State<'_, Officer>, with: SignIn) -> Answer<Session> {
    Err(Problem::signed_out())
}

/// The server's password changed: the officer types the new one.
#[tauri::command]
#[specta::specta]
pub async fn new_password(officer: State<'_, Officer>, password: Password) -> Answer<Session> {
    Err(Problem::signed_out())
}

/// The window starts anew at the sign-in screen.
#[tauri::command]
#[specta::specta]
pub async fn sign_out<R: Runtime>(app: AppHandle<R>, officer: State<'_, Officer>) -> Answer<()> {
    Err(Problem::signed_out())
}

/// Erases the account from this laptop. Refuses while anything is unsent, unless it goes into a file first.
#[tauri::command]
#[specta::specta]
pub async fn remove_account<R: Runtime>(
    app: AppHandle<R>,
    officer: State<'_, Officer>,
    export_unsent: bool,
) -> Answer<Removed> {
    Err(Problem::signed_out())
}
