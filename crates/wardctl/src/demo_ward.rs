use couch::{CouchError, Database};
use domain::NewReport;
use fastrand::Rng;
use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, ToSpan};
use photos::{Access, Bucket, Key};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use sync::{Credentials, PhotoStore};

use crate::administrator;
use crate::cli::DemoWard;
use crate::error::WardctlError;
use crate::init;
use crate::output::Output;
use crate::scene::{self, Camera, Drawn, Trouble};

/// Pictures are drawn once and shared: it is their number and weight that matter, not their looks.
const DRAWINGS: usize = 24;
const BATCH: usize = 500;
/// Invented wards around it.
const WARDS: &str = include_str!("demo_wards.json");
/// The middle of the invented ward.
const CENTRE: (f64, f64) = (77.7990, 13.0700);

/// What citizens of the invented ward write. No text here is anybody's.
const REPORTS: [(Trouble, &str, &str); 12] = [
    (Trouble::Pothole, "roads", "Deep pothole in the middle of the lane, two-wheelers swerve around it."),
    (Trouble::Pothole, "roads", "Road dug up for a cable and left open since last week."),
    (Trouble::Pothole, "roads", "ರಸ್ತೆಯಲ್ಲಿ ದೊಡ್ಡ ಗುಂಡಿ ಬಿದ್ದಿದೆ, ರಾತ್ರಿ ಕಾಣುವುದಿಲ್ಲ."),
    (Trouble::Water, "water", "Clean water runs out of a broken pipe day and night."),
    (Trouble::Water, "drains", "Drain overflows on the footpath after every rain."),
    (Trouble::Water, "drains", "ಚರಂಡಿ ತುಂಬಿ ರಸ್ತೆಗೆ ನೀರು ಹರಿಯುತ್ತಿದೆ."),
    (Trouble::Water, "water", "तीन दिन से नल में पानी नहीं आ रहा है।"),
    (Trouble::Garbage, "waste", "Garbage has not been collected at the corner for four days."),
    (Trouble::Garbage, "waste", "Building rubble dumped next to the playground."),
    (Trouble::Garbage, "waste", "सड़क के किनारे कचरे का ढेर लगा है।"),
    (Trouble::Lamp, "lights", "Street light has been dark for two weeks, the lane is not safe."),
    (Trouble::Lamp, "lights", "Lamp stays on all day and goes off at night."),
];

const STREETS: [&str; 8] = [
    "Sample Cross Road",
    "Placeholder Temple Street",
    "Example Market Road",
    "Invented Lake View",
    "Demo School Lane",
    "Imaginary Mill Road",
    "Model Layout, 3rd Main",
    "Specimen Bus Stand Road",
];

pub async fn demo_ward(ward: DemoWard, output: &Output) -> Result<(), WardctlError> {
    let (server, site) = administrator::open(&ward.administrator).await?;
    let internal = server.database(&site.ops_database());
    let bucket = bucket(&internal).await?;
    init::put_new(&internal, domain::Wards::SETTING, serde_json::from_str(WARDS)?).await?;
    let mut rng = Rng::with_seed(ward.seed);
    let drawings = draw_all(&mut rng)?;
    output.progress(&format!("Drew {DRAWINGS} pictures; filing {} reports.", ward.grievances));
    let grievances = server.database(site.database());
    let mut filed = 0;
    while filed < ward.grievances {
        let count = BATCH.min((ward.grievances - filed) as usize);
        let mut batch = Vec::with_capacity(count);
        for n in 0..count {
            let (document, picture) = invent(filed + n as u32, &drawings, &mut rng)?;
            upload(&bucket, &document, picture).await?;
            batch.push(to_raw_value(&document)?);
        }
        store(&grievances, &batch).await?;
        filed += count as u32;
        output.progress(&format!("{filed} of {} reports", ward.grievances));
    }
    output.say(&json!({ "grievances": filed, "seed": ward.seed }), |_| {
        format!("The demo ward has {filed} invented reports.")
    })
}

async fn bucket(internal: &Database) -> Result<Bucket, WardctlError> {
    let setting = internal.get(PhotoStore::SETTING).await?.ok_or(WardctlError::NoPhotoStore)?;
    let store = PhotoStore::parse(setting.get())?;
    let Credentials::Static { access_key, secret_key } = store.credentials else {
        return Err(WardctlError::NoLastingKey);
    };
    let access = Access::with(Key::lasting(access_key, secret_key));
    Ok(Bucket::new(&store.place, access)?)
}

