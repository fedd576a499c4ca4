//! What citizens report, and the few things about the window that several tests say.

use serde_json::{Value, json};

use crate::app::App;

/// Ids as phones make them.
pub fn id(n: u32) -> String {
    format!("{n:032x}")
}

/// A report as phones write it; with a picture when `picture` names one (large, thumbnail).
pub fn report(n: u32, description: &str, picture: Option<(&str, &str)>) -> Value {
    let mut report = json!({
        "_id": id(n),
        "reportedBy": "citizen1@example.org",
        "reportedDateTime": "20261120_080000",
        "problemDescription": description,
        "geoLocation": { "type": "Point", "coordinates": [77.7893168, 13.0773568] },
        "address": format!("Sample Road {n}, Demo Ward"),
    });
    if let Some((large, thumbnail)) = picture {
        report["picture"] = json!({ "large": large, "thumbnail": thumbnail });
    }
    report
}

/// Every thumbnail in sight is drawn; there are some.
pub const THUMBNAILS: &str = "
    const list = document.querySelector('[data-list]').getBoundingClientRect();
    const seen = [...document.querySelectorAll('[data-list] [role=option]')].filter((row) => row.getBoundingClientRect().top < list.bottom);
    const drawn = (image) => image?.src.startsWith('photo://') && image.complete && image.naturalWidth > 0;
    return seen.length > 0 && seen.every((row) => drawn(row.querySelector('img')))";

/// The picture of the open grievance is drawn.
pub const PICTURE: &str = "
    const image = document.querySelector('[data-detail] figure img');
    return image !== null && image.src.startsWith('photo://') && image.complete && image.naturalWidth > 0";

/// Opens a grievance from the list.
pub async fn open(app: &App, id: &str) {
    app.click(&format!("[data-list] [data-grievance='{id}']")).await;
    let script =
        format!("return document.querySelector('[data-detail] article')?.dataset.grievance === '{id}'");
    app.until("the grievance opened", &script).await;
}

/// Files a report with the keyboard and a pasted photo.
pub async fn file_report(app: &App, description: &str, shade: u8) {
    app.press("n").await;
    app.until("the focus in the report", "return document.activeElement.id === 'description'").await;
    app.write(description).await;
    app.press("Tab").await;
    app.write("Market Road, beside the pump").await;
    crate::camera::paste(app, shade).await;
    let photo = "return document.querySelector('dialog[open] img')?.naturalWidth > 0";
    app.until("the pasted photo in the report", photo).await;
    // Past “Take another photo instead”, to the degrees.
    app.press("Tab").await;
    app.press("Tab").await;
    app.write("13.0768342").await;
    app.press("Tab").await;
    app.write("77.7886087").await;
    app.picture("new-report").await;
    app.press("ctrl+Enter").await;
    app.until("the report filed", "return document.querySelector('dialog[open]') === null").await;
    app.sees("You filed a report").await;
}
