//! `docs/benchmarks.md`: one section for each size of ward, the newest run of it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Done;

const OPENING: &str = "# Benchmarks

What `cargo xtask bench` measured: ours beside the limit (the same documents put straight into the mirror, without a network) and beside the peer (PouchDB 9 in Node, into LevelDB, not encrypted), in rounds that take turns on one machine. Absolute times move with the machine; the ratios are what counts. Of small things each round gives its p99, of the slowest kind where there are several. Not measured here: a real CouchDB, PouchDB in a browser, drawing in the window, an idle program.

Where a budget is missed: a first mirror of 10,000 takes a quarter of a second, and the few questions before its first page weigh as much as the missing share of the limit; of changed documents the table shows the slowest of 20 pages, which pays for merging the text index that an idle program would have merged.

";

pub fn section(documents: usize, text: &str) -> Done<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/benchmarks.md");
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let mut sections: BTreeMap<usize, String> = kept.split("\n## ").skip(1).filter_map(read).collect();
    sections.insert(documents, text.trim().to_owned());
    let written = sections.into_iter().map(|(size, text)| format!("## {size} documents\n\n{text}\n"));
    std::fs::write(file, OPENING.to_owned() + &written.collect::<Vec<_>>().join("\n"))?;
    Ok(())
}

fn read(section: &str) -> Option<(usize, String)> {
    let (heading, text) = section.split_once('\n')?;
    Some((heading.strip_suffix(" documents")?.parse().ok()?, text.trim().to_owned()))
}