fn draw_all(rng: &mut Rng) -> Result<Vec<(Trouble, Drawn)>, WardctlError> {
    let troubles = [Trouble::Pothole, Trouble::Water, Trouble::Garbage, Trouble::Lamp];
    let mut drawings = Vec::with_capacity(DRAWINGS);
    for n in 0..DRAWINGS {
        let trouble = troubles[n % troubles.len()];
        let place = somewhere(rng);
        let camera = Camera { lng: place.0, lat: place.1, taken: "2026:11:02 09:30:00".to_owned() };
        let drawn = scene::draw(trouble, (n % 3 == 0).then_some(&camera), rng)?;
        drawings.push((trouble, drawn));
    }
    Ok(drawings)
}

/// The `n`th report of the ward, as a phone would have sent it, and its picture.
fn invent<'a>(
    n: u32,
    drawings: &'a [(Trouble, Drawn)],
    rng: &mut Rng,
) -> Result<(Value, &'a Drawn), WardctlError> {
    let (trouble, category, description) = REPORTS[rng.usize(..REPORTS.len())];
    let fitting: Vec<&Drawn> =
        drawings.iter().filter(|(of, _)| *of == trouble).map(|(_, drawn)| drawn).collect();
    let reported =
        date(2026, 11, 20).at(8, 0, 0, 0) - i64::from(n / 40).days() - rng.i64(0..86_400).seconds();
    let (lng, lat) = somewhere(rng);
    let name = format!("DEMO-{:08x}-{n:05}", rng.u32(..));
    let mut document = NewReport {
        description: description.to_owned(),
        address: format!("{} {}, Demo Ward", rng.u32(1..200), STREETS[rng.usize(..STREETS.len())]),
        position: domain::Position::new(lng, lat)?,
        reported_by: format!("citizen{}@example.org", rng.u32(1..400)),
        large: format!("{name}.jpg"),
        thumbnail: format!("thumbnail_{name}.jpg"),
    }
    .document(&format!("{:032x}", rng.u128(..)), reported)?;
    if n % 4 == 3 {
        document["triage"] = triage(category, reported, rng);
    }
    Ok((document, fitting[rng.usize(..fitting.len())]))
}

/// Some reports were decided before the demo begins.
fn triage(category: &str, reported: DateTime, rng: &mut Rng) -> Value {
    let (status, reason) = [
        ("acknowledged", None),
        ("inProgress", None),
        ("resolved", None),
        ("notOurs", Some("This stretch belongs to the highway authority.")),
    ][rng.usize(..4)];
    let at = reported + SignedDuration::from_hours(rng.i64(2..60));
    json!({
        "status": status,
        "category": category,
        "reply": (status == "inProgress").then_some("A crew is on its way."),
        "reason": reason,
        "duplicateOf": null,
        "photos": [],
        "by": "demo-officer",
        "at": at.strftime("%Y-%m-%dT%H:%M:%S+05:30").to_string(),
    })
}

fn somewhere(rng: &mut Rng) -> (f64, f64) {
    let near = |middle: f64, rng: &mut Rng| ((middle + (rng.f64() - 0.5) * 0.03) * 1e7).round() / 1e7;
    (near(CENTRE.0, rng), near(CENTRE.1, rng))
}

async fn upload(bucket: &Bucket, document: &Value, drawn: &Drawn) -> Result<(), WardctlError> {
    for (member, bytes) in [("large", &drawn.large), ("thumbnail", &drawn.thumbnail)] {
        let key = document["picture"][member].as_str().unwrap_or_default();
        bucket.put(key, bytes.clone()).await?;
    }
    Ok(())
}

/// A ward made twice from one seed is one ward: what is there already stays as it is.
async fn store(grievances: &Database, batch: &[Box<RawValue>]) -> Result<(), WardctlError> {
    for outcome in grievances.bulk_docs(batch).await? {
        match outcome.result {
            Ok(_) => {}
            Err(refusal) if refusal.error == "conflict" => {}
            Err(refusal) => {
                return Err(CouchError::Refused {
                    status: 403,
                    error: refusal.error,
                    reason: refusal.reason,
                }
                .into());
            }
        }
    }
    Ok(())
}
