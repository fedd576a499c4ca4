use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use crate::ShellError;

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
