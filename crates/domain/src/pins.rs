use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Deserialize;

/// The keys of which the city's server shows one: the document `settings:pins` of the internal database,
/// `{"pins": ["sha256/…", "sha256/…"], "until": "2027-03-01", "reportOnly": false}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pins {
    /// Two or more, each `sha256/` and the base64 of the SHA-256 of a certificate's public key (its SubjectPublicKeyInfo).
    pub keys: BTreeSet<String>,
    /// The last second of the last day on which they count (unix seconds; days are those of UTC).
    pub until: i64,
    /// Another key is reported, not refused.
    pub report_only: bool,
}

/// Seconds that an announcement may reach ahead: whoever loses the keys is locked out for no longer.
const LONGEST: i64 = 366 * 86_400;

impl Pins {
    pub const SETTING: &str = "settings:pins";

    /// The announcement that counts at `now` (unix seconds). One that cannot be read, that names a single key, that has
    /// ended or ends more than a year from now is none: what was written wrongly keeps no laptop from its server.
    pub fn parse(setting: &str, now: i64) -> Option<Pins> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Written {
            pins: BTreeSet<String>,
            until: Date,
            #[serde(default)]
            report_only: bool,
        }
        let Written { pins: keys, until, report_only } = serde_json::from_str(setting).ok()?;
        let until = Offset::UTC.to_timestamp(until.at(23, 59, 59, 0)).ok()?.as_second();
        let counts = keys.len() >= 2
            && keys.iter().all(|key| is_key(key))
            && (now..now.saturating_add(LONGEST)).contains(&until);
        counts.then_some(Pins { keys, until, report_only })
    }

    /// Whether any key that is not announced is refused. `seen` is the one that the server was last seen with: as long as
    /// that is not announced, the announcement is wrong or the server is, and a laptop cannot tell which.
    pub fn hold(&self, seen: Option<&str>) -> bool {
        !self.report_only && seen.is_some_and(|seen| self.keys.contains(seen))
    }

    /// Whether a server that shows `key` is refused, where it was last seen with `seen`.
    pub fn refuse(&self, key: &str, seen: Option<&str>) -> bool {
        self.hold(seen) && !self.keys.contains(key)
    }

    /// The day of `at` (unix seconds), as announcements write it.
    pub fn day(at: i64) -> String {
        let day = Timestamp::from_second(at).map(|at| Offset::UTC.to_datetime(at).date().to_string());
        day.unwrap_or_default()
    }
}

fn is_key(text: &str) -> bool {
    let hash = text.strip_prefix("sha256/").and_then(|hash| STANDARD.decode(hash).ok());
    hash.is_some_and(|hash| hash.len() == 32)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// 2026-11-25 10:00 UTC.
    const NOW: i64 = 1_795_600_800;
    const A: &str = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const B: &str = "sha256/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";

    fn setting(keys: &[&str], until: &str) -> String {
        serde_json::json!({ "pins": keys, "until": until, "reportOnly": false }).to_string()
    }

    #[test]
    fn n9_what_is_no_announcement_keeps_nobody_away() {
        let counts = |text: &str| Pins::parse(text, NOW).is_some();
        let one_too_short = B.replace("BBBB", "");
        let table = [
            ("two keys", setting(&[A, B], "2027-03-01"), true),
            ("one key", setting(&[A], "2027-03-01"), false),
            ("one key twice", setting(&[A, A], "2027-03-01"), false),
            ("no key", setting(&[], "2027-03-01"), false),
            ("half a key", setting(&[A, B, &one_too_short], "2027-03-01"), false),
            ("another hash", setting(&[A, &B.replace("sha256", "sha1")], "2027-03-01"), false),
            ("no base64", setting(&[A, &B.replace("BBBB", "%B-B")], "2027-03-01"), false),
            ("its last day", setting(&[A, B], "2026-11-25"), true),
            ("the day after", setting(&[A, B], "2026-11-24"), false),
            ("a year", setting(&[A, B], "2027-11-25"), true),
            ("more than a year", setting(&[A, B], "2027-11-27"), false),
            ("no such day", setting(&[A, B], "2027-02-30"), false),
            ("no day", serde_json::json!({ "pins": [A, B] }).to_string(), false),
            ("not a list", r#"{"pins":"all","until":"2027-03-01"}"#.to_owned(), false),
            ("nothing", String::new(), false),
        ];
        for (what, text, expected) in table {
            assert_eq!(counts(&text), expected, "{what}: {text}");
        }
    }

    #[test]
    fn an_announcement_refuses_unless_it_says_that_it_only_reports() {
        let only = |word: &str| {
            let text = format!(r#"{{"_id":"x","pins":["{A}","{B}"],"until":"2027-03-01"{word}}}"#);
            Pins::parse(&text, NOW).unwrap()
        };
        assert!(!only("").report_only);
        assert!(only(r#","reportOnly":true"#).report_only);
        assert_eq!(only("").until, 1_803_945_599, "2027-03-01 23:59:59 UTC");
        assert_eq!(Pins::day(only("").until), "2027-03-01");
    }

    #[test]
    fn n9_a_key_is_refused_only_where_an_announced_one_was_seen() {
        const C: &str = "sha256/CCCC";
        let pins = |report_only| Pins { keys: [A, B].map(str::to_owned).into(), until: NOW, report_only };
        let table = [
            (false, Some(A), C, true),
            (false, Some(B), C, true),
            (false, Some(A), B, false),
            (false, Some(C), C, false),
            (false, Some(C), "sha256/DDDD", false),
            (false, None, C, false),
            (true, Some(A), C, false),
        ];
        for (report_only, seen, key, refused) in table {
            let pins = pins(report_only);
            assert_eq!(pins.refuse(key, seen), refused, "{report_only} {seen:?} {key}");
            assert!(pins.hold(seen) || !refused);
        }
    }
}
