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
    })
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_laptop_that_was_away_is_told_of_until_when_it_holds_to_the_earlier_keys() {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let earlier = |report_only| Pins {
            keys: keys(&["a", "b"]).into_iter().collect(),
            until: 1_803_945_599,
            report_only,
        };
        assert_eq!(still_binding(&earlier(false), &keys(&["b", "a"])), None, "the same keys");
        assert_eq!(
            still_binding(&earlier(true), &keys(&["b", "c"])),
            None,
            "an earlier one that only reports"
        );
        let told = still_binding(&earlier(false), &keys(&["b", "c"])).unwrap();
        assert!(told.ends_with("until 2027-03-01 they refuse every key but b."), "{told}");
        let none = still_binding(&earlier(false), &keys(&["c", "d"])).unwrap();
        assert!(none.ends_with("every key but those it named."), "{none}");
    }
}
