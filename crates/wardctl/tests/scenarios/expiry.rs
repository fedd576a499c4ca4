//! The session's ten minutes end in the middle of work.

use domain::Selection;
use mirror::{Database, Mode};
use sync::State;

use crate::ward::{Ward, id};

/// N12. A cookie ends between two pages of a first pull, and again while a change is on its way: one sign-in each, and
/// the pull goes on at the row where it was.
#[tokio::test(flavor = "multi_thread")]
async fn n12_an_expired_session_is_renewed_once_and_work_goes_on_where_it_was() {
    let ward = Ward::with_lamps("expired", 2_100).await;
    let asha = ward.laptop("asha").await;
    let signed_in = ward.line.count("POST /_session");
    let pages = format!("GET /{}/_changes?limit", ward.couch.database());

    let mut first = ward.line.hold_next(&pages);
    let pulling = async {
        first.reached().await;
        let mut second = ward.line.hold_next(&pages);
        first.release();
        second.reached().await;
        ward.couch.end_sessions(&asha.login).await;
        second.release();
    };
    tokio::join!(asha.all_sent(), pulling);
    assert_eq!(asha.grievances().await, 2_100);
    let asked: Vec<String> =
        ward.line.requests().into_iter().filter(|request| request.starts_with(&pages)).collect();
    assert_eq!(asked.len(), 3, "two pages, the second asked for again: {asked:#?}");
    assert!(asked[0].contains("since=0&") && asked[1] == asked[2], "{asked:#?}");
    assert_eq!(ward.line.count("POST /_session"), signed_in + 2, "the engine's own, and one renewal");

    asha.replies(&id(0), "Crew at 14:00").await;
    let mut push = ward.line.hold_next("POST /_bulk_docs");
    let expiring = async {
        push.reached().await;
        ward.couch.end_sessions(&asha.login).await;
        push.release();
    };
    tokio::join!(asha.all_sent(), expiring);
    assert_eq!(ward.line.count("POST /_session"), signed_in + 4);
    assert_eq!(ward.generation(&id(0)).await, 2, "the change is one revision");
}

/// N12. Her password was changed at the office: asked once, then never again by itself, whatever she does, until she
/// types the new one. Wrong passwords would lock her account.
#[tokio::test(flavor = "multi_thread")]
async fn n12_a_password_changed_elsewhere_is_not_tried_again() {
    let ward = Ward::with_lamps("new-password", 3).await;
    let asha = ward.laptop_in_step("asha").await;
    let mut engine = asha.runs();
    ward.line.until("feed=longpoll", 2).await;
    let signed_in = ward.line.count("POST /_session");

    let new = ward.couch.change_password(&asha.login, "autumn lamps of asha").await;
    asha.replies(&id(0), "Crew at 14:00").await;
    engine
        .until("waits for her", |state| state.state == State::SignInNeeded && state.retry_at.is_none())
        .await;
    for n in 1..3 {
        asha.replies(&id(n), "Crew at 15:00").await;
    }
    for days in 1..6 {
        let selection = Selection { days: Some(days), ..Selection::default() };
        assert_eq!(asha.measure(&selection).await.unwrap().grievances, None);
    }
    asha.set_mode(Database::Internal, Mode::BothWays).await.unwrap();
    engine.until("three changes", |state| state.unsent_edits == 3).await;
    let refused = ward.line.count("POST /_session") - signed_in;
    // A renewal that her change interrupts is begun again. CouchDB locks an account at five.
    assert!((2..=3).contains(&refused), "the renewal, and the sign-in that says so: {refused}");

    asha.new_password(new.password.into()).await.unwrap();
    engine.until_all_sent().await;
    for n in 0..3 {
        assert_eq!(ward.generation(&id(n)).await, 2);
    }
    engine.stops().await;
}
