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
mod status;
mod support;
mod synchronise;
mod unsent;
mod upstream;

use std::process::ExitCode;

use clap::Parser;
use sync::Officer;

use crate::cli::{Cli, Command, OfficerCommand, PhotoAccess, Pins};
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
        Command::Officer(command) => {
            run_officer(account::open(&home, &output).await?, command, &output).await
        }
        Command::DecodePhoto => Ok(()),
    }
}

async fn run_officer(officer: Officer, command: OfficerCommand, output: &Output) -> Result<(), WardctlError> {
    match command {
        OfficerCommand::Sync { watch: false } => synchronise::once(officer, output).await,
        OfficerCommand::Sync { watch: true } => synchronise::watch(officer, output).await,
        OfficerCommand::List(list) => officer::list(officer, list, output).await,
        OfficerCommand::Show { id } => officer::show(officer, &id, output).await,
        OfficerCommand::Set(set) => officer::set(officer, set, output).await,
        OfficerCommand::Note(note) => officer::note(officer, note, output).await,
        OfficerCommand::Attach(attach) => officer::attach(officer, attach, output).await,
        OfficerCommand::Report(report) => officer::report(officer, report, output).await,
        OfficerCommand::Status => status::status(officer, output).await,
        OfficerCommand::Clashes => officer::clashes(officer, output).await,
        OfficerCommand::Settle { edit, decision, rev } => {
            officer::settle(officer, &edit, decision, &rev, output).await
        }
        OfficerCommand::Unsent => unsent::list(officer, output).await,
        OfficerCommand::TryAgain { edit } => unsent::try_again(officer, &edit, output).await,
        OfficerCommand::TakeBack { edit } => unsent::take_back(officer, &edit, output).await,
        OfficerCommand::Discard { edit } => unsent::discard(officer, &edit, output).await,
        OfficerCommand::Branches => upstream::branches(officer, output).await,
        OfficerCommand::SettleBranches { id, holds, versions, case } => {
            upstream::settle_branches(officer, &id, &holds, versions, case, output).await
        }
        OfficerCommand::Timeline => support::timeline(officer, output).await,
        OfficerCommand::Deliveries { csv } => support::deliveries(officer, csv, output).await,
        OfficerCommand::Compare => support::compare(officer, output).await,
        OfficerCommand::Doctor => support::doctor(officer, output).await,
        OfficerCommand::ExportUnsent { file } => support::export_unsent(officer, &file, output).await,
        OfficerCommand::ImportUnsent { file } => support::import_unsent(officer, &file, output).await,
        OfficerCommand::Vanished { answer: None } => upstream::vanished(officer, output).await,
        OfficerCommand::Vanished { answer: Some(answer) } => {
            upstream::answer_vanished(officer, answer, output).await
        }
        OfficerCommand::Restore { id } => upstream::restore(officer, &id, output).await,
        OfficerCommand::AcceptAltered { id, rev } => {
            upstream::accept_altered(officer, &id, &rev, output).await
        }
        OfficerCommand::Mode { database, mode } => {
            let chosen = database.zip(mode);
            officer::mode(officer, chosen, output).await
        }
        OfficerCommand::Selection(asked) => selection::selection(officer, asked, output).await,
    }
}
