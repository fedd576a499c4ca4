//! The demonstration's ward: who is who, and how it is filled the first time.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::Done;
use crate::demo::Store;
use crate::program::{Trouble, run};

/// Passwords of a ward on this machine, kept in its folder, which only this user can open.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ward {
    admin_password: String,
    officer_password: String,
    /// Written once the ward is filled: one that was left half way is begun anew.
    ready: bool,
}

impl Ward {
    pub const ADMINISTRATOR: &str = "admin";
    pub const OFFICER: &str = "asha";

    /// Whether a filled ward is kept in the folder.
    pub fn is_ready(folder: &Path) -> bool {
        Ward::kept(folder).is_ok_and(|ward| ward.ready)
    }

    pub fn kept(folder: &Path) -> Result<Ward, Trouble> {
        let file = folder.join(FILE);
        let unread = || Trouble::file(format!("{} cannot be read; `--reset` begins anew", file.display()));
        serde_json::from_slice(&fs::read(&file).map_err(unread())?).map_err(|error| unread()(error.into()))
    }

    /// A new ward in an empty folder.
    pub fn begin(folder: &Path) -> Result<Ward, Trouble> {
        let unmade = || Trouble::file(format!("{} cannot be made anew", folder.display()));
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(unmade())?;
        }
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unmade())?;
        fs::create_dir(folder.join("store")).map_err(unmade())?;
        let ward =
            Ward { admin_password: random_password()?, officer_password: random_password()?, ready: false };
        ward.keep(folder)?;
        Ok(ward)
    }

    pub fn admin_password(&self) -> &str {
        &self.admin_password
    }

    pub fn officer_password(&self) -> &str {
        &self.officer_password
    }

    /// Makes databases, an officer and reports, with the administrator's own commands.
    pub fn fill(&mut self, folder: &Path, wardctl: &Path, server: &str, store: &Store, reports: u32) -> Done {
        let wardctl = |command: &str| {
            let mut wardctl = Command::new(wardctl);
            wardctl.args([command, "--couch", server, "--admin", Ward::ADMINISTRATOR]);
            wardctl.env("WARDCTL_PASSWORD", &self.admin_password);
            wardctl
        };
        run(wardctl("init")
            .args(["--store-endpoint", &store.endpoint, "--bucket", &store.bucket, "--region", &store.region])
            .args(["--access-key", &store.access_key])
            .env("WARDCTL_SECRET_KEY", &store.secret_key))?;
        run(wardctl("add-officer").arg(Ward::OFFICER).env("WARDCTL_NEW_PASSWORD", &self.officer_password))?;
        run(wardctl("demo-ward").args(["--grievances", &reports.to_string()]))?;
        self.ready = true;
        self.keep(folder)
    }

    fn keep(&self, folder: &Path) -> Done {
        let file = folder.join(FILE);
        let ward = serde_json::to_vec_pretty(self).expect("words and a bool as JSON");
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options
            .open(&file)
            .and_then(|mut open| open.write_all(&ward))
            .map_err(Trouble::file(format!("{} cannot be written", file.display())))
    }
}

const FILE: &str = "ward.json";

/// Sixteen letters and digits in groups that can be typed from a screen.
fn random_password() -> Result<String, Trouble> {
    // 32 signs, none that looks like another.
    const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| Trouble::Other(format!("The system gave no randomness: {error}")))?;
    let signs = random.map(|byte| char::from(SIGNS[usize::from(byte) % SIGNS.len()]));
    Ok(signs.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-"))
}
