use serde::Serialize;
use specta::Type;

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
