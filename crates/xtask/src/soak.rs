//! The long run: faults that come by chance, tried thousands of times. About an hour on two cores, of which the histories of
//! the model alone take most.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::program::{Trouble, missing, read};
use crate::test::WORKSPACE;
use crate::{Done, folders, node, setup};

/// The rows of docs/faults.md that have a long run, those that take longest first. A row's tests have names that begin
/// with its id.
const ROWS: [&str; 15] =
    ["R7", "R8", "S8", "N4", "S4", "N8", "S1", "R9", "R5", "R15", "S5", "R1", "S3", "S14", "N13"];

/// Where the tests keep their files: a real disk is slower, and shows nothing more, because power cuts, kills and damage are
/// played on what was asked of it.
const IN_MEMORY: &str = "/dev/shm";

/// Runs every row's tests at full length, several at once, and goes on after a failure.
pub fn everything() -> Done {
    setup::everything()?;
    println!("\nBuilding the window and the tests; the first time this takes minutes");
    node::script("ui", "build")?;
    let (tests, folder) = build()?;
    fs::create_dir_all(&folder).map_err(Trouble::file(format!("{} cannot be made", folder.display())))?;
    println!("What the tests say is kept in {}\n", folder.display());

    let mut long: Vec<&Test> = Vec::new();
    for row in ROWS {
        let of_row = tests.iter().filter(|test| test.serves(row));
        let new: Vec<&Test> =
            of_row.filter(|test| !long.iter().any(|known| known.name == test.name)).collect();
        long.extend(new);
    }
    let runs = run_all(&long, &folder)?;
    println!();
    let mut failed = Vec::new();
    for row in ROWS {
        let of_row: Vec<&Run> =
            runs.iter().filter(|(test, _)| test.serves(row)).map(|(_, run)| run).collect();
        println!("{row:<3} {}", line(row, &of_row));
        if of_row.is_empty() || of_row.iter().any(|run| !run.passed) {
            failed.push(row);
        }
    }
    match failed.as_slice() {
        [] => {
            println!("\nEvery row held.");
            Ok(())
        }
        failed => Err(Trouble::Other(format!(
            "{} of {} rows failed: {}. Their words are in {}",
            failed.len(),
            ROWS.len(),
            failed.join(", "),
            folder.display()
        ))),
    }
}

/// One test function.
struct Test {
    program: PathBuf,
    /// Where cargo would run it.
    folder: PathBuf,
    /// With its modules.
    name: String,
}

struct Run {
    passed: bool,
    took: Duration,
    said: String,
}

impl Test {
    /// The ids its name begins with: R7 and R8 of `model::r7_r8_every_history`.
    fn rows(&self) -> impl Iterator<Item = String> {
        let name = self.name.rsplit("::").next().unwrap_or_default();
        name.split('_').map(str::to_uppercase).take_while(|word| {
            let number = word.trim_start_matches(['S', 'N', 'R']);
            number.len() + 1 == word.len() && number.parse::<u8>().is_ok()
        })
    }

    fn serves(&self, row: &str) -> bool {
        self.rows().any(|id| id == row)
    }
}

/// All tests of the workspace, and the folder for what they say.
fn build() -> Result<(Vec<Test>, PathBuf), Trouble> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--profile=long", "--no-run", "--message-format=json-render-diagnostics"])
        .args(WORKSPACE);
    let built = read_with_progress(cargo.current_dir(folders::project()))?;
    let mut tests = Vec::new();
    let mut target = None;
    for line in built.lines() {
        // Other messages have other members.
        let Ok(built) = serde_json::from_str::<Built>(line) else { continue };
        let (true, Some(program)) = (built.profile.test, built.executable) else { continue };
        let folder = built.manifest_path.parent().unwrap_or(Path::new("/")).to_owned();
        let listed = read(Command::new(&program).args(["--list", "--format=terse"]).current_dir(&folder))?;
        for name in listed.lines().filter_map(|line| line.strip_suffix(": test")) {
            tests.push(Test { program: program.clone(), folder: folder.clone(), name: name.to_owned() });
        }
        // TARGET/long/deps/program
        target = program.ancestors().nth(3).map(Path::to_owned);
    }
    let target = target.ok_or_else(|| Trouble::Other("cargo built no tests".to_owned()))?;
    Ok((tests, target.join("soak")))
}

#[derive(Deserialize)]
struct Built {
    executable: Option<PathBuf>,
    manifest_path: PathBuf,
    profile: Profile,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// What the command prints; its progress and complaints go to the terminal.
fn read_with_progress(command: &mut Command) -> Result<String, Trouble> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|source| missing(command, source))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(Trouble::Other("The tests could not be built; cargo's own words are above".to_owned())),
    }
}

