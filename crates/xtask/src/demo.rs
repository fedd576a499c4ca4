//! The demonstration: an invented ward on this machine, kept between starts.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use clap::Args;
use serde::Deserialize;

use crate::program::{Trouble, read, run};
use crate::server::Server;
use crate::ward::Ward;
use crate::{Done, folders, node, setup};

#[derive(Args)]
pub struct Options {
    /// Begin with a new ward; everything of the old one is deleted
    #[arg(long)]
    reset: bool,
    /// How many reports a new ward has
    #[arg(long, default_value_t = 200)]
    grievances: u32,
}

/// Uncommon, so that a real CouchDB on this machine is left alone.
const COUCH_PORT: u16 = 15984;
const STORE_PORT: u16 = 18333;

/// Opens the app and returns when its window is closed.
pub fn open(options: &Options) -> Done {
    check_display()?;
    setup::for_the_demo()?;
    let programs = build()?;

    // Before a ward is deleted that another demonstration is showing.
    check_port()?;
    let folder = folders::demo()?;
    let is_new = options.reset || !Ward::is_ready(&folder);
    let mut ward = if is_new { Ward::begin(&folder)? } else { Ward::kept(&folder)? };
    let _couch = start_couch(&programs, &folder, &ward)?;
    let (_store, store) = start_store(&programs, &folder)?;
    let site = format!("http://127.0.0.1:{COUCH_PORT}");
    if is_new {
        println!("\nFilling a new ward with {} reports", options.grievances);
        ward.fill(&folder, &programs.join("wardctl"), &site, &store, options.grievances)?;
    }

    println!("\nServer    {site}\nUser      {}\nPassword  {}", Ward::OFFICER, ward.officer_password());
    println!("Kept in   {}\nClose the window to end.", folder.display());
    run(Command::new(programs.join("myward-officer"))
        .env("MYWARD_HOME", folder.join("laptop"))
        .env("MYWARD_SITE", site))
}

/// What `myward-store` prints when it is ready.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Store {
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
}

fn check_display() -> Done {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") {
        return Ok(());
    }
    Err(Trouble::Other(
        "There is no display to open a window on. With Debian's packages xvfb and xauth, one that nobody sees is had by\n\n    \
         xvfb-run -a cargo xtask demo"
            .to_owned(),
    ))
}

fn check_port() -> Done {
    TcpListener::bind(("127.0.0.1", COUCH_PORT)).map(drop).map_err(|_| {
        Trouble::Other(format!("Port {COUCH_PORT} of 127.0.0.1 is taken. Is another demonstration running?"))
    })
}

/// The folder with the programs. They are built without optimising our own code, so that a first start takes minutes and
/// shares its work with the tests; what is slow without it (keys, codecs, the database) is always optimised.
fn build() -> Result<PathBuf, Trouble> {
    let project = folders::project();
    let ui = project.join("ui");
    let built = ui.join("dist/index.html").metadata().and_then(|index| index.modified()).ok();
    if built.is_none() || built < newest(&ui)? {
        println!("\nBuilding the window");
        node::script("ui", "build")?;
    }
    println!("\nBuilding the app; the first time this takes minutes");
    run(Command::new("cargo")
        .args(["build", "--locked", "--bins", "--features", "myward-officer/custom-protocol"])
        .args(["--package", "myward-officer", "--package", "wardctl", "--package", "testkit"])
        .current_dir(&project))?;
    let metadata = read(
        Command::new("cargo")
            .args(["metadata", "--format-version=1", "--no-deps", "--locked"])
            .current_dir(&project),
    )?;
    let metadata: Metadata = serde_json::from_str(&metadata)
        .map_err(|error| Trouble::Other(format!("`cargo metadata` answered in another form: {error}")))?;
    Ok(metadata.target_directory.join("debug"))
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

/// When the youngest source of the window was changed.
fn newest(folder: &Path) -> Result<Option<SystemTime>, Trouble> {
    let unread = || Trouble::file(format!("{} cannot be read", folder.display()));
    let mut newest = None;
    for entry in folder.read_dir().map_err(unread())? {
        let entry = entry.map_err(unread())?;
        let metadata = entry.metadata().map_err(unread())?;
        let changed = if !metadata.is_dir() {
            metadata.modified().ok()
        } else if ["node_modules", "dist"].iter().any(|made| entry.file_name() == *made) {
            None
        } else {
            self::newest(&entry.path())?
        };
        newest = newest.max(changed);
    }
    Ok(newest)
}

fn start_couch(programs: &Path, folder: &Path, ward: &Ward) -> Result<Server, Trouble> {
    let mut couch = Command::new(programs.join("myward-couchdb"));
    couch.args(["--port", &COUCH_PORT.to_string()]);
    couch.arg("--data").arg(folder.join("couchdb.log"));
    couch.args(["--admin", &format!("{}:{}", Ward::ADMINISTRATOR, ward.admin_password())]);
    Ok(Server::start(&couch)?.0)
}

fn start_store(programs: &Path, folder: &Path) -> Result<(Server, Store), Trouble> {
    let mut store = Command::new(programs.join("myward-store"));
    store.arg("--data").arg(folder.join("store"));
    store.args(["--port", &STORE_PORT.to_string()]);
    let (server, ready) = Server::start(&store)?;
    let ready = serde_json::from_str(&ready)
        .map_err(|error| Trouble::Other(format!("`myward-store` answered in another form: {error}")))?;
    Ok((server, ready))
}
