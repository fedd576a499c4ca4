//! An invented ward from a seed: the same documents in every run and in every process of a run.

use fastrand::Rng;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use crate::Done;

const SEED: u64 = 42;

/// Words of reports in three scripts; each seventh is followed by a number, so that many words are rare.
const WORDS: [&str; 40] = [
    "road",
    "lamp",
    "water",
    "drain",
    "garbage",
    "market",
    "temple",
    "cross",
    "main",
    "street",
    "pothole",
    "blocked",
    "leak",
    "broken",
    "tree",
    "fallen",
    "parking",
    "traffic",
    "signal",
    "noise",
    "school",
    "hospital",
    "bridge",
    "footpath",
    "manhole",
    "open",
    "sewage",
    "smell",
    "mosquito",
    "dogs",
    "ರಸ್ತೆ",
    "ಚರಂಡಿ",
    "ನೀರು",
    "ದೀಪ",
    "ಕಸ",
    "सड़क",
    "पानी",
    "बिजली",
    "कचरा",
    "नाली",
];

const STATUSES: [&str; 5] = ["new", "acknowledged", "inProgress", "resolved", "duplicate"];

/// A grievance as the server has it.
pub struct Report {
    pub id: String,
    pub rev: String,
    pub body: Box<RawValue>,
}

pub fn ward(documents: usize) -> Done<Vec<Report>> {
    let mut rng = Rng::with_seed(SEED);
    (0..documents).map(|n| report(n, &mut rng)).collect()
}

/// About a kilobyte.
fn report(n: usize, rng: &mut Rng) -> Done<Report> {
    let id = format!("{:032x}", rng.u128(..));
    let rev = format!("1-{:032x}", rng.u128(..));
    let reported = jiff::Timestamp::from_second(rng.i64(1_500_000_000..1_700_000_000))?;
    let reported = reported.strftime("%Y%m%d_%H%M%S").to_string();
    let mut document = json!({
        "_id": id,
        "_rev": rev,
        "reportedBy": format!("citizen{}@example.org", rng.u32(..20_000)),
        "reportedDateTime": reported,
        "picture": {
            "large": format!("IMG-{reported}-WA{n}.jpeg"),
            "thumbnail": format!("thumbnail_IMG-{reported}-WA{n}.jpg"),
        },
        "problemDescription": description(rng),
        "geoLocation": {
            "type": "Point",
            "coordinates": [77.5 + rng.f64() * 0.2, 12.9 + rng.f64() * 0.2],
        },
        "address": format!("{} {} Road, Ward {}", rng.u32(..900), WORDS[rng.usize(..30)], rng.u32(..200)),
    });
    let status = STATUSES[rng.usize(..STATUSES.len())];
    if status != "new" {
        document["triage"] = json!({
            "status": status, "category": "roads", "reply": null, "reason": null, "duplicateOf": null,
            "photos": [], "by": "ravi", "at": "2026-11-23T10:41:05+05:30",
        });
    }
    Ok(Report { id, rev, body: to_raw_value(&document)? })
}

fn description(rng: &mut Rng) -> String {
    let words = (0..45).map(|_| match rng.u32(..7) {
        0 => format!("{}{}", WORDS[rng.usize(..WORDS.len())], rng.u32(..5_000)),
        _ => WORDS[rng.usize(..WORDS.len())].to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}
