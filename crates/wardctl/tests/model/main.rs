//! A model of a ward: officers' real laptops, a server, lines, crashes, and whatever order things happen in. The
//! promises of the README are checked against what officers were told, kept outside the program.

#![allow(clippy::unwrap_used)]

mod history;
mod laptop;
mod ledger;
mod picture;
mod promise;
mod regressions;
mod revisions;
mod world;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tempfile::TempDir;
use testkit::Store;
use vault::{Home, Unlocked};

use history::History;
use world::{OFFICERS, Stage};

/// Set to a seed that a failure printed, to see that history alone.
const SEED: &str = "MYWARD_SEED";

/// R7, R8: officers, phones, an administrator, lost answers, cut lines and crashes in any order; then everybody syncs
/// until rest, clashes left open. `promise.rs` says what must be so.
#[test]
fn r7_r8_every_history_ends_with_all_laptops_alike_and_nothing_told_lost() {
    let chosen = std::env::var(SEED).ok().map(|seed| seed.parse::<u32>().unwrap());
    let count = if chosen.is_some() { 1 } else { testkit::times(500, 10_000) };
    // The short run is the same every time; the long one looks elsewhere each time.
    let first = chosen.unwrap_or(if count > 500 { fastrand::u32(1_000..u32::MAX / 2) } else { 0 });
    let (next, failure) = (AtomicU32::new(0), Mutex::new(None));
    let started = Instant::now();
    let props = Props::new();
    std::thread::scope(|threads| {
        for _ in 0..LANES {
            threads.spawn(|| {
                let lane = Lane::new(&props);
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count || failure.lock().unwrap().is_some() {
                        return;
                    }
                    if let Err(told) = lane.try_seed(first + n) {
                        failure.lock().unwrap().get_or_insert(told);
                    }
                }
            });
        }
    });
    if let Some(told) = failure.into_inner().unwrap() {
        panic!("{told}");
    }
    let seconds = started.elapsed().as_secs_f64();
    testkit::figure("R7", format!("{count} histories from seed {first} kept every promise, {seconds:.0} s"));
}

/// Histories at once; most of their time is waiting for the disk and for each other's requests.
const LANES: usize = 3;

/// The photo store that all lanes share.
struct Props {
    runtime: tokio::runtime::Runtime,
    store: Store,
}

impl Props {
    fn new() -> Props {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let store = runtime.block_on(Store::start());
        Props { runtime, store }
    }
}

/// Where histories are lived one after the other, with accounts unlocked once.
struct Lane<'a> {
    props: &'a Props,
    accounts: Vec<Arc<Unlocked>>,
    _home: TempDir,
}

impl Lane<'_> {
    fn new(props: &Props) -> Lane<'_> {
        let folder = TempDir::new().unwrap();
        let home = Home::open(folder.path()).unwrap().uncalibrated();
        let create = |name| {
            Arc::new(
                home.account("a model", name)
                    .create("monsoon drains")
                    .unwrap_or_else(|error| panic!("{error}")),
            )
        };
        Lane { props, accounts: OFFICERS.map(create).into(), _home: folder }
    }

    fn live(&self, history: &History) -> Result<(), String> {
        let stage = Stage { store: &self.props.store, accounts: &self.accounts };
        self.props.runtime.block_on(world::live(&stage, history))
    }

    /// The history of a seed; one that breaks a promise is made as short as it still does.
    fn try_seed(&self, seed: u32) -> Result<(), String> {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&seed.to_le_bytes());
        let config = Config { max_shrink_iters: 100, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let tree = history::any_history().new_tree(&mut runner).unwrap();
        let lived = runner.run_one(tree, |history| self.live(&history).map_err(TestCaseError::fail));
        match lived {
            Ok(_) => Ok(()),
            Err(TestError::Fail(told, history)) => {
                Err(format!("{SEED}={seed}\n\n{told}\n\nfor regressions.rs: {history:?}"))
            }
            Err(TestError::Abort(why)) => Err(format!("seed {seed}: {why}")),
        }
    }
}
