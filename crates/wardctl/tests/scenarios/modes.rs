//! Databases that an officer pauses, or lets come down only.

use mirror::{Database, Mode};
use serde_json::json;
use sync::State;

use crate::ward::{Ward, id};

#[tokio::test(flavor = "multi_thread")]
async fn asha_pauses_sync_on_a_borrowed_line_and_lets_it_go_on() {
    let ward = Ward::with_lamps("paused", 2).await;
    let asha = ward.laptop_in_step("asha").await;
    asha.set_mode(Database::Grievances, Mode::Paused).await.unwrap();
    asha.set_mode(Database::Internal, Mode::Paused).await.unwrap();
    let mut running = asha.runs();
    running.until("paused", |state| state.state == State::Paused).await;
    asha.replies(&id(0), "Crew at 14:00").await;
    ward.ravi_sets(&id(1), "status", "resolved").await;
    let asked = ward.line.requests().len();
    let state = asha.tries().await;
    assert_eq!((state.state, state.unsent_edits), (State::Paused, 1), "{state:?}");
    assert_eq!(ward.line.requests().len(), asked, "not a byte by a line that is paid for");

    asha.set_mode(Database::Grievances, Mode::DownOnly).await.unwrap();
    let down =
        |state: &sync::SyncState| state.state == State::ToSend && state.modes.grievances == Mode::DownOnly;
    let state = running.until("down only", down).await;
    assert!(state.sentence.contains("not everything is sent"), "{}", state.sentence);
    let lamp = asha.grievance(&id(1)).await.unwrap();
    assert_eq!(lamp.shown.triage.status, "resolved", "what ravi decided came down");
    assert_eq!(ward.document(&id(0)).await["triage"]["reply"], json!(null), "and nothing went up");

    for database in [Database::Grievances, Database::Internal] {
        asha.set_mode(database, Mode::BothWays).await.unwrap();
    }
    running.until_all_sent().await;
    assert_eq!(ward.document(&id(0)).await["triage"]["reply"], "Crew at 14:00");
}
