//! Where histories are lived one after the other: what is slow to make is made once.

use std::cell::RefCell;
use std::sync::Arc;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tempfile::TempDir;
use testkit::Store;
use tokio::runtime::{Builder, Runtime};
use vault::{Home, Unlocked};

use crate::history::{History, any_history};
use crate::laptop;
use crate::world::{self, OFFICERS, Stage, Tally};

/// Set to a seed that a failure printed, to see that history alone.
pub const SEED: &str = "MYWARD_SEED";

/// What all lanes share.
pub struct Props {
    runtime: Runtime,
    store: Store,
}

/// An account for each officer, unlocked once: opening one takes a quarter of a second, by intention.
pub struct Lane<'a> {
    props: &'a Props,
    accounts: Vec<Arc<Unlocked>>,
    _home: TempDir,
}

impl Props {
    pub fn new() -> Props {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let store = runtime.block_on(Store::start());
        Props { runtime, store }
    }
}

impl Lane<'_> {
    pub fn new(props: &Props) -> Lane<'_> {
        let folder = TempDir::new().unwrap();
        let home = Home::open(folder.path()).unwrap().uncalibrated();
        let accounts = OFFICERS.map(|name| {
            let unlocked = home.account("a model", name).create("monsoon drains");
            let unlocked = unlocked.unwrap_or_else(|error| panic!("{error}"));
            laptop::make_new_mirror(&unlocked);
            Arc::new(unlocked)
        });
        Lane { props, accounts: accounts.into(), _home: folder }
    }

    pub fn live(&self, history: &History) -> Result<Tally, String> {
        let stage = Stage { store: &self.props.store, accounts: &self.accounts };
        self.props.runtime.block_on(world::live(&stage, history))
    }

    /// The history of a seed; one that breaks a promise is made as short as it still does.
    pub fn live_seed(&self, seed: u32) -> Result<Tally, String> {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&seed.to_le_bytes());
        let config = Config { max_shrink_iters: 100, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let tree = any_history().new_tree(&mut runner).unwrap();
        let tally = RefCell::default();
        let lived = runner.run_one(tree, |history| {
            tally.replace(self.live(&history).map_err(TestCaseError::fail)?);
            Ok(())
        });
        match lived {
            Ok(_) => Ok(tally.into_inner()),
            Err(TestError::Fail(told, history)) => {
                Err(format!("{SEED}={seed}\n\n{told}\n\nfor regressions.rs: {history:?}"))
            }
            Err(TestError::Abort(why)) => Err(format!("seed {seed}: {why}")),
        }
    }
}
