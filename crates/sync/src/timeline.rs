//! The timeline of sync, for support and for an officer who asks what happened at ten o'clock.
//! What may be said is an enum of numbers and states, so no line can name anybody or anything.

use std::collections::VecDeque;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mirror::TimelineLine;

use crate::internal_trouble::InternalTrouble;
use crate::sentence::{counted, versions};
use crate::state::{Activity, Known, Link, Unsent, describe};

/// For people: a line each, in the order given, its time in `zone` before it.
pub fn timeline_text(lines: &[TimelineLine], zone: &TimeZone) -> String {
    lines.iter().map(|line| format!("{}  {}\n", local_time(line.at, zone), line.sentence)).collect()
}

/// Why the internal database took nothing when it was last told of.
pub(crate) fn internal_trouble(lines: &[TimelineLine]) -> Option<InternalTrouble> {
    let last = lines.iter().rev().find(|line| is_of_internal(&line.kind))?;
    InternalTrouble::of_kind(&last.kind)
}

/// `at` (unix seconds) as a clock on the wall of `zone` shows it, with the day.
pub fn local_time(at: i64, zone: &TimeZone) -> String {
    Timestamp::from_second(at)
        .map(|at| at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// Something worth a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noted {
    SignedIn,
    PulledGrievances {
        all: u64,
        new: u64,
    },
    Counted(Deed, u64),
    Failed {
        link: Link,
        unsent: Unsent,
    },
    ServerBack,
    /// The server was set back to an older copy.
    SetBack,
    /// A sentence of this program, never the store's own words.
    StoreFailed(&'static str),
    StoreBack,
    InternalFailed(InternalTrouble),
    InternalBack,
    /// The server shows a key that the city did not announce, and is not refused.
    NotAnnounced,
}

/// What is told by its number alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Internal documents.
    PulledInternal,
    /// Edits that turned out to be on the server.
    Sent,
    /// Pictures, large ones and thumbnails.
    Uploaded,
    Fetched,
    /// Edits that clash and did not before.
    Clashed,
    /// Grievances whose edits the server refused.
    Refused,
    /// Reports of which somebody altered what the citizen wrote.
    Altered,
    /// Documents that left the server many at once.
    Vanished,
    /// Grievances and cases of which servers hold several versions.
    Branched,
}

/// Lines on their way into the mirror, and what was said last of each server since the program
/// started (of the internal database, ever): only what becomes different is worth another line.
pub(crate) struct Timeline {
    waiting: VecDeque<(i64, Noted)>,
    link: Link,
    store: Option<&'static str>,
    internal: Option<InternalTrouble>,
    is_key_announced: bool,
}

const INTERNAL_BACK: &str = "internalBack";

/// Lines kept in memory while the disk has no room for them.
const MOST_WAITING: usize = 200;

impl Timeline {
    pub(crate) fn new() -> Timeline {
        Timeline {
            waiting: VecDeque::new(),
            link: Link::NotTried,
            store: None,
            internal: None,
            is_key_announced: true,
        }
    }

    /// What comes in portions is one line.
    pub(crate) fn note(&mut self, noted: Noted, now: i64) {
        if noted.is_nothing() {
            return;
        }
        if let Some((_, last)) = self.waiting.back_mut()
            && let Some(both) = last.and(noted)
        {
            *last = both;
            return;
        }
        self.waiting.push_back((now, noted));
        if self.waiting.len() > MOST_WAITING {
            self.waiting.pop_front();
        }
    }

    /// The last word on the way to the server.
    pub(crate) fn link(&mut self, link: Link, unsent: Unsent, now: i64) {
        let before = std::mem::replace(&mut self.link, link);
        match (before, link) {
            (_, Link::NotTried) | (Link::NotTried, Link::Online) => {}
            (before, link) if before == link => {}
            (_, Link::Online) => self.note(Noted::ServerBack, now),
            (_, link) => self.note(Noted::Failed { link, unsent }, now),
        }
    }

    /// Why the photo store takes and gives nothing; `None`: it does.
    pub(crate) fn store(&mut self, trouble: Option<&'static str>, now: i64) {
        let before = std::mem::replace(&mut self.store, trouble);
        match (before, trouble) {
            (Some(_), None) => self.note(Noted::StoreBack, now),
            (before, Some(why)) if before != trouble => self.note(Noted::StoreFailed(why), now),
            (_, Some(_)) | (None, None) => {}
        }
    }

    /// What the mirror has of the time before the program started.
    pub(crate) fn told_of_internal(&mut self, told: &[TimelineLine]) {
        self.internal = internal_trouble(told);
    }

    /// Why the internal database takes nothing that waits for it; `None`: it does.
    pub(crate) fn internal(&mut self, trouble: Option<InternalTrouble>, now: i64) {
        let before = std::mem::replace(&mut self.internal, trouble);
        match (before, trouble) {
            (Some(_), None) => self.note(Noted::InternalBack, now),
            (before, Some(why)) if before != trouble => self.note(Noted::InternalFailed(why), now),
            (_, Some(_)) | (None, None) => {}
        }
    }

    /// Whether the server shows a key that the city announced, where it announced any.
    pub(crate) fn key(&mut self, is_announced: bool, now: i64) {
        let was_announced = std::mem::replace(&mut self.is_key_announced, is_announced);
        if was_announced && !is_announced {
            self.note(Noted::NotAnnounced, now);
        }
    }

    pub(crate) fn lines(&self) -> Vec<TimelineLine> {
        let line = |(at, noted): &(i64, Noted)| TimelineLine {
            at: *at,
            kind: noted.kind().to_owned(),
            sentence: noted.sentence(),
        };
        self.waiting.iter().map(line).collect()
    }

    pub(crate) fn written(&mut self) {
        self.waiting.clear();
    }
}

fn is_of_internal(kind: &str) -> bool {
    kind == INTERNAL_BACK || InternalTrouble::of_kind(kind).is_some()
}

impl Noted {
    fn is_nothing(self) -> bool {
        matches!(self, Noted::Counted(_, 0) | Noted::PulledGrievances { all: 0, .. })
    }

    /// Both as one, when they are of one kind.
    fn and(self, next: Noted) -> Option<Noted> {
        match (self, next) {
            (Noted::PulledGrievances { all, new }, Noted::PulledGrievances { all: more, new: newer }) => {
                Some(Noted::PulledGrievances { all: all + more, new: new + newer })
            }
            (Noted::Counted(deed, count), Noted::Counted(same, more)) if deed == same => {
                Some(Noted::Counted(deed, count + more))
            }
            _ => None,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Noted::SignedIn => "signedIn",
            Noted::PulledGrievances { .. } | Noted::Counted(Deed::PulledInternal, _) => "pulled",
            Noted::Counted(Deed::Sent, _) => "sent",
            Noted::Counted(Deed::Uploaded, _) => "uploaded",
            Noted::Counted(Deed::Fetched, _) => "fetched",
            Noted::Counted(Deed::Clashed, _) => "clash",
            Noted::Counted(Deed::Refused, _) => "refused",
            Noted::Counted(Deed::Altered, _) => "altered",
            Noted::Counted(Deed::Vanished, _) => "vanished",
            Noted::Counted(Deed::Branched, _) => "branched",
            Noted::SetBack => "setBack",
            Noted::Failed { link: Link::DiskFull, .. } => "diskFull",
            Noted::Failed { .. } => "failed",
            Noted::ServerBack => "serverBack",
            Noted::StoreFailed(_) => "storeFailed",
            Noted::StoreBack => "storeBack",
            Noted::InternalFailed(trouble) => trouble.kind(),
            Noted::InternalBack => INTERNAL_BACK,
            Noted::NotAnnounced => "notAnnounced",
        }
    }

    fn sentence(self) -> String {
        match self {
            Noted::SignedIn => "Signed in to the server.".to_owned(),
            Noted::PulledGrievances { all, new } => {
                format!("Fetched {}, {new} new.", counted(all, "grievance", "grievances"))
            }
            Noted::Counted(deed, count) => deed.sentence(count),
            Noted::Failed { link, unsent } => {
                describe(link, Activity::Resting, Known { unsent, ..Known::default() }).sentence
            }
            Noted::SetBack => {
                "The server was set back to an older copy. Everything is fetched and compared again."
                    .to_owned()
            }
            Noted::ServerBack => "The server can be reached again.".to_owned(),
            Noted::StoreFailed(why) => why.to_owned(),
            Noted::StoreBack => "The photo store answers again.".to_owned(),
            Noted::InternalFailed(trouble) => trouble.sentence().to_owned(),
            Noted::InternalBack => "The office's records can be sent again.".to_owned(),
            Noted::NotAnnounced => {
                "The server's certificate is not one that your city announced. The laptop connected all the same."
                    .to_owned()
            }
        }
    }
}

impl Deed {
    fn sentence(self, count: u64) -> String {
        let counted = |one: &str, many: &str| counted(count, one, many);
        match self {
            Deed::PulledInternal => {
                format!("Fetched {}.", counted("internal document", "internal documents"))
            }
            Deed::Sent => format!("{} on the server.", counted("change is", "changes are")),
            Deed::Uploaded => {
                format!("{} in the photo store.", counted("picture of yours is", "pictures of yours are"))
            }
            Deed::Fetched => format!("Fetched {} from the photo store.", counted("picture", "pictures")),
            Deed::Clashed => format!(
                "{} your decision: the office changed the same meanwhile.",
                counted("change needs", "changes need")
            ),
            Deed::Refused => {
                format!("The server refused what was changed in {}.", counted("grievance", "grievances"))
            }
            Deed::Altered => format!(
                "What the citizen wrote was altered on the server in {}. Each shows what it was.",
                counted("report", "reports")
            ),
            Deed::Vanished => {
                format!(
                    "{} the server at once, and wait for an answer.",
                    counted("record left", "records left")
                )
            }
            Deed::Branched => versions(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(timeline: &Timeline) -> Vec<String> {
        timeline.lines().into_iter().map(|line| line.kind).collect()
    }

    #[test]
    fn a_server_that_stays_away_is_one_line_and_so_is_its_return() {
        let mut timeline = Timeline::new();
        let nothing = Unsent::default();
        for link in [Link::Online, Link::Unreachable, Link::Unreachable, Link::Online, Link::Online] {
            timeline.link(link, nothing, 1);
        }
        assert_eq!(kinds(&timeline), ["failed", "serverBack"]);
        for why in [None, Some("It is away."), Some("It is away."), None, None] {
            timeline.store(why, 2);
        }
        assert_eq!(kinds(&timeline)[2..], ["storeFailed", "storeBack"]);
    }

    #[test]
    fn an_internal_database_that_stays_away_is_one_line_and_so_is_its_return_a_restart_later() {
        let mut timeline = Timeline::new();
        let refused = Some(InternalTrouble::NoAccess);
        for trouble in [None, refused, refused] {
            timeline.internal(trouble, 1);
        }
        assert_eq!(kinds(&timeline), ["internalRefused"]);
        let told = timeline.lines();
        assert_eq!(internal_trouble(&told), refused);

        let mut restarted = Timeline::new();
        restarted.told_of_internal(&told);
        for trouble in [refused, None, None] {
            restarted.internal(trouble, 2);
        }
        assert_eq!(kinds(&restarted), ["internalBack"]);
        assert_eq!(internal_trouble(&[told, restarted.lines()].concat()), None);
    }

    #[test]
    fn portions_are_one_line_and_nothing_is_none() {
        let mut timeline = Timeline::new();
        for all in [0, 50, 1] {
            timeline.note(Noted::PulledGrievances { all, new: 1 }, 1);
        }
        timeline.note(Noted::Counted(Deed::PulledInternal, 1), 3);
        timeline.note(Noted::Counted(Deed::Sent, 0), 4);
        let sentences: Vec<String> = timeline.lines().into_iter().map(|line| line.sentence).collect();
        assert_eq!(sentences, ["Fetched 51 grievances, 2 new.", "Fetched 1 internal document."]);
    }

    #[test]
    fn a_full_disk_keeps_the_newest_lines_waiting() {
        let mut timeline = Timeline::new();
        for at in 0..1_000 {
            let deed = if at % 2 == 0 { Deed::Clashed } else { Deed::Sent };
            timeline.note(Noted::Counted(deed, 1), at);
        }
        let lines = timeline.lines();
        assert_eq!((lines.len(), lines.last().map(|line| line.at)), (MOST_WAITING, Some(999)));
    }
}
