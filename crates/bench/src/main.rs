//! The benchmark: one table of what was measured, beside a peer or a limit of the same run, and the budgets. It never
//! fails because something was slow.

mod clock;
mod contest;
mod contestant;
mod corpus;
mod keep;
mod photo;
mod reading;
mod report;
mod server;
mod source;
mod table;
mod ward;
mod writing;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use clap::{Parser, Subcommand};
use sync::{Engine, Officer};

use crate::clock::since;
use crate::contest::Taken;
use crate::corpus::Report;
use crate::keep::Kept;
use crate::report::{Contest, Small};
use crate::source::Source;
use crate::table::Row;

type Done<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Measure against the budgets
#[derive(Parser)]
struct Arguments {
    /// 10,000, 100,000, or 1,000,000 without the peer
    #[arg(long, default_value_t = 10_000)]
    documents: usize,
    /// At least three for medians that mean something
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: u8,
    /// Only the contest, pulling from the CouchDB that COUCHDB_URL names, or from that of the tests
    #[arg(long)]
    couchdb: bool,
    /// Write the table to docs/benchmarks.md
    #[arg(long)]
    keep: bool,
    #[command(subcommand)]
    part: Option<Part>,
}

/// What the benchmark starts as processes of their own.
#[derive(Subcommand)]
enum Part {
    #[command(hide = true)]
    Insert { documents: usize, file: PathBuf },
    #[command(hide = true)]
    Deliver { site: String, user: String, password: String },
    #[command(hide = true)]
    Pull { site: String, user: String, password: String, home: PathBuf },
}

/// Beyond this it takes too long for the peer.
const LARGEST_OF_PEER: usize = 100_000;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(photos::DECODE_COMMAND) {
        return photos::decode_child();
    }
    match start(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("bench: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Arguments) -> Done<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let taken = match &arguments.part {
        None => return runtime.block_on(measure(&arguments)),
        Some(Part::Insert { documents, file }) => contestant::insert(*documents, file)?,
        Some(Part::Deliver { site, user, password }) => {
            runtime.block_on(contestant::deliver(site, user, password))?
        }
        Some(Part::Pull { site, user, password, home }) => {
            runtime.block_on(contestant::pull(site, user, password, home))?
        }
    };
    println!("{}", serde_json::to_string(&taken)?);
    Ok(())
}

async fn measure(arguments: &Arguments) -> Done<()> {
    if arguments.documents < 1_000 {
        return Err("a thousand edits need a thousand documents".into());
    }
    let before = load()?;
    let reports = corpus::ward(arguments.documents)?;
    let (source, rows) = match arguments.couchdb {
        true => from_couchdb(&reports, arguments.rounds).await?,
        false => from_fast_server(&reports, arguments.rounds).await?,
    };
    let from = if arguments.couchdb { " --couchdb" } else { "" };
    let made = format!(
        "`cargo xtask bench --documents {} --rounds {}{from}` on {} cores, from {}; load average {before} before, {} after.",
        arguments.documents,
        arguments.rounds,
        std::thread::available_parallelism()?,
        source.named(),
        load()?
    );
    let kept = Kept::read();
    let text = kept.table(arguments, &made, &rows);
    println!("\n{text}");
    if arguments.keep { kept.write(arguments, text) } else { Ok(()) }
}

async fn from_couchdb(reports: &[Report], rounds: u8) -> Done<(Source, Vec<Row>)> {
    let source = Source::couchdb(reports).await?;
    println!("{} documents written to {}.", reports.len(), source.named());
    let home = tempfile::tempdir()?;
    // Measures what a guess at a password costs, once for all contestants.
    unlock(home.path(), 0)?;
    let mut contests = Vec::new();
    for round in 1..=rounds {
        println!("Round {round} of {rounds}");
        let limit = contest::deliver(&source).await?;
        contests.push(contest(limit, &source, home.path(), reports.len()).await?);
    }
    let rows = report::from_couchdb(reports.len(), &contests, source.is_real());
    Ok((source, rows))
}

