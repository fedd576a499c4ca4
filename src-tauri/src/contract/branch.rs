use serde::Serialize;
use specta::Type;

use super::FieldValue;

/// A grievance, or its case, of which servers made several versions among themselves.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Branched {
    pub grievance: String,
    pub is_case: bool,
    pub description: Option<String>,
    /// The revision of the version that is shown.
    pub rev: String,
    /// Those that are not shown.
    pub branches: Vec<Branch>,
}

#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    pub rev: String,
    pub content: BranchContent,
    /// Who decided last in it, and when (RFC 3339 with offset).
    pub by: Option<String>,
    pub at: Option<String>,
    /// What it has otherwise than what is shown.
    pub differences: Vec<Difference>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum BranchContent {
    /// The next contact with the server brings it.
    ToFetch,
    Here,
    /// The server has none to give.
    Lost,
}

#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    pub shown: FieldValue,
    pub other: FieldValue,
}

impl From<mirror::Branched> for Branched {
    fn from(branched: mirror::Branched) -> Branched {
        Branched {
            grievance: branched.grievance,
            is_case: branched.is_case,
            description: branched.description,
            rev: branched.rev,
            branches: branched.branches.into_iter().map(Branch::from).collect(),
        }
    }
}

impl From<mirror::Branch> for Branch {
    fn from(branch: mirror::Branch) -> Branch {
        let difference = |found: mirror::Difference| Difference {
            shown: FieldValue::of(&found.field, &found.shown),
            other: FieldValue::of(&found.field, &found.other),
        };
        Branch {
            rev: branch.rev,
            content: match branch.content {
                mirror::Content::ToFetch => BranchContent::ToFetch,
                mirror::Content::Here => BranchContent::Here,
                mirror::Content::Lost => BranchContent::Lost,
            },
            by: branch.by,
            at: branch.at,
            differences: branch.differences.into_iter().map(difference).collect(),
        }
    }
}
