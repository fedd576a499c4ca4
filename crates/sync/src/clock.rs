use std::time::{Instant, SystemTime};

use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};

use crate::plan::AGREEING;

/// Unix seconds.
pub fn now() -> i64 {
    Timestamp::now().as_second()
}

/// When this laptop's clock agreed with the server's.
#[derive(Debug, Clone, Copy)]
pub struct Agreement {
    wall: SystemTime,
    steady: Instant,
}

impl Agreement {
    /// With a server that shows `date`.
    pub fn with(date: SystemTime) -> Option<Agreement> {
        let agreement = Agreement { wall: SystemTime::now(), steady: Instant::now() };
        are_near(agreement.wall, date).then_some(agreement)
    }

    /// Whether the clock has only gone on since.
    pub fn lasts(&self) -> bool {
        are_near(SystemTime::now(), self.wall + self.steady.elapsed())
    }
}

fn are_near(one: SystemTime, other: SystemTime) -> bool {
    let apart = one.duration_since(other).or_else(|_| other.duration_since(one));
    apart.is_ok_and(|apart| apart.as_secs() <= AGREEING)
}

/// What an officer's action is stamped with: RFC 3339 with the ward's offset. For people to read;
/// nothing is ordered or decided by it.
pub fn stamp(zone: &TimeZone) -> String {
    local(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

pub fn local(zone: &TimeZone) -> ZonedDateTime {
    Timestamp::now().to_zoned_datetime(zone.clone())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_agreement_ends_when_the_clock_is_set() {
        let now = SystemTime::now();
        assert!(Agreement::with(now - Duration::from_secs(7_200)).is_none());
        let agreement = Agreement::with(now + Duration::from_secs(60)).unwrap();
        assert!(agreement.lasts());
        let set_since = Agreement { wall: agreement.wall - Duration::from_secs(7_200), ..agreement };
        assert!(!set_since.lasts());
    }
}
