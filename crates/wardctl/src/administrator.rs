use couch::{CouchError, Officer, Server, Site};
use serde_json::json;

use crate::cli::{AddOfficer, Administrator};
use crate::error::WardctlError;
use crate::output::Output;
use crate::password;

/// The server with an administrator's session.
pub async fn open(administrator: &Administrator) -> Result<(Server, Site), WardctlError> {
    let site = Site::parse(&administrator.couch)?;
    let server = Server::new(site.origin())?;
    let password = password::current(&administrator.admin)?;
    match server.sign_in(&administrator.admin, &password).await {
        Ok(_) => Ok((server, site)),
        Err(CouchError::WrongPassword) => Err(WardctlError::WrongAdministrator),
        Err(other) => Err(other.into()),
    }
}

pub async fn add_officer(officer: AddOfficer, output: &Output) -> Result<(), WardctlError> {
    let (server, site) = open(&officer.administrator).await?;
    let password = password::new(&officer.name)?;
    if let vault::Strength::Weak { why } = vault::strength(&password) {
        output.progress(&format!("This password is easy to guess: {why} It also guards the laptop's data."));
    }
    let role = sync::officers_role(&site);
    let account = Officer { name: officer.name.clone(), roles: vec![role.clone()] };
    server.put_user(&account, &password).await?;
    output.say(&json!({ "officer": officer.name, "role": role }), |_| {
        format!("{} can sign in at {}.", officer.name, officer.administrator.couch)
    })
}
