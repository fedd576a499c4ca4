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
