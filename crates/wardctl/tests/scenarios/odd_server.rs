use reqwest::Method;
use serde_json::json;
use testkit::Reply;

use crate::ward::{Ward, id, tries};

/// A server, or a box on the way to it, that answers every push for somebody else's document.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_about_other_documents_is_not_asked_for_ever() {
    let ward = Ward::with_lamps("other-documents", 1).await;
    let asha = ward.laptop_in_step("asha").await;
    asha.replies(&id(0), "Crew at 14:00").await;
    let another = r#"[{"ok":true,"id":"another","rev":"2-b"}]"#;
    ward.line.answer("POST /_bulk_docs", Reply::json("201 Created", another));

    let state = tries(&mut asha.engine()).await;
    assert!(state.retry_at.is_some(), "it rests, and knows until when: {state:?}");
    assert_eq!(ward.line.count("POST /_bulk_docs"), 4);
    assert_eq!(asha.unsent().await, 1, "what nobody acknowledged is unsent");
}

/// R12. A report was purged and nothing told asha when she decided on it. A revision that a server never had is a
/// conflict to some servers and a new document to others; this one says conflict, and no pull ever tells why. The
/// comparison does, long before the week is over.
#[tokio::test(flavor = "multi_thread")]
async fn r12_a_decision_on_a_report_that_was_purged_unheard_becomes_a_question() {
    let ward = Ward::with_lamps("purged-unheard", 30).await;
    let asha = ward.laptop_in_step("asha").await;
    let purged = json!({ id(0): [ward.document(&id(0)).await["_rev"]] });
    ward.couch.admin(Method::POST, &format!("{}/_purge", ward.couch.database()), Some(purged)).await;
    asha.replies(&id(0), "Crew at 14:00").await;
    let conflict = json!([{ "id": id(0), "error": "conflict", "reason": "Document update conflict." }]);
    ward.line.answer("POST /_bulk_docs", Reply::json("201 Created", &conflict.to_string()));

    let state = tries(&mut asha.engine()).await;
    assert_eq!((state.unsent_edits, state.clashes), (1, 1), "{state:?}");
    assert_eq!(ward.line.count("POST /_bulk_docs"), 3);
    assert!(asha.grievance(&id(0)).await.unwrap().gone);
}
