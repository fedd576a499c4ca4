//! SeaweedFS as the demonstration runs it.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use serde_json::json;
use testkit::Store;

/// An object store on 127.0.0.1 for demonstrations. When it is ready it prints one line of JSON that says how to
/// reach it; it stops when its standard input ends.
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
    let arguments = Arguments::parse();
    let store = match Store::start_in(&arguments.data, arguments.port).await {
        Ok(store) => store,
        Err(error) => {
            eprintln!("myward-store: {error}");
            return ExitCode::FAILURE;
        }
    };
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
    std::io::stdin().read_to_end(&mut Vec::new()).ok();
    ExitCode::SUCCESS
}
