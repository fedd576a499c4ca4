use domain::Grievance;
use rusqlite::Connection;
use serde::Serialize;

use crate::{MirrorError, edits, row};

/// Another report that is the same submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Twin {
    pub id: String,
    /// What it is a duplicate of, with the edits written into it.
    pub duplicate_of: Option<String>,
}

/// Reports that are the same submission sent twice by a phone, which never learned that the first
/// had arrived: same reporter, same second, same picture. In the order of their ids.
pub(crate) fn of(
    file: &Connection,
    n: i64,
    shown: &Grievance,
    reported_at: Option<i64>,
) -> Result<Vec<Twin>, MirrorError> {
    let (Some(at), Some(_), Some(_)) = (reported_at, &shown.reported_by, large(shown)) else {
        return Ok(Vec::new());
    };
    let mut statement = file.prepare_cached(include_str!("twins.sql"))?;
    let mut rows = statement.query((at, n))?;
    let mut twins = Vec::new();
    while let Some(found) = rows.next()? {
        let (body, n): (String, i64) = (found.get(1)?, found.get(2)?);
        let Some(other) = row::shown(Some(&body), &edits::of_document(file, n)?)? else { continue };
        if other.reported_by == shown.reported_by && large(&other) == large(shown) {
            twins.push(Twin { id: found.get(0)?, duplicate_of: other.triage.duplicate_of });
        }
    }
    Ok(twins)
}

fn large(grievance: &Grievance) -> Option<&str> {
    grievance.picture.as_ref()?.large.as_deref()
}
