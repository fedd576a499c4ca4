//! What an administrator does to a ward while an officer's laptop is at work on it.

use serde_json::json;
use sync::{State, SyncState};
use testkit::Method;

use crate::ward::{Laptop, Running, Ward, id, lamp};

/// Asha is let out of the ward by mistake, and in again.
#[tokio::test(flavor = "multi_thread")]
async fn asha_is_let_out_and_in_again() {
    let ward = Ward::with_lamps("let-out", 3).await;
    let asha = ward.laptop_in_step("asha").await;
    let mut running = asha.runs();
    running.until_all_sent().await;
    let path = format!("{}/_security", ward.couch.database());
    let security = ward.couch.admin(Method::GET, &path, None).await;
    let others = json!({ "admins": { "roles": ["_admin"] }, "members": { "names": ["meera"], "roles": [] } });
    ward.couch.admin(Method::PUT, &path, Some(others)).await;
    has_no_access(&asha, &mut running).await;
    ward.couch.admin(Method::PUT, &path, Some(security)).await;
    asha.sync_now();
    running.until_all_sent().await;
    assert_eq!(ward.document(&id(0)).await["triage"]["reply"], "Crew at 14:00");
    running.stops().await;
}

/// The ward's database is removed and made anew, and phones bring their reports again: what had been on it goes up again.
#[tokio::test(flavor = "multi_thread")]
async fn the_ward_is_made_anew_while_asha_works() {
    let ward = Ward::with_lamps("made-anew", 3).await;
    let asha = ward.laptop_in_step("asha").await;
    let mut running = asha.runs();
    asha.replies(&id(1), "On our list").await;
    running.until_all_sent().await;
    let database = ward.couch.database();
    let path = format!("{database}/_security");
    let security = ward.couch.admin(Method::GET, &path, None).await;
    ward.couch.remove_database(database).await;
    has_no_access(&asha, &mut running).await;
    ward.couch.create(database).await;
    ward.couch.admin(Method::PUT, &path, Some(security)).await;
    ward.write(&[lamp(0), lamp(1), lamp(2)]).await;
    asha.sync_now();
    running.until("what is restored", |state| state.state == State::Restored).await;
    running.until_all_sent().await;
    for (n, reply) in [(0, "Crew at 14:00"), (1, "On our list")] {
        assert_eq!(ward.document(&id(n)).await["triage"]["reply"], reply);
    }
    running.stops().await;
}

/// She goes on working, and her laptop goes on asking by itself.
async fn has_no_access(asha: &Laptop, running: &mut Running) {
    asha.replies(&id(0), "Crew at 14:00").await;
    let is_told = |state: &SyncState| state.state == State::NoAccess && state.unsent_edits == 1;
    let state = running.until("no access", is_told).await;
    assert!(state.retry_at.is_some(), "{state:?}");
}
