use serde::Serialize;
use specta::Type;
use sync::SyncError;
use vault::VaultError;

/// Why a command did not do what was asked: one sentence for the officer, and a code for the few
/// cases in which a screen does more than show the sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    pub code: ProblemCode,
    pub sentence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ProblemCode {
    /// The sentence says it all.
    Other,
    /// Back to the sign-in screen.
    SignedOut,
    /// The password field is emptied and focused.
    WrongPassword,
    /// This account has never been opened on this laptop and the server cannot be reached.
    FirstSignInNeedsNetwork,
    /// The server knows the new password, the laptop's vault the previous one: ask for it once.
    PreviousPasswordNeeded,
    /// The account has work the server has not got: offer to export it.
    UnsentWork,
    /// The grievance has left this laptop: what shows it is closed.
    NotHere,
}

impl Problem {
    pub fn new(code: ProblemCode, sentence: impl Into<String>) -> Problem {
        Problem { code, sentence: sentence.into() }
    }

    pub fn other(sentence: impl Into<String>) -> Problem {
        Problem::new(ProblemCode::Other, sentence)
    }

    pub fn signed_out() -> Problem {
        Problem::new(ProblemCode::SignedOut, "Please sign in.")
    }
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Problem {
        let code = match &error {
            SyncError::NothingOpens(_) => ProblemCode::FirstSignInNeedsNetwork,
            SyncError::WrongPassword | SyncError::Vault(VaultError::WrongPassword) => {
                ProblemCode::WrongPassword
            }
            SyncError::PreviousPasswordNeeded => ProblemCode::PreviousPasswordNeeded,
            SyncError::UnsentWork(_) => ProblemCode::UnsentWork,
            SyncError::NoSuchGrievance(_) => ProblemCode::NotHere,
            _ => ProblemCode::Other,
        };
        Problem::new(code, sentence(&error.to_string()))
    }
}

/// An error's words with a capital and a full stop, as a sentence on the screen has them.
fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let capital = characters.next().map(char::to_uppercase).into_iter().flatten();
    let stop = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    capital.chain(characters).chain(stop.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_a_sentence() {
        let table = [
            ("wait 3 s before the next attempt", "Wait 3 s before the next attempt."),
            ("The disk is full.", "The disk is full."),
            ("", "."),
        ];
        for (words, expected) in table {
            assert_eq!(sentence(words), expected);
        }
    }

    #[test]
    fn a_wrong_password_is_one_answer_whoever_found_it_wrong() {
        for error in [SyncError::WrongPassword, SyncError::Vault(VaultError::WrongPassword)] {
            assert_eq!(Problem::from(error).code, ProblemCode::WrongPassword);
        }
    }
}
