use std::time::SystemTime;

use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};

/// Unix seconds.
pub fn now() -> i64 {
    Timestamp::now().as_second()
}

/// Clocks that are farther apart do not agree (seconds).
const AGREEING: u64 = 3600;

/// Whether this laptop's clock and one that shows `date` agree.
pub fn agrees(date: SystemTime) -> bool {
    let now = SystemTime::now();
    let apart = now.duration_since(date).or_else(|_| date.duration_since(now));
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
