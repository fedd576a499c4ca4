use domain::{Document, Grievance};
use rusqlite::Connection;

use crate::MirrorError;

/// Reports that are the same submission sent twice by a phone, which never learned that the first
/// had arrived: same reporter, same second, same picture. Ids in order.
pub(crate) fn of(
    file: &Connection,
    n: i64,
    shown: &Grievance,
    reported_at: Option<i64>,
) -> Result<Vec<String>, MirrorError> {
    let (Some(at), Some(_), Some(_)) = (reported_at, &shown.reported_by, large(shown)) else {
        return Ok(Vec::new());
    };
    // Each status is one short look into the index.
    let mut statement = file.prepare_cached(
        "SELECT d.id, d.body FROM grievance g JOIN document d ON d.n = g.n
         WHERE g.status IN (SELECT status FROM status_count) AND g.reported_at = ?1 AND g.n <> ?2
           AND d.body IS NOT NULL AND NOT d.gone
         ORDER BY d.id",
    )?;
    let mut rows = statement.query((at, n))?;
    let mut twins = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, body): (String, String) = (row.get(0)?, row.get(1)?);
        let other = Grievance::of(&Document::parse(&body)?);
        if other.reported_by == shown.reported_by && large(&other) == large(shown) {
            twins.push(id);
        }
    }
    Ok(twins)
}

fn large(grievance: &Grievance) -> Option<&str> {
    grievance.picture.as_ref()?.large.as_deref()
}
