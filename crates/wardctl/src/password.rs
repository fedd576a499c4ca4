use zeroize::Zeroizing;

use crate::error::WardctlError;

/// The password of whoever runs the command.
pub fn current(who: &str) -> Result<Zeroizing<String>, WardctlError> {
    ask("WARDCTL_PASSWORD", &format!("Password of {who}: "))
}

/// A password being given to somebody.
pub fn new(who: &str) -> Result<Zeroizing<String>, WardctlError> {
    ask("WARDCTL_NEW_PASSWORD", &format!("New password for {who}: "))
}

fn ask(variable: &'static str, prompt: &str) -> Result<Zeroizing<String>, WardctlError> {
    match std::env::var(variable) {
        Ok(password) => Ok(password.into()),
        Err(_) => rpassword::prompt_password(prompt)
            .map(Zeroizing::new)
            .map_err(|error| WardctlError::NoPassword(variable, error)),
    }
}

/// The one typed before, when the server's password was changed.
pub fn previous(who: &str) -> Result<Zeroizing<String>, WardctlError> {
    ask("WARDCTL_PREVIOUS_PASSWORD", &format!("Previous password of {who}: "))
}
