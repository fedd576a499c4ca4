use serde::{Deserialize, Serialize};
use specta::Type;

/// A record that left the server together with many others.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Vanished {
    pub id: String,
    /// Absent for a record of the office, which is no grievance.
    pub description: Option<String>,
    /// Unix seconds.
    pub noticed_at: i64,
    /// The officer said already that the server is wrong about it.
    pub kept: bool,
    /// Edits that wait for the answer.
    pub unsent_edits: u64,
}

/// What the officer says of them.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum VanishedAnswer {
    /// They are gone; what this laptop last saw of them stays readable.
    Accept,
    /// The server is wrong: they stay as they are, and their edits wait until it has them again.
    Keep,
}

impl From<mirror::Vanished> for Vanished {
    fn from(vanished: mirror::Vanished) -> Vanished {
        Vanished {
            id: vanished.id,
            description: vanished.description,
            noticed_at: vanished.noticed_at,
            kept: vanished.kept,
            unsent_edits: vanished.unsent_edits,
        }
    }
}

impl From<VanishedAnswer> for mirror::Answer {
    fn from(answer: VanishedAnswer) -> mirror::Answer {
        match answer {
            VanishedAnswer::Accept => mirror::Answer::Accept,
            VanishedAnswer::Keep => mirror::Answer::Keep,
        }
    }
}
