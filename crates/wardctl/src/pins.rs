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
    let database = server.database(&site.ops_database());
    let earlier = database.get(Pins::SETTING).await?;
    let earlier = earlier.and_then(|earlier| Pins::parse(earlier.get(), now));
    init::put(&database, Pins::SETTING, setting.clone()).await?;
    output.say(&setting, |_| {
        let others = if publish.report_only { "report any other" } else { "refuse any other" };
        let mut lines = vec![format!("Laptops that have seen one of these keys {others} until {until}:")];
        lines.extend(keys.iter().cloned());
        lines.push("Renew the certificate with one of them.".to_owned());
        lines.extend(earlier.and_then(|earlier| still_binding(&earlier, &keys)));
        lines.join("\n")
    })?;
    Ok(())
}

/// What a laptop that has not met the new announcement makes of `keys`.
fn still_binding(earlier: &Pins, keys: &[String]) -> Option<String> {
    let unknown = keys.iter().any(|key| !earlier.keys.contains(key)) && !earlier.report_only;
    let known: Vec<&str> =
        keys.iter().filter(|key| earlier.keys.contains(*key)).map(String::as_str).collect();
    unknown.then(|| {
        format!(
            "Laptops that have not synced since know only the earlier announcement: until {} they refuse every key but {}.",
            Pins::day(earlier.until),
            if known.is_empty() { "those it named".to_owned() } else { known.join(", ") }
        )
    })
}
