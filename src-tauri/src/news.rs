//! What sync brings, told to the window as events, and to an officer who looks elsewhere as
//! notifications with counts only: lock screens show them to everybody.

use sync::{Engine, Happening};
use tauri::{AppHandle, Runtime};
use tauri_specta::Event;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::contract::{GrievancesChanged, Notice, PhotoChanged, SyncChanged};
use crate::notification;

/// Runs the engine until `stop` and tells what it does.
pub async fn report<R: Runtime>(app: AppHandle<R>, engine: Engine, stop: CancellationToken) {
    let (mut states, mut happenings) = (engine.state(), engine.happenings());
    let running = engine.run(stop);
    tokio::pin!(running);
    loop {
        tokio::select! {
            () = &mut running => return,
            changed = states.changed() => if changed.is_ok() {
                let state = states.borrow_and_update().clone();
                tell(&app, SyncChanged(state.into()));
            },
            happening = happenings.recv() => match happening {
                Ok(happening) => announce(&app, happening),
                // So much happened that some was missed: read everything again.
                Err(RecvError::Lagged(_)) => tell(&app, GrievancesChanged),
                Err(RecvError::Closed) => {}
            },
        }
    }
}

fn announce<R: Runtime>(app: &AppHandle<R>, happening: Happening) {
    match happening {
        Happening::GrievancesChanged { new } => {
            tell(app, GrievancesChanged);
            match new {
                0 => {}
                1 => notification::show(app, "1 new grievance in your ward.".to_owned()),
                new => notification::show(app, format!("{new} new grievances in your ward.")),
            }
        }
        Happening::PhotoChanged { key } => tell(app, PhotoChanged { key }),
        Happening::AllSent => notification::show(app, "Everything you saved is on the server.".to_owned()),
        Happening::Failed { sentence } => notification::show(app, sentence),
        Happening::Mended { sentence } => {
            tell(app, GrievancesChanged);
            tell(app, Notice { sentence });
        }
    }
}

/// A window that is being closed does not listen, and need not.
pub fn tell<R: Runtime, E: Event + serde::Serialize + Clone>(app: &AppHandle<R>, event: E) {
    let _ = event.emit(app);
}
