use std::path::{Path, PathBuf};
use std::sync::Arc;

use tauri::{AppHandle, Runtime};
use tokio::sync::RwLock;
use zeroize::Zeroizing;

use crate::contract::{Password, Problem, Session, SignIn};
use crate::seat::Seat;

/// The desk at which one officer at a time is signed in. Every command asks it for the seat and so
/// refuses while nobody sits there.
pub struct Desk {
    home: PathBuf,
    /// The address to offer on the sign-in screen.
    site: String,
    /// This program, which also decodes photos as a child of itself.
    program: PathBuf,
    seat: RwLock<Option<Arc<Seat>>>,
}

impl Desk {
    pub fn new(home: PathBuf, site: String, program: PathBuf) -> Desk {
        Desk { home, site, program, seat: RwLock::new(None) }
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    pub async fn session(&self) -> Session {
        let seat = self.seat.read().await;
        Session { signed_in: seat.as_ref().map(|seat| seat.signed_in()), site: self.site.clone() }
    }

    /// Who sits here.
    pub async fn seat(&self) -> Result<Arc<Seat>, Problem> {
        self.seat.read().await.clone().ok_or_else(Problem::signed_out)
    }

    pub async fn sign_in<R: Runtime>(&self, app: &AppHandle<R>, with: SignIn) -> Result<(), Problem> {
        let mut seat = self.seat.write().await;
        if seat.is_some() {
            return Err(Problem::other("An officer is signed in already."));
        }
        let secret = |password: &Password| Zeroizing::new(password.as_str().to_owned());
        let request = sync::SignIn {
            home: self.home.clone(),
            decoder: self.program.clone(),
            site: sync::Site::parse(with.site.as_str().trim()).map_err(sync::SyncError::from)?,
            user: with.user.as_str().to_owned(),
            password: secret(&with.password),
            previous_password: with.previous_password.as_ref().map(secret),
        };
        let officer = sync::sign_in(request).await?;
        *seat =
            Some(Arc::new(Seat::take(app, officer, with.site.into_string(), with.password.as_str()).await?));
        Ok(())
    }

    /// Signs out whoever sits here: sync stops, the mirror closes, the secrets go.
    pub async fn sign_out(&self) -> Result<(), Problem> {
        let seat = self.seat.write().await.take().ok_or_else(Problem::signed_out)?;
        seat.leave().await;
        Ok(())
    }

    /// The account is gone from the laptop; nobody sits here any more.
    pub async fn clear(&self) {
        self.seat.write().await.take();
    }

    /// Ends a session on the way out of the program.
    pub async fn close(&self) {
        if let Some(seat) = self.seat.write().await.take() {
            seat.leave().await;
        }
    }
}
