//! SeaweedFS as the demonstration runs it.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use serde_json::json;
use testkit::Store;
use tokio::signal::unix::{SignalKind, signal};

/// An object store on 127.0.0.1 for demonstrations. When it is ready it prints one line of JSON
/// that says how to reach it; INT or TERM ends it.
#[derive(Parser)]
struct Arguments {
    /// Keep pictures and keys in this folder.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// The first of five ports in a row; their neighbours 10000 above are taken too.
    #[arg(long, default_value_t = 18333)]
    port: u16,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("myward-store: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> io::Result<()> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let store = Store::start_in(&arguments.data, arguments.port).await?;
    println!(
        "{}",
        json!({
            "endpoint": store.endpoint(),
            "bucket": store.bucket(),
            "region": store.region(),
            "accessKey": store.access_key(),
            "secretKey": store.secret_key(),
        })
    );
    tokio::select! {
        _ = interrupted.recv() => (),
        _ = terminated.recv() => (),
    }
    Ok(())
}
