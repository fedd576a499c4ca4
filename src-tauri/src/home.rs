use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::ShellError;

/// Where this user's accounts are: `MYWARD_HOME`, or `myward-officer` among the user's data.
pub fn folder() -> Result<PathBuf, ShellError> {
    let data = || match std::env::var_os("XDG_DATA_HOME") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => std::env::home_dir().map(|home| home.join(".local/share")),
    };
    std::env::var_os("MYWARD_HOME")
        .map(PathBuf::from)
        .or_else(|| data().map(|data| data.join("myward-officer")))
        .ok_or(ShellError::NoHome)
}

/// The address to offer on the sign-in screen: `MYWARD_SITE`, or what an administrator provisioned
/// as `site.json` in the accounts folder; empty without either.
pub fn site(home: &Path) -> Result<String, ShellError> {
    if let Ok(site) = std::env::var("MYWARD_SITE") {
        return Ok(site);
    }
    let path = home.join("site.json");
    let read = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        read => read.and_then(|bytes| Ok(serde_json::from_slice::<Provisioned>(&bytes)?)),
    };
    match read {
        Ok(provisioned) => Ok(provisioned.site),
        Err(source) => Err(ShellError::SiteFile { path, source }),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provisioned {
    site: String,
}
