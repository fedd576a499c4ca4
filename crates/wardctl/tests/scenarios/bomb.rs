//! Answers without end, packed and plain: a limit stops them, in time and in memory.

use std::io::Write;
use std::time::Duration;

use testkit::{Reply, figure};

use crate::town::Town;
use crate::watcher::Watcher;

const MIB: usize = 1 << 20;
/// More than this a bomb may not cost, in KiB.
const GROWTH: u64 = 80 << 10;

/// N7. The server answers every pull with a body that never ends, as it is or as a gzip of which a kilobyte is a
/// megabyte: the program takes up to its limit, drops it and says that the server has trouble.
#[tokio::test(flavor = "multi_thread")]
async fn n7_a_body_without_end_is_dropped_at_its_limit() {
    let town = Town::founded("bomb").await;
    let asha = town.officer("asha");
    let calm = Watcher::of(&asha).peak_when("allSent");

    let spaces = vec![b' '; MIB];
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let plain = Reply::Endless(format!("{head}\r\n").into_bytes(), spaces.clone(), Duration::ZERO);
    let (start, block) = endless_gzip(&spaces);
    let head = [format!("{head}Content-Encoding: gzip\r\n\r\n").as_bytes(), &start].concat();
    let packed = Reply::Endless(head, block, Duration::ZERO);
    for (what, bomb) in [("plain", plain), ("packed", packed)] {
        town.couch_line.answer("/_changes", bomb);
        let peak = Watcher::of(&asha).peak_when("waiting");
        town.couch_line.restore();
        let growth = peak.saturating_sub(calm);
        figure("N7", format!("{what}: {} MiB more than a calm sync", growth >> 10));
        assert!(growth <= GROWTH, "{what}: {calm} KiB, then {peak}");
    }
    assert_eq!(asha.sync()["state"], "allSent");
}

/// The beginning of a gzip of `bytes`, and what can follow it for ever, meaning `bytes` once more.
fn endless_gzip(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut part = || {
        zip.write_all(bytes).unwrap();
        zip.flush().unwrap();
        std::mem::take(zip.get_mut())
    };
    (part(), part())
}
