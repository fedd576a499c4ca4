use domain::{Field, Home};
use rusqlite::Connection;

use crate::{Mirror, MirrorError};

/// What is unusual about the server, for the officer to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Upstream {
    /// It was set back to an older copy, and what it lost is not all there again.
    pub set_back: bool,
    /// Records that vanished at once and wait for the officer's answer.
    pub vanished: u64,
    /// Records of which the officer says that the server is wrong to have lost them.
    pub kept: u64,
    /// Grievances and cases of which servers hold versions that the officer has to decide between.
    pub branched: u64,
    /// Changes that it lost together with their reports, which had left with the selection: only the record of their
    /// arrival is here.
    pub lost: u64,
    /// Grievances that are outside since the ward was drawn anew, too many to go unasked.
    pub outside: u64,
}

impl Mirror {
    pub fn upstream(&self) -> Result<Upstream, MirrorError> {
        self.read(|file| {
            let lost = lost(file)?;
            let sql = "SELECT EXISTS (SELECT 1 FROM comparison WHERE set_back IN (1, 3))
                           OR EXISTS (SELECT 1 FROM edit e CROSS JOIN delivery v ON v.edit = e.id
                                      WHERE e.state IN ('saved', 'leaving')
                                        AND e.document NOT IN (SELECT document FROM vanished WHERE state != 'believed')),
                       (SELECT count(*) FROM vanished WHERE state = 'asked'),
                       (SELECT count(*) FROM vanished WHERE state = 'kept'),
                       (SELECT count(DISTINCT document) FROM undecided),
                       (SELECT count(*) FROM outside WHERE asked)";
            Ok(file.query_row(sql, [], |row| {
                let number = |column| row.get(column).map(i64::unsigned_abs);
                Ok(Upstream {
                    set_back: row.get(0)?,
                    vanished: number(1)?,
                    kept: number(2)?,
                    branched: number(3)?,
                    lost,
                    outside: number(4)?,
                })
            })?)
        })
    }
}

fn lost(file: &Connection) -> Result<u64, MirrorError> {
    let sql = "SELECT v.field FROM document d CROSS JOIN delivery v ON v.document = d.n
               WHERE d.db = 0 AND d.body IS NULL AND d.gone AND d.rev IS NULL AND v.edit NOT IN (SELECT id FROM edit)";
    let mut statement = file.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut lost = 0;
    while let Some(row) = rows.next()? {
        // What a case holds is in another database.
        lost += u64::from(Field::parse(&row.get::<_, String>(0)?)?.home() == Home::Grievance);
    }
    Ok(lost)
}
