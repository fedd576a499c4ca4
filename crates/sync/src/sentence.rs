//! What the officer reads of the state of sync.

use crate::pins;
use crate::selection::Counted;
use crate::state::{Known, Link, State, Unsent};

pub(crate) const AILING: &str = "This laptop cannot read or write its own file. New work may not be saved. It is tried again soon; if it stays so, sign out and in again, and tell whoever looks after the laptop.";

/// One sentence or a few: what is so, and what waits.
pub(crate) fn sentence(state: State, link: Link, known: Known) -> String {
    let Known { unsent, upstream, modes, to_choose, .. } = known;
    let mut waiting = waiting(unsent);
    if let Some(trouble) = known.internal_trouble()
        && matches!(state, State::ToSend | State::Vanished | State::Paused)
    {
        waiting = format!("{waiting} {} What citizens see does not wait for them.", trouble.sentence());
    }
    if upstream.branched > 0 {
        waiting = format!("{waiting} {}", versions(upstream.branched));
    }
    if upstream.outside > 0 {
        waiting = format!("{waiting} {}", outside(upstream.outside));
    }
    if upstream.lost > 0 {
        waiting = format!("{waiting} {}", lost(upstream.lost));
    }
    match state {
        State::CatchingUp => "Fetching what changed on the server.".to_owned(),
        State::Sending => format!("Sending. {waiting}"),
        State::AllSent if upstream.outside > 0 => {
            format!("Everything you saved is on the server. {}", outside(upstream.outside))
        }
        State::AllSent => "Everything you saved is on the server.".to_owned(),
        State::ToSend if unsent.edits + unsent.photos + unsent.entries > 0 && !modes.all_send() => {
            format!("{waiting} As you chose, not everything is sent from this laptop.")
        }
        State::ToSend if upstream.kept == 0 => waiting,
        State::ToSend => {
            let kept = counted(upstream.kept, "record is", "records are");
            format!("{kept} kept on this laptop until the server has them again. {waiting}")
        }
        State::Offline if link == Link::NotTried => format!("Not connected yet. {waiting}"),
        State::Offline => format!("This laptop has no network. {waiting}"),
        State::Unreachable => {
            format!("The city's server cannot be reached, though this laptop has a network. {waiting}")
        }
        State::NotOurServer if let Link::NotAnnounced { until } = link => {
            format!("{} {waiting}", pins::refused(until))
        }
        State::NotOurServer => {
            format!("Something other than the city's server answers, such as a Wi-Fi sign-in page. {waiting}")
        }
        State::SignInNeeded => {
            format!("The server no longer takes your password. Type the new one. {waiting}")
        }
        State::LockedOut => format!("The server has locked this name for a few minutes. {waiting}"),
        State::NoAccess => {
            format!("The server gives you no access to this ward. Ask the administrator. {waiting}")
        }
        State::DiskFull => {
            format!("This laptop's disk is full. Free some space; then sync goes on by itself. {waiting}")
        }
        State::Ailing => format!("{AILING} {waiting}"),
        State::Waiting => format!("The server has trouble and is tried again soon. {waiting}"),
        State::Restored if !modes.all_send() => {
            "The server was set back to an older copy. What you had sent goes again where sending is on."
                .to_owned()
        }
        State::Restored => {
            "The server was set back to an older copy. What you had sent is being sent again.".to_owned()
        }
        State::ToChoose => {
            let choose = to_choose.map(choose).unwrap_or_default();
            if unsent == Unsent::default() { choose } else { format!("{choose} {waiting}") }
        }
        State::Paused => format!("Grievances are paused, as you chose. {waiting}"),
        State::Vanished => format!(
            "{} the server at once. Say whether that is right; until then they stay as they are. {waiting}",
            counted(upstream.vanished, "record left", "records left")
        ),
    }
}

fn choose(city: Counted) -> String {
    format!("The city has {}. Choose which of them this laptop keeps.", city.in_words())
}

/// "1 change", "2 changes"
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// "2 changes and 1 photo are saved on this laptop."
pub(crate) fn waiting(unsent: Unsent) -> String {
    let kinds = [
        (unsent.edits, "change", "changes"),
        (unsent.photos, "photo", "photos"),
        (unsent.entries, "history line", "history lines"),
    ];
    let mut parts: Vec<String> = kinds
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| counted(*count, one, many))
        .collect();
    let saved = match (parts.pop(), unsent.edits + unsent.photos + unsent.entries) {
        (None, _) => "Nothing waits to be sent.".to_owned(),
        (Some(one), 1) => format!("{one} is saved on this laptop."),
        (Some(only), _) if parts.is_empty() => format!("{only} are saved on this laptop."),
        (Some(last), _) => format!("{} and {last} are saved on this laptop.", parts.join(", ")),
    };
    let mut sentences = vec![saved];
    match unsent.clashes {
        0 => {}
        1 => sentences.push("1 of them needs your decision.".to_owned()),
        many => sentences.push(format!("{many} of them need your decision.")),
    }
    match unsent.refused {
        0 => {}
        1 => sentences.push("1 was refused by the server.".to_owned()),
        many => sentences.push(format!("{many} were refused by the server.")),
    }
    if unsent.refused_entries > 0 {
        let refused = counted(unsent.refused_entries, "history line was", "history lines were");
        sentences.push(format!("{refused} refused by the server; “Sync now” tries again. If that stays so, tell the administrator."));
    }
    sentences.join(" ")
}

/// Of grievances and cases that servers hold several versions of.
pub(crate) fn versions(branched: u64) -> String {
    format!(
        "Servers hold several versions of {}. Say which one holds.",
        counted(branched, "record", "records")
    )
}

fn outside(grievances: u64) -> String {
    format!(
        "The boundary of your ward was drawn anew, and {} outside of it. \
         They stay until you choose again which grievances to keep.",
        counted(grievances, "grievance on this laptop is", "grievances on this laptop are")
    )
}

/// Of changes that had arrived.
fn lost(changes: u64) -> String {
    let (lost, they, returns) = match changes {
        1 => ("1 change that had arrived, with its report".to_owned(), "it", "the report returns"),
        many => {
            (format!("{many} changes that had arrived, with their reports"), "they", "the reports return")
        }
    };
    format!(
        "The server lost {lost}. What {they} said is kept under “What reached the server”, and goes up again if {returns}. Tell the administrator."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_count() {
        let table = [
            ((0, 0, 0, 0, 0), "Nothing waits to be sent."),
            ((1, 0, 0, 0, 0), "1 change is saved on this laptop."),
            ((0, 0, 1, 0, 0), "1 history line is saved on this laptop."),
            ((3, 2, 0, 0, 0), "3 changes and 2 photos are saved on this laptop."),
            ((3, 2, 2, 0, 0), "3 changes, 2 photos and 2 history lines are saved on this laptop."),
            (
                (2, 0, 0, 1, 1),
                "2 changes are saved on this laptop. 1 of them needs your decision. 1 was refused by the server.",
            ),
        ];
        for ((edits, photos, entries, clashes, refused), expected) in table {
            let unsent = Unsent { edits, photos, entries, clashes, refused, ..Unsent::default() };
            assert_eq!(waiting(unsent), expected);
        }
        let lines = Unsent { entries: 2, refused_entries: 1, ..Unsent::default() };
        assert_eq!(
            waiting(lines),
            "2 history lines are saved on this laptop. 1 history line was refused by the server; “Sync now” tries again. If that stays so, tell the administrator."
        );
    }
}
