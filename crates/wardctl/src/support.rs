//! What support and the administrator ask of an officer's laptop.

use std::path::Path;

use jiff::tz::TimeZone;
use mirror::{Delivery, Proof, TimelineLine};
use serde::Serialize;
use sync::{Check, ComparedCount, Comparison, Officer, Verdict, Who, line_words, local_time};

use crate::error::WardctlError;
use crate::output::{Output, or_nothing};

pub async fn timeline(officer: Officer, output: &Output) -> Result<(), WardctlError> {
    #[derive(Serialize)]
    struct Line {
        #[serde(flatten)]
        line: TimelineLine,
        /// In the ward's zone.
        local: String,
    }
    let zone = officer.zone().await?;
    let lines = officer.with_mirror(|mirror| mirror.timeline()).await?;
    let text = sync::timeline_text(&lines, &zone);
    let lines: Vec<Line> =
        lines.into_iter().map(|line| Line { local: local_time(line.at, &zone), line }).collect();
    output.say(&lines, |_| {
        if text.is_empty() { "Nothing happened yet.".to_owned() } else { text.trim_end().to_owned() }
    })
}

pub async fn deliveries(officer: Officer, csv: bool, output: &Output) -> Result<(), WardctlError> {
    let zone = officer.zone().await?;
    let deliveries = officer.deliveries().await?;
    if csv {
        let table = sync::deliveries_csv(&deliveries, &zone)?;
        output.print(&table)?;
        return Ok(());
    }
    output.say(&deliveries, |deliveries| {
        let texts = deliveries.iter().map(|delivery| describe(delivery, &zone));
        or_nothing(texts.collect(), "Nothing was delivered in the last 90 days.")
    })
}

pub async fn compare(officer: Officer, output: &Output) -> Result<(), WardctlError> {
    let comparison = officer.compare().await?;
    output.say(&comparison, table)
}

pub async fn doctor(officer: Officer, output: &Output) -> Result<(), WardctlError> {
    let checks = officer.examine().await?;
    output.say(&checks, |checks| checks.iter().map(check).collect::<Vec<_>>().join("\n"))?;
    match checks.iter().filter(|check| check.verdict == Verdict::Fault).count() {
        0 => Ok(()),
        faults => Err(WardctlError::Faults(faults)),
    }
}

pub async fn export_unsent(officer: Officer, file: &Path, output: &Output) -> Result<(), WardctlError> {
    let exported = officer.export_unsent(file).await?;
    output.say(&exported, |exported| {
        let lost = match exported.lost_pictures {
            0 => String::new(),
            lost => format!(" {lost} pictures are damaged on this laptop and not in the file."),
        };
        format!(
            "{} changes and {} pictures are in {}.{lost} The file is not encrypted: whoever has it can read it. \
             Delete it when its work is on the server.",
            exported.edits,
            exported.pictures,
            file.display()
        )
    })
}

pub async fn import_unsent(officer: Officer, file: &Path, output: &Output) -> Result<(), WardctlError> {
    let imported = officer.import_unsent(file).await?;
    output.say(&imported, |imported| {
        let mut lines = vec![format!(
            "{} changes and {} pictures are saved on this laptop; {} were here or on the server already.",
            imported.edits, imported.pictures, imported.known
        )];
        let left_out = imported.left_out.iter();
        lines.extend(left_out.map(|it| format!("not taken: {} of {}. {}", it.field, it.grievance, it.why)));
        lines.join("\n")
    })
}

fn describe(delivery: &Delivery, zone: &TimeZone) -> String {
    let proof = match &delivery.proof {
        Proof::Revision { rev } => format!("revision {rev}"),
        Proof::Lost { rev } => format!("revision {rev}, which the server has lost"),
        Proof::Photo { sha256 } => format!("in the photo store, sha256 {sha256}"),
    };
    let line = delivery.line.as_ref().map(|line| format!("\n  history line {}", line_words(line)));
    format!(
        "{}  {} of {}\n  saved {} by {}\n  {} → {}\n  {proof}{}",
        local_time(delivery.arrived_at, zone),
        delivery.field.name(),
        delivery.grievance,
        delivery.saved_at,
        delivery.by,
        delivery.before,
        delivery.after,
        line.unwrap_or_default()
    )
}

fn table(comparison: &Comparison) -> String {
    let mut lines = counts("status", &comparison.statuses, comparison.not_read);
    lines.push(String::new());
    if comparison.wards.iter().any(|ward| ward.name.is_some()) {
        lines.extend(counts("ward", &comparison.wards, comparison.not_read));
        lines.push(String::new());
    }
    lines.push(row("all", ["server", "laptop", ""]));
    let databases =
        [("grievances", Some(&comparison.grievances)), ("internal", comparison.internal.as_ref())];
    for (name, database) in databases {
        let Some(database) = database else {
            lines.push(row(name, ["not read", "", ""]));
            continue;
        };
        lines.push(row(name, [&database.server.to_string(), &database.laptop.to_string(), ""]));
        for (what, ids) in [
            ("only on the server", &database.only_there),
            ("only on this laptop", &database.only_here),
            ("another revision", &database.other_revision),
            ("cannot be read here", &database.unreadable),
        ] {
            lines.extend(ids.iter().map(|id| format!("{what}: {id}")));
        }
    }
    lines.push(comparison.sentence.clone());
    lines.join("\n")
}

fn counts(what: &str, counts: &[ComparedCount], not_read: u64) -> Vec<String> {
    let mut lines = vec![row(what, ["server", "laptop", "unsent"])];
    lines.extend(counts.iter().map(|count| {
        let numbers = [count.server, count.laptop, count.unsent].map(|n| n.to_string());
        row(count.name.as_deref().unwrap_or("none"), numbers.each_ref().map(String::as_str))
    }));
    if not_read > 0 {
        lines.push(row("not read here", [&not_read.to_string(), "", ""]));
    }
    lines
}

fn row(name: &str, [server, laptop, unsent]: [&str; 3]) -> String {
    format!("{name:<16}{server:>9}{laptop:>9}{unsent:>9}").trim_end().to_owned()
}

fn check(check: &Check) -> String {
    let verdict = match check.verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::Fault => "fault",
        Verdict::NotChecked => "-",
    };
    let who = match check.who {
        None => "",
        Some(Who::You) => " [you]",
        Some(Who::Administrator) => " [the administrator]",
        Some(Who::PhotoStore) => " [whoever runs the photo store]",
    };
    format!("{verdict:<8} {}: {}{who}", check.what, check.found)
}
