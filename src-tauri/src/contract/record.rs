use serde::Serialize;
use specta::Type;

use super::FieldValue;

/// What of the officer's work arrived in the last 90 days.
#[derive(Debug, Clone, Serialize, Type)]
pub struct Deliveries {
    /// Newest first, not more than were asked for.
    pub newest: Vec<Delivery>,
    /// How many there are.
    pub all: u64,
}

/// A change that is on the server, or a picture that is in the photo store.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    pub grievance: String,
    pub description: Option<String>,
    /// What the officer wanted, and the server has.
    pub wanted: FieldValue,
    /// Unix seconds when this laptop knew it to be there.
    pub arrived_at: i64,
    pub proof: Proof,
    /// The line that tells of it in the case's history; absent when there is none to be.
    pub line: Option<HistoryLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Proof {
    /// The revision that held the change.
    Revision { rev: String },
    /// A server that was set back has lost it, and the grievance with it.
    Lost,
    /// The checksum of the picture, as the photo store proved it.
    Photo { sha256: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum HistoryLine {
    ToSend,
    OnServer,
    /// The server will not take it, in its own words.
    Refused {
        reason: String,
    },
}

/// What sync did.
#[derive(Debug, Clone, Serialize, Type)]
pub struct Timeline {
    /// Newest first, not more than were asked for.
    pub newest: Vec<TimelineLine>,
    /// How many there are.
    pub all: u64,
}

/// Names nobody and no grievance.
#[derive(Debug, Clone, Serialize, Type)]
pub struct TimelineLine {
    /// Unix seconds.
    pub at: i64,
    /// One word, such as `pulled`.
    pub kind: String,
    pub sentence: String,
}

/// What went into a file of unsent work.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    pub edits: u64,
    /// Pictures whose sealed file is gone or damaged: only their names are in the file.
    pub lost_pictures: u64,
}

impl Deliveries {
    /// The last `limit` of all, which are in the order in which they arrived.
    pub fn of(all: Vec<mirror::Delivery>, limit: u32) -> Deliveries {
        Deliveries { all: all.len() as u64, newest: newest(all, limit) }
    }
}

impl Timeline {
    /// The last `limit` of all, which are in the order in which they were written.
    pub fn of(all: Vec<mirror::TimelineLine>, limit: u32) -> Timeline {
        Timeline { all: all.len() as u64, newest: newest(all, limit) }
    }
}

fn newest<All, One: From<All>>(all: Vec<All>, limit: u32) -> Vec<One> {
    all.into_iter().rev().take(limit as usize).map(One::from).collect()
}

impl From<mirror::Delivery> for Delivery {
    fn from(delivery: mirror::Delivery) -> Delivery {
        Delivery {
            wanted: FieldValue::of(&delivery.field, &delivery.after),
            grievance: delivery.grievance,
            description: delivery.description,
            arrived_at: delivery.arrived_at,
            proof: match delivery.proof {
                mirror::Proof::Revision { rev } => Proof::Revision { rev },
                mirror::Proof::Lost { .. } => Proof::Lost,
                mirror::Proof::Photo { sha256 } => Proof::Photo { sha256 },
            },
            line: delivery.line.map(HistoryLine::from),
        }
    }
}

impl From<mirror::HistoryLine> for HistoryLine {
    fn from(line: mirror::HistoryLine) -> HistoryLine {
        match line {
            mirror::HistoryLine::ToSend => HistoryLine::ToSend,
            mirror::HistoryLine::OnServer => HistoryLine::OnServer,
            mirror::HistoryLine::Refused { reason } => HistoryLine::Refused { reason },
        }
    }
}

impl From<mirror::TimelineLine> for TimelineLine {
    fn from(line: mirror::TimelineLine) -> TimelineLine {
        TimelineLine { at: line.at, kind: line.kind, sentence: line.sentence }
    }
}

impl From<sync::Exported> for Exported {
    fn from(exported: sync::Exported) -> Exported {
        Exported { edits: exported.edits, lost_pictures: exported.lost_pictures }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_come_first_and_the_others_are_counted() {
        let line = |at| mirror::TimelineLine {
            at,
            kind: "sent".into(),
            sentence: "1 change is on the server.".into(),
        };
        let timeline = Timeline::of(vec![line(1), line(2), line(3)], 2);
        let times: Vec<i64> = timeline.newest.iter().map(|line| line.at).collect();
        assert_eq!((times, timeline.all), (vec![3, 2], 3));
    }
}
