use std::time::Duration;

use sync::{Engine, Officer, SyncState};
use tauri::async_runtime::JoinHandle;
use tauri::{AppHandle, Runtime};
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use crate::contract::{Problem, SignedIn};
use crate::news;
use crate::tray::Tray;

/// How long sync may take to stop, and the mirror to be put in order.
const PATIENCE: Duration = Duration::from_secs(3);

/// A signed-in officer, the engine that runs for them, and the photos they have not attached yet.
pub struct Seat {
    pub officer: Officer,
    pub tray: Tray,
    site: String,
    photo_token: String,
    notice: Option<String>,
    engine: Mutex<Option<Running>>,
}

struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
    state: watch::Receiver<SyncState>,
}

impl Seat {
    pub async fn take<R: Runtime>(
        app: &AppHandle<R>,
        officer: Officer,
        site: String,
        password: &str,
    ) -> Result<Seat, Problem> {
        // The engine would tell it before the window listens.
        let mended = officer.mirror().mended().map(|mended| mended.sentence());
        let weak = match vault::strength(password) {
            vault::Strength::Strong => None,
            vault::Strength::Weak { why } => Some(format!(
                "Your password is easy to guess. {why} Whoever steals this laptop can try as often as they like."
            )),
        };
        let notice: Vec<String> = [mended, weak].into_iter().flatten().collect();
        let seat = Seat {
            officer,
            tray: Tray::default(),
            site,
            photo_token: random_token()?,
            notice: (!notice.is_empty()).then(|| notice.join(" ")),
            engine: Mutex::new(None),
        };
        seat.start(app).await;
        Ok(seat)
    }

    pub fn signed_in(&self) -> SignedIn {
        SignedIn {
            site: self.site.clone(),
            user: self.officer.user().to_owned(),
            photo_token: self.photo_token.clone(),
            notice: self.notice.clone(),
        }
    }

    /// Whether a request for a picture comes from this session's window.
    pub fn knows(&self, photo_token: &str) -> bool {
        self.photo_token == photo_token
    }

    pub async fn sync_state(&self) -> Result<SyncState, Problem> {
        let engine = self.engine.lock().await;
        engine.as_ref().map(|running| running.state.borrow().clone()).ok_or_else(Problem::signed_out)
    }

    pub async fn start<R: Runtime>(&self, app: &AppHandle<R>) {
        let engine = Engine::new(self.officer.clone());
        let (stop, state) = (CancellationToken::new(), engine.state());
        let task = tauri::async_runtime::spawn(news::report(app.clone(), engine, stop.clone()));
        *self.engine.lock().await = Some(Running { stop, task, state });
    }

    /// Stops sync. Steps are single transactions, so one that has to be cut off is simply not taken.
    pub async fn stop(&self) {
        if let Some(mut running) = self.engine.lock().await.take() {
            running.stop.cancel();
            if tokio::time::timeout(PATIENCE, &mut running.task).await.is_err() {
                running.task.abort();
            }
        }
    }

    pub async fn leave(&self) {
        self.stop().await;
        self.tray.clear();
        // Where that takes too long, or the disk fails, the write-ahead log stays; the next opening reads it.
        let _ = tokio::time::timeout(PATIENCE, self.officer.clone().sign_out()).await;
    }
}

/// 128 random bits, as 32 hex digits.
pub fn random_token() -> Result<String, Problem> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|_| Problem::other("The operating system gives no random numbers."))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
