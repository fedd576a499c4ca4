use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::{App, my_turn};
use crate::payloads::{REORDERING, payloads};
use crate::town::Town;
use crate::trap::Trap;

/// A report with `text` in each field that is shown: its own id, the reporter's and the officers' fields.
fn hostile(n: usize, text: &str) -> Value {
    json!({
        "_id": format!("{n:02}{text}"),
        "reportedBy": text,
        "reportedDateTime": if n.is_multiple_of(2) { format!("202611{:02}_080000", n % 28 + 1) } else { text.to_owned() },
        "picture": { "large": format!("large{text}"), "thumbnail": text },
        "problemDescription": text,
        "geoLocation": { "type": text, "coordinates": [77.78, 13.07] },
        "address": text,
        "triage": {
            "status": text, "category": text, "reply": text, "reason": text, "duplicateOf": text, "by": text, "at": text,
            "photos": [{ "id": text, "large": text, "thumbnail": format!("thumbnail{text}"), "kind": "after", "sha256": text, "takenAt": text }],
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn asha_reads_hostile_texts_in_every_field_and_none_of_them_does_anything() {
    let _turn = my_turn().await;
    let (town, trap) = (Town::founded("window-hostile").await, Trap::set().await);
    let mut texts = payloads(&trap.url);
    texts.push(REORDERING.0.to_owned());
    let reports: Vec<Value> = texts.iter().enumerate().map(|(n, text)| hostile(n, text)).collect();
    town.write(&reports).await;
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    app.sync_is("allSent").await;
    app.click("[data-view=all]").await;
    app.sees(&format!("{} grievances", texts.len())).await;

    // The list: each text where it belongs, to the letter.
    let mut listed = BTreeSet::new();
    for at in [0, 600, 1200, 1800] {
        app.js(&format!("document.querySelector('[data-list]').scrollTop = {at}")).await;
        app.until(
            "rows with text",
            "return document.querySelectorAll('[data-list] [role=option] .title').length > 5",
        )
        .await;
        let titles = app.js("return [...document.querySelectorAll('[data-list] [role=option] .title')].map((title) => title.textContent)").await;
        listed.extend(titles.as_array().unwrap().iter().map(|title| title.as_str().unwrap().to_owned()));
    }
    let shown = |text: &str| text.replace(REORDERING.0, REORDERING.1);
    assert_eq!(listed, texts.iter().map(|text| shown(text)).collect());
    harmless(&app, &trap, "the list").await;

    // The detail of each, a draft reply saved in each, without a line.
    town.couch_line.cut().await;
    for (report, text) in reports.iter().zip(&texts) {
        opens(&app, report["_id"].as_str().unwrap()).await;
        let detail = app.js("return document.querySelector('[data-detail] article').textContent").await;
        let detail = detail.as_str().unwrap();
        // Description, reporter, address and history at least; status and reason in the decision.
        assert!(detail.matches(&shown(text)).count() >= 5, "{text} is not shown to the letter in {detail}");
        let reply = "return [document.querySelector('#reply').value, document.querySelector('#category').selectedOptions[0].text]";
        assert_eq!(app.js(reply).await, json!([text, text]));
        harmless(&app, &trap, text).await;
        let written = "const reply = document.querySelector('#reply');
            reply.value = arguments[0];
            reply.dispatchEvent(new Event('input', { bubbles: true }))";
        app.js_with(written, json!(format!("{text} mine"))).await;
        app.until("a draft", "return document.querySelector('[aria-label=Decision] .save .first')").await;
        app.js("document.querySelector('[aria-label=Decision] .save .first').click()").await;
        app.until("the reply saved", "return document.querySelector('[data-saved=laptop]')").await;
    }

    // To send, searched, and clashing with what somebody with other tools wrote meanwhile.
    app.click("[data-view=toSend]").await;
    app.sees(&format!("{} changes to send", texts.len())).await;
    says_each(&app, &texts, "mine").await;
    harmless(&app, &trap, "to send").await;
    for text in &texts {
        app.js_with("const search = document.querySelector('[data-search]'); search.value = arguments[0]; search.dispatchEvent(new Event('input', { bubbles: true }))", json!(text)).await;
    }
    app.sees("found").await;
    harmless(&app, &trap, "the search").await;
    for document in town.grievances().await {
        let mut document = document;
        let text = document["problemDescription"].as_str().unwrap().to_owned();
        document["triage"]["reply"] = json!(format!("{text} theirs"));
        town.write(&[document]).await;
    }
    town.couch_line.restore();
    app.press("Escape").await;
    app.press("y").await;
    app.click("[data-view=clashes]").await;
    // The pill says so before the list has read them.
    let heading = json!(format!("{} decisions needed", texts.len()));
    let headed =
        format!("return [...document.querySelectorAll('h2')].some((head) => head.textContent === {heading})");
    app.until("the decisions in the list", &headed).await;
    says_each(&app, &texts, "mine").await;
    says_each(&app, &texts, "theirs").await;
    harmless(&app, &trap, "the clashes").await;
}

async fn opens(app: &App, id: &str) {
    let click = "const list = document.querySelector('[data-list]');
        const row = [...list.querySelectorAll('[data-grievance]')].find((row) => row.dataset.grievance === arguments[0]);
        if (!row) list.scrollTop = list.scrollTop + list.clientHeight >= list.scrollHeight - 1 ? 0 : list.scrollTop + 400;
        row?.click();
        const drawn = () => arguments[1](document.querySelector('[data-detail] article')?.dataset.grievance === arguments[0]);
        setTimeout(drawn, 50)";
    let deadline = Instant::now() + Duration::from_secs(20);
    while app.js_later(click, json!(id)).await != true {
        assert!(Instant::now() < deadline, "{id} does not open");
    }
}

/// The middle column has each text with `end` behind it.
async fn says_each(app: &App, texts: &[String], end: &str) {
    let said = app.js("return document.querySelector('[data-list]').textContent").await;
    for text in texts {
        let text = format!("{text} {end}").replace(REORDERING.0, REORDERING.1);
        assert!(said.as_str().unwrap().contains(&text), "{text} is not among {said}");
    }
}

/// Nothing ran, nothing was made of the texts, nothing was asked of the trap.
async fn harmless(app: &App, trap: &Trap, looking_at: &str) {
    let made = app
        .js("return [window.__x ?? null, location.href,
            document.querySelectorAll('iframe, object, embed, base, video, [data-detail] script, [data-list] script').length,
            [...document.querySelectorAll('script, img, link')].map((one) => one.src || one.href).filter((url) => !/^(tauri|photo):/.test(url)),
            [...document.querySelectorAll('[data-list] *, [data-detail] *')].filter((one) => one.getAttributeNames().some((name) => name.startsWith('on'))).length]")
        .await;
    assert_eq!(made, json!([null, "tauri://localhost", 0, [], 0]), "{looking_at}");
    assert_eq!(trap.heard(), Vec::<String>::new(), "{looking_at}");
}
