//! The CouchDB stand-in as one process, for the demonstration.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use testkit::couchdb::CouchDb;

/// A small CouchDB on 127.0.0.1 for demonstrations; a city runs the real one.
#[derive(Parser)]
struct Arguments {
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 5984)]
    port: u16,
    /// Keep everything in this file; without it, only in memory.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The administrator.
    #[arg(long, value_name = "NAME:PASSWORD", default_value = "admin:password")]
    admin: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("myward-couchdb: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let (name, password) = arguments.admin.split_once(':').ok_or("--admin takes NAME:PASSWORD")?;
    let mut builder = CouchDb::builder().port(arguments.port).admin(name, password);
    if let Some(file) = arguments.data {
        builder = builder.file(file);
    }
    let server = builder.start().await?;
    println!("{}", server.url());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
