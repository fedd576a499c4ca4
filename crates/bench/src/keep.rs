//! `docs/benchmarks.md`: one section for each kind of run, with the newest that was kept. A table of it says beside each
//! figure what the one before was; what people wrote below a table stays.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::table::{HEAD, Row};
use crate::{Arguments, Done};

const OPENING: &str = "# Benchmarks

What `cargo xtask bench` measured: ours beside the limit (the same documents put straight into the mirror, without a network; from a CouchDB, reading them and keeping nothing) and beside the peer (PouchDB 9 in Node, into LevelDB, not encrypted), in rounds that take turns on one machine. Absolute times move with the machine; the ratios are what counts. Of small things each round gives its p99, of the slowest kind where there are several. Not measured here: PouchDB in a browser and beside the small things, drawing in the window (so of a photo the time until it is sealed, not until it is shown) and the start of the program, the processor's share of an idle program, and the very first push of a laptop (its first edits were sent before). At 1,000,000 documents the peer takes too long to take part.

";

/// The file's sections by their headings.
pub struct Kept(BTreeMap<(usize, String), String>);

impl Kept {
    pub fn read() -> Kept {
        // Without the file nothing was kept.
        let text = std::fs::read_to_string(file()).unwrap_or_default();
        Kept(text.split("\n## ").skip(1).filter_map(section).collect())
    }

    /// The run's section: how it was made, its table, and what was written below the last one.
    pub fn table(&self, arguments: &Arguments, made: &str, rows: &[Row]) -> String {
        let kept = self.0.get(&heading(arguments)).map_or("", String::as_str);
        let lines = rows.iter().map(|row| row.line(before(kept, row.what).as_deref()));
        let table = lines.collect::<Vec<_>>().join("\n");
        let below = kept.lines().skip(1).filter(|line| !line.starts_with('|')).collect::<Vec<_>>().join("\n");
        format!("{made}\n\n{HEAD}\n{table}\n\n{}", below.trim()).trim().to_owned()
    }

    pub fn write(mut self, arguments: &Arguments, text: String) -> Done<()> {
        self.0.insert(heading(arguments), text);
        let written = self.0.into_iter().map(|((_, heading), text)| format!("## {heading}\n\n{text}\n"));
        std::fs::write(file(), OPENING.to_owned() + &written.collect::<Vec<_>>().join("\n"))?;
        Ok(())
    }
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/benchmarks.md")
}

fn heading(arguments: &Arguments) -> (usize, String) {
    let from = if arguments.couchdb { " from a CouchDB" } else { "" };
    (arguments.documents, format!("{} documents{from}", arguments.documents))
}

fn section(section: &str) -> Option<((usize, String), String)> {
    let (heading, text) = section.split_once('\n')?;
    let documents = heading.split(' ').next()?.parse().ok()?;
    Some(((documents, heading.to_owned()), text.trim().to_owned()))
}

/// Median and ratio that a kept table has for `what`.
fn before(kept: &str, what: &str) -> Option<String> {
    let start = format!("| {what} | ");
    let cells: Vec<&str> = kept.lines().find_map(|line| line.strip_prefix(&start))?.split(" | ").collect();
    let median = cells.first()?.split(" (").next()?;
    match cells.get(2).map(|ratio| ratio.trim()) {
        Some("") | None => Some(median.to_owned()),
        Some(ratio) => Some(format!("{median}, {ratio}")),
    }
}
