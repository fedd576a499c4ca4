//! What an officer and the city write, in milliseconds.

use std::time::Instant;

use domain::Field;
use mirror::{Database, Pulled};
use serde_json::json;
use serde_json::value::RawValue;
use sync::{Change, Engine, Officer};

use crate::Done;
use crate::clock::{p99, since, timed};
use crate::contestant::pulled;
use crate::corpus::Report;

/// From the officer's key to "saved on this laptop", with every check and the detail shown again.
pub async fn edits(officer: &Officer, reports: &[Report], round: usize, samples: usize) -> Done<f64> {
    let mut times = Vec::with_capacity(samples);
    for n in 0..samples {
        let report = &reports[(n * 13 + round) % reports.len()];
        let reply = Change::Reply(Some(format!("Seen on the {round}th round, {n}.")));
        let start = Instant::now();
        officer.change(&report.id, reply).await?;
        times.push(since(start));
    }
    Ok(p99(times))
}

/// A thousand grievances with an edit, sent by the engine until the server has acknowledged all.
pub async fn thousand_pushed(
    officer: &Officer,
    engine: &mut Engine,
    reports: &[Report],
    round: usize,
) -> Done<f64> {
    engine.catch_up().await?;
    for report in reports.iter().take(1_000) {
        let reply = json!(format!("A thousand in round {round}."));
        let (id, at) = (report.id.clone(), "2026-11-23T10:41:05+05:30");
        officer.with_mirror(move |mirror| mirror.change(&id, Field::Reply, reply, "asha", at)).await?;
    }
    let start = Instant::now();
    engine.catch_up().await?;
    let time = since(start);
    match officer.with_mirror(|mirror| mirror.counts()).await?.unsent_edits() {
        0 => Ok(time),
        left => Err(format!("{left} edits were not taken").into()),
    }
}

/// What of a document changes upstream.
#[derive(Clone, Copy)]
pub enum Changed {
    Category,
    /// Also the words that are searched.
    Text,
}

/// Pages of 100 documents that somebody else changed, until stored.
pub fn hundred_changed(
    officer: &Officer,
    reports: &[Report],
    round: usize,
    pages: usize,
    changed: Changed,
) -> Done<f64> {
    let mirror = officer.mirror();
    let checkpoint = mirror.checkpoint(Database::Grievances)?.ok_or("the ward was not pulled")?;
    let mut times = Vec::with_capacity(pages);
    for n in 0..pages {
        let generation = 1_000 * (round + 1) + n;
        let of_page = reports.iter().cycle().skip(n * 100).take(100);
        let page =
            of_page.map(|report| another(report, generation, changed)).collect::<Done<Vec<Pulled>>>()?;
        times.push(timed(|| {
            mirror.apply_page(Database::Grievances, &page, &checkpoint, 1_760_000_001)?;
            Ok(())
        })?);
    }
    Ok(p99(times))
}

fn another(report: &Report, generation: usize, changed: Changed) -> Done<Pulled> {
    let rev = format!("{generation}-{}{}", report.id, changed as u8);
    let (old, new) = match changed {
        Changed::Category => ("\"roads\"", format!("\"roads{generation}\"")),
        Changed::Text => {
            ("\"problemDescription\":\"", format!("\"problemDescription\":\"again{generation} "))
        }
    };
    let text = report.body.get().replacen(old, &new, 1).replacen(&report.rev, &rev, 1);
    let body = RawValue::from_string(text)?;
    Ok(pulled(Report { id: report.id.clone(), rev, body }))
}
