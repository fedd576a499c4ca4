//! Which grievances an officer keeps here: how many that would be, and changing it.

use domain::{DomainError, Selected, Selection};
use mirror::WardNames;

use crate::clock::Agreement;
use crate::comparison::IDS_AT_ONCE;
use crate::sentence::counted;
use crate::{Engine, Officer, SyncError, clock};

/// What a selection would bring, before it is used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// About so many on the server; `None`: it cannot be asked now.
    pub grievances: Option<u64>,
    /// About so many bytes of documents, as far as the server tells.
    pub bytes: Option<u64>,
    /// Unsent changes to grievances outside, which stay until they are sent.
    pub unsent_outside: u64,
    /// “About 4,200 grievances, about 6 MB.”
    pub sentence: String,
}

/// About so many grievances on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub grievances: u64,
    /// About so many bytes of documents, as far as the server tells.
    pub bytes: Option<u64>,
}

impl Officer {
    pub async fn selection(&self) -> Result<Selection, SyncError> {
        self.with_mirror(|mirror| mirror.selection()).await
    }

    pub async fn ward_names(&self) -> Result<WardNames, SyncError> {
        self.with_mirror(|mirror| mirror.ward_names()).await
    }

    /// Counts on the server what a selection would keep here; changes nothing.
    pub async fn measure(&self, selection: &Selection) -> Result<Measured, SyncError> {
        let (asked, now) = (selection.clone(), clock::now());
        let (selected, unsent_outside) = self
            .with_mirror(move |mirror| {
                Ok((mirror.would_select(&asked, now)?, mirror.unsent_outside(&asked, now)?))
            })
            .await?;
        let counted = match self.count(&selected).await {
            Ok(counted) => Some(counted),
            // Whatever is in the way, choosing works without the number.
            Err(SyncError::Couch(_)) => None,
            Err(other) => return Err(other),
        };
        Ok(Measured {
            grievances: counted.map(|counted| counted.grievances),
            bytes: counted.and_then(|counted| counted.bytes),
            unsent_outside,
            sentence: sentence(counted),
        })
    }

    /// Keeps another selection from now on: what is outside leaves this laptop and nothing else.
    /// How many grievances left; those that are too old do when the server has been asked what day it is.
    pub async fn select(&self, selection: &Selection) -> Result<u64, SyncError> {
        self.check(selection).await?;
        let (selection, now) = (selection.clone(), clock::now());
        let left = self.with_mirror(move |mirror| mirror.select(&selection, now)).await?;
        let grievances = left.grievances;
        self.remove_pictures(left.files).await?;
        self.changed();
        Ok(grievances)
    }

    /// A city that has drawn no wards may name them in its grievances.
    async fn check(&self, selection: &Selection) -> Result<(), SyncError> {
        let (wards, workflow) = (self.ward_names().await?, self.workflow().await?);
        if let (Some(ward), WardNames::Drawn(drawn)) = (&selection.ward, wards)
            && !drawn.contains(ward)
        {
            return Err(SyncError::NoSuchWard(ward.clone()));
        }
        match selection.statuses.iter().flatten().find(|key| workflow.status(key).is_none()) {
            Some(key) => Err(DomainError::UnknownStatus(key.clone()).into()),
            None => Ok(()),
        }
    }

    /// Lets go what has left the selection and has nothing unsent; how many grievances that were. Of a selection by days
    /// nothing goes unless this laptop's `clock` agrees with the server's: one that is a year ahead would empty the laptop.
    pub(crate) async fn sweep(&self, clock: Option<Agreement>) -> Result<u64, SyncError> {
        let agrees = clock.is_some_and(|clock| clock.lasts());
        if !agrees && self.selection().await?.days.is_some() {
            return Ok(0);
        }
        let now = clock::now();
        let left = self.with_mirror(move |mirror| mirror.sweep(now)).await?;
        let grievances = left.grievances;
        self.remove_pictures(left.files).await?;
        Ok(grievances)
    }

