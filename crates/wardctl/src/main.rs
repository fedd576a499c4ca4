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
mod photo_access;
mod pins;
mod scene;
mod selection;
mod support;
mod synchronise;
mod unsent;
mod upstream;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command, PhotoAccess, Pins};
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
        Command::PhotoAccess { command: PhotoAccess::Publish(publish) } => {
            photo_access::publish(publish, &output).await
        }
        Command::Pins { command: Pins::Publish(publish) } => pins::publish(publish, &output).await,
        Command::AddOfficer(officer) => administrator::add_officer(officer, &output).await,
        Command::DemoWard(ward) => demo_ward::demo_ward(ward, &output).await,
        Command::SignIn { couch, user } => account::sign_in(&home, &couch, user, &output).await,
        Command::SignOut { remove } => account::sign_out(&home, remove, &output).await,
        Command::Sync { watch: false } => {
            synchronise::once(account::open(&home, &output).await?, &output).await
        }
        Command::Sync { watch: true } => {
            synchronise::watch(account::open(&home, &output).await?, &output).await
        }
        Command::List(list) => officer::list(account::open(&home, &output).await?, list, &output).await,
        Command::Show { id } => officer::show(account::open(&home, &output).await?, &id, &output).await,
        Command::Set(set) => officer::set(account::open(&home, &output).await?, set, &output).await,
        Command::Note(note) => officer::note(account::open(&home, &output).await?, note, &output).await,
        Command::Attach(attach) => {
            officer::attach(account::open(&home, &output).await?, attach, &output).await
        }
        Command::Report(report) => {
            officer::report(account::open(&home, &output).await?, report, &output).await
        }
        Command::Status => officer::status(account::open(&home, &output).await?, &output).await,
        Command::Clashes => officer::clashes(account::open(&home, &output).await?, &output).await,
        Command::Settle { edit, decision } => {
            officer::settle(account::open(&home, &output).await?, &edit, decision, &output).await
        }
        Command::Unsent => unsent::list(account::open(&home, &output).await?, &output).await,
        Command::TryAgain { edit } => {
            unsent::try_again(account::open(&home, &output).await?, &edit, &output).await
        }
        Command::TakeBack { edit } => {
            unsent::take_back(account::open(&home, &output).await?, &edit, &output).await
        }
        Command::Discard { edit } => {
            unsent::discard(account::open(&home, &output).await?, &edit, &output).await
        }
        Command::Branches => upstream::branches(account::open(&home, &output).await?, &output).await,
        Command::SettleBranches { id, holds, case } => {
            upstream::settle_branches(account::open(&home, &output).await?, &id, &holds, case, &output).await
        }
        Command::Timeline => support::timeline(account::open(&home, &output).await?, &output).await,
        Command::Deliveries { csv } => {
            support::deliveries(account::open(&home, &output).await?, csv, &output).await
        }
        Command::Compare => support::compare(account::open(&home, &output).await?, &output).await,
        Command::Doctor => support::doctor(account::open(&home, &output).await?, &output).await,
        Command::ExportUnsent { file } => {
            support::export_unsent(account::open(&home, &output).await?, &file, &output).await
        }
        Command::ImportUnsent { file } => {
            support::import_unsent(account::open(&home, &output).await?, &file, &output).await
        }
        Command::Vanished { answer: None } => {
            upstream::vanished(account::open(&home, &output).await?, &output).await
        }
        Command::Vanished { answer: Some(answer) } => {
            upstream::answer_vanished(account::open(&home, &output).await?, answer, &output).await
        }
        Command::Restore { id } => {
            upstream::restore(account::open(&home, &output).await?, &id, &output).await
        }
        Command::AcceptAltered { id } => {
            upstream::accept_altered(account::open(&home, &output).await?, &id, &output).await
        }
        Command::Mode { database, mode } => {
            let chosen = database.zip(mode);
            officer::mode(account::open(&home, &output).await?, chosen, &output).await
        }
        Command::Selection(asked) => {
            selection::selection(account::open(&home, &output).await?, asked, &output).await
        }
        Command::DecodePhoto => Ok(()),
    }
}
