use couch::CouchError;
use serde::Serialize;

/// Why the office's internal database takes and gives nothing, while the city's server answers other questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum InternalTrouble {
    /// The server, or a gateway before it, does not let this officer in.
    NoAccess,
    NotThere,
    /// It answers with an error of its own, or not at all.
    Unwell,
}

impl InternalTrouble {
    pub(crate) const ALL: [InternalTrouble; 3] =
        [InternalTrouble::NoAccess, InternalTrouble::NotThere, InternalTrouble::Unwell];

    pub(crate) fn after(error: &CouchError) -> InternalTrouble {
        match error {
            CouchError::NoAccess | CouchError::SignInNeeded | CouchError::WrongPassword => {
                InternalTrouble::NoAccess
            }
            CouchError::NoSuchDatabase | CouchError::BadAddress { .. } => InternalTrouble::NotThere,
            CouchError::Refused { status, .. } | CouchError::NotOurServer { status: Some(status), .. } => {
                match status {
                    401 | 403 | 407 => InternalTrouble::NoAccess,
                    404 | 410 => InternalTrouble::NotThere,
                    _ => InternalTrouble::Unwell,
                }
            }
            CouchError::NotOurServer { status: None, .. }
            | CouchError::Unreachable { .. }
            | CouchError::NotAnnounced { .. }
            | CouchError::Setup { .. }
            | CouchError::LockedOut
            | CouchError::Busy { .. }
            | CouchError::TooLarge => InternalTrouble::Unwell,
        }
    }

    /// For the timeline, which is asked what it told last.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            InternalTrouble::NoAccess => "internalRefused",
            InternalTrouble::NotThere => "internalMissing",
            InternalTrouble::Unwell => "internalUnwell",
        }
    }

    pub(crate) fn of_kind(kind: &str) -> Option<InternalTrouble> {
        InternalTrouble::ALL.into_iter().find(|trouble| trouble.kind() == kind)
    }

    /// What is wrong and who must act.
    pub fn sentence(self) -> &'static str {
        match self {
            InternalTrouble::NoAccess => {
                "The office's records (assignee, notes, history) cannot be sent: your name may not use \
                 them. Ask the administrator to give you access."
            }
            InternalTrouble::NotThere => {
                "The office's records (assignee, notes, history) cannot be sent: the server has no internal \
                 database. Ask the administrator."
            }
            InternalTrouble::Unwell => {
                "The office's records (assignee, notes, history) cannot be sent: the internal database does not \
                 answer as it should. It is tried again by itself; if it stays so, tell the administrator."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_must_act_for_the_internal_database_is_told_by_how_it_failed() {
        let page = |status| CouchError::NotOurServer { found: "a page".to_owned(), status };
        let refused = |status| CouchError::Refused { status, error: String::new(), reason: String::new() };
        for (error, expected) in [
            (CouchError::NoAccess, InternalTrouble::NoAccess),
            (refused(401), InternalTrouble::NoAccess),
            (page(Some(403)), InternalTrouble::NoAccess),
            (CouchError::NoSuchDatabase, InternalTrouble::NotThere),
            (page(Some(404)), InternalTrouble::NotThere),
            (refused(500), InternalTrouble::Unwell),
            (page(None), InternalTrouble::Unwell),
            (CouchError::Busy { retry_after: None }, InternalTrouble::Unwell),
            (CouchError::Unreachable { source: "cut".into() }, InternalTrouble::Unwell),
        ] {
            let trouble = InternalTrouble::after(&error);
            assert_eq!(trouble, expected, "{error:?}");
            assert_eq!(InternalTrouble::of_kind(trouble.kind()), Some(trouble));
        }
    }
}
