//! The contestants but the peer, as they run in a process of their own.

use std::path::Path;
use std::time::Instant;

use couch::Server;
use mirror::{Bounds, Checkpoint, Database, Mirror, Order, Pulled, Query, Show};
use sync::{Engine, Happening, Officer, Site};

use crate::Done;
use crate::contest::Taken;
use crate::corpus::{self, Report};

pub const WARD: Bounds = Bounds { west: 77.5, south: 12.9, east: 77.7, north: 13.1 };
/// Of mirrors that are not an account's.
pub const KEY: [u8; 32] = [7; 32];
/// Pages as `crates/sync` pulls them.
const FIRST_PAGE: usize = 2_000;
const PAGE: usize = 10_000;

/// The documents put straight into a mirror, page by page.
pub fn insert(documents: usize, file: &Path) -> Done<Taken> {
    let mut rows = corpus::ward(documents)?.into_iter().map(pulled);
    let mirror = Mirror::open(file, &KEY)?;
    let checkpoint = Checkpoint { since: "1".to_owned(), ..Checkpoint::default() };
    forget_peak()?;
    let start = Instant::now();
    let (mut first_rows, mut size) = (0.0, FIRST_PAGE);
    let mut inserted = 0.0;
    loop {
        // Making a page is not part of the limit.
        let page: Vec<Pulled> = rows.by_ref().take(size).collect();
        if page.is_empty() {
            break;
        }
        let begun = Instant::now();
        mirror.apply_page(Database::Grievances, &page, &checkpoint, 1_760_000_000)?;
        inserted += begun.elapsed().as_secs_f64();
        if size == FIRST_PAGE {
            first_rows = start.elapsed().as_secs_f64();
        }
        size = PAGE;
    }
    let memory = peak()?;
    show(&mirror)?;
    mirror.checkpoint_wal()?;
    let usable = start.elapsed().as_secs_f64();
    Ok(Taken { documents, pulled: inserted, first_rows, usable, memory, ..Taken::default() })
}

/// The ward's changes read with their documents, page by page, and kept nowhere: what the server delivers.
pub async fn deliver(site: &str, user: &str, password: &str) -> Done<Taken> {
    let site = Site::parse(site)?;
    let server = Server::new(site.origin())?;
    server.sign_in(user, password).await?;
    let database = server.database(site.database());
    let start = Instant::now();
    let (mut since, mut size, mut documents) = (None, FIRST_PAGE, 0);
    loop {
        let page = database.changes(since.as_deref(), size as u32).await?;
        documents += page.rows.len();
        if page.rows.is_empty() || page.pending == Some(0) {
            return Ok(Taken { documents, pulled: start.elapsed().as_secs_f64(), ..Taken::default() });
        }
        (since, size) = (Some(page.last_seq), PAGE);
    }
}

/// The ward pulled by the engine as the app has it; signing in is not part of the time.
pub async fn pull(site: &str, user: &str, password: &str, home: &Path) -> Done<Taken> {
    let officer = crate::ward::sign_in(site, user, password, home).await?;
    let mut engine = Engine::new(officer.clone());
    let happenings = engine.happenings();
    forget_peak()?;
    let start = Instant::now();
    let first_rows = tokio::spawn(first_rows(officer.clone(), happenings, start));
    engine.catch_up().await?;
    let pulled = start.elapsed().as_secs_f64();
    let memory = peak()?;
    let shown = officer.clone();
    let documents = tokio::task::spawn_blocking(move || show(shown.mirror())).await??;
    let usable = start.elapsed().as_secs_f64();
    let first_rows = first_rows.await??;
    crate::settle(&officer)?;
    let memory_idle = memory_now()?;
    officer.sign_out().await?;
    Ok(Taken { documents, pulled, first_rows, usable, memory, memory_idle, disk: 0 })
}

async fn first_rows(
    officer: Officer,
    mut happenings: tokio::sync::broadcast::Receiver<Happening>,
    start: Instant,
) -> Done<f64> {
    loop {
        if let Happening::GrievancesChanged { .. } = happenings.recv().await? {
            let page = officer.with_mirror(|mirror| mirror.queue(&newest(), None, 50)).await?;
            if !page.rows.is_empty() {
                return Ok(start.elapsed().as_secs_f64());
            }
        }
    }
}

/// Everything a queue shows, once; returns how many grievances there are.
fn show(mirror: &Mirror) -> Done<usize> {
    mirror.queue(&newest(), None, 50)?;
    mirror.queue(&Query { search: Some("road".to_owned()), ..newest() }, None, 50)?;
    mirror.places(&WARD)?;
    Ok(mirror.counts()?.all as usize)
}

pub fn newest() -> Query {
    Query { show: Show::All, search: None, order: Order::Newest }
}

pub fn pulled(report: Report) -> Pulled {
    Pulled { id: report.id, rev: report.rev, deleted: false, body: Some(report.body), unreadable: None }
}

/// Has the kernel measure the height of memory anew from here.
fn forget_peak() -> Done<()> {
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}

fn peak() -> Done<u64> {
    memory("VmHWM:")
}

fn memory_now() -> Done<u64> {
    memory("VmRSS:")
}

/// Bytes.
fn memory(line: &str) -> Done<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kilobytes =
        status.lines().find_map(|told| told.strip_prefix(line)).ok_or("the kernel does not tell")?;
    Ok(kilobytes.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