    /// No row names them any more: where this is cut off, the next start clears them away.
    async fn remove_pictures(&self, files: Vec<String>) -> Result<(), SyncError> {
        let sealed = self.sealed().clone();
        tokio::task::spawn_blocking(move || {
            files.iter().try_for_each(|name| sealed.remove(&name.parse()?).map_err(SyncError::from))
        })
        .await?
    }

    /// The server knows boxes, not boundaries, so that a few too many are counted.
    async fn count(&self, selected: &Selected) -> Result<Counted, SyncError> {
        self.server().have_session(self.user(), &self.password()).await?;
        let remote = self.remote(mirror::Database::Grievances);
        let info = remote.info().await?;
        let mut grievances = 0;
        if selected.is_everything() {
            grievances = info.doc_count;
        } else {
            let selector = selected.selector();
            let mut since: Option<String> = None;
            loop {
                let page = remote.selected_ids(since.as_deref(), IDS_AT_ONCE, &selector).await?;
                grievances += page.rows.iter().filter(|row| !row.deleted).count() as u64;
                let leads_nowhere = page.rows.is_empty() || since.as_ref() == Some(&page.last_seq);
                if leads_nowhere || page.pending == Some(0) {
                    break;
                }
                since = Some(page.last_seq);
            }
        }
        let bytes = info.bytes.map(|all| all * grievances / info.doc_count.max(1));
        Ok(Counted { grievances, bytes })
    }
}

impl Engine {
    pub(crate) async fn count_city(&mut self) -> Result<(), SyncError> {
        let info = self.officer.remote(mirror::Database::Grievances).info().await?;
        self.city = Some(Counted { grievances: info.doc_count, bytes: info.bytes });
        Ok(())
    }
}

fn sentence(counted: Option<Counted>) -> String {
    match counted {
        None => "How many these are cannot be counted while the server cannot be asked.".to_owned(),
        Some(counted) => {
            let words = counted.in_words();
            match words.strip_prefix("about") {
                Some(rest) => format!("About{rest}, without photos."),
                None => format!("{words}, without photos."),
            }
        }
    }
}

impl Counted {
    /// “about 4,200 grievances, about 6 MB”
    pub fn in_words(self) -> String {
        let count = match self.grievances {
            0..100 => counted_words(self.grievances),
            100.. => format!("about {}", counted_words(two_digits(self.grievances))),
        };
        match self.bytes {
            Some(bytes) => format!("{count}, about {}", size(bytes)),
            None => count,
        }
    }
}

fn counted_words(grievances: u64) -> String {
    let words = counted(grievances, "grievance", "grievances");
    match grievances {
        1_000.. => words.replacen(&grievances.to_string(), &with_commas(grievances), 1),
        _ => words,
    }
}

/// 4,213 is about 4,200.
fn two_digits(number: u64) -> u64 {
    let unit = 10u64.pow(number.max(1).ilog10().saturating_sub(1));
    (number + unit / 2) / unit * unit
}

fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|g| str::from_utf8(g).ok()).collect();
    groups.join(",")
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", two_digits(bytes.div_ceil(1_000).max(1))),
        1_000_000..1_000_000_000 => format!("{} MB", two_digits(bytes.div_ceil(1_000_000))),
        _ => format!("{} GB", two_digits(bytes.div_ceil(1_000_000_000))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_said_as_people_say_it() {
        let table = [
            (Some((0, Some(0))), "0 grievances, about 1 kB, without photos."),
            (Some((1, Some(1_480))), "1 grievance, about 2 kB, without photos."),
            (Some((4_213, Some(5_940_000))), "About 4,200 grievances, about 6 MB, without photos."),
            (Some((1_048_576, None)), "About 1,000,000 grievances, without photos."),
            (Some((99_700, Some(149_550_000))), "About 100,000 grievances, about 150 MB, without photos."),
            (None, "How many these are cannot be counted while the server cannot be asked."),
        ];
        for (counted, words) in table {
            let counted = counted.map(|(grievances, bytes)| Counted { grievances, bytes });
            assert_eq!(sentence(counted), words);
        }
    }
}