/// Says of each what came of it as soon as it has ended, and keeps its words in `folder`.
fn run_all<'t>(tests: &[&'t Test], folder: &Path) -> Result<Vec<(&'t Test, Run)>, Trouble> {
    let (next, runs) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let lane = || -> Done {
        while let Some(test) = tests.get(next.fetch_add(1, Ordering::Relaxed)) {
            let run = run(test)?;
            let file = folder.join(format!("{}.txt", test.name.replace("::", ".")));
            fs::write(&file, &run.said)
                .map_err(Trouble::file(format!("{} cannot be written", file.display())))?;
            let mut runs = runs.lock().unwrap_or_else(PoisonError::into_inner);
            let held = if run.passed { "held" } else { "FAILED" };
            let took = run.took.as_secs_f64();
            println!("{:>2}/{} {held} in {took:.0} s: {}", runs.len() + 1, tests.len(), test.name);
            runs.push((*test, run));
        }
        Ok(())
    };
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|threads| {
        // One more than cores: some tests wait for a thin line or for answers most of their time.
        let lanes: Vec<_> = (0..=cores).map(|_| threads.spawn(lane)).collect();
        let died = |_| Trouble::Other("A thread of this command died".to_owned());
        lanes.into_iter().try_for_each(|lane| lane.join().map_err(died)?)
    })?;
    Ok(runs.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn run(test: &Test) -> Result<Run, Trouble> {
    let started = Instant::now();
    let mut command = Command::new(&test.program);
    command.args(["--exact", &test.name, "--nocapture"]).current_dir(&test.folder);
    command.env("MYWARD_SOAK", "1").env("CARGO_MANIFEST_DIR", &test.folder);
    if Path::new(IN_MEMORY).is_dir() {
        command.env("TMPDIR", IN_MEMORY);
    }
    let output = command.output().map_err(|source| missing(&command, source))?;
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Ok(Run { passed: output.status.success(), took: started.elapsed(), said })
}

/// What a row came to: `held in 61 s: 10000 histories kept every promise`.
fn line(row: &str, runs: &[&Run]) -> String {
    if runs.is_empty() {
        return "no test".to_owned();
    }
    let held = if runs.iter().all(|run| run.passed) { "held" } else { "FAILED" };
    let took: Duration = runs.iter().map(|run| run.took).sum();
    let figures: Vec<&str> =
        runs.iter().flat_map(|run| run.said.lines()).filter_map(|line| figure(row, line)).collect();
    let figures = if figures.is_empty() { "no figure".to_owned() } else { figures.join("; ") };
    format!("{held} in {:.0} s: {figures}", took.as_secs_f64())
}

/// Of a line that `testkit::figure` printed for this row. A test's own name may stand before it.
fn figure<'a>(row: &str, line: &'a str) -> Option<&'a str> {
    let (_, figure) = line.split_once("figure ")?;
    figure.strip_prefix(row)?.strip_prefix(": ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_test_serves_the_rows_its_name_begins_with() {
        let rows = |name: &str| {
            let test = Test { program: PathBuf::new(), folder: PathBuf::new(), name: name.to_owned() };
            test.rows().collect::<Vec<_>>()
        };
        assert_eq!(rows("model::r7_r8_every_history"), ["R7", "R8"]);
        assert_eq!(rows("s14_a_small_heap"), ["S14"]);
        assert!(rows("scenarios::day::s_and_n").is_empty());
        assert!(rows("r8s_are_no_rows").is_empty());
    }

    /// docs/faults.md names tests that are there, and its rows with a long run are ours.
    #[test]
    fn the_table_of_faults_is_true() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let text = fs::read_to_string(root.join("docs/faults.md")).unwrap();
        let mut long = BTreeSet::new();
        let mut named = 0;
        for row in text.lines().filter(|line| line.starts_with("| ") && line.contains("::")) {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
            let (ids, tier) = (cells[0], *cells.last().unwrap());
            if tier.contains('n') {
                long.extend(ids.split(", ").map(str::to_owned));
            }
            let mut file = String::new();
            for test in row.split('`').filter_map(|quoted| quoted.split_once("::")) {
                let (path, name) = test;
                if path != "…" {
                    file = fs::read_to_string(root.join(path)).unwrap_or_else(|_| panic!("{path}"));
                }
                assert!(file.contains(&format!("fn {name}(")), "{ids}: {name}");
                named += 1;
            }
        }
        assert!(named > 100, "{named}");
        // R8 is of the model, which R7 names.
        long.insert("R8".to_owned());
        assert_eq!(long, ROWS.map(str::to_owned).into());
    }

    #[test]
    fn figures_of_other_rows_are_not_taken() {
        let run = |passed| Run {
            passed,
            took: Duration::from_secs(61),
            said: "test kill ... figure S1: 300 images\nfigure S14: 81 MB\n".to_owned(),
        };
        assert_eq!(line("S1", &[&run(true)]), "held in 61 s: 300 images");
        assert_eq!(line("S14", &[&run(true), &run(false)]), "FAILED in 122 s: 81 MB; 81 MB");
        assert_eq!(line("S3", &[]), "no test");
    }
}
