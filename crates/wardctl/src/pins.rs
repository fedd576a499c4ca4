use domain::Pins;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::PublishPins;
use crate::error::WardctlError;
use crate::output::Output;
use crate::{administrator, init};

/// Days that an announcement holds when none are named.
const DAYS: i64 = 90;

/// Announces the key that the server shows, and those it may change to.
pub async fn publish(publish: PublishPins, output: &Output) -> Result<(), WardctlError> {
    let (server, site) = administrator::open(&publish.administrator).await?;
    let now = Timestamp::now().as_second();
    let mut keys = vec![server.shown_key().ok_or(WardctlError::NoCertificate)?];
    keys.extend(publish.backup);
    let until = publish.until.map_or_else(|| Pins::day(now + DAYS * 86_400), |day| day.to_string());
    let setting = json!({ "pins": keys, "until": until, "reportOnly": publish.report_only });
    Pins::parse(&setting.to_string(), now).ok_or(WardctlError::NoAnnouncement)?;
    init::put(&server.database(&site.ops_database()), Pins::SETTING, setting.clone()).await?;
    output.say(&setting, |_| {
        let others = if publish.report_only { "report any other" } else { "refuse any other" };
        format!(
            "Laptops that have seen one of these keys {others} until {until}:\n{}\nRenew the certificate with one of them.",
            keys.join("\n")
        )
    })?;
    Ok(())
}
