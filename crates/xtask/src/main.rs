//! `cargo xtask`: what a developer types. Each command says what it does and stops with a clear sentence.

mod bench;
mod cargo_deny;
mod demo;
mod folders;
mod node;
mod packages;
mod program;
mod seaweedfs;
mod server;
mod setup;
mod soak;
mod steps;
mod test;
mod ward;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use program::Trouble;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Builds, tests and shows MyWard Officer")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what building, testing and the demonstration need
    Setup,
    /// Check and test everything
    Test,
    /// Try the faults that come by chance for up to an hour
    Soak,
    /// Open the app on an invented ward, with a server and an object store on this machine
    Demo(demo::Options),
    /// Measure against the budgets; arguments go to the benchmark
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Setup => setup::everything(),
        Command::Test => test::everything(),
        Command::Soak => soak::everything(),
        Command::Demo(options) => demo::open(&options),
        Command::Bench { arguments } => bench::measure(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("\ncargo xtask: {trouble}");
            ExitCode::FAILURE
        }
    }
}

/// What most steps come to.
type Done = Result<(), Trouble>;
