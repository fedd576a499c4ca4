//! An officer of the invented ward, signed in on this machine.

use std::path::Path;

use domain::Selection;
use sync::{Officer, SignIn, Site};
use zeroize::Zeroizing;

use crate::Done;

pub const OFFICER: &str = "asha";
pub const PASSWORD: &str = "lantern-otter-plum";

pub async fn sign_in(site: &str, user: &str, password: &str, home: &Path) -> Done<Officer> {
    let request = SignIn {
        home: home.to_owned(),
        decoder: std::env::current_exe()?,
        site: Site::parse(site)?,
        user: user.to_owned(),
        password: Zeroizing::new(password.to_owned()),
        previous_password: None,
    };
    let officer = sync::sign_in(request).await?;
    // However many there are, all are fetched.
    officer.select(&Selection::default()).await?;
    Ok(officer)
}
