use sync::{Engine, Officer, State, SyncState};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::error::WardctlError;
use crate::output::Output;

/// Brings everything to rest once. An error says what has not arrived and why.
pub async fn once(officer: Officer, output: &Output) -> Result<(), WardctlError> {
    let mut engine = Engine::new(officer.clone());
    let mut states = engine.state();
    let caught_up = engine.catch_up();
    tokio::pin!(caught_up);
    let finished = loop {
        tokio::select! {
            finished = &mut caught_up => break finished,
            changed = states.changed() => {
                if changed.is_ok() {
                    output.progress(&line(&states.borrow_and_update()));
                }
            }
        }
    };
    finished?;
    let state = states.borrow().clone();
    let trouble = officer.with_mirror(|mirror| mirror.photo_trouble()).await?;
    match (state.state, trouble) {
        _ if state.internal_trouble.is_some() => return Err(WardctlError::NotSent(state.sentence)),
        (State::AllSent | State::Paused, _) => {}
        (State::ToSend | State::Restored | State::Vanished, None) => {}
        (State::ToChoose, _) => return Err(WardctlError::ToChoose(state.sentence)),
        _ => return Err(WardctlError::NotSent(state.sentence)),
    }
    output.say(&state, line)
}

/// Goes on until interrupted, saying each state as it comes.
pub async fn watch(officer: Officer, output: &Output) -> Result<(), WardctlError> {
    // Listens from here on: an interrupt that comes while a state is being said is not missed.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let engine = Engine::new(officer);
    let mut states = engine.state();
    let stop = CancellationToken::new();
    let mut running = tokio::spawn(engine.run(stop.clone()));
    loop {
        tokio::select! {
            changed = states.changed() => if changed.is_ok() {
                let state = states.borrow_and_update().clone();
                output.say(&state, line)?;
            },
            _ = interrupt.recv() => stop.cancel(),
            ended = &mut running => return Ok(ended.map_err(sync::SyncError::from)?),
        }
    }
}

fn line(state: &SyncState) -> String {
    match (state.done, state.total) {
        (Some(done), Some(total)) => format!("{} {done} of {total}", state.sentence),
        (Some(done), None) => format!("{} {done}", state.sentence),
        _ => state.sentence.clone(),
    }
}