async fn from_fast_server(reports: &[Report], rounds: u8) -> Done<(Source, Vec<Row>)> {
    let documents = reports.len();
    let home = tempfile::tempdir()?;
    let source = Source::fast(reports).await?;
    let photo = photo::camera_file()?;
    let officer = ward::sign_in(&source.site, &source.user, &source.password, home.path()).await?;
    let closed = home.path().join("closed.db");
    contestant::insert(documents, &closed)?;
    let mut engine = Engine::new(officer.clone());
    let start = Instant::now();
    engine.catch_up().await?;
    println!("{documents} documents pulled in {:.1} s to measure in.", since(start) / 1e3);
    settle(&officer)?;
    println!("Tidied after {:.1} s.", since(start) / 1e3);
    let (mut contests, mut smalls) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        println!("Round {round} of {rounds}");
        let limit = contest::insert(documents).await?;
        contests.push(contest(limit, &source, home.path(), documents).await?);
        let unlock_seconds = unlock(home.path(), round.into())?;
        println!("  unlocked in {unlock_seconds:.2} s");
        let first_page = reading::first_page(&closed, 100)?;
        let other = small(&officer, &mut engine, reports, &photo, round.into()).await?;
        smalls.push(Small { unlock_seconds, first_page, ..other });
    }
    let mut rows = report::contest(documents, &contests);
    rows.extend(report::small(documents, &smalls));
    Ok((source, rows))
}

/// The rest of a round that began with the limit.
async fn contest(limit: Taken, source: &Source, home: &Path, documents: usize) -> Done<Contest> {
    let limit = told("the limit", limit, documents)?;
    let ours = told("ours", contest::ours(source, &home.join("cost.json")).await?, documents)?;
    let peer = match documents <= LARGEST_OF_PEER {
        true => Some(told("PouchDB", contest::peer(source).await?, documents)?),
        false => None,
    };
    Ok(Contest { limit, ours, peer })
}

fn told(who: &str, taken: Taken, documents: usize) -> Done<Taken> {
    println!("  {who}: {:.0} documents/s, usable after {:.2} s", taken.rate(), taken.usable);
    match taken.documents == documents {
        true => Ok(taken),
        false => Err(format!("{who} has {} of {documents} documents", taken.documents).into()),
    }
}

async fn small(
    officer: &Officer,
    engine: &mut Engine,
    reports: &[Report],
    photo: &[u8],
    round: usize,
) -> Done<Small> {
    let mirror = officer.mirror();
    let samples = if reports.len() > LARGEST_OF_PEER { 20 } else { 100 };
    let small = Small {
        next_page: reading::next_page(mirror, samples)?,
        search: reading::search(mirror, samples)?,
        counts: reading::counts(mirror, samples)?,
        places: reading::places(mirror, samples)?,
        edit: writing::edits(officer, reports, round, 200).await?,
        thousand_pushed: writing::thousand_pushed(officer, engine, reports, round).await?,
        hundred_changed: writing::hundred_changed(officer, reports, round, 20, writing::Changed::Category)?,
        hundred_texts: writing::hundred_changed(officer, reports, round, 20, writing::Changed::Text)?,
        photo_seconds: photo::kept(officer, photo, 5).await?,
        ..Small::default()
    };
    println!("  queue {:.1} ms, search {:.1} ms, edit {:.1} ms", small.next_page, small.search, small.edit);
    settle(officer)?;
    Ok(small)
}

/// As the idle program leaves its mirror.
fn settle(officer: &Officer) -> Done<()> {
    while officer.mirror().tidy(None)? {}
    Ok(officer.mirror().checkpoint_wal()?)
}

/// Seconds to open an account of the round's own at the cost calibrated for `home`.
fn unlock(home: &Path, round: usize) -> Done<f64> {
    let account = vault::Home::open(home)?.account("bench", &round.to_string());
    drop(account.create(ward::PASSWORD)?);
    let start = Instant::now();
    account.unlock(ward::PASSWORD, SystemTime::now())?;
    Ok(since(start) / 1e3)
}

/// Of the last 1, 5 and 15 minutes.
fn load() -> Done<String> {
    let figures = std::fs::read_to_string("/proc/loadavg")?;
    Ok(figures.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}
