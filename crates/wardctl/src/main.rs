//! The command line of MyWard Officer: the administrator's half (databases, officers, a demo ward)
//! and the officer's engine without a window, for scripts, tests and measurement.

mod account;
mod administrator;
mod cli;
mod demo_ward;
mod error;
mod init;
mod officer;
mod output;
mod password;
mod scene;
mod synchronise;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::error::WardctlError;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Command::DecodePhoto) {
        return photos::decode_child();
    }
    let outcome = tokio::runtime::Runtime::new()
        .map_err(WardctlError::from)
        .and_then(|runtime| runtime.block_on(run(cli)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::explain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), WardctlError> {
    let output = Output::new(cli.json);
    let home = account::home(cli.home)?;
    match cli.command {
        Command::Init(init) => init::init(init, &output).await,
        Command::AddOfficer(officer) => administrator::add_officer(officer, &output).await,
        Command::DemoWard(ward) => demo_ward::demo_ward(ward, &output).await,
        Command::SignIn { couch, user } => account::sign_in(&home, &couch, user, &output).await,
        Command::SignOut { remove } => account::sign_out(&home, remove, &output).await,
        Command::Sync { watch: false } => synchronise::once(account::open(&home).await?, &output).await,
        Command::Sync { watch: true } => synchronise::watch(account::open(&home).await?, &output).await,
        Command::List(list) => officer::list(account::open(&home).await?, list, &output).await,
        Command::Show { id } => officer::show(account::open(&home).await?, &id, &output).await,
        Command::Set(set) => officer::set(account::open(&home).await?, set, &output).await,
        Command::Attach(attach) => officer::attach(account::open(&home).await?, attach, &output).await,
        Command::Report(report) => officer::report(account::open(&home).await?, report, &output).await,
        Command::Status => officer::status(account::open(&home).await?, &output).await,
        Command::Clashes => officer::clashes(account::open(&home).await?, &output).await,
        Command::Settle { edit, decision } => {
            officer::settle(account::open(&home).await?, &edit, decision, &output).await
        }
        Command::Vanished { answer: None } => officer::vanished(account::open(&home).await?, &output).await,
        Command::Vanished { answer: Some(answer) } => {
            officer::answer_vanished(account::open(&home).await?, answer, &output).await
        }
        Command::Restore { id } => officer::restore(account::open(&home).await?, &id, &output).await,
        Command::DecodePhoto => Ok(()),
    }
}
