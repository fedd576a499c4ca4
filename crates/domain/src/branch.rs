//! Branches: versions of one document that servers made among themselves when each took a change
//! before it heard of the other's. Every server shows the same one and names the others.

use std::collections::BTreeSet;

use crate::edit::{photo_id, photos};
use crate::{Document, Field, Home};

/// Revisions of the versions that the server keeps beside this one.
pub fn open_branches(document: &Document) -> Vec<String> {
    document.read("_conflicts").unwrap_or_default()
}

/// Fields of a grievance or a case that `other` has otherwise than `shown`. A photo that only `shown`
/// has is none: setting `other` aside takes nothing away.
pub fn differing(home: Home, shown: &Document, other: &Document) -> Vec<Field> {
    let mut fields = match home {
        Home::Grievance => vec![Field::Status, Field::Category, Field::Reply, Field::Words],
        Home::Case => vec![Field::Assignee, Field::Priority, Field::Due, Field::Tags, Field::Ward],
        Home::Entry => Vec::new(),
    };
    fields.retain(|field| field.found(Some(shown)) != field.found(Some(other)));
    if home == Home::Grievance {
        let of_other: BTreeSet<String> = photo_ids(other);
        fields.extend(of_other.difference(&photo_ids(shown)).cloned().map(Field::Photo));
    }
    fields
}

fn photo_ids(grievance: &Document) -> BTreeSet<String> {
    photos(&grievance.object("triage")).iter().filter_map(|photo| photo_id(photo)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_the_other_version_has_otherwise() {
        let shown = r#"{"_id":"0f","_rev":"2-b","address":"Market Road","triage":{"status":"resolved","reply":"Done","photos":[{"id":"01A"},{"id":"01B"}]}}"#;
        let table = [
            (shown, vec![]),
            (r#"{"_id":"0f","address":"Market Road","triage":{"status":"resolved","reply":"Done"}}"#, vec![]),
            (r#"{"_id":"0f","address":"Market Road"}"#, vec![Field::Status, Field::Reply]),
            (
                r#"{"_id":"0f","address":"Temple Road","triage":{"status":"resolved","category":"lights","reply":"Done","photos":[{"id":"01B"},{"id":"01C"}]}}"#,
                vec![Field::Category, Field::Words, Field::Photo("01C".into())],
            ),
        ];
        for (other, fields) in table {
            let (shown, other) = (Document::parse(shown).unwrap(), Document::parse(other).unwrap());
            assert_eq!(differing(Home::Grievance, &shown, &other), fields);
        }
        let (shown, other) = (
            r#"{"priority":"high","tags":["a"],"ward":12}"#,
            r#"{"due":"2026-12-01","tags":["a"],"ward":"12"}"#,
        );
        let (shown, other) = (Document::parse(shown).unwrap(), Document::parse(other).unwrap());
        assert_eq!(differing(Home::Case, &shown, &other), [Field::Priority, Field::Due]);
    }
}
