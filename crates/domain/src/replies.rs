use serde::{Deserialize, Serialize};

/// Public replies that officers often give: the document `settings:replies` of the internal database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replies {
    pub replies: Vec<ReplyTemplate>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTemplate {
    /// What the officer chooses it by.
    pub label: String,
    pub text: String,
}

impl Replies {
    pub const SETTING: &str = "settings:replies";
    /// What `wardctl init` writes as `settings:replies`.
    pub const DEFAULT_JSON: &str = include_str!("replies.json");
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_first_templates_read() {
        let replies: Replies = serde_json::from_str(Replies::DEFAULT_JSON).unwrap();
        assert_eq!(replies.replies.len(), 3);
    }
}
